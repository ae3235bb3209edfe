"""Requests to models' servers from before they are sent until their answer is stored (`db.model_calls`).

Of one request, only one is under way at a time, in all processes. A request whose run ended before its answer came was
perhaps paid for: it stays on record as sent and unanswered.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from core.run_owner import RunOwner
from db.owner_columns import owner_of, owner_values
from db.row_mapping import inserted_id
from db.tables import now_utc, sent_requests


class Outcome(StrEnum):
    """How a request ended. `RECEIVED`: with an answer or a refusal; `UNANSWERED`: nothing came back, and it may be paid for."""

    RECEIVED = "received"
    UNANSWERED = "unanswered"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class NewSent:
    """A request that is about to be sent. `worst_usd`: its maximal cost."""

    clip_id: int
    labeler: str
    step: str
    request_digest: str
    worst_usd: float


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request under way, or one whose run has ended."""

    id: int
    request_digest: str
    worst_usd: float
    owner: RunOwner
    sent_at: datetime

    @property
    def at_work(self) -> bool:
        """Whether the run that sent it still waits for its answer."""
        return self.owner.is_at_work(self.sent_at)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Requests that were sent and not answered, and what they cost at most."""

    requests: int
    worst_usd: float


def add(connection: sa.Connection, sent: NewSent, owner: RunOwner, *, now: datetime | None = None) -> int:
    """Records that a request is being sent; returns the row's id."""
    return inserted_id(
        connection.execute(
            sa.insert(sent_requests).values(
                clip_id=sent.clip_id,
                labeler=sent.labeler,
                step=sent.step,
                request_digest=sent.request_digest,
                worst_usd=sent.worst_usd,
                sent_at=now or now_utc(),
                **owner_values(owner),
            )
        )
    )


def take_over(connection: sa.Connection, sent_id: int, owner: RunOwner) -> None:
    """Makes a request of a run that has ended one of this run, which read its answer."""
    values = {**owner_values(owner), "sent_at": now_utc()}
    connection.execute(sa.update(sent_requests).where(sent_requests.c.id == sent_id).values(**values))


def close(connection: sa.Connection, sent_id: int, outcome: Outcome) -> None:
    """Records how the request ended."""
    connection.execute(sa.update(sent_requests).where(sent_requests.c.id == sent_id).values(outcome=outcome.value))


def under_way(connection: sa.Connection, request_digest: str) -> SentRequest | None:
    """The request with this digest that has no outcome yet, also that of a run that has ended."""
    query = _open().where(sent_requests.c.request_digest == request_digest)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _sent(row)


def abandoned(connection: sa.Connection, labeler: str) -> list[SentRequest]:
    """Requests of the labeler without an outcome whose run has ended."""
    rows = connection.execute(_open().where(sent_requests.c.labeler == labeler)).mappings()
    return [sent for sent in map(_sent, rows) if not sent.at_work]


def is_closed(connection: sa.Connection, sent_id: int) -> bool:
    """Whether the request has an outcome, or is unknown."""
    query = sa.select(sent_requests.c.outcome).where(sent_requests.c.id == sent_id)
    row = connection.execute(query).one_or_none()
    return row is None or row.outcome is not None


def unanswered(connection: sa.Connection, labeler: str) -> Unanswered:
    """The labeler's requests that were sent and not answered, as far as runs have settled them; see `abandoned`."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sent_requests.c.worst_usd), 0.0)).where(
        sent_requests.c.labeler == labeler, sent_requests.c.outcome == Outcome.UNANSWERED.value
    )
    count, worst_usd = connection.execute(query).one()
    return Unanswered(count, worst_usd)


def _open() -> sa.Select[tuple[object, ...]]:
    return sa.select(sent_requests).where(sent_requests.c.outcome.is_(None)).order_by(sent_requests.c.id)


def _sent(row: sa.RowMapping) -> SentRequest:
    return SentRequest(row["id"], row["request_digest"], row["worst_usd"], owner_of(row), row["sent_at"])
