"""`telltale import` of key points without videos: sets in `.npz` files, and folders or archives of OpenPose frames.

Each clip gets a picture plane of its own (core.pose.picture_plane), on which Review draws it, and no video. As with videos, a
bad clip is refused with one sentence and the others are imported; what a whole set lacks, or what is changed in all of it, is
said once.
"""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from core.errors import InputError, KeypointError
from core.failing_alone import own_failure
from core.media.timebase import frame_times_s
from core.numpy_files import in_bytes
from core.pose.cues.measurement import MIN_CLIP_S
from core.pose.keypoint_sets import KeypointSet, SetClip
from core.pose.keypoints import KeypointTrack
from core.pose.openpose.clip import OpenPoseImport, read_openpose_alone
from core.pose.openpose.flat_folder import FlatFrames
from core.pose.openpose.limits import MOST_FRAMES
from core.pose.picture_plane import PicturePlane, PlacedClip, PlaneSurvey
from core.pose.set_points import USUAL_FPS, SetRemarks
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable
from core.progress import Progress
from core.types.clips import NewClip, Split
from core.types.features import Producer
from core.types.transcript import TranscriptSegment, plain_text
from core.workspace import Workspace
from db.engine import Database
from labeling.ingest.clip_table import ClipTable, TableRow, clip_table, read_clip_table
from labeling.ingest.clip_writer import ClipWriter, ImportReport, ReadClip
from labeling.ingest.keypoint_studies import KeypointStudy
from labeling.ingest.keypoints import OPENPOSE, ImportedKeypoints
from labeling.ingest.labels_of_data import hint_at_option, refuse_foreign_labels
from labeling.ingest.reimport import Update
from labeling.ingest.transcripts import find_transcript
from labeling.settings_digest import settings_digest

KEYPOINT_SET = Producer("keypoint-set", "1", settings_digest({"joints": JOINT_COUNT}))
_LOOKED_AT = 8  # clips of OpenPose frames that tell of which unit all are
_BYTES_A_FRAME = JOINT_COUNT * 3 * 4  # in a feature file


def import_keypoints(
    workspace: Workspace,
    database: Database,
    study: KeypointStudy,
    *,
    task: str | None = None,
    update: Update = Update.KEEP,
    progress: Progress,
) -> ImportReport:
    """Imports key points without videos. `task`: whose labels are read, where a set names several. `update`: what is done
    with clips that are there already; with `LIST` nothing is stored.

    Raises InputError if nothing of it can be used, TableError if the table cannot be used at all, JobCancelledError between
    clips, WorkspaceError for what would fail every clip.
    """
    report = ImportReport(notes=list(study.sources.notes), warnings=list(study.sources.passed_over))
    report.unreadable += len(study.sources.passed_over)
    path = study.sources.table
    table = read_clip_table(path, workspace.settings.taxonomy) if path is not None else None
    importing = _Importing(workspace, database, study, table, update=update, report=report, progress=progress)
    if table is not None:
        importing.report_table(table)
    for one in study.sets:
        try:
            importing.take_set(one, task)
        except InputError as error:
            if len(study.sets) == 1:
                raise
            report.refused.append(str(error))
    if study.clips:
        importing.take_openpose()
    importing.report_leftovers()
    progress.report(1.0, f"{len(report.imported)} clips imported")
    return report


def labels_in(study: KeypointStudy, workspace: Workspace, task: str | None = None) -> list[str]:
    """All labels of the clips as they are written, in order of first use. Raises InputError for what cannot be read."""
    if study.sources.table is not None:
        return list(read_clip_table(study.sources.table, workspace.settings.taxonomy).labels)
    found: dict[str, None] = {}
    for path in study.sets:
        with KeypointSet(path) as one:
            found.update(dict.fromkeys(clip.label for clip in one.of_task(task) if clip.label))
    return list(found)


