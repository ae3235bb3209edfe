"""Studies that differ in nothing but a label: what tells them apart tells the label.

Each kind of clip comes as a pair of one subject, one clip of each label; in the twin of a kind the two labels are exchanged
wherever they were written. So what is counted over the pair, how people and machines agree, and every order stay the same.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters
from app.queries.saved_filters import save
from core.feature_store import FeatureStore
from core.pose.skeleton import JOINT_COUNT
from core.settings.loader import SETTINGS_FILE
from core.types.assignments import Assignment, NewBatch, Purpose
from core.types.clips import NewClip, Split
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.features import FeatureKind, Producer
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler, LabelerAnswer
from core.types.runs import Prediction
from core.workspace import open_workspace
from db import (
    assignments,
    bulk_accepts,
    clips,
    cues,
    decisions,
    features,
    practice_clips,
    pseudo_labels,
    reviewers,
    runs,
)
from db.engine import open_database
from training.data.curate import Rule, curate

LABELS = ("negative", "positive")
KINDS = ("open", "gold", "judged by others", "sample", "double", "practice", "bulk", "disputed", "adjudicated")
"""Kinds of clips that Ada, a coder, has not judged."""
ADA, BEN, LEA, MAX = range(1, 5)
LABELERS = tuple(Labeler(name, "rules", "1", "d" * 64) for name in ("cues", "guesses"))
OWN = (2 * len(KINDS) + 1, 2 * len(KINDS) + 2)
"""A pair that Ada has judged; it is the same in all twins."""
SAVED = {
    "positive ones": Filters(label="positive"),
    "one positive": Filters(label="positive", search='"clip 7"'),
    "said": Filters(said="looks positive"),
    "smiles": Filters(cue="smile"),
}
_PRODUCER = Producer("test", "1", "e" * 64)
_FRAMES = 75
_FIGURE = {"value": 0.7, "low": 0.5, "high": 0.9}
_FIGURES = ("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece")


def clip_ids(kind: str) -> tuple[int, int]:
    """The pair of clips of a kind."""
    first = 2 * KINDS.index(kind) + 1
    return first, first + 1


def made(root: Path, exchanged: frozenset[str] = frozenset(), mode: ReviewMode = ReviewMode.BLIND) -> OpenedWorkspace:
    """A study at `root`, in which the labels of these kinds are exchanged.

    Ada and Ben code, Lea and Max lead; Max has judged nothing.
    """
    root.mkdir(parents=True)
    (root / SETTINGS_FILE).write_text(f'[review]\nmode = "{mode.value}"\nrepeat_share = 0\n', encoding="utf-8")
    workspace = open_workspace(root)
    opened = OpenedWorkspace(workspace, open_database(workspace))
    store = FeatureStore(workspace.features_dir)
    with opened.database.write() as connection:
        for name, role in (("Ada", "reviewer"), ("Ben", "reviewer"), ("Lea", "lead"), ("Max", "lead")):
            reviewers.ensure(connection, name, role)
        for number, kind, label in _clips(exchanged):
            _add(connection, store, number, kind, label)
        _judge(connection, exchanged)
    _train(opened, exchanged)
    for name, filters in SAVED.items():
        save(opened.workspace, name, filters, "Lea")
    return opened


def _clips(exchanged: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """Number, kind and label of each clip."""
    for place, kind in enumerate((*KINDS, "own")):
        for second in range(2):
            yield 2 * place + second + 1, kind, LABELS[second ^ (kind in exchanged)]


def _other(label: str) -> str:
    return next(one for one in LABELS if one != label)


def _add(connection: Any, store: FeatureStore, number: int, kind: str, label: str) -> None:
    gold = label if kind in {"gold", "practice", "sample"} else None
    clip = clips.add(
        connection,
        NewClip(
            name=f"clip {number}",
            subject=f"subject {kind}",
            split=Split.TRAIN,
            video_path=None,
            digest=f"{number:064x}",
            duration_s=_FRAMES / 25,
            frame_count=_FRAMES,
            frame_rate=Fraction(25),
            width_px=640,
            height_px=360,
            gold_label=gold,
            reliability_sample=kind == "sample",
            transcript="We fought hard.",
        ),
    )
    points = np.full((_FRAMES, JOINT_COUNT, 3), 0.5, dtype=np.float32)
    boxes = np.full((_FRAMES, 4), 100, dtype=np.float32)
    time_s = np.arange(_FRAMES) / 25
    found: dict[FeatureKind, dict[str, npt.NDArray[Any]]] = {
        FeatureKind.KEYPOINTS: {"points": points, "time_s": time_s},
        FeatureKind.PERSON: {"box_xyxy_px": boxes, "time_s": time_s},
    }
    for feature, arrays in found.items():
        features.record(connection, clip.id, feature, _PRODUCER, store.write(clip.id, feature, arrays, _PRODUCER))
    measured = CueMeasurement((Cue("smile", 1.0, 2.0, 0.5, ()),), (), _FRAMES / 25)
    cues.store(connection, clip.id, measured, _PRODUCER)
    for labeler in LABELERS:
        pseudo_labels.store(connection, clip.id, labeler, "s" * 64, _answer(label))


def _answer(label: str) -> LabelerAnswer:
    claim = Claim(1.0, 2.0, "smile", BodyRegion.FACE, f"A {label} smile.", label, 0.5, check=ClaimCheck.SUPPORTED)
    return LabelerAnswer(label, 0.9, f"First it looks {label}.", label, 0.95, f"It looks {label}.", (claim,))


def _judge(connection: Any, exchanged: frozenset[str]) -> None:
    tokens = iter(f"{number:032x}" for number in range(1, 1000))

    def decide(kind: DecisionKind, who: int, clip_id: int, label: str, **fields: Any) -> None:
        new = NewDecision(next(tokens), clip_id, who, kind, ReviewMode.BLIND, label=label, **fields)
        decisions.record(connection, new)

    def judge(who: int, clip_id: int, label: str) -> None:
        decide(DecisionKind.BLIND, who, clip_id, label, rater_confidence=2)
        decide(DecisionKind.CORRECT, who, clip_id, label)

    for number, kind, label in _clips(exchanged):
        if kind in {"judged by others", "sample", "double", "disputed", "adjudicated"}:
            judge(BEN, number, label)
        if kind in {"disputed", "adjudicated"}:
            judge(LEA, number, _other(label))
        if kind == "adjudicated":
            decide(DecisionKind.ADJUDICATE, LEA, number, label, note="looked twice")
        if kind == "own":
            judge(ADA, number, label)
        if kind == "practice":
            practice_clips.mark(connection, number, LEA, explanation="", token=f"practice {number}")
    doubled = tuple(Assignment(clip_id, ADA) for clip_id in clip_ids("double"))
    assignments.assign(connection, NewBatch("b" * 32, Purpose.DOUBLE_CODING, LEA, "2 clips at random", 1, doubled))
    taken = {clip_id: pseudo_labels.latest_of(connection, [clip_id])[clip_id].id for clip_id in clip_ids("bulk")}
    bulk_accepts.accept(connection, LEA, taken, reason="sure", mode=ReviewMode.BLIND, token="b")  # noqa: S106


def _train(opened: OpenedWorkspace, exchanged: frozenset[str]) -> None:
    """Two finished runs: the first is wrong about every clip, the second right."""
    curated = curate(opened.database, opened.workspace.settings, "first", Rule())
    table = [
        {"name": name, "n": 4, **dict.fromkeys(_FIGURES, _FIGURE)}
        for name in ("majority", "logistic regression on cues", "fusion")
    ]
    metrics = {
        "table": table,
        "labels": list(LABELS),
        "scored_against": {"gold": 2},
        "scored_sentence": "2 of 4 held-out clips were scored.",
        "confusion": [[2, 0], [1, 1]],
        "flips": None,
        "selection": {"selected": True, "sentence": "The first finished run is the current one."},
    }
    for number in range(2):
        with opened.database.write() as connection:
            run = runs.start(
                connection,
                curated_set_id=curated.id,
                job_id=None,
                settings={"folds": 2},
                code_version="v1",
                artifacts_path=f"runs/{number}",
            )
            said = {clip_id: label if number else _other(label) for clip_id, _, label in _clips(exchanged)}
            runs.store_predictions(connection, [_prediction(run.id, *one) for one in said.items()])
            runs.finish(connection, run.id, metrics)
            runs.select(connection, run.id)
    with opened.database.write() as connection:
        runs.select(connection, 1)  # the one that differs from every label


def _prediction(run_id: int, clip_id: int, label: str) -> Prediction:
    sure = (0.9, 0.1) if label == LABELS[0] else (0.1, 0.9)
    return Prediction(run_id, clip_id, 0, sure, label, label_quality=0.2, label_issue=True)
