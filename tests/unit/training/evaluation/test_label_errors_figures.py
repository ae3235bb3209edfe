"""The quality of a label is the model's share for it, among the labels that can be judged."""

import pytest

from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from training.evaluation.label_errors import label_doubts

LABELS = ("calm", "negative", "positive")


def _doubts(labels: list[str], probabilities: dict[str, tuple[float, float, float]]) -> list[float]:
    rows = [CuratedRow(number, number, label, LabelSource.HUMAN, 1.0) for number, label in enumerate(labels)]
    doubts = label_doubts(rows, {row.clip_id: probabilities[row.label] for row in rows}, LABELS)
    return [doubts[number].quality for number in sorted(doubts)]


def test_the_share_of_a_label_that_is_left_out_goes_to_the_others_in_proportion() -> None:
    said = {"calm": (0.2, 0.4, 0.4), "negative": (0.2, 0.6, 0.2), "positive": (0.5, 0.1, 0.4)}
    assert _doubts(["calm", *["negative", "positive"] * 5], said) == pytest.approx([0.75, 0.8] * 5)


@pytest.mark.parametrize(("rare", "judged"), [(4, 10), (5, 15)])
def test_a_label_is_judged_from_five_clips_on(rare: int, judged: int) -> None:
    said = {"calm": (0.8, 0.1, 0.1), "negative": (0.1, 0.8, 0.1), "positive": (0.1, 0.1, 0.8)}
    assert len(_doubts(["calm"] * rare + ["negative", "positive"] * 5, said)) == judged


def test_a_clip_whose_whole_probability_lies_on_a_label_left_out_could_be_either_other() -> None:
    said = {"calm": (1.0, 0.0, 0.0), "negative": (1.0, 0.0, 0.0), "positive": (0.0, 0.1, 0.9)}
    assert _doubts(["calm", *["negative", "positive"] * 5], said) == pytest.approx([0.5, 0.9] * 5)
