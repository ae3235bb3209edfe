"""Which labeler counts is said, chosen with what it changes first, and logged."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.agreement_summary import agreement_lines
from app.queries.counting_labeler import counting_facts, effect_sentence, make_count
from core.errors import InputError
from core.types.decisions import DecisionKind, NewDecision, Reviewer, ReviewMode
from core.types.pseudo_labels import PseudoLabel
from core.workspace import open_workspace
from db import clips, decisions, pseudo_labels, reviewers
from db.engine import open_database
from tests.integration.db.log_oracle import LABELER, answer, new_clip

SECOND = replace(LABELER, name="second")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    """Ada reviews three clips of the train split; no labeler has answered."""
    workspace = open_workspace(tmp_path)
    found = OpenedWorkspace(workspace, open_database(workspace))
    with found.database.write() as connection:
        reviewers.ensure(connection, "Ada")
        for number in (1, 2, 3):
            clips.add(connection, new_clip(number))
    yield found
    found.database.dispose()


def ada(opened: OpenedWorkspace) -> Reviewer:
    with opened.database.read() as connection:
        return next(one for one in reviewers.all(connection) if one.name == "Ada")


def say(opened: OpenedWorkspace, clip_id: int, label: str, name: str = "oracle") -> PseudoLabel:
    with opened.database.write() as connection:
        return pseudo_labels.store(connection, clip_id, replace(LABELER, name=name), "s", answer(label, 0.8))


def test_the_first_labeler_that_is_used_counts_and_others_lie_beside(opened: OpenedWorkspace) -> None:
    assert counting_facts(opened).sentence == "No labeler has answered yet; the first one that does will count."
    say(opened, 1, "positive")
    assert counting_facts(opened).sentence == "The answers of oracle 1 count as pseudo-labels."
    say(opened, 1, "negative", "second")
    facts = counting_facts(opened)
    assert facts.sentence == (
        "The answers of oracle 1 count as pseudo-labels. The answers of second 1 lie beside and count nowhere."
    )
    assert [line.partition("  ")[2] for line in facts.log] == ["oracle 1, as the first labeler that was used"]


def test_what_a_choice_changes_is_said_before_and_logged_after(opened: OpenedWorkspace) -> None:
    say(opened, 1, "positive")
    say(opened, 2, "positive")
    second = say(opened, 1, "negative", "second").labeler.id or 0
    assert effect_sentence(opened, second) == (
        "Clips that would get another pseudo-label: 1; that would get their first: 0; that would be left without one: 1. "
        "Of these, clips for which training takes the pseudo-label: 2. Decisions stay."
    )
    make_count(opened, ada(opened), second)
    facts = counting_facts(opened)
    assert facts.counting_id == second
    assert facts.log[0].endswith("second 1, chosen by Ada")
    assert effect_sentence(opened, second) == "No clip would get another pseudo-label."


def test_where_there_is_a_lead_nobody_else_chooses(opened: OpenedWorkspace) -> None:
    labeler = say(opened, 1, "positive").labeler.id or 0
    with opened.database.write() as connection:
        reviewers.set_role(connection, reviewers.ensure(connection, "Grace").id, "lead")
    for who in (ada(opened), None):
        with pytest.raises(InputError, match="chosen by a lead"):
            make_count(opened, who, labeler)


def test_agreement_names_the_labeler_whose_answer_was_shown_where_there_are_several(opened: OpenedWorkspace) -> None:
    shown = say(opened, 1, "positive")
    blind = NewDecision("a", 1, ada(opened).id, DecisionKind.BLIND, ReviewMode.BLIND, "negative", 2)
    with opened.database.write() as connection:
        decisions.record(connection, blind)
        final = replace(blind, token="b", kind=DecisionKind.CORRECT, pseudo_label_id=shown.id)
        decisions.record(connection, final)
    say(opened, 1, "negative", "second")
    lines = agreement_lines(opened)
    assert set(lines) == {
        "People with oracle 1, reliability sample",
        "Other clips, before the rationale of oracle 1",
        "Other clips, after the rationale of oracle 1",
        "People with gold, last words",
    }
    assert "0 of 1" in lines["Other clips, before the rationale of oracle 1"]
