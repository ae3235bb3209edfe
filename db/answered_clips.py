"""Which clips a labeler has answered: with these settings, and on the person who is the clip's interviewee now.

The key of an answer is the digest of the settings. Where somebody has chosen the interviewee, it goes on with a point and
the choice, because what a labeler is shown follows from it.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.types.clips import Split
from core.types.features import FeatureKind
from core.types.pseudo_labels import Labeler
from db import interviewees, pseudo_labels
from db.tables import clips, features
from db.tables import pseudo_labels as pseudo_label_table

_BY_KEYPOINTS = "keypoint-box"  # the producer whose boxes follow the key points, whoever was chosen


@dataclass(frozen=True, slots=True)
class AnsweredClips:
    """Ids of clips. `done`: answered on the interviewee; `other_person`: answered, but on another person alone."""

    done: frozenset[int]
    other_person: frozenset[int]


@dataclass(frozen=True, slots=True)
class UnansweredClip:
    """A clip that a labeler has not answered, with what the cost estimate needs."""

    clip_id: int
    duration_s: float
    video_path: str | None
    transcript_characters: int


@dataclass(frozen=True, slots=True)
class Interviewee:
    """Whom answers on a clip are about. `choice`: a short digest of what people chose, "" if they left it to the rule.

    `stale`: the choice is newer than the boxes, so that what was made on them is of another person.
    """

    choice: str
    stale: bool
    boxes_made_at: datetime | None = None
    chosen_at: datetime | None = None

    def key(self, digest: str) -> str:
        """The key of an answer with settings of this digest."""
        return f"{digest}.{self.choice}" if self.choice else digest

    def is_of(self, key: str, answered_at: datetime) -> bool:
        """Whether an answer with this key is about this person.

        Answers of earlier versions say nothing of the choice: those made on boxes that follow it are.
        """
        choice = key.partition(".")[2]
        if choice or not self.choice:
            return choice == self.choice
        return (
            self.chosen_at is not None
            and self.boxes_made_at is not None
            and self.chosen_at <= self.boxes_made_at <= answered_at
        )


_BY_THE_RULE = Interviewee("", stale=False)


def answered_clips(
    connection: sa.Connection, labeler: Labeler, digests: Collection[str], clip_id: int | None = None
) -> AnsweredClips:
    """The clips, or the one, that this labeler has answered with one of these digests of equal settings."""
    chosen = _interviewees(connection, clip_id)
    done: set[int] = set()
    others: set[int] = set()
    for row in pseudo_labels.answer_keys(connection, labeler, clip_id):
        if row.settings_digest.partition(".")[0] in digests:
            same = chosen.get(row.clip_id, _BY_THE_RULE).is_of(row.settings_digest, row.created_at)
            (done if same else others).add(row.clip_id)
    return AnsweredClips(frozenset(done), frozenset(others - done))


def unanswered(
    connection: sa.Connection, labeler: Labeler, digests: Collection[str], *, other_person: bool = False
) -> list[UnansweredClip]:
    """Clips outside the test split that this labeler has not answered with equal settings, by id.

    With `other_person`, also those that it has answered on another person alone.
    """
    answered = answered_clips(connection, labeler, digests)
    left_out = answered.done if other_person else answered.done | answered.other_person
    query = (
        sa.select(
            clips.c.id,
            clips.c.duration_s,
            clips.c.video_path,
            sa.func.coalesce(sa.func.length(clips.c.transcript), 0).label("characters"),
        )
        .where(clips.c.split == Split.TRAIN.value)
        .order_by(clips.c.id)
    )
    return [
        UnansweredClip(row.id, row.duration_s, row.video_path, row.characters)
        for row in connection.execute(query)
        if row.id not in left_out
    ]


def interviewee_of(connection: sa.Connection, clip_id: int) -> Interviewee:
    """Whom answers on the clip are about now."""
    return _interviewees(connection, clip_id).get(clip_id, _BY_THE_RULE)


def answers_on_others(connection: sa.Connection, clip_id: int) -> int:
    """Number of the clip's answers, of all labelers, that are not about the person who is its interviewee now."""
    who = interviewee_of(connection, clip_id)
    query = sa.select(pseudo_label_table.c.settings_digest, pseudo_label_table.c.created_at).where(
        pseudo_label_table.c.clip_id == clip_id
    )
    return sum(not who.is_of(row.settings_digest, row.created_at) for row in connection.execute(query))


def _interviewees(connection: sa.Connection, clip_id: int | None) -> dict[int, Interviewee]:
    """By clip id, the interviewees of the clips for which people chose and the boxes follow that."""
    choices = interviewees.choices(connection, clip_id)
    boxes = sa.select(features.c.clip_id, features.c.producer, features.c.created_at).where(
        features.c.kind == FeatureKind.PERSON.value, features.c.clip_id.in_(interviewees.ever_chosen())
    )
    made = {row.clip_id: row for row in connection.execute(boxes)}
    found = {}
    for choice in choices:
        by = made.get(choice.clip_id)
        if by is not None and by.producer == _BY_KEYPOINTS:
            continue
        point = "automatic" if choice.point is None else repr(choice.point)
        found[choice.clip_id] = Interviewee(
            choice=hashlib.sha256(point.encode("ascii")).hexdigest()[:8],
            stale=by is None or by.created_at < choice.changed_at,
            boxes_made_at=None if by is None else by.created_at,
            chosen_at=choice.changed_at,
        )
    return found
