"""Whole runs of tiny models on the CPU: files, table, model selection, what is learnt from and answered."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.queries.table_findings import finding
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.features import FeatureKind
from core.types.runs import Run, RunState
from core.workspace import Workspace
from db import runs
from db.engine import Database
from tests.integration.training.planted import (
    MAKER,
    add_clip,
    add_cohort,
    add_pseudo_label,
    curated_id,
    toy_workspace,
    weights,
    with_training,
)
from tests.integration.training.watched import Watching
from training.evaluation.run_selection import SELECTION_FILE, read_selection_predictions
from training.fit.resources import RESOLVED_FILE
from training.fit.training_curves import FINAL_FOLD, SELECTION_FOLD
from training.models.fusion import parameter_count
from training.runs.artifacts import load_model
from training.runs.run import train
from training.runs.run_folder import MODEL_FILES
from training.runs.timelines import read_timeline

ROWS = [
    "majority",
    "linear on key points",
    "logistic regression on cues",
    "cue rates alone",
    "pose alone",
    "image alone",
    "text alone",
    "fusion",
]


def test_a_run_leaves_exactly_its_files_and_a_table_of_all_rows(
    watched_run: tuple[Workspace, Database, Run, Watching],
) -> None:
    workspace, _database, run, watching = watched_run
    folder = workspace.root / run.artifacts_path
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*MODEL_FILES, "curves.jsonl", RESOLVED_FILE, SELECTION_FILE, "lock", "timelines"]
    )
    assert folder == workspace.runs_dir / str(run.id)
    assert run.state is RunState.SUCCEEDED
    assert run.selected
    assert [row["name"] for row in run.metrics["table"]] == ROWS
    assert all(row["n"] == 24 for row in run.metrics["table"])
    assert run.metrics["scored_against"] == {"gold": 24}
    model, labels = load_model(folder)
    assert labels == ("positive", "negative")
    assert parameter_count(model) == run.metrics["parameters"] == 27174
    assert watching.fractions == sorted(watching.fractions)


def test_a_run_tests_its_fusion_against_every_other_row(finished: tuple[Workspace, Database, Run]) -> None:
    _workspace, _database, run = finished
    assert [(pair["a"], pair["b"], pair["n"]) for pair in run.metrics["pairs"]] == [
        ("fusion", name, 24) for name in ROWS if name != "fusion"
    ]
    assert finding(run.metrics).endswith("24 clips of 6 subjects).")


def test_the_majority_row_of_a_run_has_no_auroc(finished: tuple[Workspace, Database, Run]) -> None:
    _workspace, _database, run = finished
    assert run.metrics["table"][0]["name"] == "majority"
    assert run.metrics["table"][0]["auroc"] is None


def test_each_clips_timeline_ends_with_its_stored_prediction(finished: tuple[Workspace, Database, Run]) -> None:
    workspace, database, run = finished
    with database.read() as connection:
        predicted = runs.predictions_of(connection, run.id)
    for prediction in predicted:
        timeline = read_timeline(workspace.root / run.artifacts_path, prediction.clip_id)
        assert timeline is not None
        assert timeline.probabilities[-1] == pytest.approx(prediction.probabilities, abs=1e-4)
    assert len(predicted) >= 24


def test_the_labels_that_a_run_was_given_have_a_quality(finished: tuple[Workspace, Database, Run]) -> None:
    _workspace, database, run = finished
    with database.read() as connection:
        predicted = runs.predictions_of(connection, run.id)
    assert [one.clip_id for one in predicted if (one.label_quality is None) == (one.fold >= 0)] == []


def test_every_clip_is_predicted_by_a_model_that_never_saw_its_subject(cohort: tuple[Workspace, Database]) -> None:
    workspace, database = cohort
    unlabeled = add_clip(workspace, database, "new", subject="new", label=None)
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    with database.read() as connection:
        predictions = {p.clip_id: p for p in runs.predictions_of(connection, run.id)}
    assert len(predictions) == 25
    assert predictions[unlabeled.id].fold == -1
    folds_of = {number: {predictions[4 * number + clip + 1].fold for clip in range(4)} for number in range(6)}
    assert all(len(folds) == 1 for folds in folds_of.values())
    assert set.union(*folds_of.values()) == {0, 1}
    assert all(sum(p.probabilities) == pytest.approx(1) for p in predictions.values())


def test_the_curves_tell_of_every_fit(finished: tuple[Workspace, Database, Run]) -> None:
    workspace, _database, run = finished
    lines = (workspace.root / run.artifacts_path / "curves.jsonl").read_text(encoding="utf-8").splitlines()
    points = [json.loads(line) for line in lines]
    assert {(p["fold"], p["stage"], p["modality"]) for p in points} == {
        (fold, stage, modality)
        for fold in (0, 1, SELECTION_FOLD, SELECTION_FOLD - 1, FINAL_FOLD)
        for stage, modality in ((1, "pose"), (1, "image"), (1, "text"))
    }
    assert {p["step"] for p in points} == {1, 2, 3, 4}
    assert all(0 <= p["train_accuracy"] <= 1 for p in points)


def test_it_learns_a_planted_signal(tmp_path: Path) -> None:
    workspace, database = toy_workspace(
        tmp_path / "workspace",
        stage1_steps=60,
        stage2_steps=20,
        width=16,
        learning_rate=5e-3,
        measured_cues=False,
    )
    add_cohort(workspace, database)
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    values = {row["name"]: row["balanced_accuracy"]["value"] for row in run.metrics["table"]}
    assert values["majority"] == 0.5
    assert values["pose alone"] > 0.9
    assert values["fusion"] > 0.9


def test_a_run_has_the_network_that_its_settings_ask_for(trained: tuple[Workspace, Database, Run]) -> None:
    workspace, database, usual = trained
    changed = with_training(workspace, measured_cues=False, fusion_method="gated")
    other = train(changed, database, curated_id(workspace, database), SilentProgress())
    found = [weights(workspace, one.artifacts_path) for one in (usual, other)]
    assert ["cue_scores.log_factor" in one for one in found] == [True, False]
    assert ["join.share.weight" in one for one in found] == [False, True]


def test_two_runs_with_one_seed_are_equal_and_another_seed_is_not(trained: tuple[Workspace, Database, Run]) -> None:
    workspace, database, first = trained
    set_id = curated_id(workspace, database)
    second = train(workspace, database, set_id, SilentProgress())
    assert first.id != second.id
    assert first.metrics["table"] == second.metrics["table"]
    one, other = weights(workspace, first.artifacts_path), weights(workspace, second.artifacts_path)
    assert all(torch.equal(one[name], other[name]) for name in one)
    reseeded = with_training(workspace, seed=1)
    third = weights(workspace, train(reseeded, database, set_id, SilentProgress()).artifacts_path)
    assert not torch.equal(one["head.weight"], third["head.weight"])


def test_a_run_that_is_worse_on_the_folds_of_model_selection_stays_behind(
    trained: tuple[Workspace, Database, Run],
) -> None:
    workspace, database, good = trained
    unlearnt = {"measured_cues": False, "stage1_steps": 1, "stage2_steps": 1, "learning_rate": 1e-30}
    weak = with_training(workspace, **unlearnt)
    run = train(weak, database, curated_id(workspace, database), SilentProgress())
    assert not run.selected
    assert run.metrics["selection"]["sentence"].startswith(
        "On clips that no run chose, on the folds of model selection, balanced accuracy 0.500 against 1.0"
    )
    assert run.metrics["selection"]["sentence"].endswith("is not selected; run 1 stays selected.")
    with database.read() as connection:
        current = runs.selected(connection)
    assert current is not None
    assert current.id == good.id


def test_the_flips_against_the_selected_run_are_named(trained: tuple[Workspace, Database, Run]) -> None:
    workspace, database, good = trained
    with database.write() as connection:
        before = runs.predictions_of(connection, good.id)
        other = {"positive": "negative", "negative": "positive"}
        runs.store_predictions(connection, [replace(before[0], label=other[before[0].label])])
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    assert run.selected
    assert [flip["clip_id"] for flip in run.metrics["flips"]["clips"]] == [before[0].clip_id]


def test_model_selection_has_models_of_its_own_that_predict_every_clip_once_more(
    finished: tuple[Workspace, Database, Run],
) -> None:
    workspace, database, run = finished
    answers = read_selection_predictions(workspace.root / run.artifacts_path, ["positive", "negative"])
    assert answers is not None
    with database.read() as connection:
        of_table = {one.clip_id: one.probabilities for one in runs.predictions_of(connection, run.id) if one.fold >= 0}
    assert answers.keys() == of_table.keys()
    assert any(answers[clip_id] != pytest.approx(of_table[clip_id], abs=1e-6) for clip_id in answers)


def test_clips_with_some_modalities_missing_are_trained_on_and_answered(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    for number in range(16):
        there: tuple[str, ...] = (("pose",), ("pose", "text"), ("image",), ("text", "image"))[number // 2 % 4]
        label = ("positive", "negative")[number % 2]
        add_clip(workspace, database, f"c{number}", subject=f"s{number}", label=label, modalities=there, seed=number)
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    counts = {row["name"]: row["n"] for row in run.metrics["table"]}
    assert counts == dict(zip(ROWS, (16, 8, 16, 16, 8, 8, 8, 16), strict=True))


def test_a_clip_of_three_frames_and_one_without_a_sure_point_are_learnt_from_and_answered(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace", modalities=["pose"])
    found = add_cohort(workspace, database)
    add_clip(workspace, database, "short", subject="s0", label="positive", frames=3, modalities=("pose",))
    unsure = {"points": np.zeros((60, 137, 3), dtype=np.float32), "time_s": np.arange(60) / 25}
    FeatureStore(workspace.features_dir).write(found[5].id, FeatureKind.KEYPOINTS, unsure, MAKER)
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    with database.read() as connection:
        predicted = {one.clip_id: one.probabilities for one in runs.predictions_of(connection, run.id)}
    assert len(predicted) == 25
    assert all(sum(shares) == pytest.approx(1) for shares in predicted.values())


def test_a_modality_without_features_is_left_out_with_a_reason(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    for number in range(8):
        label = ("positive", "negative")[number % 2]
        add_clip(
            workspace, database, f"c{number}", subject=f"s{number}", label=label, modalities=("pose",), seed=number
        )
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    assert run.metrics["modalities"] == ["pose"]
    assert run.metrics["left_out_modalities"]["text"] == "no clip of the set has text features"
    assert [row["name"] for row in run.metrics["table"]] == [
        "majority",
        "linear on key points",
        "logistic regression on cues",
        "cue rates alone",
        "pose alone",
        "fusion",
    ]


def test_balanced_sampling_trains_too(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace", imbalance="balanced-sampling")
    add_cohort(workspace, database)
    assert train(workspace, database, curated_id(workspace, database), SilentProgress()).state is RunState.SUCCEEDED


def test_pseudo_labeled_clips_are_scored_by_the_cohorts_truth_and_never_trained_on_it(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    for number in range(16):
        truth = ("positive", "negative")[number % 2]
        gold = truth if number < 4 else None
        clip = add_clip(workspace, database, f"c{number}", subject=f"s{number}", label=gold, truth=truth, seed=number)
        if gold is None:
            add_pseudo_label(database, clip, "positive" if number % 4 else "negative")
    (workspace.root / "cohort.json").write_text(
        json.dumps({"best_possible": {"accuracy": 0.9, "balanced_accuracy": 0.8}}), encoding="utf-8"
    )
    set_id = curated_id(workspace, database)
    run = train(workspace, database, set_id, SilentProgress())
    assert run.metrics["scored_against"] == {"gold": 4, "cohort truth": 12}
    assert run.metrics["class_counts"] == {"positive": 11, "negative": 5}
    assert run.metrics["best_possible"] == {"accuracy": 0.9, "balanced_accuracy": 0.8}
    fusion = run.metrics["table"][-1]
    assert fusion["share_of_best_possible"]["value"] == pytest.approx(
        (fusion["balanced_accuracy"]["value"] - 0.5) / 0.3
    )


def test_clips_nobody_can_judge_give_a_run_without_figures(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    for number in range(8):
        clip = add_clip(workspace, database, f"c{number}", subject=f"s{number}", label=None, seed=number)
        add_pseudo_label(database, clip, ("positive", "negative")[number % 2])
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    assert run.metrics["scored_sentence"] == "0 of 8 held-out clips were scored."
    assert all(row["n"] == 0 for row in run.metrics["table"])
