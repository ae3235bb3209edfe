"""Double coding: clips drawn at random for a second judgment, blind and independent of the first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.opened_workspace import OpenedWorkspace
from app.queries.assignments import check_may_assign, seed_of
from app.queries.drawing_clips import dealt, drawn
from core.errors import InputError
from core.types.assignments import Assignment, Batch, NewBatch, Purpose
from core.types.decisions import Reviewer
from db import assignment_draws, assignments, reviewers


@dataclass(frozen=True, slots=True)
class DoubleCodingFacts:
    """What a draw can take: clips that one coder alone has judged, blind, and clips that nobody has. `drawn`: so far."""

    judged_once: int
    unjudged: int
    drawn: int


def double_coding_facts(opened: OpenedWorkspace) -> DoubleCodingFacts:
    """Reads all judgments."""
    with opened.database.read() as connection:
        return DoubleCodingFacts(
            judged_once=len(assignment_draws.judged_blind_by_one(connection)),
            unjudged=assignment_draws.number_open(connection, reliability_sample=False),
            drawn=len(assignments.double_coded(connection)),
        )


def double_code(opened: OpenedWorkspace, reviewer: Reviewer, number: int, coder_id: int | None, token: str) -> Batch:
    """Draws `number` clips for a second judgment by this coder, or dealt among all others; pressed twice, it draws once.

    Clips that one coder has judged blind come first, then unjudged ones, which are assigned to two coders. A coder gets no
    clip that this coder has judged, skipped or been shown an answer of. Raises InputError where the reviewer may not assign,
    and where no clip can be drawn.
    """
    seed = seed_of(token)
    with opened.database.write() as connection:
        people = reviewers.all(connection)
        check_may_assign(people, reviewer)
        if len(people) < 2:
            raise InputError("Double coding needs two coders; add the second one in the sidebar.")
        coders = [one.id for one in people]
        known = {one: assignment_draws.known_to(connection, one) for one in coders}
        made = _pairs(connection, number, coder_id, coders, known, seed=seed)
        if not made:
            raise InputError("No clip can be double-coded: coders have judged each of them, or seen an answer.")
        source = f"{len({one.clip_id for one in made}):,} clips at random"
        new = NewBatch(token, Purpose.DOUBLE_CODING, reviewer.id, source, seed, tuple(made))
        return assignments.assign(connection, new)[0]


def _pairs(
    connection: Any,
    number: int,
    coder_id: int | None,
    coders: list[int],
    known: Mapping[int, frozenset[int]],
    *,
    seed: int,
) -> list[Assignment]:
    """Second coders of clips that are judged once, then two coders for each of so many unjudged clips as are missing."""
    load: Counter[int] = Counter()
    once = assignment_draws.judged_blind_by_one(connection)
    second = coders if coder_id is None else [coder_id]
    found = dealt(drawn(once, None, seed), second, known, number, load, without=once)
    missing = number - len(found)
    if not missing:
        return found
    unjudged = drawn(assignment_draws.open_clips(connection, reliability_sample=False), None, seed)
    if coder_id is None:
        return found + dealt(unjudged, coders, known, missing, load, each=2)
    for_named = dealt(unjudged, [coder_id], known, None, load)
    others = [one for one in coders if one != coder_id]
    partners = dealt([one.clip_id for one in for_named], others, known, missing, load)
    paired = {one.clip_id for one in partners}
    return [*found, *(one for one in for_named if one.clip_id in paired), *partners]
