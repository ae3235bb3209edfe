"""Which answers a page must hide so that later judgments are blind."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.opened_workspace import OpenedWorkspace
from core.types.assignments import Purpose
from core.types.clips import Clip, LabelSource
from core.types.decisions import Reviewer, ReviewMode, Seen
from db import assignments, decisions, disclosures, practice_answers
from db.engine import Database

HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Blindness:
    """`hidden`: ids of clips whose labels and predictions this reviewer may not see yet.

    `told`: ids of the clips whose answers were given out, by what they are; `keep_told` stores them.
    """

    hidden: frozenset[int]
    told: dict[Seen, set[int]] = field(default_factory=dict)

    def text(self, clip_id: int, answer: str, seen: Seen) -> str:
        """The answer, or a text that it is hidden."""
        if clip_id in self.hidden:
            return HIDDEN
        self.told.setdefault(seen, set()).add(clip_id)
        return answer


def seen_in(source: LabelSource) -> Seen:
    """What somebody sees who is shown a label of this source."""
    return Seen.RATIONALE if source is LabelSource.PSEUDO else Seen.ANSWERS


def keep_told(database: Database, reviewer: Reviewer | None, told: Mapping[Seen, Collection[int]]) -> None:
    """Stores what a page is about to show of which clips; their later answers by this reviewer are then not blind."""
    if reviewer is None:
        return
    with database.read() as connection:
        new = disclosures.not_recorded(connection, reviewer.id, told)
    if new:
        with database.write() as connection:
            disclosures.record(connection, reviewer.id, new)


_ONE_BY_ONE = 100  # up to this many clips, one query each is faster than reading all of a reviewer's decisions


def _answered(opened: OpenedWorkspace, shown: Collection[Clip], reviewer: Reviewer | None) -> Collection[int]:
    if reviewer is None:
        return frozenset()
    with opened.database.read() as connection:
        if len(shown) > _ONE_BY_ONE:
            return decisions.done_and_answered(connection, reviewer.id)[1]
        return frozenset(clip.id for clip in shown if decisions.has_answered(connection, clip.id, reviewer.id))


def shown_early(opened: OpenedWorkspace, reviewer: Reviewer | None, *, spoil: bool) -> bool:
    """Whether answers are shown for clips that this reviewer has not judged: in assisted mode, or by choice (`spoil`).

    Never to nobody: what was seen could not be stored with anybody's later answer.
    """
    return reviewer is not None and (spoil or opened.workspace.settings.review.mode is ReviewMode.ASSISTED)


def _wanted_unseen(opened: OpenedWorkspace, reviewer: Reviewer) -> frozenset[int]:
    """Clips on which this reviewer is to answer without having seen anything."""
    with opened.database.read() as connection:
        doubled = assignments.waiting_for(connection, reviewer.id, Purpose.DOUBLE_CODING)
        unanswered = frozenset(one for one in doubled if not decisions.has_answered(connection, one, reviewer.id))
        return unanswered | practice_answers.clips_to_answer(connection, reviewer.id)


def blindness(opened: OpenedWorkspace, shown: Collection[Clip], reviewer: Reviewer | None, *, spoil: bool) -> Blindness:
    """Clips of the reliability sample are always hidden, others until this reviewer has judged them or answers are shown
    early; clips on which this reviewer's own answer is wanted for double coding or practice are never shown early.
    """
    hidden = {clip.id for clip in shown if clip.reliability_sample}
    if not shown_early(opened, reviewer, spoil=spoil):
        hidden |= {clip.id for clip in shown}.difference(_answered(opened, shown, reviewer))
    elif reviewer is not None:
        hidden |= _wanted_unseen(opened, reviewer).intersection(clip.id for clip in shown)
    return Blindness(frozenset(hidden))
