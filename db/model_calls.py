"""Requests to models' servers, their answers and costs. Rows are immutable; an answered request is never sent again."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.types.pseudo_labels import ModelCall
from db.tables import model_calls, now_utc


@dataclass(frozen=True, slots=True)
class CallTotals:
    """Totals over calls. `failed`: without a usable answer, paid or not."""

    answered: int
    failed: int
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class UsualCall:
    """Mean tokens per answered call of one step, including those paid for failed calls; for cost estimates.

    `input_ratio`: input tokens of all calls over those of the answered ones.
    """

    calls: int
    input_ratio: float
    input_tokens: float
    output_tokens: float
    thinking_tokens: float


def record(connection: sa.Connection, call: ModelCall) -> None:
    """Stores a call; `created_at` defaults to now."""
    connection.execute(
        sa.insert(model_calls).values(
            clip_id=call.clip_id,
            labeler=call.labeler,
            model_id=call.model_id,
            step=call.step,
            request_digest=call.request_digest,
            answered=call.answered,
            answer=call.answer,
            failure=call.failure,
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            thinking_tokens=call.thinking_tokens,
            cost_usd=call.cost_usd,
            seconds=call.seconds,
            created_at=call.created_at or now_utc(),
        )
    )


def answered(connection: sa.Connection, request_digest: str) -> ModelCall | None:
    """The newest call that answered a request, if any."""
    query = (
        sa.select(model_calls)
        .where(model_calls.c.request_digest == request_digest, model_calls.c.answered == sa.true())
        .order_by(model_calls.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _call(row)


def answered_before(
    connection: sa.Connection, request_digests: Collection[str], since: datetime | None
) -> ModelCall | None:
    """The first call that answered a request with one of these digests, at `since` or later."""
    query = (
        sa.select(model_calls)
        .where(model_calls.c.request_digest.in_(request_digests), model_calls.c.answered == sa.true())
        .order_by(model_calls.c.id)
        .limit(1)
    )
    if since is not None:
        query = query.where(model_calls.c.created_at >= since)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _call(row)


def failures(connection: sa.Connection, limit: int = 200) -> list[ModelCall]:
    """The newest calls that failed, newest first."""
    query = (
        sa.select(model_calls)
        .where(model_calls.c.answered == sa.false())
        .order_by(model_calls.c.id.desc())
        .limit(limit)
    )
    return [_call(row) for row in connection.execute(query).mappings()]


def totals(connection: sa.Connection, *, labeler: str | None = None, since: datetime | None = None) -> CallTotals:
    """Totals over all calls, or those of one labeler, or since a time."""
    good = model_calls.c.answered == sa.true()
    query = sa.select(
        sa.func.coalesce(sa.func.sum(sa.case((good, 1), else_=0)), 0).label("answered"),
        sa.func.coalesce(sa.func.sum(sa.case((good, 0), else_=1)), 0).label("failed"),
        sa.func.coalesce(sa.func.sum(model_calls.c.input_tokens), 0).label("input_tokens"),
        sa.func.coalesce(sa.func.sum(model_calls.c.output_tokens), 0).label("output_tokens"),
        sa.func.coalesce(sa.func.sum(model_calls.c.thinking_tokens), 0).label("thinking_tokens"),
        sa.func.coalesce(sa.func.sum(model_calls.c.cost_usd), 0.0).label("cost_usd"),
    )
    if labeler is not None:
        query = query.where(model_calls.c.labeler == labeler)
    if since is not None:
        query = query.where(model_calls.c.created_at >= since)
    row = connection.execute(query).mappings().one()
    return CallTotals(**row)


def usual(connection: sa.Connection, model_id: str) -> dict[str, UsualCall]:
    """Mean usage of a model so far by step, without its number: `observe`, `watch`, `conclude`, `reflect`."""
    good = model_calls.c.answered == sa.true()
    query = (
        sa.select(
            model_calls.c.step,
            sa.func.sum(sa.case((good, 1), else_=0)).label("answered"),
            sa.func.sum(model_calls.c.input_tokens).label("input_tokens"),
            sa.func.sum(sa.case((good, model_calls.c.input_tokens), else_=0)).label("answered_input_tokens"),
            sa.func.sum(model_calls.c.output_tokens).label("output_tokens"),
            sa.func.sum(model_calls.c.thinking_tokens).label("thinking_tokens"),
        )
        .where(model_calls.c.model_id == model_id)
        .group_by(model_calls.c.step)
    )
    sums: dict[str, Counter[str]] = {}
    for row in connection.execute(query).mappings():
        values = {name: value for name, value in row.items() if name != "step"}
        sums.setdefault(str(row["step"]).split(" ", 1)[0], Counter()).update(values)
    return {
        step: UsualCall(
            calls=total["answered"],
            input_ratio=total["input_tokens"] / total["answered_input_tokens"],
            input_tokens=total["input_tokens"] / total["answered"],
            output_tokens=total["output_tokens"] / total["answered"],
            thinking_tokens=total["thinking_tokens"] / total["answered"],
        )
        for step, total in sums.items()
        if total["answered"] and total["answered_input_tokens"]
    }


def _call(row: sa.RowMapping) -> ModelCall:
    return ModelCall(
        clip_id=row["clip_id"],
        labeler=row["labeler"],
        model_id=row["model_id"],
        step=row["step"],
        request_digest=row["request_digest"],
        answered=bool(row["answered"]),
        answer=row["answer"],
        failure=row["failure"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        thinking_tokens=row["thinking_tokens"],
        cost_usd=row["cost_usd"],
        seconds=row["seconds"],
        created_at=row["created_at"],
    )
