"""Where the best possible score of a simulated cohort is drawn beside a run's rows."""

from datetime import UTC, datetime

import pytest

from app.queries.runs import forest_rows, table_lines
from core.types.runs import Run, RunState

FIGURE = {"value": 0.7, "low": 0.6, "high": 0.8}
ROW = {"name": "fusion", "n": 12, "balanced_accuracy": FIGURE, "share_of_best_possible": FIGURE}


def scored(**scored_against: int) -> Run:
    """A run of a simulated cohort, scored against so many labels by source."""
    named = {name.replace("_", " "): n for name, n in scored_against.items()}
    metrics = {
        "table": [ROW],
        "labels": ["positive", "negative"],
        "best_possible": {"balanced_accuracy": 0.84},
        "scored_against": named,
    }
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Run(1, 1, None, RunState.SUCCEEDED, {}, "v", metrics, "runs/1", True, "", now, now)


def test_it_is_drawn_where_every_row_was_scored_against_the_cohorts_truth() -> None:
    run = scored(cohort_truth=9, gold=3)  # a simulated cohort's gold is its truth, revealed
    assert forest_rows(run, "balanced_accuracy")[2] == 0.84
    assert table_lines(run.metrics)[1][0][-1] == "0.70 [0.60, 0.80]"


@pytest.mark.parametrize("source", ["human", "adjudicated"])
def test_it_is_not_drawn_over_rows_scored_against_people(source: str) -> None:
    run = scored(cohort_truth=9, **{source: 3})
    assert forest_rows(run, "balanced_accuracy")[2] is None
    assert table_lines(run.metrics)[1][0][-1] == "—"
