"""`telltale perceive`: makes person boxes, image and text features, cues, proxies and thumbnails where they lack.

What is there is left alone while its producer (name, version, digest of settings) is the one that the settings ask for
and nothing that it was made from is newer; otherwise it is made again.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.cues import CUES_VERSION
from core.progress import Progress
from core.records import Clip, FeatureKind, Producer
from core.settings import PerceptionSettings
from core.workspace import Workspace
from db import clips, cues, features
from db.engine import Database
from labeling.perception.clip_work import ClipOutcome, ClipTask, Step
from labeling.perception.pool import run_clips
from labeling.perception.registry import image_encoder, keypoint_reader, person_detector, text_encoder

CUE_PRODUCER = Producer("telltale-cues", CUES_VERSION, "")
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class PerceiveReport:
    """`perceived`: names of clips that something was made for; `untouched`: how many had all they can have.

    `warnings` and `refused`: one sentence each; a refused clip keeps what could be made of it.
    """

    perceived: tuple[str, ...]
    untouched: int
    warnings: tuple[str, ...]
    refused: tuple[str, ...]


def perceive(
    workspace: Workspace,
    database: Database,
    progress: Progress,
    clip_ids: Sequence[int] | None = None,
    *,
    workers: int | None = None,
) -> PerceiveReport:
    """All clips, or those of `clip_ids`, in as many processes as the machine has cores unless told otherwise.

    Raises SettingsError or NotYetError for a part that is not there, before any work; JobCancelledError after a cancel,
    with all finished clips stored. A clip that fails is reported and never stops the rest.
    """
    wanted = _Wanted(workspace.settings.perception)
    with database.read() as connection:
        ids = list(clip_ids) if clip_ids is not None else clips.all_ids(connection)
    tasks: list[ClipTask] = []
    warnings: list[str] = []
    without_video = 0
    for clip in _all(database, ids):
        task = _task(workspace, database, clip, wanted)
        if not task.has_keypoints:
            warnings.append(
                f"{clip.name} has no key points, so it has no person box, no image features and no measured cues."
            )
        without_video += clip.video_path is None
        if task.steps:
            tasks.append(task)
    if without_video:
        clips_are = "1 clip has" if without_video == 1 else f"{without_video} clips have"
        warnings.append(f"{clips_are} key points alone and no video yet, so no image features.")
    perceived: list[str] = []
    refused: list[str] = []
    progress.report(0.0, f"{len(tasks)} clips to perceive")
    for number, outcome in enumerate(run_clips(tasks, workers or os.cpu_count() or 1, progress), start=1):
        _store(database, outcome)
        refused.extend(outcome.problems)
        if outcome.features or outcome.cues is not None or outcome.media:
            perceived.append(outcome.name)
        progress.report(number / len(tasks), f"perceived {outcome.name}")
    return PerceiveReport(tuple(sorted(perceived)), len(ids) - len(tasks), tuple(warnings), tuple(refused))


class _Wanted:
    """The producers that the settings ask for."""

    def __init__(self, settings: PerceptionSettings) -> None:
        self.person = person_detector(settings).producer
        self.image = image_encoder(settings).producer
        self.text = text_encoder(settings).producer
        keypoint_reader(settings)  # read at import; a name that is not there is still an error here


def _task(workspace: Workspace, database: Database, clip: Clip, wanted: _Wanted) -> ClipTask:
    with database.read() as connection:
        have = features.of_clip(connection, clip.id)
        measured = cues.producer_of(connection, clip.id)
    made = {kind: (record.producer, record.created_at) for kind, record in have.items()}
    keypoints = made.get(FeatureKind.KEYPOINTS)
    steps: set[Step] = set()
    if keypoints is not None:
        if not _is_current(made.get(FeatureKind.PERSON), wanted.person, [keypoints[1]]):
            steps.add(Step.PERSON)
        if measured != CUE_PRODUCER or Step.PERSON in steps:  # both come from the key points, and age with them
            steps.add(Step.CUES)
        person = made.get(FeatureKind.PERSON)
        older = [keypoints[1], *([person[1]] if person is not None else [])]
        stale = not _is_current(made.get(FeatureKind.IMAGE), wanted.image, older)
        if clip.video_path is not None and (stale or Step.PERSON in steps):
            steps.add(Step.IMAGE)
    if clip.transcript and not _is_current(made.get(FeatureKind.TEXT), wanted.text, []):
        steps.add(Step.TEXT)
    if clip.video_path is not None and not (workspace.media_dir / f"{clip.id}.jpg").is_file():
        steps.add(Step.MEDIA)
    return ClipTask(
        clip=clip,
        steps=frozenset(steps),
        has_keypoints=keypoints is not None,
        features_dir=workspace.features_dir,
        media_dir=workspace.media_dir,
        settings=workspace.settings.perception,
    )


def _is_current(made: tuple[Producer, datetime] | None, producer: Producer, made_from: Iterable[datetime]) -> bool:
    return made is not None and made[0] == producer and all(source <= made[1] for source in made_from)


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
