"""The results table by tiny models on toy clips: rows, resuming, cancelling, bad sets."""

import errno
import inspect
import os
from pathlib import Path
from typing import Any

import pytest

from core.errors import InputError, JobCancelledError, TrainingError
from core.progress import SilentProgress
from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from core.workspace import Workspace
from db import cues, curated_sets
from db.engine import Database
from tests.integration.training.planted import (
    LABELS,
    MAKER,
    add_clip,
    add_cohort,
    curated_id,
    smiles,
    toy_workspace,
    with_training,
)
from tests.integration.training.watched import CancelAfter, Watching
from training.evaluation.evaluation_folder import EvaluationFolder, results
from training.evaluation.predictions import Predictions
from training.protocols.grouped_folds import PROTOCOL, ROWS, evaluate_folds

QUICK = ("majority", "logistic", "boosting")


@pytest.fixture
def cohort(tmp_path: Path) -> tuple[Workspace, Database]:
    workspace, database = toy_workspace(
        tmp_path / "workspace", stgcn={"channels": 4, "window_frames": 25, "predict_windows": 1, "budget_s": 60}
    )
    add_cohort(workspace, database, subjects=4, clips_each=2)
    return workspace, database


def of_labels(database: Database, clips: list[Any], labels: list[str]) -> int:
    rows = [
        CuratedRow(clip.id, clip.subject_id, label, LabelSource.GOLD, 1.0)
        for clip, label in zip(clips, labels, strict=True)
    ]
    with database.write() as connection:
        return curated_sets.store(connection, "made", {}, rows).id


def test_every_row_is_answered_once_a_seed_and_paired_with_every_other(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    watching = Watching()
    found = evaluate_folds(workspace, database, curated_id(workspace, database), watching, seeds=2)
    assert [(row["name"], row["n"], row["seeds"]) for row in found["table"]] == [(name, 8, 2) for name in ROWS.values()]
    assert len(found["pairs"]) == len(ROWS) * (len(ROWS) - 1) / 2
    assert found["left_out"] == {}
    assert results(workspace, PROTOCOL) == [found]
    assert watching.fractions == sorted(watching.fractions)
    assert not (workspace.runs_dir / "evaluations" / found["digest"] / "work").exists()


@pytest.mark.long
def test_an_evaluation_that_was_cancelled_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    tables = []
    for name, asked in (("straight", 10**9), ("cancelled", 12)):
        workspace, database = toy_workspace(tmp_path / name)
        add_cohort(workspace, database, subjects=4)
        number = curated_id(workspace, database)
        rows = ("majority", "pose", "fusion")
        if asked < 10**9:
            with pytest.raises(JobCancelledError):
                evaluate_folds(workspace, database, number, CancelAfter(asked), seeds=2, rows=rows)
            assert results(workspace, PROTOCOL) == []
        tables.append(evaluate_folds(workspace, database, number, SilentProgress(), seeds=2, rows=rows)["table"])
    assert tables[0] == tables[1]


def test_what_was_fitted_is_not_fitted_again(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    number = curated_id(workspace, database)
    first = evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=("pose",))
    answers = list((workspace.runs_dir / "evaluations" / first["digest"]).glob("predictions/*"))
    written = [path.stat().st_mtime_ns for path in answers]
    again = evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=("pose",))
    assert again["table"] == first["table"]
    assert [path.stat().st_mtime_ns for path in answers] == written


