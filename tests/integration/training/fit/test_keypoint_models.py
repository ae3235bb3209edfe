"""Runs with the other key-point model, on fewer joints, on sampled windows."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import JobCancelledError, TrainingError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from db import runs
from tests.integration.training.planted import add_clip, add_cohort, curated_id, toy_workspace, weights
from tests.integration.training.watched import CancelAfter, Watching
from training.data.dataset import open_clips
from training.runs.artifacts import load_model
from training.runs.run import train
from training.runs.timelines import read_timeline

POSE_ALONE = {
    "modalities": ["pose"],
    "keypoint_model": "stgcn",
    "keypoint_joints": 25,
    "stgcn": {"channels": 4, "window_frames": 25, "predict_windows": 2},
}


def test_st_gcn_trains_behind_the_same_interface_and_says_what_it_was_given(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace", **POSE_ALONE)
    cohort = add_cohort(workspace, database, subjects=4, clips_each=2)
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    assert run.metrics["keypoint_model"] == "stgcn"
    assert run.metrics["window_budget"]["training_s"] > 0
    assert [row["name"] for row in run.metrics["table"]][-2:] == ["pose alone", "fusion"]
    folder = workspace.root / run.artifacts_path
    model, _ = load_model(folder)
    assert model.shape.keypoint_model == "stgcn"
    with database.read() as connection:
        predicted = {one.clip_id: one for one in runs.predictions_of(connection, run.id)}
    timeline = read_timeline(folder, cohort[0].id)
    assert timeline is not None
    # Two windows of 25 of the 60 frames, each of seven tokens of at most four frames.
    assert len(timeline.time_s) == 14
    assert timeline.time_s[6] == pytest.approx(24 / 25)
    assert timeline.time_s[7] == pytest.approx(36.5 / 25)
    assert timeline.probabilities[-1] == pytest.approx(predicted[cohort[0].id].probabilities, abs=1e-4)


def test_st_gcn_that_was_killed_goes_on_with_the_same_windows_to_the_same_weights(tmp_path: Path) -> None:
    found = []
    for name in ("straight", "resumed"):
        workspace, database = toy_workspace(tmp_path / name, **POSE_ALONE)
        add_cohort(workspace, database, subjects=4, clips_each=2)
        set_id = curated_id(workspace, database)
        if name == "resumed":
            watching = Watching()
            train(workspace, database, set_id, watching, resume=False)
            with pytest.raises(JobCancelledError):
                train(workspace, database, set_id, CancelAfter(watching.asked // 2), resume=False)
        run = train(workspace, database, set_id, SilentProgress())
        found.append(weights(workspace, run.artifacts_path))
    assert all(torch.equal(found[0][key], found[1][key]) for key in found[0])


def test_a_budget_too_small_for_st_gcn_is_refused_in_a_sentence(tmp_path: Path) -> None:
    workspace, database = toy_workspace(
        tmp_path / "workspace", **{**POSE_ALONE, "stgcn": {**POSE_ALONE["stgcn"], "budget_s": 1e-6}}
    )
    add_cohort(workspace, database, subjects=4, clips_each=2)
    with pytest.raises(TrainingError, match=r"for its answers alone, and training\.stgcn\.budget_s is 1e-06\."):
        train(workspace, database, curated_id(workspace, database), SilentProgress())


def test_the_body_alone_and_sampled_windows_suit_the_mlp_too(tmp_path: Path) -> None:
    workspace, database = toy_workspace(
        tmp_path / "workspace", modalities=["pose"], keypoint_joints=25, window_frames=25, predict_windows=2
    )
    cohort = add_cohort(workspace, database, subjects=4, clips_each=2)
    run = train(workspace, database, curated_id(workspace, database), SilentProgress())
    config = json.loads((workspace.root / run.artifacts_path / "config.json").read_text(encoding="utf-8"))
    assert config["shape"]["keypoint_joints"] == 25
    assert run.metrics["window_budget"] is None
    timeline = read_timeline(workspace.root / run.artifacts_path, cohort[0].id)
    assert timeline is not None
    assert len(timeline.time_s) == 10


def test_checkpointing_activations_changes_no_weight(tmp_path: Path) -> None:
    found = []
    for name, on in (("without", False), ("with", True)):
        workspace, database = toy_workspace(tmp_path / name, modalities=["pose"], activation_checkpointing=on)
        add_cohort(workspace, database, subjects=4, clips_each=2)
        run = train(workspace, database, curated_id(workspace, database), SilentProgress())
        found.append(weights(workspace, run.artifacts_path))
    for key in found[0]:
        torch.testing.assert_close(found[0][key], found[1][key])


def test_sampled_windows_are_the_clips_own_frames_evenly_spaced(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    clip = add_clip(workspace, database, "one", subject="one", label="positive", frames=60)
    kinds = {clip.id: frozenset({"pose"})}
    made = {"kinds": kinds, "max_frames": 1000, "measured": {}, "progress": SilentProgress()}
    store = FeatureStore(workspace.features_dir)
    whole = open_clips(store, [clip], cache=tmp_path / "whole", **made)
    sampled = open_clips(store, [clip], cache=tmp_path / "sampled", windows=(10, 3), **made)
    frames = np.r_[0:10, 25:35, 50:60]
    every, some = (source.example(clip.id, ("pose",)).values["pose"] for source in (whole, sampled))
    np.testing.assert_array_equal(some, every[frames])
    assert sampled.frames(clip.id) == 30
    longer = open_clips(store, [clip], cache=tmp_path / "longer", windows=(25, 3), **made)
    assert longer.frames(clip.id) == 60
