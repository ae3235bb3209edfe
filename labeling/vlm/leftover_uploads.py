"""Videos that could not be deleted from a model's server when they were no longer needed: listed, and deleted later.

A run tries at its end, and `telltale check --repair` when it is asked to. Google deletes uploads by itself after two days.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.run_owner import RunOwner
from core.workspace import Workspace
from db import provider_uploads
from db.engine import Database
from db.provider_uploads import LeftoverUpload
from labeling.vlm.deliveries import delete_upload
from labeling.vlm.limits import RateLimiter
from labeling.vlm.providers.interface import VisionModel
from labeling.vlm.providers.opening import open_model
from labeling.vlm.sending_consent import receiver_of

_MOST_FAILURES = 3  # in a row: the server deletes nothing now


@dataclass(frozen=True, slots=True)
class Deleted:
    """`deleted`: number of videos that the servers hold no longer; `left`: those that they may still hold."""

    deleted: int
    left: tuple[LeftoverUpload, ...]


def leftover_uploads(database: Database) -> list[LeftoverUpload]:
    """Videos that a server may still hold and that no run is using, oldest first. Asks no server."""
    with database.read() as connection:
        return provider_uploads.leftover(connection)


def delete_leftover_uploads(workspace: Workspace, database: Database) -> Deleted:
    """Deletes what is left at the server that the settings name. Raises SettingsError without its key."""
    waiting = leftover_uploads(database)
    if not waiting:
        return Deleted(0, ())
    model = open_model(workspace, "gemini", RateLimiter())
    try:
        deleted = _deleted(database, model, receiver_of(workspace.settings.labeling, "gemini"), waiting)
    finally:
        model.close()
    return Deleted(deleted, tuple(leftover_uploads(database)))


def delete_at_the_end(database: Database, model: VisionModel, labeler: str, receiver: str, ending: RunOwner) -> None:
    """Deletes what this run and earlier ones left at the server."""
    with database.read() as connection:
        waiting = provider_uploads.leftover(connection, labeler, ending)
    _deleted(database, model, receiver, waiting)


def _deleted(database: Database, model: VisionModel, receiver: str, waiting: Sequence[LeftoverUpload]) -> int:
    deleted = failed = 0
    for one in waiting:
        if one.upload.receiver != receiver or failed == _MOST_FAILURES:
            continue
        if delete_upload(database, model, one.upload):
            deleted, failed = deleted + 1, 0
        else:
            failed += 1
    return deleted
