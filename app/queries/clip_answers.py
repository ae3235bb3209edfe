"""The labelers' answers for one clip, and which of them is its pseudo-label."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.queries.labelers import distinct_names
from core.types.pseudo_labels import PseudoLabel
from db import labeler_choices, pseudo_labels


@dataclass(frozen=True, slots=True)
class ListedAnswer:
    """One answer; `name` is unique in the list, and `counts` says whether it is the clip's pseudo-label."""

    id: int
    name: str
    counts: bool


@dataclass(frozen=True, slots=True)
class ClipAnswers:
    """All answers for a clip, the one that counts first. `without`: the labeler that counts, where it has not answered."""

    listed: tuple[ListedAnswer, ...]
    without: str | None

    def beside(self, shown_id: int | None) -> str:
        """A sentence where the answer that is shown is not the clip's pseudo-label, else nothing."""
        shown = next((one for one in self.listed if one.id == shown_id), None)
        if shown is None or shown.counts:
            return ""
        counting = next((one.name for one in self.listed if one.counts), None)
        if counting is not None:
            return f"This answer of {shown.name} does not count: the clip's pseudo-label is that of {counting}."
        if self.without is None:
            return ""
        return (
            f"{self.without}, the labeler that counts, has not answered for this clip. The answer of {shown.name} is shown "
            "instead; it is not the clip's pseudo-label."
        )


def answers_of_clip(connection: Any, clip_id: int, given: Sequence[PseudoLabel]) -> ClipAnswers:
    """`given`: all answers for the clip (`pseudo_labels.of_clip`)."""
    counting = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
    named = labeler_choices.counting_id(connection)
    every = [one.labeler for one in given]
    if counting is None and named is not None:
        every += [one for one in pseudo_labels.labelers(connection) if one.id == named]
    names = distinct_names(list(dict.fromkeys(every)))
    twice = {labeler for labeler, number in Counter(one.labeler.id for one in given).items() if number > 1}
    return ClipAnswers(
        tuple(
            ListedAnswer(
                one.id,
                f"{names[one.labeler.id]}, answer {one.id}" if one.labeler.id in twice else names[one.labeler.id],
                counts=counting is not None and one.id == counting.id,
            )
            for one in given
        ),
        without=names.get(named) if counting is None else None,
    )
