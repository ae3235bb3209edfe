"""The dataset of a run: its clips, their modalities, and their cues. Free of torch."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from core.errors import TrainingError
from core.pose.cues import CATALOG
from core.pose.skeleton import JOINT_COUNT
from core.settings.training import TrainingSettings
from core.types.clips import Clip, Split
from core.types.cues import CueMeasurement
from core.types.features import FeatureKind, Producer
from core.types.runs import CuratedSet
from db import clips, cues, features
from db.engine import Database
from training.data.cue_statistics import cue_statistics
from training.data.splits import shared_subjects

KIND_OF: Mapping[str, FeatureKind] = {
    "pose": FeatureKind.KEYPOINTS,
    "image": FeatureKind.IMAGE,
    "text": FeatureKind.TEXT,
}


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """Clips of the train split, in the curated set or only predicted, and clips of the test split that are scored.

    `kinds`: modalities by clip id, from the set's producers only. `left_out`: modality to the reason why it is not
    used. `statistics`: `cue_statistics` by clip id. `measured`: the cues that a model of the settings reads
    (`cues_read`), measured by the same version as those of the set, and `taught` those that its network learns to find.
    """

    clips: tuple[Clip, ...]
    kinds: Mapping[int, frozenset[str]]
    modalities: tuple[str, ...]
    left_out: Mapping[str, str]
    producers: Mapping[str, Producer]
    statistics: Mapping[int, npt.NDArray[np.float64]]
    measured: Mapping[int, CueMeasurement]
    taught: Mapping[int, CueMeasurement] = field(default_factory=dict)


def gather(
    database: Database, curated: CuratedSet, settings: TrainingSettings, *, tested: Collection[int] = ()
) -> DatasetSpec:
    """Reads the dataset of a curated set, and repeats the checks of curating, because clips and features may have
    changed.

    `tested`: clips of the test split that are predicted and not trained on. Raises TrainingError where a clip of the
    set is gone or in the test split, where a subject of the set has clips in the test split, where features of one
    kind or the cues come from two producers, or where there are no features at all.
    """
    rows = {row.clip_id for row in curated.rows}
    with database.read() as connection:
        learnable = set(clips.all_ids(connection, split=Split.TRAIN))
        test_clips = clips.many(connection, clips.all_ids(connection, split=Split.TEST))
        cues_by = cues.provenance(connection)
        found = clips.many(connection, sorted({*learnable, *tested}))
        made_by: dict[str, dict[int, Producer]] = {
            name: features.made_by(connection, KIND_OF[name]) for name in settings.modalities
        }
    walked = dict(cues.each(database, (clip.id for clip in found)))
    measured = {clip.id: walked.get(clip.id) for clip in found}
    gone = len(rows - learnable)
    if gone:
        raise TrainingError(
            f"{gone} clips of the curated set {curated.name!r} are gone or of the test split now; curate again."
        )
    for sentence in shared_subjects(curated.rows, found, test_clips):
        raise TrainingError(f"{sentence} The curated set {curated.name!r} cannot be learned from.")
    producers: dict[str, Producer] = {}
    left_out: dict[str, str] = {}
    for name in settings.modalities:
        makers = {made_by[name][clip_id] for clip_id in rows if clip_id in made_by[name]}
        if len(makers) > 1:
            raise TrainingError(
                f"The {name} features of the curated set {curated.name!r} come from {len(makers)} producers; "
                "run `telltale perceive` for all clips and curate again."
            )
        if makers:
            producers[name] = makers.pop()
        else:
            left_out[name] = f"no clip of the set has {KIND_OF[name].value} features"
    if not producers:
        raise TrainingError(
            f"No clip of the curated set {curated.name!r} has features; "
            "run `telltale perceive`, which names the clips that lack key points."
        )
    for modality, producer in producers.items():
        refuse_other_producers(f"The curated set {curated.name!r} has", modality, producer, made_by[modality], tested)
    cue_makers = {cues_by[clip_id][0] for clip_id in {*rows, *tested} & cues_by.keys()}
    if settings.uses_cues and len(cue_makers) > 1:
        raise TrainingError(
            f"The cues of the curated set {curated.name!r} were measured by several versions; "
            "run `telltale perceive` for all clips."
        )
    kinds = {
        clip.id: frozenset(name for name, maker in producers.items() if made_by[name].get(clip.id) == maker)
        for clip in found
    }
    names = sorted(
        {coverage.name for measurement in measured.values() if measurement for coverage in measurement.coverage}
    )
    of_version = {
        clip_id: one for clip_id, one in measured.items() if one is not None and cues_by[clip_id][0] in cue_makers
    }
    return DatasetSpec(
        clips=tuple(clip for clip in found if clip.id in rows or kinds[clip.id]),
        kinds=kinds,
        modalities=tuple(producers),
        left_out=left_out,
        producers=producers,
        statistics={clip_id: cue_statistics(measurement, names) for clip_id, measurement in measured.items()},
        measured=cues_read(of_version, settings),
        taught=_of_joints(of_version, settings.keypoint_joints) if settings.taught_cues else {},
    )


def refuse_featureless(database: Database, clip_ids: Collection[int], modalities: Collection[str]) -> None:
    """Raises TrainingError where no clip has features of any of the modalities."""
    with database.read() as connection:
        for name in modalities:
            if not features.made_by(connection, KIND_OF[name]).keys().isdisjoint(clip_ids):
                return
    raise TrainingError(
        "No clip of the set has features; run `telltale perceive`, which names the clips that lack key points."
    )


def cues_read(measured: Mapping[int, CueMeasurement], settings: TrainingSettings) -> Mapping[int, CueMeasurement]:
    """The measured cues that a model of these settings reads: none, all, or only those of its joints."""
    return _of_joints(measured, settings.keypoint_joints) if settings.measured_cues else {}


def _of_joints(measured: Mapping[int, CueMeasurement], joints: int) -> Mapping[int, CueMeasurement]:
    """All cues, or only those that are measured on the first `joints` alone."""
    if joints == JOINT_COUNT:
        return measured
    seen = {name for name, cue in CATALOG.items() if max(cue.joints) < joints}
    return {
        clip_id: replace(
            one,
            cues=tuple(cue for cue in one.cues if cue.name in seen),
            coverage=tuple(cover for cover in one.coverage if cover.name in seen),
        )
        for clip_id, one in measured.items()
    }


def features_digest(database: Database, clip_ids: Collection[int]) -> str:
    """A digest of the clips' features and cues, 12 hex digits; it changes when any of them is computed again."""
    wanted = set(clip_ids)
    digest = hashlib.sha256()
    with database.read() as connection:
        made: dict[str, Mapping[int, object]] = {
            name: features.provenance(connection, kind) for name, kind in KIND_OF.items()
        }
        made["cues"] = cues.provenance(connection)
    for name, made_by in made.items():
        digest.update(repr((name, sorted((one, of) for one, of in made_by.items() if one in wanted))).encode())
    return digest.hexdigest()[:12]


def refuse_other_producers(
    learned: str, modality: str, producer: Producer, made_by: Mapping[int, Producer], tested: Collection[int]
) -> None:
    """Raises TrainingError where a test clip's features of this modality are from another producer than the training
    clips'.

    `learned` begins the sentence: "Run 3 was trained on".
    """
    others = {made_by[clip_id] for clip_id in tested if clip_id in made_by} - {producer}
    if others:
        raise TrainingError(
            f"{learned} {modality} features of {producer.name} {producer.version}, and clips of the test split have those "
            f"of {others.pop().name}; run `telltale perceive` for all clips and train again."
        )
