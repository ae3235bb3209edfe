"""Which labeler's answers count as pseudo-labels, what another choice would change, and who chose it."""

from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from app.queries.labelers import distinct_names
from app.queries.reviewers import may_lead
from core.errors import InputError
from core.types.decisions import Reviewer
from db import labeler_choices, pseudo_labels, reviewers
from db.labeler_choices import ChoiceEffect


@dataclass(frozen=True, slots=True)
class CountingFacts:
    """`counting_id`: None while no labeler is named. `log`: all choices in words, newest first."""

    counting_id: int | None
    sentence: str
    log: tuple[str, ...]


def counting_facts(opened: OpenedWorkspace) -> CountingFacts:
    """The labeler that counts, and how it came to."""
    with opened.database.read() as connection:
        names = distinct_names(pseudo_labels.labelers(connection))
        counting = labeler_choices.counting_id(connection)
        answered = sorted(pseudo_labels.counts_by_labeler(connection))
        log = labeler_choices.log(connection)
    others = [names[one] for one in answered if one != counting]
    if not answered:
        sentence = "No labeler has answered yet; the first one that does will count."
    elif counting is None:
        sentence = (
            f"No labeler is named: of {' and '.join(others)} the newest answer of each clip counts, whoever gave it."
        )
    else:
        beside = f" The answers of {' and '.join(others)} lie beside and count nowhere." if others else ""
        sentence = f"The answers of {names[counting]} count as pseudo-labels.{beside}"
    return CountingFacts(
        counting,
        sentence,
        tuple(
            f"{one.at:%Y-%m-%d %H:%M}  {names[one.labeler_id]}, "
            + (f"chosen by {one.chosen_by}" if one.chosen_by else "as the first labeler that was used")
            for one in log
        ),
    )


def counting_sentence(opened: OpenedWorkspace) -> str:
    """Which labeler counts, for the command line."""
    return counting_facts(opened).sentence


def effect_sentence(opened: OpenedWorkspace, labeler_id: int) -> str:
    """What would change if this labeler counted."""
    with opened.database.read() as connection:
        found = labeler_choices.effect(connection, labeler_id)
    return _in_words(found)


def make_count(opened: OpenedWorkspace, reviewer: Reviewer | None, labeler_id: int) -> None:
    """Makes this labeler count, in the reviewer's name. Raises InputError where the reviewer may not choose it."""
    with opened.database.write() as connection:
        if reviewer is None or not may_lead(reviewers.all(connection), reviewer):
            raise InputError("Which labeler counts is chosen by a lead; without a lead, by any reviewer.")
        labeler_choices.choose(connection, labeler_id, reviewer.id)


def _in_words(found: ChoiceEffect) -> str:
    if not found.gained + found.lost + found.relabeled:
        return "No clip would get another pseudo-label."
    return (
        f"Clips that would get another pseudo-label: {found.relabeled:,}; that would get their first: {found.gained:,}; that "
        f"would be left without one: {found.lost:,}. Of these, clips for which training takes the pseudo-label: "
        f"{found.counting:,}. Decisions stay."
    )
