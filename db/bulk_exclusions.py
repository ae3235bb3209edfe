"""Clips that no bulk accept takes, because somebody knows more of them than a pseudo-label says."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from core.types.decisions import DecisionKind
from db import practice_clips
from db.judgments import DISPUTED
from db.labels_today import counts_today
from db.row_mapping import batches
from db.tables import clip_states, clips, decisions, gold_labels

RELIABILITY_SAMPLE = "of the reliability sample, which is always judged by looking"
GOLD = "with a gold label, which a pseudo-label must not replace"
PRACTICE = "marked for practice"
DISPUTED_LABEL = "with a disputed label"
ANSWERED = "answered blind by somebody who has not finished"


def reason() -> sa.Case[str]:
    """Why the clip in hand is left out, or ""; for a query from `clip_states` joined to `clips`."""
    clip_id = clip_states.c.clip_id
    gold = sa.exists().where(gold_labels.c.clip_id == clip_id, counts_today(gold_labels.c.label))
    answered = sa.exists().where(
        decisions.c.clip_id == clip_id, decisions.c.kind == DecisionKind.BLIND.value, counts_today(decisions.c.label)
    )
    return sa.case(
        (clips.c.reliability_sample, RELIABILITY_SAMPLE),
        (gold, GOLD),
        (practice_clips.is_marked(clip_id), PRACTICE),
        (DISPUTED, DISPUTED_LABEL),
        (answered, ANSWERED),
        else_="",
    )


def excluded(connection: sa.Connection, clip_ids: Iterable[int]) -> dict[int, str]:
    """By clip id, why a bulk accept leaves it out; clips that may be accepted are not in it."""
    why = reason().label("why")
    query: sa.Select[Any] = sa.select(clip_states.c.clip_id, why).join(clips, clips.c.id == clip_states.c.clip_id)
    return {
        row.clip_id: row.why
        for part in batches(set(clip_ids))
        for row in connection.execute(query.where(clip_states.c.clip_id.in_(part)))
        if row.why
    }
