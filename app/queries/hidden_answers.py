"""Which answers a page must hide so that later judgments are blind."""

from collections.abc import Collection
from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from core.types.clips import Clip
from core.types.decisions import Reviewer, ReviewMode
from db import decisions

HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Blindness:
    """`hidden`: ids of clips whose labels and predictions this reviewer may not see yet."""

    hidden: frozenset[int]

    def text(self, clip_id: int, answer: str) -> str:
        """The answer, or a text that it is hidden."""
        return HIDDEN if clip_id in self.hidden else answer


_ONE_BY_ONE = 100  # up to this many clips, one query each is faster than reading all of a reviewer's decisions


def _answered(opened: OpenedWorkspace, shown: Collection[Clip], reviewer: Reviewer | None) -> Collection[int]:
    if reviewer is None:
        return frozenset()
    with opened.database.read() as connection:
        if len(shown) > _ONE_BY_ONE:
            return decisions.done_and_answered(connection, reviewer.id)[1]
        return frozenset(clip.id for clip in shown if decisions.has_answered(connection, clip.id, reviewer.id))


def blindness(opened: OpenedWorkspace, shown: Collection[Clip], reviewer: Reviewer | None, *, spoil: bool) -> Blindness:
    """Clips of the reliability sample are always hidden, others until this reviewer has judged them.

    `spoil`: the reviewer chose to see answers early; the reliability sample stays hidden.
    """
    hidden = {clip.id for clip in shown if clip.reliability_sample}
    if opened.workspace.settings.review.mode is ReviewMode.BLIND and not spoil:
        hidden |= {clip.id for clip in shown}.difference(_answered(opened, shown, reviewer))
    return Blindness(frozenset(hidden))
