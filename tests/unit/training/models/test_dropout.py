"""Dropout of single values and of whole features."""

import torch

from training.models.dropout import FeatureDropout


def test_a_feature_that_is_dropped_of_a_clip_is_dropped_in_all_its_tokens() -> None:
    torch.manual_seed(0)
    read = FeatureDropout(0.5)(torch.ones(8, 5, 40))
    assert torch.equal(read, read[:, :1].expand_as(read))
    assert set(read.unique().tolist()) == {0.0, 2.0}
    assert not torch.equal(read[0], read[1])


def test_nothing_is_dropped_in_prediction() -> None:
    values = torch.randn(2, 3, 4)
    assert torch.equal(FeatureDropout(0.5).eval()(values), values)