def test_a_row_whose_features_are_missing_is_left_out_with_its_reason(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    for number in range(8):
        add_clip(
            workspace,
            database,
            f"c{number}",
            subject=f"s{number // 2}",
            label=LABELS[number % 2],
            modalities=("pose", "text"),
            seed=number,
        )
    rows = ("majority", "image", "without-text", "text")
    found = evaluate_folds(workspace, database, curated_id(workspace, database), SilentProgress(), seeds=1, rows=rows)
    assert [row["name"] for row in found["table"]] == ["majority", "text alone"]
    assert found["left_out"] == {
        "image alone": "no clip of the set has image features",
        "fusion without text": "without text it is one modality alone, which has a row of its own",
    }


def test_st_gcn_without_time_for_a_batch_is_left_out_and_the_rest_goes_on(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace", stgcn={"channels": 4, "budget_s": 1e-6})
    add_cohort(workspace, database, subjects=4)
    rows = ("majority", "stgcn")
    found = evaluate_folds(workspace, database, curated_id(workspace, database), SilentProgress(), seeds=1, rows=rows)
    assert [row["name"] for row in found["table"]] == ["majority"]
    assert "training.stgcn.budget_s" in found["left_out"]["ST-GCN alone"]


def test_a_set_of_one_label_is_refused(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    clips = [add_clip(workspace, database, f"n{n}", subject=f"n{n}", label=LABELS[0], seed=n) for n in range(4)]
    number = of_labels(database, clips, ["positive"] * 4)
    with pytest.raises(
        TrainingError, match=r"^All 4 clips are labeled 'positive'; two labels are needed to tell apart"
    ):
        evaluate_folds(workspace, database, number, SilentProgress(), rows=QUICK)


def test_a_set_of_one_subject_is_refused(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    clips = [add_clip(workspace, database, f"n{n}", subject="one", label=LABELS[n % 2], seed=n) for n in range(4)]
    number = of_labels(database, clips, [LABELS[n % 2] for n in range(4)])
    with pytest.raises(TrainingError, match=r"^2 folds need at least 2 subjects, and the set has 1\.$"):
        evaluate_folds(workspace, database, number, SilentProgress(), rows=QUICK)


def test_a_fold_that_holds_all_of_a_label_is_refused(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    clips = [add_clip(workspace, database, f"n{n}", subject=f"n{n // 2}", label=LABELS[0], seed=n) for n in range(6)]
    number = of_labels(database, clips, ["negative", "negative", *["positive"] * 4])
    with pytest.raises(
        TrainingError, match=r"holds every clip labeled “Negative \(lost\)”; that label needs clips of more"
    ):
        evaluate_folds(workspace, database, number, SilentProgress(), rows=QUICK)


def test_a_row_that_is_none_is_refused_with_those_that_are(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    with pytest.raises(InputError, match=r"^'resnet' is no row; there are majority, linear, logistic,"):
        evaluate_folds(workspace, database, curated_id(workspace, database), SilentProgress(), rows=("resnet",))


def test_the_backbones_are_compared_without_the_cues_that_both_could_read(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    workspace = with_training(workspace, stage1_steps=1, learning_rate=1e-30)
    rows = ("cues", "pose", "networks", "pose-windows", "stgcn")
    found = evaluate_folds(workspace, database, curated_id(workspace, database), SilentProgress(), seeds=1, rows=rows)
    scores = {row["name"]: row["balanced_accuracy"]["value"] for row in found["table"]}
    assert (scores["cue rates alone"], scores["pose alone"]) == (1.0, 1.0)
    untaught = ("pose without cue rates", "pose without cue rates, ST-GCN's windows", "ST-GCN alone")
    assert {name: scores[name] for name in untaught} == dict.fromkeys(untaught, 0.5)


def test_the_body_alone_reads_no_cue_of_the_face(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace", keypoint_joints=25)
    add_cohort(workspace, database, subjects=4, clips_each=2)
    found = evaluate_folds(
        workspace, database, curated_id(workspace, database), SilentProgress(), seeds=1, rows=("majority", "cues")
    )
    assert found["left_out"] == {
        "cue rates alone": "the model reads no cues (none is of the 25 joints of the body alone)"
    }


def test_features_that_were_made_anew_are_evaluated_anew(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    number = curated_id(workspace, database)
    first = evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)
    with database.write() as connection:
        cues.store(connection, 1, smiles(0.0, 2.4), MAKER)
    again = evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)
    assert again["digest"] != first["digest"]


def test_a_disk_that_takes_no_more_is_told_and_what_was_answered_stays(
    cohort: tuple[Workspace, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, database = cohort
    number = curated_id(workspace, database)
    written = EvaluationFolder.store

    def refuses_the_second(self: EvaluationFolder, row: str, seed: int, fold: int, answers: Predictions) -> Predictions:
        if row != QUICK[1]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"{row}.json")
        return written(self, row, seed, fold, answers)

    with monkeypatch.context() as full:
        full.setattr(EvaluationFolder, "store", refuses_the_second)
        with pytest.raises(
            TrainingError, match=r"^boosting\.json cannot be written: No space left on device\. What was"
        ):
            evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)
    (kept,) = workspace.runs_dir.glob("evaluations/*/predictions/*")
    before = kept.stat().st_mtime_ns
    assert evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)["table"]
    assert kept.stat().st_mtime_ns == before


def test_a_cache_that_the_disk_has_no_room_for_is_told(
    cohort: tuple[Workspace, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, database = cohort
    number = curated_id(workspace, database)

    def refuses(path: Path, array: object) -> None:
        raise OSError("41100 requested and 0 written")

    monkeypatch.setattr("training.data.dataset.np.save", refuses)
    with pytest.raises(TrainingError, match=r"\.npy cannot be written: 41100 requested and 0 written\.$"):
        evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)


def test_a_clip_outside_the_set_that_is_too_long_hinders_no_evaluation(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    number = curated_id(workspace, database)
    add_clip(workspace, database, "long", subject="new", label=None, frames=400)
    workspace = with_training(workspace, max_frames=300)
    assert evaluate_folds(workspace, database, number, SilentProgress(), seeds=1, rows=QUICK)["table"]


def test_cancel_is_heard_within_a_step_of_st_gcn(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    number = curated_id(workspace, database)

    class CancelInUnit(SilentProgress):
        """Presses cancel once a unit asks, forwards or on the way back."""

        heard = ""

        def __init__(self, unit: str) -> None:
            self.unit = unit

        def raise_if_cancelled(self) -> None:
            called_by = [frame.function for frame in inspect.stack(0)]
            if self.unit in called_by and "ask" in called_by:
                self.heard = self.unit
                raise JobCancelledError("The job was cancelled.")

    for unit in ("forward", "backward"):
        progress = CancelInUnit(unit)
        with pytest.raises(JobCancelledError):
            evaluate_folds(workspace, database, number, progress, seeds=1, rows=("stgcn",))
        assert progress.heard == unit
