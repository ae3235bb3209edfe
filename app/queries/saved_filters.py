"""Saved filters of the Library: one small file each in the workspace's `filters` folder.

Each has its own file, written atomically, so that two people can save at once. As a review queue, a saved filter
never reveals a label before the reviewer's own answer.
"""

import hashlib
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters, Reader, narrowing
from app.queries.hidden_answers import shown_early
from app.queries.telling_filters import keep_told_by_filters
from core.durable_files import replacing
from core.errors import InputError, NotFoundError
from core.json_files import read_json
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.decisions import Reviewer
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import assignments, clips, decisions, leases, practice_clips
from db.engine import Database

QUEUE_PREFIX = "saved:"
MOST_CLIPS = 2_000
LONGEST_NAME = 80


class SavedFilter(BaseModel):
    """A saved filter; `clip_ids` instead, for clips selected on the map."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    state: ClipState | None = None
    label: str | None = None
    source: LabelSource | None = None
    split: Split | None = None
    subject: str | None = None
    search: str | None = None
    said: str | None = None
    lacks: FeatureKind | None = None
    judged_by: str | None = None
    labeler: int | None = None
    cue: str | None = None
    dispute: Dispute | None = None
    clip_ids: tuple[int, ...] | None = Field(None, max_length=MOST_CLIPS)
    saved_by: str = ""
    saved_at: datetime

    @property
    def filters(self) -> Filters:
        """The filters for the Library."""
        kept = {name: getattr(self, name) for name in _NARROWED}
        return Filters(**kept, among=self.clip_ids)

    @property
    def queue(self) -> str:
        """Its name as a queue of Review."""
        return QUEUE_PREFIX + self.name


_NARROWED = tuple(one.name for one in fields(Filters) if one.name != "among")


def all_saved(workspace: Workspace) -> tuple[list[SavedFilter], list[str]]:
    """All saved filters by name, and a sentence for each file that cannot be read, which is left as it is."""
    found, problems = [], []
    for path in sorted(_folder(workspace).glob("*.json")):
        try:
            found.append(_read(path))
        except InputError as error:
            problems.append(str(error))
    return sorted(found, key=lambda one: one.name.casefold()), problems


def saved(workspace: Workspace, name: str) -> SavedFilter:
    """The filter of that name. Raises NotFoundError, or InputError where its file cannot be read."""
    path = _path(workspace, name)
    if not path.is_file():
        raise NotFoundError(f"There is no saved filter {name!r}; it may have been renamed or deleted.")
    return _read(path)


def save(workspace: Workspace, name: str, filters: Filters, by: str = "") -> SavedFilter:
    """Saves the filters under a new name. Raises InputError for an empty, too long or taken name, or too many clips."""
    kept = {field: getattr(filters, field) for field in _NARROWED}
    ids = filters.among
    if ids is not None and len(ids) > MOST_CLIPS:
        raise InputError(f"A selection keeps at most {MOST_CLIPS:,} clips, not {len(ids):,}.")
    new = SavedFilter(name=_checked(workspace, name), **kept, clip_ids=ids, saved_by=by, saved_at=datetime.now(UTC))
    _write(workspace, new)
    return new


def rename(workspace: Workspace, old: str, new: str) -> SavedFilter:
    """Renames a saved filter; links with the old name no longer work."""
    renamed = saved(workspace, old).model_copy(update={"name": _checked(workspace, new)})
    _write(workspace, renamed)  # the old file is deleted last, so a crash in between loses nothing
    delete(workspace, old)
    return renamed


def delete(workspace: Workspace, name: str) -> None:
    """Deletes a saved filter; clips and decisions are not changed."""
    _path(workspace, name).unlink(missing_ok=True)


def clips_to_review(workspace: Workspace, database: Database, one: SavedFilter, reviewer: Reviewer) -> list[int]:
    """Up to 2,000 training clips of a saved filter, those that this reviewer has yet to judge first.

    Without clips that others have open or are assigned, and without practice clips. Where the filter is by label, clips still
    to be judged blind are left out, because being in the list would reveal their label; likewise by cue or by words of a
    rationale.
    """
    if one.split is Split.TEST:
        return []
    opened = OpenedWorkspace(workspace, database)
    filters = replace(one.filters, split=Split.TRAIN)
    reader = Reader(reviewer.id, shown_early(opened, reviewer, spoil=False))
    keep_told_by_filters(opened, filters, reader, reviewer)
    wanted = narrowing(filters, reader)
    with database.read() as connection:
        found = clips.ids(connection, limit=MOST_CLIPS, **wanted)
        kept = connection.execute(assignments.kept_for_others(reviewer.id)).scalars()
        practiced = (one.clip_id for one in practice_clips.all(connection))
        others = leases.held_by_others(connection, reviewer.id).union(kept, practiced)
        found = [clip_id for clip_id in found if clip_id not in others]
        done, _ = decisions.done_and_answered(connection, reviewer.id)
    return sorted(found, key=lambda clip_id: (clip_id in done, clip_id))


def _checked(workspace: Workspace, name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InputError("A saved filter needs a name.")
    if len(name) > LONGEST_NAME:
        raise InputError(f"The name of a saved filter has at most {LONGEST_NAME} letters, not {len(name)}.")
    if _path(workspace, name).exists():
        raise InputError(f"There is a saved filter {name!r} already; choose another name, or delete it first.")
    return name


def _write(workspace: Workspace, one: SavedFilter) -> None:
    with replacing(_path(workspace, one.name)) as fresh:
        fresh.write_text(one.model_dump_json(indent=1, exclude_none=True), encoding="utf-8")


def _read(path: Path) -> SavedFilter:
    return read_json(path, SavedFilter, raises=InputError, remedy="delete the file, and save the filter again")


def _folder(workspace: Workspace) -> Path:
    return workspace.root / "filters"


def _path(workspace: Workspace, name: str) -> Path:
    """The file of a filter, named by a digest, because names are free text."""
    return _folder(workspace) / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"
