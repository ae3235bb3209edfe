"""Storing clips that were read by an import, each in a transaction of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from core.errors import InputError
from core.feature_store import FeatureStore
from core.file_names import spellings
from core.types.clips import Clip, NewClip, Split
from core.types.features import KEYPOINT_ESTIMATORS, FeatureKind
from core.types.transcript import TranscriptSegment
from core.workspace import Workspace
from db import clips, features, transcripts
from db.engine import Database
from labeling.ingest.keypoints import ImportedKeypoints
from labeling.ingest.reimport import Update, changes_of
from labeling.ingest.reliability_sample import ReliabilitySample

_CHUNK = 500


@dataclass(slots=True)
class ImportReport:
    """`imported`: names of the new clips; `known`: of those that were there before. The others are sentences: on `refused`
    clips, `warnings` on what is missing or was left unchanged, and `notes` on what was found automatically. `unreadable`: number
    of inputs beside the videos (key points, transcripts, folders) that could not be read; each has its warning.
    `changes`: what an update changes, or would change where it was only asked.
    """

    imported: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unreadable: int = 0
    changes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadClip:
    """A clip that could be read. `file` is its name in messages. `keypoints` reads its key points, or says why there are none and
    returns None; it is called only if they are stored, as it takes longest.
    """

    file: str
    new: NewClip
    said: tuple[TranscriptSegment, ...]
    keypoints: Callable[[], ImportedKeypoints | None]


class ClipWriter:
    """Stores the clips of one import and adds to its report."""

    def __init__(
        self, workspace: Workspace, database: Database, report: ImportReport, update: Update = Update.KEEP
    ) -> None:
        self._report = report
        self._update = update
        self._database = database
        self._features = FeatureStore(workspace.features_dir)
        self._sample = ReliabilitySample(workspace.settings.review.reliability_fraction)
        self._name_of_digest: dict[str, str] = {}
        self._split_of_subject: dict[str, Split] = {}
        for clip in _all_clips(database):
            self._remember(clip)

    def known(self, name: str) -> Clip | None:
        """The clip of that name that is there already, also one that was imported decomposed before names were composed."""
        with self._database.read() as connection:
            found = (clips.by_name(connection, spelling) for spelling in spellings(name))
            return next((clip for clip in found if clip is not None), None)

    def drawn(self, split: Split, label: str | None) -> bool:
        """Whether the next clip of this split and gold label is drawn into the reliability sample."""
        return self._sample.draw(split, label)

    def store(self, clip: ReadClip, known: Clip | None) -> None:
        """Stores a new clip, or adds to a `known` one what it lacks; an update takes over what is other, or lists it and
        stores nothing. Raises InputError, one sentence, if the clip is refused.
        """
        what = "other key points" if clip.new.video_path is None else "another video"
        if known is None:
            self._refuse_second_home(clip)
            self._add(clip)
            return
        if known.digest != clip.new.digest:
            raise InputError(f"{clip.file} is left out: the clip {known.name} is there already, with {what}.")
        self._report.known.append(known.name)
        if self._update is Update.KEEP:
            self._complete(known, clip)
        else:
            self._update_known(known, clip)

    def _add(self, clip: ReadClip) -> None:
        if self._update is Update.LIST:
            self._report.changes.append(f"{clip.file} is new.")
            return
        stored = self._put(None, clip, transcript=clip.new.transcript, keypoints=clip.keypoints())
        self._remember(stored)
        self._report.imported.append(stored.name)

    def _complete(self, known: Clip, clip: ReadClip) -> None:
        """Adds what a clip lacks, and says what else is other in the files."""
        keypoints = None if self._has_imported_keypoints(known) else clip.keypoints()
        transcript = clip.new.transcript if known.transcript is None else None
        moved_to = _moved_to(known, clip.new.video_path)
        self._put(known, clip, transcript=transcript, keypoints=keypoints, moved_to=moved_to)
        added = {"its key points": keypoints, "its transcript": transcript, "where its video is now": moved_to}
        got = " and ".join(what for what, value in added.items() if value is not None)
        others = changes_of(replace(known, transcript=transcript or known.transcript), clip.new, None, self._features)
        otherwise = f"; --update would do more: {' and '.join(others.told)}" if others.told else ""
        self._report.warnings.append(
            f"{clip.file} is there already and {f'got {got}' if got else 'was left as it is'}{otherwise}."
        )

    def _update_known(self, known: Clip, clip: ReadClip) -> None:
        changes = changes_of(known, clip.new, clip.keypoints(), self._features)
        moved_to = _moved_to(known, clip.new.video_path)
        told = [*changes.told, *(["it is told where its video is now"] if moved_to is not None else [])]
        self._report.changes += [f"{clip.file}: {one}." for one in told]
        self._report.warnings += [f"{clip.file} keeps {one}." for one in changes.kept]
        if self._update is Update.APPLY and told:
            self._put(
                known,
                clip,
                label=changes.label,
                transcript=changes.transcript,
                keypoints=changes.keypoints,
                moved_to=moved_to,
            )

    def _put(
        self,
        known: Clip | None,
        clip: ReadClip,
        *,
        label: str | None = None,
        transcript: str | None = None,
        keypoints: ImportedKeypoints | None = None,
        moved_to: str | None = None,
    ) -> Clip:
        """Stores a new clip, or what is not None of a known one, in one transaction."""
        with self._database.write() as connection:
            stored = known or clips.add(connection, clip.new)
            if keypoints is not None:
                path = self._write(stored.id, keypoints)
                features.record(connection, stored.id, FeatureKind.KEYPOINTS, keypoints.producer, path)
            if label is not None:
                clips.set_gold_label(connection, stored.id, label)
            if known is not None and transcript is not None:
                clips.set_transcript(connection, stored.id, transcript)
            if transcript is not None and any(segment.start_s is not None for segment in clip.said):
                transcripts.store(connection, stored.id, clip.said)
            if moved_to is not None:
                clips.set_video(connection, stored.id, moved_to)
        return stored

    def _refuse_second_home(self, clip: ReadClip) -> None:
        """Raises InputError if the video is stored under another name, or its subject is in the other split."""
        twin = self._name_of_digest.get(clip.new.digest)
        if twin is not None:
            what = "has the same key points as" if clip.new.video_path is None else "is the same video as"
            raise InputError(f"{clip.file} is left out: it {what} the clip {twin}.")
        split, subject = clip.new.split, clip.new.subject
        side = self._split_of_subject.get(subject, split)
        if side is not split:
            raise InputError(
                f"{clip.file} is left out: it is a {split} clip of {subject}, whose other clips are in {side}."
            )

    def _has_imported_keypoints(self, known: Clip) -> bool:
        with self._database.read() as connection:
            stored = features.of_clip(connection, known.id).get(FeatureKind.KEYPOINTS)
        return stored is not None and stored.producer.name not in KEYPOINT_ESTIMATORS

    def _write(self, clip_id: int, keypoints: ImportedKeypoints) -> str:
        arrays: dict[str, npt.NDArray[Any]] = {"points": keypoints.track.points, "time_s": keypoints.track.time_s}
        return self._features.write(clip_id, FeatureKind.KEYPOINTS, arrays, keypoints.producer)

    def _remember(self, clip: Clip) -> None:
        self._name_of_digest[clip.digest] = clip.name
        self._split_of_subject[clip.subject] = clip.split
        self._sample.count(clip.split, clip.gold_label)


def _moved_to(known: Clip | None, video_path: str | None) -> str | None:
    """The new path of a known clip's video, if the stored path no longer exists."""
    if known is None or (known.video_path and Path(known.video_path).is_file()):
        return None
    return video_path if video_path != known.video_path else None


def _all_clips(database: Database) -> Iterator[Clip]:
    with database.read() as connection:
        ids = clips.all_ids(connection)
        for start in range(0, len(ids), _CHUNK):
            yield from clips.many(connection, ids[start : start + _CHUNK])
