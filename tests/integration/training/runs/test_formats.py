"""Weights of another version of the model are refused in a sentence."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from core.errors import TrainingError
from tests.unit.training.models.test_models import tiny
from training.fit.checkpoint import FitCheckpoint, FitState
from training.models.model_shape import MODEL_FORMAT
from training.runs.artifacts import load_model


@pytest.mark.parametrize("written", [{}, {"format": 99}])
def test_a_model_of_another_format_is_refused_by_its_number(tmp_path: Path, written: dict[str, int]) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**written, "shape": {}, "labels": []}), encoding="utf-8")
    number = written.get("format", 1)
    with pytest.raises(
        TrainingError, match=rf"a model of format {number}, and this version .* reads {MODEL_FORMAT}; train again\.$"
    ):
        load_model(tmp_path)


@contextmanager
def no_file_longer_than(size_bytes: int) -> Iterator[None]:
    """As a full disk does it: the kernel itself refuses to write on."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.parametrize("share", [0.5, 1.02], ids=["while the weights are written", "while the rest is written"])
def test_a_checkpoint_that_the_disk_has_no_room_for_leaves_the_one_before(tmp_path: Path, share: float) -> None:
    model, random = tiny(("pose",)), torch.Generator()
    optimizer = torch.optim.AdamW(model.parameters())
    torch.autograd.backward([parameter.sum() for parameter in model.parameters()])
    optimizer.step()
    checkpoint = FitCheckpoint(tmp_path, "fold0-stage1-pose")
    checkpoint.save(FitState(1), model, optimizer, random)
    kept = {name: weights.clone() for name, weights in model.state_dict().items()}
    optimizer.step()
    weights_bytes = (tmp_path / "fold0-stage1-pose.1.safetensors").stat().st_size
    with (
        no_file_longer_than(int(share * weights_bytes)),
        pytest.raises(TrainingError, match=r"cannot be written: .*large"),
    ):
        checkpoint.save(FitState(2), model, optimizer, random)
    assert checkpoint.load(model, optimizer, random).step == 1
    assert all(torch.equal(weights, kept[name]) for name, weights in model.state_dict().items())


def test_a_checkpoint_of_another_shape_is_named(tmp_path: Path) -> None:
    model, random = tiny(("pose",)), torch.Generator()
    checkpoint = FitCheckpoint(tmp_path, "fold0-stage1-pose")
    checkpoint.save(FitState(1), model, torch.optim.AdamW(model.parameters()), random)
    wider = tiny(("pose",), width=16)
    with pytest.raises(TrainingError, match=r"fold0-stage1-pose\.state\.pt is of another version .* begins afresh\.$"):
        checkpoint.load(wider, torch.optim.AdamW(wider.parameters()), random)
