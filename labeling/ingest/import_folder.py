"""`telltale import`: imports videos with key points, transcripts and a table as clips. Videos are not copied.

Each clip is read and stored in its own transaction: a bad clip is refused with one sentence and the others are imported; a
cancelled import keeps the clips stored so far. Importing again adds new clips, and key points or transcripts that a clip
did not have; an update takes over what is other (labeling.ingest.reimport).
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.durable_files import replacing
from core.errors import InputError
from core.failing_alone import own_failure
from core.file_names import composed
from core.media.apart import probe_apart
from core.media.video import video_digest
from core.pose.openpose.flat_folder import FlatFrames
from core.printable import printable
from core.progress import Progress
from core.types.clips import Clip, NewClip, Split
from core.types.transcript import TranscriptSegment, plain_text
from core.workspace import COHORT_FILE, Workspace
from db.engine import Database
from labeling.ingest.clip_table import ClipTable, TableRow, read_clip_table
from labeling.ingest.clip_writer import ClipWriter, ImportReport, ReadClip
from labeling.ingest.cohort_truth import CohortFolder, read_cohort_folder
from labeling.ingest.folder_contents import ImportSources, find_sources, refuse_foreign_name
from labeling.ingest.keypoints import ImportedKeypoints, read_keypoints
from labeling.ingest.labels_of_data import hint_at_option
from labeling.ingest.reimport import Update
from labeling.ingest.transcripts import find_transcript


def import_folder(
    workspace: Workspace,
    database: Database,
    folder: Path,
    *,
    openpose: Path | None = None,
    transcripts: Path | None = None,
    table: Path | None = None,
    keypoints: Mapping[str, Path] | None = None,
    update: Update = Update.KEEP,
    progress: Progress,
) -> ImportReport:
    """Imports `folder` (for its layout see labeling.ingest.folder_contents). `keypoints`: the folder or archive of each clip,
    wherever it lies, instead of those found. `update`: what is done with clips that are there already; with `LIST` nothing is
    stored.

    If there is a table, a video that it does not list is refused, as its subject is unknown; without a table, each clip
    gets its own subject. Part of the training clips is drawn into the reliability sample
    (labeling.ingest.reliability_sample). A cohort.json is copied into the workspace, for the best possible accuracy.

    Raises InputError if a given folder is missing or there is nothing to import, TableError if the table cannot be used
    at all (nothing is imported then), JobCancelledError between clips.
    """
    sources = find_sources(folder.expanduser().resolve(), openpose=openpose, transcripts=transcripts, table=table)
    if keypoints is not None:
        sources = replace(sources, keypoint_files=keypoints, keypoints_anywhere=True)
    taxonomy = workspace.settings.taxonomy
    clip_table = read_clip_table(sources.table, taxonomy) if sources.table is not None else None
    cohort = read_cohort_folder(sources.cohort, taxonomy) if sources.cohort is not None else None
    report = ImportReport()
    import_clips(workspace, database, sources, clip_table, report, cohort=cohort, update=update, progress=progress)
    if sources.cohort is not None and update is not Update.LIST:
        with replacing(workspace.root / COHORT_FILE) as kept:
            shutil.copyfile(sources.cohort, kept)
    return report


def import_clips(
    workspace: Workspace,
    database: Database,
    sources: ImportSources,
    table: ClipTable | None,
    report: ImportReport,
    *,
    cohort: CohortFolder | None = None,
    update: Update = Update.KEEP,
    progress: Progress,
) -> None:
    """Reads and stores the clips that were found, and adds to `report`. Rows of the table are matched by the video's name.

    An input that fails in whatever way fails alone. Raises JobCancelledError between clips, and WorkspaceError for what would
    fail every clip: a full disk, a database that cannot be used.
    """
    with_video = {composed(video.stem) for video in sources.videos}
    without_video = [name for name in cohort.clips if name not in with_video] if cohort is not None else []
    found: list[tuple[str, Path | None]] = [(composed(video.stem), video) for video in sources.videos]
    found += [(name, None) for name in without_video]
    _report_leftovers(sources, table, with_video.union(without_video), report)
    importing = _Importing(workspace, database, sources, table, cohort=cohort, update=update, report=report)
    for number, (name, video) in enumerate(found):
        progress.raise_if_cancelled()
        progress.report(number / len(found), f"importing {printable(name)}")
        if table is not None and name in table.refused:
            continue  # reported with the table's refusals
        try:
            importing.take(name, video)
        except Exception as error:  # one bad input must not end the import of the others
            report.refused.append(_naming(video.name if video is not None else name, own_failure(error)))
    progress.report(1.0, f"{len(report.imported)} clips imported")


def _naming(file: str, sentence: str) -> str:
    """The sentence, with the file's name in front where it does not name it; of a failure that nobody foresaw, it need not."""
    shown = printable(file)
    return sentence if shown in sentence else f"{shown} is left out: {sentence}"