class _Importing:
    """One import of key points: reads each clip, places it and stores it."""

    def __init__(
        self,
        workspace: Workspace,
        database: Database,
        study: KeypointStudy,
        table: ClipTable | None,
        *,
        update: Update,
        report: ImportReport,
        progress: Progress,
    ) -> None:
        self._workspace = workspace
        self._study = study
        self._table = table
        self._report = report
        self._progress = progress
        self._writer = ClipWriter(workspace, database, report, update)
        self._file_of_name: dict[str, str] = {}

    def take_set(self, path: Path, task: str | None) -> None:
        """Imports a set. Raises InputError if it cannot be used as a whole."""
        with KeypointSet(path) as found:
            clips, table = found.of_task(task), self._table
            if table is None:
                table = self._table_of(found, clips)
                self.report_table(table)
            self._refuse_full_disk(found)
            plane = self._surveyed(found)
            self._report.notes.extend(plane.sentences(found.name))
            if found.remark_on_depth:
                self._report.notes.append(found.remark_on_depth)
            remarks = SetRemarks(found.name)
            for number, (clip, points) in enumerate(zip(clips, found.points(), strict=True)):
                self._begin(number / len(clips), clip.name)
                try:
                    self._take_of_set(found, clip, points, table=table, plane=plane, remarks=remarks)
                except Exception as error:  # one bad clip must not end the import of the others
                    self._refuse(clip.name, error)
            self._report.warnings.extend(remarks.sentences())

    def take_openpose(self) -> None:
        """Imports the clips that are a folder or an archive of OpenPose frames each."""
        remarks, survey = SetRemarks(printable(self._study.name)), PlaneSurvey()
        wanted = {clip: path for clip, path in self._study.clips.items() if self._is_wanted(clip, path)}
        looked_at: dict[str, OpenPoseImport] = {}
        for clip in list(wanted)[:_LOOKED_AT]:
            self._begin(0.0, clip)
            try:
                looked_at[clip] = self._read_openpose(wanted[clip])
                survey.add(looked_at[clip].points)
            except Exception as error:  # nor this one
                self._refuse(wanted.pop(clip).name, error)
        plane = survey.plane()
        self._report.notes.extend(plane.sentences(remarks.of))
        for number, (clip, path) in enumerate(wanted.items()):
            self._begin(number / len(wanted), clip)
            try:
                read = looked_at.pop(clip, None) or self._read_openpose(path)
                self._report.warnings.extend(read.warnings)
                row = self._row(clip, self._table)
                self._store(clip, path.name, row, plane.placed(read.points), producer=OPENPOSE, remarks=remarks)
            except Exception as error:  # nor this one
                self._refuse(path.name, error)
        self._report.warnings.extend(remarks.sentences())

    def report_table(self, table: ClipTable) -> None:
        """Adds what the table says of itself. Raises TableError where it has none of the study's labels."""
        refuse_foreign_labels(table)
        self._report.refused.extend(table.refusals)
        self._report.warnings.extend(table.warnings)
        self._report.notes.extend(hint_at_option(table))

    def report_leftovers(self) -> None:
        """Adds rows of the table without key points, and that there is no table."""
        if self._table is not None:
            self._report.refused.extend(
                f"{self._table.name}: the clip {clip} has no key points in {printable(self._study.name)}."
                for clip in sorted(self._table.rows.keys() - self._file_of_name.keys() - self._study.clips.keys())
            )
        elif self._study.clips:
            self._report.warnings.append("There is no table, so every clip counts as a person of its own.")

    def _begin(self, share: float, clip: str) -> None:
        self._progress.raise_if_cancelled()
        self._progress.report(share, f"importing {printable(clip)}")

    def _refuse(self, file: str, error: Exception) -> None:
        sentence, shown = own_failure(error), printable(file)
        self._report.refused.append(sentence if shown in sentence else f"{shown} is left out: {sentence}")

    def _table_of(self, found: KeypointSet, clips: Sequence[SetClip]) -> ClipTable:
        listed = ((found.name, _values(clip, found)) for clip in clips)
        hints = () if found.has_subjects else (found.remark_on_nobody,)
        return clip_table(found.name, listed, self._workspace.settings.taxonomy, hints)

    def _surveyed(self, found: KeypointSet) -> PicturePlane:
        survey = PlaneSurvey()
        for points in found.points():
            self._progress.raise_if_cancelled()
            if points is not None:
                survey.add(points)
        survey.confidences.refuse_others(found.name)
        return survey.plane()

    def _refuse_full_disk(self, found: KeypointSet) -> None:
        needed = sum(clip.frames for clip in found.clips if clip.frames <= MOST_FRAMES) * _BYTES_A_FRAME
        free = shutil.disk_usage(self._workspace.root).free
        if needed > free:
            raise InputError(
                f"{found.name}: points takes {in_bytes(needed)} in the workspace, where {in_bytes(free)} are free."
            )

    def _take_of_set(
        self,
        found: KeypointSet,
        clip: SetClip,
        points: npt.NDArray[Any] | None,
        *,
        table: ClipTable,
        plane: PicturePlane,
        remarks: SetRemarks,
    ) -> None:
        if clip.name.strip() in table.refused:
            return  # reported with the table's refusals
        if points is None:
            raise found.too_long(clip)
        if not len(points):
            raise KeypointError(f"{remarks.of}: the clip {clip.name} has no frame between its start and the next.")
        row = self._row(clip.name.strip(), table)
        self._store(row.clip, remarks.of, row, plane.placed(points), producer=KEYPOINT_SET, remarks=remarks)

    def _is_wanted(self, clip: str, path: Path | FlatFrames) -> bool:
        if self._table is None or clip in self._table.rows:
            return True
        if clip not in self._table.refused:
            self._report.refused.append(
                f"{printable(path.name)} is left out: it is not in {self._table.name}, so whose clip it is is unknown."
            )
        return False

    def _read_openpose(self, path: Path | FlatFrames) -> OpenPoseImport:
        return read_openpose_alone(path, within=self._study.sources.openpose)

    def _row(self, clip: str, table: ClipTable | None) -> TableRow:
        if table is None:
            return TableRow(clip, clip, None, Split.TRAIN, None)
        if clip not in table.rows:
            raise InputError(f"{clip} is left out: it is not in {table.name}, so whose clip it is is unknown.")
        return table.rows[clip]

    def _store(
        self, name: str, file: str, row: TableRow, placed: PlacedClip, *, producer: Producer, remarks: SetRemarks
    ) -> None:
        if name in self._file_of_name:
            raise InputError(
                f"{name} of {file} is left out: {self._file_of_name[name]} has a clip of that name already."
            )
        frames, rate = len(placed.points), row.frame_rate or USUAL_FPS
        digest = hashlib.sha256(placed.points.data)
        if placed.is_empty:  # such clips are all alike
            digest.update(name.encode())
        said = self._said(name, row)
        new = NewClip(
            name=name,
            subject=row.subject,
            split=row.split,
            video_path=None,
            digest=digest.hexdigest(),
            duration_s=float(frames / rate),
            frame_count=frames,
            frame_rate=rate,
            width_px=placed.width_px,
            height_px=placed.height_px,
            transcript=plain_text(said) or None,
            gold_label=row.label,
            reliability_sample=self._writer.drawn(row.split, row.label),
        )
        track = KeypointTrack(placed.points, frame_times_s(frames, rate))
        self._writer.store(
            ReadClip(name, new, said, lambda: ImportedKeypoints(track, producer, ())), self._writer.known(name)
        )
        self._file_of_name[name] = file
        for names, applies in (
            (remarks.empty, placed.is_empty),
            (remarks.short, new.duration_s < MIN_CLIP_S),
            (remarks.dropped, placed.dropped > 0),
            (remarks.without_fps, row.frame_rate is None),
        ):
            if applies:
                names.append(name)
        remarks.points_dropped += placed.dropped

    def _said(self, name: str, row: TableRow) -> tuple[TranscriptSegment, ...]:
        try:
            found = find_transcript(self._study.sources, name, row.transcript)
        except Exception as error:  # what is said in a clip is no reason to go without the clip
            self._report.unreadable += 1
            self._report.warnings.append(f"{name} was imported without a transcript: {own_failure(error)}")
            return ()
        self._report.warnings.extend(found.remarks)
        return found.segments


def _values(clip: SetClip, found: KeypointSet) -> dict[str, str]:
    """The clip as a row of a table; columns that the set lacks are not there."""
    values = {"clip": clip.name.strip(), "label": clip.label.strip(), "split": clip.split.strip()}
    if found.has_subjects:
        values["subject"] = clip.subject.strip()
    if found.has_fps:
        values["fps"] = repr(clip.fps)
    return values
