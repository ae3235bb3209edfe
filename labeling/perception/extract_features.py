"""`telltale perceive`: extracts person boxes, key points, image and text features, cues, proxies and thumbnails.

A feature is kept if its producer (name, version, digest of settings) is the one of the present settings and none of its inputs
is newer; otherwise it is extracted again. Imported key points are never replaced.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.durable_files import remove_abandoned
from core.pose.cues import CUES_VERSION
from core.pose.cues.measurement import MIN_CLIP_S
from core.progress import Progress
from core.settings.perception import PerceptionSettings
from core.types.clips import Clip
from core.types.features import KEYPOINT_ESTIMATORS, FeatureKind, FeatureRecord, Producer
from core.types.transcript import TranscriptSegment, sentences
from core.workspace import Workspace
from db import clips, cues, features, interviewees, transcripts
from db.engine import Database
from labeling.perception.automatic_choice import resolve
from labeling.perception.backends import image_encoder, keypoint_estimator, person_producer, text_encoder
from labeling.perception.clip_features import ClipOutcome, ClipTask, Step
from labeling.perception.pipeline.chunks import discard_chunks
from labeling.perception.process_pool import run_clips
from labeling.settings_digest import settings_digest

CUE_PRODUCER = Producer("telltale-cues", CUES_VERSION, "")
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """`perceived`: names of clips for which something was extracted; `untouched`: number of clips that were complete.

    `parts`: which backend each stage uses, and why. `warnings` and `refused`: one sentence each; a refused clip
    keeps the features that could be extracted.
    """

    perceived: tuple[str, ...]
    untouched: int
    parts: tuple[str, ...]
    warnings: tuple[str, ...]
    refused: tuple[str, ...]


def extract_features(
    workspace: Workspace,
    database: Database,
    progress: Progress,
    clip_ids: Sequence[int] | None = None,
    *,
    workers: int | None = None,
) -> ExtractionReport:
    """Extracts the features of all clips, or of `clip_ids`, in `workers` processes.

    By default one process per core if all backends are built in, and one if models are used, since each process loads
    them and one keeps all cores busy. Raises SettingsError or WeightsError, before any work, for a backend that cannot be
    used; JobCancelledError on cancellation, after which finished clips are stored and the chunks of the others are kept. A
    clip that fails is reported and does not stop the others.
    """
    wanted = Wanted.of(workspace)
    for folder in (workspace.features_dir, workspace.media_dir):
        remove_abandoned(folder)
    with database.read() as connection:
        ids = list(clip_ids) if clip_ids is not None else clips.all_ids(connection)
    tasks: list[ClipTask] = []
    remarks = _Remarks()
    for clip in _all(database, ids):
        task = _task(workspace, database, clip, wanted, remarks)
        if task.steps:
            tasks.append(task)
        else:
            # An earlier run was killed after it stored the clip and before it removed its chunks.
            discard_chunks(workspace.features_dir, clip.id)
    warnings = remarks.sentences()
    perceived: list[str] = []
    refused: list[str] = []
    progress.report(0.0, f"{len(tasks)} clips to extract features of")
    for outcome in run_clips(tasks, workers or wanted.default_workers(), progress):
        _store(database, outcome)
        if not outcome.problems:
            discard_chunks(workspace.features_dir, outcome.clip_id)
        warnings.extend(outcome.warnings)
        refused.extend(outcome.problems)
        if outcome.features or outcome.cues is not None or outcome.media:
            perceived.append(outcome.name)
    return ExtractionReport(
        tuple(sorted(perceived)), len(ids) - len(tasks), wanted.parts, tuple(warnings), tuple(refused)
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """The producers of the present settings, by kind; `parts` describes them in sentences.

    The digests of image features and of key points that are estimated in boxes include the producer of the person boxes, on
    which they depend. `by_keypoints`: the boxes are made from the key points instead. `asked_to_estimate`: the settings
    name the estimator.
    """

    settings: PerceptionSettings
    producers: Mapping[FeatureKind, Producer]
    by_keypoints: bool
    asked_to_estimate: bool
    parts: tuple[str, ...]

    @classmethod
    def of(cls, workspace: Workspace) -> "Wanted":
        """Of the workspace's settings. Raises SettingsError or WeightsError if a backend cannot be used."""
        weights_dir, asked = workspace.weights_dir, workspace.settings.perception
        resolved = resolve(asked, weights_dir)
        settings = resolved.settings
        person = person_producer(settings, weights_dir)
        producers = {
            FeatureKind.PERSON: person,
            FeatureKind.IMAGE: _in_boxes_of(image_encoder(settings, weights_dir).producer, person),
            FeatureKind.TEXT: text_encoder(settings, weights_dir).producer,
        }
        by_keypoints = settings.person == "keypoint-box"
        estimator = keypoint_estimator(settings, weights_dir)
        if estimator is not None:
            own = estimator.producer
            producers[FeatureKind.KEYPOINTS] = own if by_keypoints else _in_boxes_of(own, person)
        asked_to_estimate = estimator is not None and asked.keypoints != "auto"
        return cls(settings, producers, by_keypoints, asked_to_estimate, resolved.parts)

    def default_workers(self) -> int:
        """The default number of processes."""
        built_in = self.by_keypoints and self.settings.image == "hog" and self.settings.text == "hashing"
        return (os.cpu_count() or 1) if built_in else 1


