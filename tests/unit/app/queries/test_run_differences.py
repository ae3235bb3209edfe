"""What is said of the labels that a run contradicts."""

import pytest

from app.queries.run_differences import labels_by_source
from core.types.clips import LabelSource

PSEUDO, GOLD, HUMAN = LabelSource.PSEUDO, LabelSource.GOLD, LabelSource.HUMAN


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({PSEUDO: 9}, "9 labels (9 pseudo, 0 gold)"),
        ({GOLD: 1}, "1 label (1 gold)"),
        ({HUMAN: 2, GOLD: 1, PSEUDO: 1200}, "1,203 labels (1,200 pseudo, 1 gold, 2 human)"),
    ],
)
def test_labels_are_counted_by_where_they_come_from(counts: dict[LabelSource, int], said: str) -> None:
    assert labels_by_source(counts) == said
