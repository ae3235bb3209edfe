"""Predictions of a finished or exported model for new clips.

Features from other producers than those of the training data, or cues of another version, are refused.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import TrainingError
from core.feature_store import FeatureStore
from core.pose.cues import CUES_VERSION
from core.progress import Progress
from core.types.cues import CueMeasurement
from core.types.features import Producer
from core.workspace import Workspace
from db import clips, cues, features
from db.engine import Database
from training.data.cue_rates import cue_terms
from training.data.dataset import ClipSource, open_clips
from training.data.dataset_spec import KIND_OF
from training.fit.inference import probabilities_of
from training.models.cue_scores import CueScores
from training.runs.artifacts import load_model
from training.runs.model_config import ModelConfig, model_config
from training.runs.prefix_predictions import timelines_of
from training.runs.timelines import ClipTimeline

_LEAST_SCORE = 0.005


@dataclass(frozen=True, slots=True)
class CueEvidence:
    """The rate of a cue in a clip and its base rate, both in events per measurable minute, and the label that it
    supports.

    `score` is what it adds to that label's logit above the mean over labels.
    """

    cue: str
    rate: float
    base_rate: float
    speaks_for: str
    score: float


@dataclass(frozen=True, slots=True)
class ClipPrediction:
    """`probabilities` by label, under a uniform prior; `read` and `lacking` are modalities; `cues` are sorted,
    strongest first.
    """

    clip_id: int
    name: str
    label: str
    probabilities: Mapping[str, float]
    read: tuple[str, ...]
    lacking: tuple[str, ...]
    cues: tuple[CueEvidence, ...]
    timeline: ClipTimeline | None


def predict_clips(
    workspace: Workspace, database: Database, folder: Path, clip_ids: Sequence[int], progress: Progress
) -> list[ClipPrediction]:
    """Predicts clips of the workspace with the model in `folder`.

    Raises TrainingError where the folder holds no complete model, where features or cues are from other producers,
    or where a clip has none of the model's modalities; JobCancelledError between clips.
    """
    model, labels = load_model(folder)
    config = model_config(folder)
    wanted = {name: maker for name, maker in config.producers.items() if name in model.shape.modalities}
    kinds, measured = _checked(database, clip_ids, wanted, config)
    with database.read() as connection:
        found = clips.many(connection, clip_ids)
    nothing = next((clip for clip in found if not kinds[clip.id]), None)
    if nothing is not None:
        raise TrainingError(f"{nothing.name!r} has none of what the model reads: {', '.join(model.shape.modalities)}.")
    with tempfile.TemporaryDirectory(prefix="telltale-predict-") as cache:
        source = open_clips(
            FeatureStore(workspace.features_dir),
            found,
            kinds,
            cache=Path(cache) / "cache",
            max_frames=config.max_frames,
            measured=measured,
            cue_names=config.cues,
            progress=progress,
            windows=config.windows,
        )
        predictions = probabilities_of(model, source, clip_ids, progress)
        timelines = dict(timelines_of(model, source, clip_ids, labels, progress))
        return [
            ClipPrediction(
                clip_id=clip.id,
                name=clip.name,
                label=labels[int(np.argmax(predictions[clip.id]))],
                probabilities=dict(zip(labels, predictions[clip.id], strict=True)),
                read=tuple(name for name in model.shape.modalities if name in kinds[clip.id]),
                lacking=tuple(name for name in model.shape.modalities if name not in kinds[clip.id]),
                cues=_evidence(model.cue_scores, source, clip.id, labels) if "pose" in kinds[clip.id] else (),
                timeline=timelines.get(clip.id),
            )
            for clip in found
        ]


def _checked(
    database: Database, clip_ids: Sequence[int], wanted: Mapping[str, Producer], config: ModelConfig
) -> tuple[dict[int, frozenset[str]], dict[int, CueMeasurement]]:
    """Modalities and measured cues by clip id. Raises TrainingError where they are not from the model's producers."""
    kinds: dict[int, set[str]] = {clip_id: set() for clip_id in clip_ids}
    with database.read() as connection:
        for name, producer in wanted.items():
            made_by = features.made_by(connection, KIND_OF[name])
            for clip_id in clip_ids:
                maker = made_by.get(clip_id)
                if maker is not None and maker != producer:
                    raise TrainingError(
                        f"The model was trained on {name} features of {_named(producer)}, and here they are of "
                        f"{_named(maker)}; features of two producers are never mixed."
                    )
                if maker is not None:
                    kinds[clip_id].add(name)
        measured = {clip_id: cues.of_clip(connection, clip_id) for clip_id in clip_ids} if config.cues else {}
    if config.cues and config.cues_version != CUES_VERSION:
        raise TrainingError(
            f"The model reads cues as version {config.cues_version} measured them, and this is {CUES_VERSION}; train again."
        )
    return (
        {clip_id: frozenset(names) for clip_id, names in kinds.items()},
        {clip_id: one for clip_id, one in measured.items() if one is not None},
    )


def _named(producer: Producer) -> str:
    return f"{producer.name} {producer.version} ({producer.settings_digest[:8]})"


def _evidence(
    scores: CueScores | None, source: ClipSource, clip_id: int, labels: Sequence[str]
) -> tuple[CueEvidence, ...]:
    if scores is None:
        return ()
    model, counts = scores.model(), source.cue_counts(clip_id)
    added = cue_terms(counts[None], model)[0]  # (labels, cues)
    found = [
        CueEvidence(name, events / minutes, float(model.base_rate[place]), labels[best], float(added[best, place]))
        for place, (name, (events, minutes)) in enumerate(zip(source.cue_names, counts.tolist(), strict=True))
        if minutes > 0 and added[best := int(added[:, place].argmax()), place] >= _LEAST_SCORE
    ]
    return tuple(sorted(found, key=lambda one: -one.score))
