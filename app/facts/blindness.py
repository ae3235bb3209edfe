"""Which answers a page must not show, so that a judgement still to come stays blind."""

from collections.abc import Collection
from dataclasses import dataclass

from app.services import Services
from core.records import Clip, Reviewer, ReviewMode
from db import decisions

HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Blindness:
    """`hidden`: ids of clips whose labels and predictions are not for this reviewer yet."""

    hidden: frozenset[int]

    def text(self, clip_id: int, answer: str) -> str:
        """The answer, or that it is hidden."""
        return HIDDEN if clip_id in self.hidden else answer


def blindness(opened: Services, shown: Collection[Clip], reviewer: Reviewer | None, *, spoil: bool) -> Blindness:
    """Clips of the audit slice are hidden always; others until this reviewer has given an answer of their own.

    `spoil`: the reviewer chose to see answers early; the audit slice stays hidden all the same.
    """
    hidden = {clip.id for clip in shown if clip.audit}
    if opened.workspace.settings.review.mode is ReviewMode.BLIND and not spoil:
        with opened.database.read() as connection:
            hidden |= {
                clip.id
                for clip in shown
                if reviewer is None or not decisions.has_answered(connection, clip.id, reviewer.id)
            }
    return Blindness(frozenset(hidden))