def _report_leftovers(sources: ImportSources, table: ClipTable | None, names: set[str], report: ImportReport) -> None:
    """Reports table rows without a video, and key points without a clip."""
    report.notes.extend(sources.notes)
    report.refused.extend(sources.refused)
    report.warnings.extend(sources.passed_over)
    report.unreadable += len(sources.passed_over)
    if table is None:
        report.warnings.append("There is no table, so every clip counts as a person of its own.")
    else:
        report.refused.extend(table.refusals)
        report.warnings.extend(table.warnings)
        report.notes.extend(hint_at_option(table))
        report.refused.extend(
            f"{table.name}: the clip {clip} has no video in {sources.folder.name}."
            for clip in sorted(set(table.rows) - names)
        )
    cells = [row.transcript for row in table.rows.values() if row.transcript] if table is not None else []
    report.warnings.extend(
        f"{printable(path.name)} belongs to no video, so what is said there was left out."
        for path in sources.unclaimed_transcripts(names, cells)
    )
    try:
        unclaimed = sources.unclaimed_keypoints(names)
    except OSError:
        return  # said of each clip whose key points are looked for there
    report.warnings.extend(
        f"{printable(path.name)} belongs to no video, so its key points were left out." for path in unclaimed
    )


class _Importing:
    """One import: finds each clip's row, reads the clip and stores it."""

    def __init__(
        self,
        workspace: Workspace,
        database: Database,
        sources: ImportSources,
        table: ClipTable | None,
        *,
        cohort: CohortFolder | None,
        update: Update,
        report: ImportReport,
    ) -> None:
        self._report = report
        self._sources = sources
        self._table = table
        self._cohort = cohort
        self._writer = ClipWriter(workspace, database, report, update)
        self._file_of_name: dict[str, str] = {}

    def take(self, name: str, video: Path | None) -> None:
        """Imports one clip. Raises InputError, one sentence, if it is refused."""
        file = video.name if video is not None else name
        refuse_foreign_name(Path(file))
        if name in self._file_of_name:
            raise InputError(
                f"{file} is left out: a clip called {name} was taken from {self._file_of_name[name]} already."
            )
        known = self._writer.known(name)
        row = self._find_row(name, file, known)
        self._writer.store(self._read(name, file, video, row), known)
        self._file_of_name[name] = file

    def _find_row(self, name: str, file: str, known: Clip | None) -> TableRow:
        if self._table is None:
            return TableRow(name, name, None, Split.TRAIN, None)
        if name in self._table.rows:
            return self._table.rows[name]
        if known is not None:  # a second table may list only the new clips
            return TableRow(name, known.subject, known.gold_label, known.split, None)
        raise InputError(f"{file} is left out: it is not in {self._table.name}, so whose clip it is is unknown.")

    def _read(self, name: str, file: str, video: Path | None, row: TableRow) -> ReadClip:
        """Raises InputError if the video, or the key points of a clip without a video, cannot be read."""
        plan = self._cohort.clips.get(name) if self._cohort is not None else None
        keypoints: Callable[[], ImportedKeypoints | None]
        if video is not None:
            info = probe_apart(video)
            digest, duration_s = video_digest(video), info.duration_s
            frames, frame_rate, width_px, height_px = info.frame_count, info.frame_rate, info.width_px, info.height_px
            picture_px = (width_px, height_px)
            keypoints = partial(self._read_keypoints, file, self._find_keypoints(name, file), info.time_s, picture_px)
        else:
            assert self._cohort is not None  # only cohorts have clips without a video
            assert plan is not None
            there = self._cohort.keypoints_of(name)
            keypoints = partial(_same, there)
            digest = hashlib.sha256(there.track.points.tobytes()).hexdigest()
            frames, frame_rate, width_px, height_px = plan.frame_count, plan.frame_rate, plan.width_px, plan.height_px
            duration_s = float(frames / frame_rate)
        said = self._read_transcript(name, file, row)
        new = NewClip(
            name=name,
            subject=row.subject,
            split=row.split,
            video_path=str(video) if video is not None else None,
            digest=digest,
            duration_s=duration_s,
            frame_count=frames,
            frame_rate=frame_rate,
            width_px=width_px,
            height_px=height_px,
            transcript=plain_text(said) or None,
            gold_label=row.label,
            simulated=plan is not None,
            simulated_truth=plan.truth if plan is not None else None,
            reliability_sample=self._writer.drawn(row.split, row.label),
        )
        return ReadClip(file, new, said, keypoints)

    def _read_transcript(self, name: str, file: str, row: TableRow) -> tuple[TranscriptSegment, ...]:
        try:
            found = find_transcript(self._sources, name, row.transcript)
        except Exception as error:  # what is said in a clip is no reason to go without the clip
            self._imported_without("a transcript", file, error)
            return ()
        self._report.warnings.extend(found.remarks)
        return found.segments

    def _find_keypoints(self, name: str, file: str) -> Path | FlatFrames | None:
        try:
            return self._sources.keypoints_of(name)
        except OSError as error:
            self._imported_without("key points", file, error)
            return None

    def _read_keypoints(
        self,
        file: str,
        source: Path | FlatFrames | None,
        time_s: npt.NDArray[np.float64],
        picture_px: tuple[int, int],
    ) -> ImportedKeypoints | None:
        if source is None:
            return None
        try:
            imported = read_keypoints(source, time_s, picture_px, within=self._sources.keypoints_folder(source))
        except Exception as error:  # nor are its key points
            self._imported_without("key points", file, error)
            return None
        self._report.warnings.extend(imported.warnings)
        return imported

    def _imported_without(self, what: str, file: str, error: Exception) -> None:
        self._report.unreadable += 1
        self._report.warnings.append(f"{file} was imported without {what}: {own_failure(error)}")


def _same(keypoints: ImportedKeypoints) -> ImportedKeypoints:
    return keypoints
