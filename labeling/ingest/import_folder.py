"""`telltale import`: videos with their key points, transcripts and table become clips. Videos stay where they are.

Every clip is probed, hashed and stored on its own, in a transaction of its own: a bad one is refused in one sentence
and the rest goes on, and a cancelled import keeps what it has. Importing again adds what is new: clips, and key points
or transcripts that a clip did not have.
"""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.durable_files import replacing
from core.errors import InputError, KeypointError
from core.feature_store import FeatureStore
from core.media.video import probe_video, video_digest
from core.progress import Progress
from core.types.clips import Clip, NewClip, Split
from core.types.features import FeatureKind
from core.types.transcript import TranscriptSegment, plain_text
from core.workspace import COHORT_FILE, Workspace
from db import clips, features, transcripts
from db.engine import Database
from labeling.ingest.clip_table import ClipTable, TableRow, read_clip_table
from labeling.ingest.cohort_truth import CohortFolder, read_cohort_folder
from labeling.ingest.folder_contents import ImportSources, find_sources
from labeling.ingest.reliability_sample import AuditSlice
from labeling.ingest.transcripts import find_transcript
from labeling.perception.keypoints.openpose_import import ImportedKeypoints, OpenPoseJson

_CHUNK = 500


@dataclass(slots=True)
class ImportReport:
    """`imported`: names of the new clips. The others are sentences: `refused` clips are not there, `warnings` tell what
    is missing or was left as it is, `notes` what was taken without having been named."""

    imported: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_folder(
    workspace: Workspace,
    database: Database,
    folder: Path,
    *,
    openpose: Path | None = None,
    transcripts: Path | None = None,
    table: Path | None = None,
    progress: Progress,
) -> ImportReport:
    """Imports `folder` (labeling.ingest.folder_contents shows what may lie in it).

    Where there is a table, a video that it does not list is refused, since whose it is is unknown; where there is none,
    every clip is a person of its own. Part of the training clips is drawn into the audit slice
    (labeling.ingest.reliability_sample).

    A cohort's description is kept in the workspace, for what is the best that anybody could reach on it.

    Raises InputError where a named folder is missing or nothing is to import, TableError where the table as a whole
    cannot be used (nothing is imported then), JobCancelledError between clips.
    """
    sources = find_sources(folder.expanduser().resolve(), openpose=openpose, transcripts=transcripts, table=table)
    taxonomy = workspace.settings.taxonomy
    clip_table = read_clip_table(sources.table, taxonomy) if sources.table is not None else None
    cohort = read_cohort_folder(sources.cohort, taxonomy) if sources.cohort is not None else None
    return import_clips(workspace, database, sources, clip_table, cohort=cohort, progress=progress)


