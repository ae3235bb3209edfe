"""Videos that were uploaded to models' servers, from before the upload until they are deleted there."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from core.run_owner import RunOwner
from db.owner_columns import owner_of, owner_values
from db.tables import now_utc, provider_uploads


@dataclass(frozen=True, slots=True)
class Upload:
    """A video at a server (`receiver`) under the name that it has there."""

    clip_id: int
    labeler: str
    receiver: str
    name: str


@dataclass(frozen=True, slots=True)
class LeftoverUpload:
    """An upload that nobody uses any more. `failure`: why it could not be deleted, "" if nobody has tried."""

    upload: Upload
    uploaded_at: datetime
    failure: str


def record(connection: sa.Connection, upload: Upload, owner: RunOwner) -> None:
    """Records that a video is being uploaded."""
    values = {**asdict(upload), "uploaded_at": now_utc(), **owner_values(owner)}
    connection.execute(sa.insert(provider_uploads).values(values))


def deleted(connection: sa.Connection, upload: Upload) -> None:
    """Records that the server holds the video no longer."""
    connection.execute(sa.update(provider_uploads).where(_is(upload)).values(deleted_at=now_utc(), failure=""))


def failed(connection: sa.Connection, upload: Upload, why: str) -> None:
    """Records that the video could not be deleted; the next run tries again."""
    connection.execute(sa.update(provider_uploads).where(_is(upload)).values(failure=why))


def leftover(
    connection: sa.Connection, labeler: str | None = None, ending: RunOwner | None = None
) -> list[LeftoverUpload]:
    """Videos that a server may still hold and that no run is using, oldest first; of all labelers or one.

    `ending`: a run that is at its end and uses nothing any more.
    """
    query = sa.select(provider_uploads).where(provider_uploads.c.deleted_at.is_(None)).order_by(provider_uploads.c.id)
    if labeler is not None:
        query = query.where(provider_uploads.c.labeler == labeler)
    return [
        LeftoverUpload(
            Upload(row["clip_id"], row["labeler"], row["receiver"], row["name"]), row["uploaded_at"], row["failure"]
        )
        for row in connection.execute(query).mappings()
        if row["failure"] or owner_of(row) == ending or not owner_of(row).is_at_work(row["uploaded_at"])
    ]


def _is(upload: Upload) -> sa.ColumnElement[bool]:
    return (provider_uploads.c.receiver == upload.receiver) & (provider_uploads.c.name == upload.name)