class _Remarks:
    """Collects remarks on clips, for one warning per kind."""

    def __init__(self) -> None:
        self.without_keypoints: list[str] = []
        self.without_video = 0
        self.short: list[str] = []
        self.keeps_imported = 0
        self.by_keypoints = True

    def sentences(self) -> list[str]:
        lacks = "no person box, no image features and no measured cues" if self.by_keypoints else "no measured cues"
        said = [f"{_clips_have(self.without_keypoints)} no key points, so {lacks}."] if self.without_keypoints else []
        if count := self.without_video:
            clips_are = "1 clip has" if count == 1 else f"{count} clips have"
            said.append(f"{clips_are} key points alone and no video, so no image features.")
        if self.short:
            said.append(f"{_clips_have(self.short)} less than {MIN_CLIP_S:g} s, so no measured cues.")
        if count := self.keeps_imported:
            clips_are = "1 clip keeps" if count == 1 else f"{count} clips keep"
            said.append(f"{clips_are} the key points that were imported; they are not estimated again.")
        return said


def _clips_have(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} has"
    return f"{len(names):,} clips ({', '.join(names[:3])}{', …' if len(names) > 3 else ''}) have"


def _in_boxes_of(producer: Producer, person: Producer) -> Producer:
    digest = settings_digest(
        {"own": producer.settings_digest, "person": [person.name, person.version, person.settings_digest]}
    )
    return Producer(producer.name, producer.version, digest)


