"""Filters by what an answer says: where they keep few clips, those that they leave out are told of, too."""

from collections.abc import Sequence
from dataclasses import replace

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters, Reader, narrowing
from app.queries.hidden_answers import blindness, keep_told, seen_in
from core.types.decisions import Reviewer, Seen
from db import clips

FEW = 25
"""As many clips as a page of the Library holds. Of more, nobody reads off which are left out."""


def keep_told_by_filters(
    opened: OpenedWorkspace, filters: Filters, reader: Reader, reviewer: Reviewer | None, listed: Sequence[int] = ()
) -> None:
    """Stores what a list, or the number of its clips, gives away by its filters; call it before either is shown.

    `listed`: the ids of the clips that are shown one by one. Judged by a filter that tells no answer, or where only clips are
    found that the reviewer has judged, nothing is given away.
    """
    by_words = filters.said is not None or filters.cue is not None
    if reviewer is None or not reader.all_open or not (by_words or filters.label is not None):
        return
    others = narrowing(replace(filters, label=None, said=None, cue=None), reader)
    with opened.database.read() as connection:
        kept = clips.ids(connection, limit=FEW + 1, **others)
        weighed = clips.many(connection, {*listed, *(kept if len(kept) <= FEW else ())})
        labels = clips.labels(connection, [clip.id for clip in weighed]) if filters.label is not None else {}
    told: dict[Seen, set[int]] = {}
    open_ones = {clip.id for clip in weighed} - blindness(opened, weighed, reviewer, spoil=reader.all_open).hidden
    for clip_id in open_ones:
        if by_words:
            told.setdefault(Seen.RATIONALE, set()).add(clip_id)
        if clip_id in labels:
            told.setdefault(seen_in(labels[clip_id].source), set()).add(clip_id)
    keep_told(opened.database, reviewer, told)
