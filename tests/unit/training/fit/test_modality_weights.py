"""Which weight each modality has in a fusion."""

import numpy as np
import pytest

from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from training.fit.modality_weights import halves, stacked_weights


def drawn(clips: int) -> tuple[np.ndarray, np.ndarray]:
    """Terms (N, 2, 2) of clips, the first of which tells the label, and the labels (N, 2) one-hot."""
    random = np.random.default_rng(0)
    labels = np.arange(clips) % 2
    margins = random.normal(size=(clips, 2)) * [1.0, 3.0]
    margins[:, 0] += 2 * labels - 1
    return np.stack([-margins / 2, margins / 2], axis=2), np.eye(2)[labels]


def test_what_is_sure_of_people_it_does_not_know_and_wrong_counts_hardly() -> None:
    telling, noise = stacked_weights(*drawn(400))
    assert telling > 0.9
    assert noise < 0.1


def test_no_weight_is_above_one_and_one_that_would_be_lowers_no_other() -> None:
    random, labels = np.random.default_rng(0), np.arange(400) % 2
    margins = (random.normal(size=(400, 2)) + 2 * labels[:, None] - 1) / [1, 4]  # the best weights are 2 and 8
    terms = np.stack([-margins / 2, margins / 2], axis=2)
    assert stacked_weights(terms, np.eye(2)[labels]) == pytest.approx([1, 1])


def test_no_weight_is_below_zero() -> None:
    terms, wanted = drawn(400)
    assert stacked_weights(-terms, wanted)[0] == 0


def test_a_handful_of_clips_leaves_the_weights_near_the_plain_sum() -> None:
    terms, wanted = drawn(4)
    assert stacked_weights(0.02 * terms, wanted) == pytest.approx([1, 1], abs=0.1)


def test_a_clip_of_twice_the_weight_counts_as_two() -> None:
    terms, wanted = drawn(40)
    twice = np.concatenate([terms, terms]), np.concatenate([wanted, wanted])
    assert stacked_weights(terms, 2 * wanted) == pytest.approx(stacked_weights(*twice), abs=1e-4)


def rows(*subjects: int) -> list[CuratedRow]:
    return [
        CuratedRow(clip_id, subject, ("positive", "negative")[clip_id % 2], LabelSource.GOLD, 1.0)
        for clip_id, subject in enumerate(subjects)
    ]


def test_nobody_is_in_both_halves_and_every_clip_is_asked_about_once() -> None:
    found = halves(rows(*[1] * 4, *[2] * 4, *[3] * 4, *[4] * 4, *[5] * 4))
    for learned, asked in found:
        assert not {row.subject_id for row in learned} & {row.subject_id for row in asked}
    assert sorted(row.clip_id for _, asked in found for row in asked) == list(range(20))


@pytest.mark.parametrize("subjects", [(1, 1, 1, 1), (1, 2)])
def test_people_who_cannot_be_halved_give_no_halves(subjects: tuple[int, ...]) -> None:
    assert halves(rows(*subjects)) == []
