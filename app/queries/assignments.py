"""Clips assigned to coders, as the Reviewers page shows and changes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Reader, narrowing
from app.queries.counted import counted
from app.queries.drawing_clips import dealt, drawn
from app.queries.hidden_answers import shown_early
from app.queries.reviewers import may_lead
from app.queries.saved_filters import all_saved, saved
from app.queries.telling_filters import keep_told_by_filters
from core.errors import InputError
from core.types.assignments import Assignment, Batch, CoderProgress, NewBatch, Purpose
from core.types.clips import Split
from core.types.decisions import Reviewer
from db import assignment_draws, assignments, clips, practice_clips, reviewers

NOT_A_LEAD = "Clips are assigned by a lead; without a lead, by any reviewer."
_LOGGED = 12  # batches shown at most


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be assigned.

    `saved_filter`: the name of a filter of the Library; None: clips that nobody has judged and that wait for nobody.
    `number`: at random; None: all. `everybody`: each clip to each of the coders, else to one of them.
    """

    coder_ids: tuple[int, ...]
    saved_filter: str | None = None
    number: int | None = None
    everybody: bool = False
    reliability_sample: bool = False


@dataclass(frozen=True, slots=True)
class CoderRow:
    """A coder with assignments, by name."""

    name: str
    progress: CoderProgress


@dataclass(frozen=True, slots=True)
class LoggedBatch:
    """One press in words, with the clips of each coder; `waiting`: what can still be taken back."""

    id: int
    sentence: str
    waiting: int


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """The coders' progress, and what was assigned last, newest first."""

    coders: tuple[CoderRow, ...]
    log: tuple[LoggedBatch, ...]


def assignment_facts(opened: OpenedWorkspace) -> AssignmentFacts:
    """Reads all assignments."""
    with opened.database.read() as connection:
        names = {one.id: one.name for one in reviewers.all(connection)}
        progress = assignments.progress(connection)
        newest = assignments.newest(connection, _LOGGED)
    rows = sorted((CoderRow(names[one.coder_id], one) for one in progress), key=lambda row: row.name.casefold())
    return AssignmentFacts(tuple(rows), tuple(_logged(one, names) for one in newest))


def sources(opened: OpenedWorkspace) -> dict[str | None, str]:
    """What clips can be assigned from, with titles: None for the unjudged ones, and each saved filter by name."""
    named: dict[str | None, str] = {None: "Clips that nobody has judged"}
    return named | {one.name: f"Saved: {one.name}" for one in all_saved(opened.workspace)[0]}


def fitting(opened: OpenedWorkspace, reviewer: Reviewer, order: Order) -> int:
    """The number of clips that the order is drawn from; of what it gives away by a saved filter, the record is kept."""
    with opened.database.read() as connection:
        if order.saved_filter is None:
            return assignment_draws.number_open(connection, reliability_sample=order.reliability_sample)
    return len(_clips_of_filter(opened, reviewer, order))


def assign_clips(opened: OpenedWorkspace, reviewer: Reviewer, order: Order, token: str) -> Batch:
    """Assigns what is ordered, at once or not at all. Pressed twice with one token, it is done once.

    A coder is not given a clip that this coder has judged or skipped. Raises InputError where the reviewer may not assign,
    and where nothing can be assigned.
    """
    if not order.coder_ids:
        raise InputError("Name the coders first.")
    of_filter = None if order.saved_filter is None else _clips_of_filter(opened, reviewer, order)
    seed = seed_of(token)
    with opened.database.write() as connection:
        check_may_assign(reviewers.all(connection), reviewer)
        found = (
            assignment_draws.open_clips(connection, reliability_sample=order.reliability_sample)
            if of_filter is None
            else of_filter
        )
        known = {one: assignment_draws.judged_by(connection, one) for one in order.coder_ids}
        in_order = drawn(found, None, seed)
        made = (
            [
                Assignment(clip_id, coder_id)
                for clip_id in in_order[: order.number]
                for coder_id in order.coder_ids
                if clip_id not in known[coder_id]
            ]
            if order.everybody
            else dealt(in_order, order.coder_ids, known, order.number)
        )
        if not made:
            raise InputError(
                "No clip is left to assign: these coders have judged each of them, or it waits for somebody."
            )
        new = NewBatch(token, Purpose.CODING, reviewer.id, _drawn_from(order), seed, tuple(made))
        return assignments.assign(connection, new)[0]


def take_back(opened: OpenedWorkspace, reviewer: Reviewer, batch_id: int) -> int:
    """Takes back what still waits of a batch; returns the number of clips. Raises InputError where the reviewer may not."""
    with opened.database.write() as connection:
        check_may_assign(reviewers.all(connection), reviewer)
        return assignments.withdraw(connection, batch_id, reviewer.id)


def check_may_assign(people: Sequence[Reviewer], reviewer: Reviewer | None) -> None:
    """Raises InputError unless the reviewer is a lead, or nobody is."""
    if not may_lead(people, reviewer):
        raise InputError(NOT_A_LEAD)


def seed_of(token: str) -> int:
    """The seed of a draw, from the token of its press (hexadecimal); it is stored, so that the draw can be repeated."""
    return int(token[:7], 16)


def _clips_of_filter(opened: OpenedWorkspace, reviewer: Reviewer, order: Order) -> list[int]:
    """The training clips of a saved filter of the Library; by what answers say, only those whose answers this reviewer may see.

    Raises NotFoundError where it is gone.
    """
    one = saved(opened.workspace, order.saved_filter or "")
    if one.split is Split.TEST:
        return []
    filters = replace(one.filters, split=Split.TRAIN)
    reader = Reader(reviewer.id, shown_early(opened, reviewer, spoil=False))
    keep_told_by_filters(opened, filters, reader, reviewer)
    wanted = narrowing(filters, reader)
    with opened.database.read() as connection:
        practiced = {one.clip_id for one in practice_clips.all(connection)}
        found = set(clips.ids(connection, limit=clips.counts(connection).clips, **wanted)) - practiced
        listed = clips.many(connection, found)
    return [clip.id for clip in listed if order.reliability_sample or not clip.reliability_sample]


def _drawn_from(order: Order) -> str:
    source = "clips that nobody has judged" if order.saved_filter is None else f"saved filter “{order.saved_filter}”"
    sample = ", reliability sample included" if order.reliability_sample else ""
    return f"{'all' if order.number is None else f'{order.number:,} at random'} of: {source}{sample}"


def _logged(batch: Batch, names: Mapping[int, str]) -> LoggedBatch:
    what = "double coding" if batch.purpose is Purpose.DOUBLE_CODING else "coding"
    shares = ", ".join(
        f"{names[one.coder_id]} {one.assigned:,}" + (f" ({one.withdrawn:,} taken back)" if one.withdrawn else "")
        for one in batch.shares
    )
    sentence = (
        f"{batch.created_at:%Y-%m-%d %H:%M}  {names[batch.assigned_by]} assigned for {what}: {shares}; "
        f"{batch.drawn_from} (seed {batch.seed})"
    )
    return LoggedBatch(batch.id, sentence, sum(one.waiting for one in batch.shares))


def in_words(batch: Batch, names: Mapping[int, str]) -> str:
    """What was assigned to whom."""
    return ", ".join(f"{counted(one.assigned, 'clip', 'clips')} for {names[one.coder_id]}" for one in batch.shares)
