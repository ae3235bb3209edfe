"""Which labels confident learning doubts."""

import numpy as np

from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from training.evaluation.label_errors import label_doubts

LABELS = ("negative", "positive")


def _rows(labels: list[str]) -> list[CuratedRow]:
    return [CuratedRow(number, number, label, LabelSource.HUMAN, 1.0) for number, label in enumerate(labels, start=1)]


def _probabilities(labels: list[str], *, sure: float = 0.9) -> dict[int, tuple[float, float]]:
    return {
        number: (sure, 1 - sure) if label == "negative" else (1 - sure, sure)
        for number, label in enumerate(labels, start=1)
    }


def test_labels_turned_round_on_purpose_are_the_issues() -> None:
    truth = ["negative", "positive"] * 20
    given = [*("positive" if one == "negative" else "negative" for one in truth[:3]), *truth[3:]]
    doubts = label_doubts(_rows(given), _probabilities(truth), LABELS)
    assert [clip for clip, doubt in doubts.items() if doubt.issue] == [1, 2, 3]
    assert max(doubts[clip].quality for clip in (1, 2, 3)) < min(doubts[clip].quality for clip in range(4, 41))


def test_nothing_is_said_where_one_label_hardly_occurs() -> None:
    labels = ["negative"] * 20 + ["positive"] * 4
    assert label_doubts(_rows(labels), _probabilities(labels), LABELS) == {}


def test_a_label_that_hardly_occurs_is_left_out() -> None:
    labels = ["calm", *(["negative", "positive"] * 6)]
    three = {number: (0.2, *(0.8 * one for one in two)) for number, two in _probabilities(labels).items()}
    doubts = label_doubts(_rows(labels), three, ("calm", *LABELS))
    assert sorted(doubts) == list(range(2, 14))


def test_clips_without_probabilities_are_left_out() -> None:
    labels = ["negative", "positive"] * 8
    known = {clip: two for clip, two in _probabilities(labels).items() if clip != 3}
    assert 3 not in label_doubts(_rows(labels), known, LABELS)


def test_a_probability_of_nought_breaks_nothing() -> None:
    labels = ["negative", "positive"] * 8
    doubts = label_doubts(_rows(labels), _probabilities(labels, sure=1.0), LABELS)
    assert np.isfinite([doubt.quality for doubt in doubts.values()]).all()
