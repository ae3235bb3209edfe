"""The labeler that counts: its answers are the pseudo-labels, and others lie beside them."""

from dataclasses import replace

import pytest

from core.errors import NotFoundError
from core.types.decisions import DecisionKind
from core.types.pseudo_labels import Labeler, PseudoLabel
from db import clips, labeler_choices, pseudo_labels, workspace_counts
from db.labeler_choices import ChoiceEffect
from tests.integration.db.log_oracle import LABELER, answer
from tests.integration.db.rebuilding import rebuild_states
from tests.unit.db.conftest import Desk

SECOND = replace(LABELER, name="second")
SECOND_VERSION = replace(LABELER, prompt_version="2", prompt_digest="2")


def say(desk: Desk, clip_id: int, label: str, labeler: Labeler = LABELER, settings: str = "s") -> PseudoLabel:
    with desk.database.write() as connection:
        return pseudo_labels.store(connection, clip_id, labeler, settings, answer(label, 0.8))


def choose(desk: Desk, labeler_id: int | None) -> None:
    with desk.database.write() as connection:
        labeler_choices.choose(connection, labeler_id or 0, desk.ada)


@pytest.mark.parametrize("labeler", [SECOND, SECOND_VERSION])
def test_the_answer_of_a_second_labeler_or_version_does_not_replace_the_firsts(desk: Desk, labeler: Labeler) -> None:
    clip_id = desk.clip()
    first = say(desk, clip_id, "positive")
    say(desk, clip_id, "negative", labeler)
    with desk.database.read() as connection:
        assert pseudo_labels.latest_of(connection, [clip_id])[clip_id].id == first.id
        assert pseudo_labels.summaries_of(connection, [clip_id])[clip_id].label == "positive"
        assert pseudo_labels.of_clip(connection, clip_id)[0].id == first.id
    assert desk.label(clip_id) == ("positive", "pseudo")


def test_a_later_answer_of_the_labeler_that_counts_replaces_its_own(desk: Desk) -> None:
    clip_id = desk.clip()
    say(desk, clip_id, "positive")
    say(desk, clip_id, "negative", settings="other settings")
    assert desk.label(clip_id) == ("negative", "pseudo")


def test_a_clip_that_only_another_labeler_answered_has_no_pseudo_label(desk: Desk) -> None:
    say(desk, desk.clip(), "positive")
    clip_id = desk.clip()
    say(desk, clip_id, "negative", SECOND)
    assert desk.label(clip_id) is None
    with desk.database.read() as connection:
        assert pseudo_labels.latest_of(connection, [clip_id]) == {}
        assert pseudo_labels.latest_of(connection, [clip_id], "second")[clip_id].answer.label == "negative"


def test_another_choice_moves_every_label_and_every_counter(desk: Desk) -> None:
    both, first_alone, second_alone = desk.clip(), desk.clip(), desk.clip()
    say(desk, both, "positive")
    say(desk, first_alone, "positive")
    second = say(desk, both, "negative", SECOND).labeler
    say(desk, second_alone, "negative", SECOND)
    with desk.database.read() as connection:
        assert labeler_choices.effect(connection, second.id or 0) == ChoiceEffect(1, 1, 1, 3)
    choose(desk, second.id)
    assert [desk.label(one) for one in (both, first_alone, second_alone)] == [
        ("negative", "pseudo"),
        None,
        ("negative", "pseudo"),
    ]
    with desk.database.write() as connection:
        kept = clips.counts(connection)
        rebuild_states(connection)
        assert clips.counts(connection) == kept
        assert labeler_choices.effect(connection, second.id or 0) == ChoiceEffect(0, 0, 0, 0)


def test_a_clip_that_a_person_judged_keeps_its_label_under_another_choice(desk: Desk) -> None:
    clip_id = desk.clip()
    shown = say(desk, clip_id, "positive")
    second = say(desk, clip_id, "negative", SECOND).labeler
    desk.decide(DecisionKind.BLIND, clip_id, "positive")
    desk.decide(DecisionKind.ACCEPT, clip_id, "positive", pseudo_label_id=shown.id)
    with desk.database.read() as connection:
        assert labeler_choices.effect(connection, second.id or 0) == ChoiceEffect(0, 0, 1, 0)
    choose(desk, second.id)
    assert desk.label(clip_id) == ("positive", "human")


def test_each_choice_is_logged_with_who_made_it_newest_first(desk: Desk) -> None:
    clip_id = desk.clip()
    first = say(desk, clip_id, "positive").labeler
    second = say(desk, clip_id, "negative", SECOND).labeler
    choose(desk, second.id)
    with desk.database.read() as connection:
        found = [(one.labeler_id, one.chosen_by) for one in labeler_choices.log(connection)]
        assert labeler_choices.counting_id(connection) == second.id
    assert found == [(second.id, "Ada"), (first.id, None)]


def test_an_unknown_labeler_cannot_count(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="There is no labeler 7"):
        choose(desk, 7)


def test_a_review_reason_of_a_labeler_that_does_not_count_marks_no_clip(desk: Desk) -> None:
    clip_id = desk.clip()
    say(desk, clip_id, "positive")
    with desk.database.write() as connection:
        doubted = replace(answer("negative", 0.8), review_reason="The passes differ.")
        pseudo_labels.store(connection, clip_id, SECOND, "s", doubted)
        needs = connection.exec_driver_sql("SELECT pseudo_needs_review FROM clip_states").scalar_one()
    assert not needs


def _judged(desk: Desk, shown: PseudoLabel, label: str) -> None:
    desk.decide(DecisionKind.BLIND, shown.clip_id, label)
    kind = DecisionKind.ACCEPT if label == shown.answer.label else DecisionKind.CORRECT
    desk.decide(kind, shown.clip_id, label, pseudo_label_id=shown.id)


def test_people_are_compared_with_the_answer_they_were_shown_and_not_with_a_later_one(desk: Desk) -> None:
    first = say(desk, desk.clip(subject="Ann"), "positive")
    _judged(desk, first, "negative")
    second = say(desk, first.clip_id, "negative", SECOND)
    choose(desk, second.labeler.id)
    other = say(desk, desk.clip(subject="Ann"), "negative", SECOND)
    _judged(desk, other, "negative")
    with desk.database.read() as connection:
        found = workspace_counts.human_agreement(connection)
    assert found.before_reveal == {first.labeler.id: ((0, 1),), second.labeler.id: ((1, 1),)}
    assert found.after_reveal == found.before_reveal


def test_the_reliability_sample_is_held_against_the_labeler_that_counts(desk: Desk) -> None:
    clip_id = desk.clip(reliability_sample=True)
    first = say(desk, clip_id, "positive")
    second = say(desk, clip_id, "negative", SECOND)
    _judged(desk, first, "negative")
    with desk.database.read() as connection:
        assert workspace_counts.human_agreement(connection).reliability_sample == ((0, 1),)
    choose(desk, second.labeler.id)
    with desk.database.read() as connection:
        assert workspace_counts.human_agreement(connection).reliability_sample == ((1, 1),)
