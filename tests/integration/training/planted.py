"""Toy clips with a planted signal, stored through the real database and feature store; no video is needed for training."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from core.feature_store import FeatureStore
from core.pose.skeleton import FACE, JOINT_COUNT
from core.settings.loader import Settings
from core.settings.training import TrainingSettings
from core.types.clips import Clip, NewClip, Split
from core.types.cues import BodyRegion, Cue, CueCoverage, CueMeasurement
from core.types.features import FeatureKind, Producer
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler, LabelerAnswer
from core.workspace import Workspace, open_workspace
from db import clips, cues, features, pseudo_labels
from db.engine import Database, open_database
from training.data.curate import Rule, curate

MAKER = Producer("toy", "1", "0" * 8)
OTHER_MAKER = Producer("other", "2", "1" * 8)
TOY_LABELER = Labeler("toy", "toy-1", "1", "0" * 8)
LABELS = ("positive", "negative")
FRAME_RATE = Fraction(25)


def tiny_settings(**changes: object) -> TrainingSettings:
    """Small enough for a run in a second or two."""
    values: dict[str, object] = {
        "folds": 2,
        "width": 8,
        "layers": 1,
        "heads": 2,
        "stage1_steps": 4,
        "stage2_steps": 4,
        "batch_clips": 4,
        "step_frames": 4000,
        "patch_frames": 5,
    }
    return TrainingSettings.model_validate({**values, **changes})


def toy_workspace(folder: Path, **changes: object) -> tuple[Workspace, Database]:
    """A new workspace with tiny training settings, and its database."""
    opened = open_workspace(folder)
    settings = Settings(training=tiny_settings(**changes))
    workspace = Workspace(root=opened.root, settings=settings)
    return workspace, open_database(workspace)


def with_training(workspace: Workspace, **changes: object) -> Workspace:
    """The workspace with some training settings otherwise."""
    training = workspace.settings.training.model_copy(update=changes)
    return replace(workspace, settings=workspace.settings.model_copy(update={"training": training}))


def add_clip(
    workspace: Workspace,
    database: Database,
    name: str,
    *,
    subject: str,
    label: str | None,
    split: Split = Split.TRAIN,
    frames: int = 60,
    modalities: Sequence[str] = ("pose", "image", "text"),
    maker: Producer = MAKER,
    seed: int = 0,
    truth: str | None = None,
    planted: str | None = None,
) -> Clip:
    """One clip with features. What is planted (by default the label) shows as a shaking mouth, a raised first image feature and
    a word; all else is noise of the clip's own seed."""
    random = np.random.default_rng(seed)
    signal = 1.0 if (planted or label or truth) == LABELS[0] else 0.0
    with database.write() as connection:
        clip = clips.add(
            connection,
            NewClip(
                name=name,
                subject=subject,
                split=split,
                video_path=None,
                digest=name,
                duration_s=frames / float(FRAME_RATE),
                frame_count=frames,
                frame_rate=FRAME_RATE,
                width_px=640,
                height_px=480,
                gold_label=label,
                simulated=truth is not None,
                simulated_truth=truth,
            ),
        )
    time_s = np.arange(frames) / float(FRAME_RATE)
    arrays = {
        "pose": {"points": shaking_points(frames, signal, random), "time_s": time_s},
        "image": {
            "features": (random.normal(size=(frames // 5, 6)) + signal * np.eye(1, 6)).astype(np.float16),
            "time_s": time_s[: frames // 5 * 5 : 5],
        },
        "text": {"features": (random.normal(size=(3, 4)) + signal * np.eye(1, 4)).astype(np.float16)},
    }
    kinds = {"pose": FeatureKind.KEYPOINTS, "image": FeatureKind.IMAGE, "text": FeatureKind.TEXT}
    store = FeatureStore(workspace.features_dir)
    with database.write() as connection:
        for modality in modalities:
            path = store.write(clip.id, kinds[modality], arrays[modality], maker)
            features.record(connection, clip.id, kinds[modality], maker, path)
        cues.store(connection, clip.id, smiles(signal, clip.duration_s), maker)
    return clip


def shaking_points(frames: int, signal: float, random: np.random.Generator) -> np.ndarray:
    """(T, 137, 3) a still person with noise of 0.3 px; with the signal, the mouth moves by 6 px in every other frame."""
    places = np.random.default_rng(99).uniform(100, 400, size=(JOINT_COUNT, 2))
    points = np.ones((frames, JOINT_COUNT, 3), dtype=np.float32)
    points[..., :2] = places + random.normal(scale=0.3, size=(frames, JOINT_COUNT, 2))
    points[::2, FACE.start + 48 : FACE.start + 60, 1] += 6 * signal
    return points


def smiles(signal: float, duration_s: float) -> CueMeasurement:
    """Two smiles with the signal, none without."""
    found = tuple(Cue("smile", start_s, start_s + 0.2, 0.7, (70,)) for start_s in (0.2, 1.0)[: round(2 * signal)])
    return CueMeasurement(found, (CueCoverage("smile", duration_s, ((0.0, duration_s),), ""),), duration_s)


SMILE = Claim(
    0.2, 0.4, "smile", BodyRegion.FACE, "The corners of the mouth go up.", "positive", 0.5, check=ClaimCheck.SUPPORTED
)


def add_pseudo_label(
    database: Database,
    clip: Clip,
    label: str,
    confidence: float = 0.8,
    first_label: str | None = None,
    *,
    claims: tuple[Claim, ...] = (SMILE,),
    exclusion_reason: str = "",
) -> None:
    """An answer of the toy labeler."""
    answer = LabelerAnswer(
        first_label or label, confidence, "", label, confidence, "", claims=claims, exclusion_reason=exclusion_reason
    )
    with database.write() as connection:
        pseudo_labels.store(connection, clip.id, TOY_LABELER, "0" * 8, answer)


def add_cohort(workspace: Workspace, database: Database, *, subjects: int = 6, clips_each: int = 4) -> list[Clip]:
    """Gold-labeled clips, half of each subject's positive."""
    return [
        add_clip(
            workspace,
            database,
            f"s{subject}-c{number}",
            subject=f"subject {subject}",
            label=LABELS[number % 2],
            seed=100 * subject + number,
        )
        for subject in range(subjects)
        for number in range(clips_each)
    ]


def add_tested(workspace: Workspace, database: Database, *, labeled: bool = True) -> None:
    """Four clips of the test split, each of a subject of its own."""
    for number in range(4):
        label = LABELS[number % 2]
        add_clip(
            workspace,
            database,
            f"t{number}",
            subject=f"tested {number}",
            label=label if labeled else None,
            planted=label,
            split=Split.TEST,
            seed=number,
        )


def curated_id(workspace: Workspace, database: Database, **rule: object) -> int:
    """Of a set by the rule, or by the one that the button takes."""
    return curate(database, workspace.settings, "set", Rule.model_validate(rule)).id


def weights(workspace: Workspace, artifacts_path: str) -> dict[str, torch.Tensor]:
    """The tensors that a run has left."""
    return load_file(workspace.root / artifacts_path / "model.safetensors")
