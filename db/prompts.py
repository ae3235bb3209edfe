"""Texts of all prompts that were used, by digest, so that old pseudo-labels can be traced after the files changed."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from db.tables import now_utc, prompts


@dataclass(frozen=True, slots=True)
class KeptPrompt:
    """A stored version of a labeler's prompts; `text` holds all of them as Markdown."""

    digest: str
    version: str
    text: str
    created_at: datetime


def keep(connection: sa.Connection, digest: str, version: str, text: str) -> None:
    """Stores a text under its digest unless it is stored already."""
    if by_digest(connection, digest) is None:
        connection.execute(sa.insert(prompts).values(digest=digest, version=version, text=text, created_at=now_utc()))


def by_digest(connection: sa.Connection, digest: str) -> KeptPrompt | None:
    """The text with this digest, if stored."""
    row = connection.execute(sa.select(prompts).where(prompts.c.digest == digest)).mappings().one_or_none()
    return None if row is None else KeptPrompt(**row)


def all_kept(connection: sa.Connection) -> list[KeptPrompt]:
    """All stored prompts, oldest first."""
    rows = connection.execute(sa.select(prompts).order_by(prompts.c.created_at, prompts.c.digest)).mappings()
    return [KeptPrompt(**row) for row in rows]
