"""The conditions on a tiny simulated cohort: rows, curve, sharing of fits, resuming, bad material."""

from pathlib import Path

import pytest

from core.errors import InputError, JobCancelledError, TrainingError
from core.progress import SilentProgress
from core.workspace import Workspace
from db.engine import Database
from tests.integration.training.planted import LABELS, add_clip, add_pseudo_label, toy_workspace
from tests.integration.training.watched import CancelAfter, Watching
from training.evaluation.evaluation_folder import results
from training.protocols.annotation_conditions import PROTOCOL, evaluate_conditions


@pytest.fixture
def cohort(tmp_path: Path) -> tuple[Workspace, Database]:
    return simulated(tmp_path / "workspace")


def simulated(folder: Path, *, gold_subjects: int = 4) -> tuple[Workspace, Database]:
    """Eight subjects of two clips each; the first ones with gold, the others with pseudo-labels, every third of them wrong."""
    workspace, database = toy_workspace(folder)
    for number in range(16):
        subject, truth = number // 2, LABELS[number % 2]
        gold = subject < gold_subjects
        clip = add_clip(
            workspace,
            database,
            f"c{number}",
            subject=f"s{subject}",
            label=truth if gold else None,
            truth=truth,
            planted=truth,
            seed=number,
            modalities=("pose", "text"),
        )
        if not gold:
            said = LABELS[(number + (number % 3 == 0)) % 2]
            add_pseudo_label(database, clip, said, 0.6 + number / 100, first_label=LABELS[0])
    return workspace, database


@pytest.mark.long
def test_the_conditions_and_the_curve_of_a_fusion_model(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    watching = Watching()
    found = evaluate_conditions(workspace, database, watching, seeds=1)
    assert [row["name"] for row in found["table"]] == [
        "gold only",
        "+ raw pseudo-labels",
        "+ reflected and agreed",
        "+ 2 decisions, uncertain",
        "+ 2 decisions, passes disagree",
        "+ 2 decisions, random",
        "all gold",
    ]
    assert [row["rows_by_source"].get("human", 0) for row in found["table"]] == [0, 0, 0, 2, 2, 2, 0]
    assert all((row["n"], row["seeds"]) == (16, 1) for row in found["table"])
    assert found["table"][-1]["share_of_all_gold"] == 1
    assert [point["decisions"] for point in found["curve"] if point["queue"] == "random"] == [0, 1, 2, 3, 6, 8]
    assert len(found["pairs"]) == 21
    assert results(workspace, PROTOCOL) == [found]
    assert watching.fractions == sorted(watching.fractions)


def test_at_no_decision_and_at_all_of_them_the_queues_are_one(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    found = evaluate_conditions(workspace, database, SilentProgress(), seeds=1, model="logistic")
    for number in (0, 8):
        scores = [point["balanced_accuracy"] for point in found["curve"] if point["decisions"] == number]
        assert len(scores) == 3
        assert scores[0] == scores[1] == scores[2]
    agreed = next(row for row in found["table"] if row["name"] == "+ reflected and agreed")
    assert found["curve"][0]["balanced_accuracy"] == agreed["balanced_accuracy"]


def test_conditions_that_were_cancelled_go_on_and_end_as_if_they_had_not_been(tmp_path: Path) -> None:
    tables = []
    for name in ("straight", "cancelled"):
        workspace, database = simulated(tmp_path / name)
        if name == "cancelled":
            with pytest.raises(JobCancelledError):
                evaluate_conditions(workspace, database, CancelAfter(40), seeds=1, model="text")
            assert results(workspace, PROTOCOL) == []
        tables.append(evaluate_conditions(workspace, database, SilentProgress(), seeds=1, model="text")["curve"])
    assert tables[0] == tables[1]


def test_gold_of_one_subject_alone_is_refused_by_name(tmp_path: Path) -> None:
    workspace, database = simulated(tmp_path / "workspace", gold_subjects=1)
    with pytest.raises(
        TrainingError, match=r"holds every clip labeled 'negative, gold'; that label needs clips of more"
    ):
        evaluate_conditions(workspace, database, SilentProgress(), model="logistic")


def test_a_model_that_is_none_is_refused(cohort: tuple[Workspace, Database]) -> None:
    with pytest.raises(InputError, match=r"^'gru' is no model for the conditions; there are fusion, pose,"):
        evaluate_conditions(*cohort, SilentProgress(), model="gru")