def import_clips(
    workspace: Workspace,
    database: Database,
    sources: ImportSources,
    clip_table: ClipTable | None,
    *,
    cohort: CohortFolder | None = None,
    progress: Progress,
) -> ImportReport:
    """Imports what was found and read, however it lies in its folder; a clip of the table goes by its video's name.

    Raises JobCancelledError between clips.
    """
    run = _Import(workspace, database, sources, clip_table, cohort)
    arrivals: list[tuple[str, Path | None]] = [(video.stem, video) for video in sources.videos]
    if cohort is not None:
        with_video = {name for name, _video in arrivals}
        arrivals += [(name, None) for name in cohort.clips if name not in with_video]
    run.begin([name for name, _video in arrivals])
    for number, (name, video) in enumerate(arrivals):
        progress.raise_if_cancelled()
        progress.report(number / len(arrivals), f"importing {name}")
        try:
            run.take(name, video)
        except InputError as error:
            run.report.refused.append(str(error))
    if sources.cohort is not None:
        with replacing(workspace.root / COHORT_FILE) as kept:
            shutil.copyfile(sources.cohort, kept)
    progress.report(1.0, f"{len(run.report.imported)} clips imported")
    return run.report


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A readable clip. `file` is what sentences call it; `time_s` (T,) when its frames are shown."""

    file: str
    new: NewClip
    time_s: npt.NDArray[np.float64]
    keypoints: Path | None
    said: tuple[TranscriptSegment, ...]
    read: ImportedKeypoints | None = None  # already, where the clip has nothing else to be known by

    @property
    def has_times(self) -> bool:
        """Whether the transcript says when; its text alone is a column of the clip."""
        return any(segment.start_s is not None for segment in self.said)


class _Import:
    def __init__(
        self,
        workspace: Workspace,
        database: Database,
        sources: ImportSources,
        table: ClipTable | None,
        cohort: CohortFolder | None,
    ) -> None:
        self.report = ImportReport(notes=list(sources.notes))
        self._database = database
        self._sources = sources
        self._table = table
        self._cohort = cohort
        self._store = FeatureStore(workspace.features_dir)
        self._reader = OpenPoseJson()
        self._audit = AuditSlice(workspace.settings.review.audit_fraction)
        self._by_digest: dict[str, str] = {}
        self._side_of: dict[str, Split] = {}
        self._taken: dict[str, str] = {}
        for clip in _all_clips(database):
            self._remember(clip)

    def begin(self, names: Sequence[str]) -> None:
        """What can be said before the first clip is read."""
        if self._table is None:
            self.report.warnings.append("There is no table, so every clip counts as a person of its own.")
        else:
            self.report.refused.extend(self._table.refusals)
            self.report.warnings.extend(self._table.warnings)
            for clip in sorted(set(self._table.rows) - set(names)):
                where = f"{self._table.name}: the clip {clip}"
                self.report.refused.append(f"{where} has no video in {self._sources.folder.name}.")
        for path in self._sources.unclaimed_keypoints(names):
            self.report.warnings.append(f"{path.name} belongs to no video, so its key points were left out.")

    def take(self, name: str, video: Path | None) -> None:
        """One clip; raises InputError, one sentence, where it is refused."""
        if self._table is not None and name in self._table.refused:
            return  # the table's own sentence has said why
        file = video.name if video is not None else name
        if name in self._taken:
            raise InputError(f"{file} is left out: a clip called {name} was taken from {self._taken[name]} already.")
        with self._database.read() as connection:
            there = clips.by_name(connection, name)
        row = self._row(name, file, there)
        arrival = self._filmed(name, video, row) if video is not None else self._unrendered(name, row)
        if there is not None:
            self._add_to(there, arrival)
            self._taken[name] = file
            return
        twin = self._by_digest.get(arrival.new.digest)
        if twin is not None:
            raise InputError(f"{file} is left out: it is the same video as the clip {twin}.")
        side = self._side_of.get(row.subject, row.split)
        if side is not row.split:
            raise InputError(
                f"{file} is left out: it is a {row.split} clip of {row.subject}, whose other clips are in {side}."
            )
        self._store_new(arrival)
        self._taken[name] = file

    def _row(self, name: str, file: str, there: Clip | None) -> TableRow:
        row = self._table.rows.get(name) if self._table is not None else TableRow(name, name, None, Split.TRAIN, None)
        if row is None and there is not None:  # a second table may speak of the new clips alone
            row = TableRow(name, there.subject, there.gold_label, there.split, None)
        if row is None:
            table = self._table.name if self._table is not None else "the table"
            raise InputError(f"{file} is left out: it is not in {table}, so whose clip it is is unknown.")
        return row

    def _filmed(self, name: str, video: Path, row: TableRow) -> _Arrival:
        info = probe_video(video)
        said = self._transcript(name, video.name, row)
        simulated = self._cohort.clips.get(name) if self._cohort is not None else None
        new = NewClip(
            name=name,
            subject=row.subject,
            split=row.split,
            video_path=str(video),
            digest=video_digest(video),
            duration_s=info.duration_s,
            frame_count=info.frame_count,
            frame_rate=info.frame_rate,
            width_px=info.width_px,
            height_px=info.height_px,
            transcript=plain_text(said) or None,
            gold_label=row.label,
            simulated=simulated is not None,
            simulated_truth=simulated.truth if simulated is not None else None,
        )
        return _Arrival(video.name, new, info.time_s, self._sources.keypoints_of(name), said)

    def _unrendered(self, name: str, row: TableRow) -> _Arrival:
        """A clip of a cohort that has key points and no video; it is known by the digest of its key points."""
        assert self._cohort is not None  # nothing else names clips without a video
        plan, read = self._cohort.clips[name], self._cohort.keypoints_of(name)
        said = self._transcript(name, name, row)
        new = NewClip(
            name=name,
            subject=row.subject,
            split=row.split,
            video_path=None,
            digest=hashlib.sha256(read.track.points.tobytes()).hexdigest(),
            duration_s=float(plan.frame_count / plan.frame_rate),
            frame_count=plan.frame_count,
            frame_rate=plan.frame_rate,
            width_px=plan.width_px,
            height_px=plan.height_px,
            transcript=plain_text(said) or None,
            gold_label=row.label,
            simulated=True,
            simulated_truth=plan.truth,
        )
        return _Arrival(name, new, read.track.time_s, None, said, read)

    def _transcript(self, name: str, file: str, row: TableRow) -> tuple[TranscriptSegment, ...]:
        try:
            return find_transcript(self._sources, name, row.transcript)
        except InputError as error:
            self.report.warnings.append(f"{file} was imported without a transcript: {error}")
            return ()

    def _keypoints(self, arrival: _Arrival) -> ImportedKeypoints | None:
        if arrival.read is not None or arrival.keypoints is None:
            return arrival.read
        try:
            imported = self._reader.read(arrival.keypoints, arrival.time_s)
        except KeypointError as error:
            self.report.warnings.append(f"{arrival.file} was imported without key points: {error}")
            return None
        self.report.warnings.extend(imported.warnings)
        return imported

    def _store_new(self, arrival: _Arrival) -> None:
        new = replace(arrival.new, audit=self._audit.draw(arrival.new.split, arrival.new.gold_label))
        keypoints = self._keypoints(arrival)
        with self._database.write() as connection:
            clip = clips.add(connection, new)
            if arrival.has_times:
                transcripts.store(connection, clip.id, arrival.said)
            if keypoints is not None:
                path = self._write(clip.id, keypoints)
                features.record(connection, clip.id, FeatureKind.KEYPOINTS, keypoints.producer, path)
        self._remember(clip)
        self.report.imported.append(clip.name)

    def _add_to(self, clip: Clip, arrival: _Arrival) -> None:
        """A clip that is there already gets the key points and transcript that it did not have, and nothing else."""
        if clip.digest != arrival.new.digest:
            raise InputError(f"{arrival.file} is left out: the clip {clip.name} is there already, with another video.")
        with self._database.read() as connection:
            has_keypoints = FeatureKind.KEYPOINTS in features.of_clip(connection, clip.id)
        keypoints = self._keypoints(arrival) if not has_keypoints else None
        transcript = arrival.new.transcript if clip.transcript is None else None
        new_path = arrival.new.video_path
        moved = new_path not in {None, clip.video_path} and not (clip.video_path and Path(clip.video_path).is_file())
        with self._database.write() as connection:
            if keypoints is not None:
                path = self._write(clip.id, keypoints)
                features.record(connection, clip.id, FeatureKind.KEYPOINTS, keypoints.producer, path)
            if transcript is not None:
                clips.set_transcript(connection, clip.id, transcript)
                if arrival.has_times:
                    transcripts.store(connection, clip.id, arrival.said)
            if moved and new_path is not None:
                clips.set_video(connection, clip.id, new_path)
        added = [
            what
            for what, was in (
                ("its key points", keypoints is not None),
                ("its transcript", transcript is not None),
                ("where its video is now", moved),
            )
            if was
        ]
        what = f"got {' and '.join(added)}" if added else "was left as it is"
        self.report.warnings.append(f"{arrival.file} is there already and {what}.")

    def _write(self, clip_id: int, keypoints: ImportedKeypoints) -> str:
        arrays: dict[str, npt.NDArray[Any]] = {"points": keypoints.track.points, "time_s": keypoints.track.time_s}
        return self._store.write(clip_id, FeatureKind.KEYPOINTS, arrays, keypoints.producer)

    def _remember(self, clip: Clip) -> None:
        self._by_digest[clip.digest] = clip.name
        self._side_of[clip.subject] = clip.split
        self._audit.count(clip.split, clip.gold_label)


def _all_clips(database: Database) -> Iterator[Clip]:
    with database.read() as connection:
        ids = clips.all_ids(connection)
        for start in range(0, len(ids), _CHUNK):
            yield from clips.many(connection, ids[start : start + _CHUNK])
