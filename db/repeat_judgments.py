"""Repeat judgments, for intra-rater agreement: some clips are shown once more to the reviewer who judged them.

They are sampled by a hash of clip and reviewer id, so that the sample is stable and differs between reviewers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.settings.review import ReviewSettings
from core.types.clips import Split
from core.types.decisions import DecisionKind
from db.decisions import SAW_NOTHING
from db.judgments import blind_rows, of_same_reviewer
from db.labels_today import counts_today, label_today
from db.tables import clip_states, clips, decisions, now_utc, standing_decisions

_DRAWS = 10_007  # a prime, so that consecutive ids are spread evenly
_CLIP_STEP, _REVIEWER_STEP = 3_571, 7_919


@dataclass(frozen=True, slots=True)
class Repeat:
    """One clip judged twice by one reviewer, blind the first time."""

    clip_id: int
    subject_id: int
    reviewer_id: int
    first_label: str
    second_label: str


def due(reviewer_id: int, review: ReviewSettings, now: datetime | None = None) -> sa.Select[Any]:
    """A query for the ids of clips due for a repeat by this reviewer: judged blind long enough ago, and only once."""
    before = (now or now_utc()) - timedelta(days=review.repeat_after_days)
    again, skips, undoing = (
        decisions.alias("again"),
        decisions.alias("skipped_since"),
        decisions.alias("undoing_repeat"),
    )
    own = standing_decisions.alias("own_word")
    drawn = (decisions.c.clip_id * _CLIP_STEP + decisions.c.reviewer_id * _REVIEWER_STEP) % _DRAWS
    return (
        sa.select(decisions.c.clip_id)
        .join(clip_states, clip_states.c.clip_id == decisions.c.clip_id)
        .where(
            decisions.c.reviewer_id == reviewer_id,
            decisions.c.kind == DecisionKind.BLIND.value,
            decisions.c.seen == SAW_NOTHING,
            decisions.c.created_at < before,
            drawn < round(review.repeat_share * _DRAWS),
            clip_states.c.split == Split.TRAIN.value,
            sa.exists().where(own.c.clip_id == decisions.c.clip_id, own.c.reviewer_id == reviewer_id),
            ~sa.exists().where(
                again.c.clip_id == decisions.c.clip_id,
                again.c.reviewer_id == reviewer_id,
                again.c.kind == DecisionKind.REPEAT.value,
            ),
            ~sa.exists().where(
                skips.c.clip_id == decisions.c.clip_id,
                skips.c.reviewer_id == reviewer_id,
                skips.c.kind == DecisionKind.SKIP.value,
                skips.c.id > decisions.c.id,
                ~sa.exists().where(undoing.c.undoes_id == skips.c.id),
            ),
        )
    )


def is_due(connection: sa.Connection, clip_id: int, reviewer_id: int, review: ReviewSettings) -> bool:
    """Whether the clip is due for a repeat by this reviewer; if so, no earlier answer may be shown."""
    if not review.repeat_share:
        return False
    return connection.execute(due(reviewer_id, review).where(decisions.c.clip_id == clip_id)).first() is not None


def made(connection: sa.Connection) -> list[Repeat]:
    """All pairs of a blind judgment and its repeat."""
    first = blind_rows()
    query = (
        sa.select(
            decisions.c.clip_id,
            clips.c.subject_id,
            decisions.c.reviewer_id,
            first.c.label,
            label_today(decisions.c.label).label("second"),
        )
        .join(clips, clips.c.id == decisions.c.clip_id)
        .join(first, of_same_reviewer(first))
        .where(decisions.c.kind == DecisionKind.REPEAT.value, counts_today(decisions.c.label))
        .order_by(decisions.c.id)
    )
    return [
        Repeat(row.clip_id, row.subject_id, row.reviewer_id, row.label, row.second) for row in connection.execute(query)
    ]