def _task(workspace: Workspace, database: Database, clip: Clip, wanted: Wanted, remarks: _Remarks) -> ClipTask:
    with database.read() as connection:
        have = features.of_clip(connection, clip.id)
        measured = cues.producer_of(connection, clip.id)
        picked = interviewees.picked(connection, clip.id)
        picked_at = interviewees.changed_at(connection, clip.id)
        timed = transcripts.of_clip(connection, clip.id)
        transcript_at = transcripts.stored_at(connection, clip.id)
    keypoints = have.get(FeatureKind.KEYPOINTS)
    imported = keypoints is not None and keypoints.producer.name not in KEYPOINT_ESTIMATORS
    has_video = clip.video_path is not None
    steps = _video_steps(have, wanted, picked_at, has_video=has_video, imported=imported)
    will_have_keypoints = keypoints is not None or Step.KEYPOINTS in steps
    # Cues are measured again whenever the person or the key points are.
    if will_have_keypoints and (measured != CUE_PRODUCER or steps & {Step.PERSON, Step.KEYPOINTS}):
        steps.add(Step.CUES)
        if clip.duration_s < MIN_CLIP_S:
            remarks.short.append(clip.name)
    transcript = timed or ((TranscriptSegment(clip.transcript, None, None),) if clip.transcript else ())
    said_at = [transcript_at] if transcript_at is not None else []
    if transcript and not _is_current(have.get(FeatureKind.TEXT), wanted.producers[FeatureKind.TEXT], said_at):
        steps.add(Step.TEXT)
    if (has_video or keypoints is not None) and not (workspace.media_dir / f"{clip.id}.jpg").is_file():
        steps.add(Step.MEDIA)
    remarks.by_keypoints = wanted.by_keypoints
    if not will_have_keypoints:
        remarks.without_keypoints.append(clip.name)
    remarks.without_video += not has_video
    remarks.keeps_imported += imported and wanted.asked_to_estimate
    person = have.get(FeatureKind.PERSON)
    return ClipTask(
        clip=clip,
        steps=frozenset(steps),
        features_dir=workspace.features_dir,
        media_dir=workspace.media_dir,
        weights_dir=workspace.weights_dir,
        settings=wanted.settings,
        producers=wanted.producers,
        has_keypoints=keypoints is not None,
        picked=picked.point if picked is not None else None,
        reuse_detections=not wanted.by_keypoints
        and person is not None
        and person.producer == wanted.producers[FeatureKind.PERSON],
        transcript=sentences(transcript) if Step.TEXT in steps else (),
    )


def _video_steps(
    have: Mapping[FeatureKind, FeatureRecord],
    wanted: Wanted,
    picked_at: datetime | None,
    *,
    has_video: bool,
    imported: bool,
) -> set[Step]:
    steps: set[Step] = set()
    keypoints, person = have.get(FeatureKind.KEYPOINTS), have.get(FeatureKind.PERSON)
    estimates = has_video and not imported and FeatureKind.KEYPOINTS in wanted.producers
    if wanted.by_keypoints and estimates and not _is_current(keypoints, wanted.producers[FeatureKind.KEYPOINTS], ()):
        steps.add(Step.KEYPOINTS)
    person_from = [keypoints.created_at] if keypoints is not None and (imported or wanted.by_keypoints) else []
    if picked_at is not None and not wanted.by_keypoints:
        person_from.append(picked_at)
    can_find = (keypoints is not None or Step.KEYPOINTS in steps) if wanted.by_keypoints else has_video
    is_found = Step.KEYPOINTS not in steps and _is_current(person, wanted.producers[FeatureKind.PERSON], person_from)
    if can_find and not is_found:
        steps.add(Step.PERSON)
    if not has_video or (person is None and Step.PERSON not in steps):
        return steps
    described_from = [person.created_at] if person is not None else []
    asked = {Step.IMAGE: FeatureKind.IMAGE}
    if estimates and not wanted.by_keypoints:
        asked[Step.KEYPOINTS] = FeatureKind.KEYPOINTS
    for step, kind in asked.items():
        if Step.PERSON in steps or not _is_current(have.get(kind), wanted.producers[kind], described_from):
            steps.add(step)
    return steps


def _is_current(made: FeatureRecord | None, producer: Producer, made_from: Iterable[datetime]) -> bool:
    return made is not None and made.producer == producer and all(source <= made.created_at for source in made_from)


def _store(database: Database, outcome: ClipOutcome) -> None:
    with database.write() as connection:
        for kind, producer, path in outcome.features:
            features.record(connection, outcome.clip_id, kind, producer, path)
        if outcome.cues is not None:
            cues.store(connection, outcome.clip_id, outcome.cues, CUE_PRODUCER)


def _all(database: Database, ids: Sequence[int]) -> Iterable[Clip]:
    for start in range(0, len(ids), _CHUNK):
        with database.read() as connection:
            chunk = clips.many(connection, list(ids[start : start + _CHUNK]))
        yield from chunk
