"""The best possible score of a simulated cohort stands beside figures against its truth only."""

import json
from pathlib import Path

import pytest

from core.types.clips import COHORT_TRUTH
from core.workspace import Workspace
from db.engine import Database
from tests.integration.training.planted import add_clip, toy_workspace
from training.evaluation.results_table import Scored
from training.runs.run_metrics import best_possible

BEST = {"accuracy": 0.9, "balanced_accuracy": 0.8}


@pytest.fixture
def cohort(tmp_path: Path) -> tuple[Workspace, Database]:
    """A simulated cohort of clip 1, which is positive, and clip 2, which is negative."""
    workspace, database = toy_workspace(tmp_path / "workspace")
    (workspace.root / "cohort.json").write_text(json.dumps({"best_possible": BEST}), encoding="utf-8")
    for name in ("positive", "negative"):
        add_clip(workspace, database, name, subject=name, label=None, truth=name)
    return workspace, database


def test_it_is_known_of_clips_that_are_scored_against_the_truth(cohort: tuple[Workspace, Database]) -> None:
    scored = [Scored(1, 1, "positive", COHORT_TRUTH), Scored(2, 2, "negative", "gold")]
    assert best_possible(*cohort, scored) == BEST


def test_it_is_not_where_a_person_says_otherwise_than_the_truth(cohort: tuple[Workspace, Database]) -> None:
    scored = [Scored(1, 1, "positive", COHORT_TRUTH), Scored(2, 2, "positive", "human")]
    assert best_possible(*cohort, scored) is None


def test_it_is_not_where_people_and_truth_are_mixed(cohort: tuple[Workspace, Database]) -> None:
    scored = [Scored(1, 1, "positive", COHORT_TRUTH), Scored(2, 2, "negative", "human")]
    assert best_possible(*cohort, scored) is None
