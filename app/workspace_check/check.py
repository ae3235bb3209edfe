"""All findings of a workspace, and mending them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.opened_workspace import is_new, opened_workspace
from app.workspace_check.database_findings import can_be_opened, of_database
from app.workspace_check.file_findings import of_features, of_media, of_temporary, of_videos
from app.workspace_check.finding import Finding
from app.workspace_check.work_findings import of_work
from core.errors import InputError, TelltaleError
from core.types.features import FeatureKind
from core.workspace import DATABASE_FILE
from db import integrity, jobs
from db.engine import Database


@dataclass(frozen=True, slots=True)
class CheckReport:
    """`found`: all findings. `mended`: those that were repaired."""

    found: tuple[Finding, ...]
    mended: tuple[Finding, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to mend."""
        return len(self.found) == len(self.mended)


def check_workspace(root: Path, *, repair: bool = False) -> CheckReport:
    """Looks at database and files. Changes nothing without `repair`, which mends what can be mended without losing anything.

    Raises InputError if there is no workspace at `root`, or, with `repair`, while a job is under way; WorkspaceError or
    SettingsError if it cannot be opened.
    """
    if is_new(root):
        raise InputError(f"There is no workspace at {root}: it has no {DATABASE_FILE}.")
    found = tuple(_findings(root, repair=repair))
    return _repaired(found) if repair else CheckReport(found)


def _repaired(found: Iterable[Finding]) -> CheckReport:
    """Mends each finding that can be; one whose mending fails says why and stays."""
    told, mended = [], []
    for finding in found:
        left = finding
        if finding.repair is not None:
            try:
                finding.repair()
                mended.append(finding)
            except TelltaleError as error:
                left = Finding(finding.kind, f"{finding.sentence} It could not be mended: {error}")
        told.append(left)
    return CheckReport(tuple(told), tuple(mended))


def _findings(root: Path, *, repair: bool) -> list[Finding]:
    path = root / DATABASE_FILE
    state = integrity.inspect(path)
    found = of_database(path, state)
    if not can_be_opened(state):
        return [*found, *of_temporary(root)]
    opened = opened_workspace(root)
    if repair:
        _refuse_beside_work(opened.database)
    with opened.database.read() as connection:
        videos = list(integrity.videos(connection))
        records = integrity.feature_records(connection)
    with_video = {clip_id for clip_id, _name, video in videos if video is not None}
    perceived = {record.clip_id for record in records if record.kind is FeatureKind.PERSON}
    found += of_videos(videos)
    found += of_features(opened, records)
    found += of_media(opened, {clip_id for clip_id, _name, _video in videos}, with_video & perceived)
    found += of_work(opened)
    return [*found, *of_temporary(root)]


def _refuse_beside_work(database: Database) -> None:
    """What a job has written and not yet recorded would be taken for left over."""
    with database.read() as connection:
        lost = {job.id for job in jobs.lost(connection)}
        at_work = [job for job in jobs.active(connection) if job.id not in lost]
    for job in at_work:
        raise InputError(f"Job {job.id} ({job.kind}) is under way; cancel it or wait for it before --repair.")
