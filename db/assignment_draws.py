"""The clips that a draw for coders can take, and those that a coder is not to get."""

from typing import Any

import sqlalchemy as sa

from core.types.assignments import Purpose
from core.types.clips import ClipState, Split
from core.types.decisions import DecisionKind
from db import assignments, practice_clips
from db.judgments import blind_rows
from db.row_mapping import count_where
from db.tables import clip_states, clips, decisions, disclosures, standing_decisions


def open_clips(connection: sa.Connection, *, reliability_sample: bool) -> list[int]:
    """Ids of the training clips that nobody has judged and that wait for nobody, ascending; with or without the reliability
    sample.
    """
    query = _open(clip_states.c.clip_id, reliability_sample=reliability_sample).order_by(clip_states.c.clip_id)
    return list(connection.execute(query).scalars())


def number_open(connection: sa.Connection, *, reliability_sample: bool) -> int:
    """The number of `open_clips`."""
    query = _open(sa.func.count(), reliability_sample=reliability_sample)
    return int(connection.execute(query).scalar_one())


def _open(column: sa.ColumnElement[Any], *, reliability_sample: bool) -> sa.Select[Any]:
    unjudged = clip_states.c.state.in_([ClipState.IMPORTED.value, ClipState.LABELED.value])
    query = sa.select(column).where(
        clip_states.c.split == Split.TRAIN.value,
        unjudged,
        clip_states.c.clip_id.not_in(assignments.waiting()),
        clip_states.c.clip_id.not_in(practice_clips.marked()),
    )
    if reliability_sample:
        return query
    return query.where(clip_states.c.clip_id.not_in(sa.select(clips.c.id).where(clips.c.reliability_sample)))


def judged_blind_by_one(connection: sa.Connection) -> dict[int, int]:
    """The coder's id by clip id, where one person alone has judged and that blind, and no second judgment is asked for.

    Training clips outside the reliability sample, which everybody judges anyway; without adjudicated ones.
    """
    blind = blind_rows()
    coder = sa.func.min(standing_decisions.c.reviewer_id)
    looked = standing_decisions.c.kind != DecisionKind.BULK_ACCEPT.value
    query = (
        sa.select(standing_decisions.c.clip_id, coder.label("coder_id"))
        .join(clips, clips.c.id == standing_decisions.c.clip_id)
        .outerjoin(
            blind,
            (blind.c.clip_id == standing_decisions.c.clip_id)
            & (blind.c.reviewer_id == standing_decisions.c.reviewer_id),
        )
        .where(
            looked,
            clips.c.split == Split.TRAIN.value,
            clips.c.reliability_sample == sa.false(),
            standing_decisions.c.clip_id.not_in(assignments.waiting(Purpose.DOUBLE_CODING)),
            standing_decisions.c.clip_id.not_in(practice_clips.marked()),
        )
        .group_by(standing_decisions.c.clip_id)
        .having(
            sa.func.count(standing_decisions.c.reviewer_id.distinct()) == 1,
            sa.func.count(blind.c.reviewer_id) == sa.func.count(),
            count_where(standing_decisions.c.kind == DecisionKind.ADJUDICATE.value) == 0,
        )
        .order_by(standing_decisions.c.clip_id)
    )
    return {row.clip_id: row.coder_id for row in connection.execute(query)}


def judged_by(connection: sa.Connection, coder_id: int) -> frozenset[int]:
    """The clips that this coder has judged or skipped, or that wait for this coder already."""
    judged = connection.execute(sa.select(decisions.c.clip_id).where(decisions.c.reviewer_id == coder_id)).scalars()
    return assignments.waiting_for(connection, coder_id).union(judged)


def known_to(connection: sa.Connection, coder_id: int) -> frozenset[int]:
    """Those `judged_by` this coder, and those of which this coder has been shown an answer."""
    shown = connection.execute(sa.select(disclosures.c.clip_id).where(disclosures.c.reviewer_id == coder_id)).scalars()
    return judged_by(connection, coder_id).union(shown)
