"""Videos that were uploaded to models' servers, from before the upload until they are deleted there."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.run_owner import RunOwner
from db.owner_columns import owner_of, owner_values
from db.tables import now_utc, provider_uploads


@dataclass(frozen=True, slots=True)
class ProviderUpload:
    """A video at a server (`receiver`) under the name that it has there. `failure`: why it could not be deleted, or ""."""

    clip_id: int
    labeler: str
    receiver: str
    name: str
    uploaded_at: datetime
    failure: str


def record(connection: sa.Connection, clip_id: int, labeler: str, receiver: str, name: str, owner: RunOwner) -> None:
    """Records that a video is being uploaded."""
    connection.execute(
        sa.insert(provider_uploads).values(
            clip_id=clip_id,
            labeler=labeler,
            receiver=receiver,
            name=name,
            uploaded_at=now_utc(),
            **owner_values(owner),
        )
    )


def deleted(connection: sa.Connection, receiver: str, name: str) -> None:
    """Records that the server holds the video no longer."""
    connection.execute(
        sa.update(provider_uploads).where(_named(receiver, name)).values(deleted_at=now_utc(), failure="")
    )


def failed(connection: sa.Connection, receiver: str, name: str, why: str) -> None:
    """Records that the video could not be deleted; the next run tries again."""
    connection.execute(sa.update(provider_uploads).where(_named(receiver, name)).values(failure=why))


def leftover(connection: sa.Connection, labeler: str | None = None) -> list[ProviderUpload]:
    """Videos that a server may still hold and that no run is using, oldest first; of all labelers or one."""
    query = sa.select(provider_uploads).where(provider_uploads.c.deleted_at.is_(None)).order_by(provider_uploads.c.id)
    if labeler is not None:
        query = query.where(provider_uploads.c.labeler == labeler)
    return [
        ProviderUpload(row["clip_id"], row["labeler"], row["receiver"], row["name"], row["uploaded_at"], row["failure"])
        for row in connection.execute(query).mappings()
        if row["failure"] or not owner_of(row).is_at_work(row["uploaded_at"])
    ]


def _named(receiver: str, name: str) -> sa.ColumnElement[bool]:
    return (provider_uploads.c.receiver == receiver) & (provider_uploads.c.name == name)
