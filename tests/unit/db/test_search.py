"""Full-text search: what is found, for whom, and that nothing that is typed breaks it."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.types.decisions import DecisionKind, ReviewMode
from db import clips
from db.search import match_expression
from tests.integration.db.log_oracle import new_clip
from tests.unit.db.conftest import Desk

SAID = ["The match was long.", "A long, long match against Müller.", "No match today", "matchless"]


@pytest.fixture
def spoken(desk: Desk) -> dict[str, int]:
    with desk.database.write() as connection:
        return {
            words: clips.add(connection, replace(new_clip(number + 100), transcript=words)).id
            for number, words in enumerate(SAID)
        }


def _found(desk: Desk, **filters: object) -> list[int]:
    with desk.database.read() as connection:
        return [clip.id for clip in clips.page(connection, **filters)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("match", [0, 1, 2, 3]),
        ("match ", [0, 1, 2]),
        ("LONG match", [0, 1, 3][:2]),
        ('"long match"', [1]),
        ('"match was" lo', [0]),
        ("muller", [1]),
        ("today NOT match", []),
        ("clip 102", [2]),
        ("person", [0, 1, 2, 3]),
    ],
)
def test_words_phrases_and_beginnings_are_found(
    desk: Desk, spoken: dict[str, int], typed: str, numbers: list[int]
) -> None:
    assert _found(desk, search=typed) == [spoken[SAID[number]] for number in numbers]


@pytest.mark.parametrize("typed", ['"', "(", "*", "!!!", "  ", "NEAR(", "words:x*", "a OR", "-", "🤭", "%"])
def test_what_is_no_word_finds_nothing_and_breaks_nothing(desk: Desk, spoken: dict[str, int], typed: str) -> None:
    assert _found(desk, search=typed) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(min_size=1, max_size=400))
def test_anything_can_be_typed(desk: Desk, typed: str) -> None:
    _found(desk, search=typed, said=typed)


def test_ten_thousand_characters_can_be_typed(desk: Desk) -> None:
    assert _found(desk, search="word " * 2_000) == []


def test_the_expression_has_no_words_of_fts5s_own() -> None:
    assert match_expression('lips AND "not now" pre') == '"lips" "AND" "not now" "pre" *'


def test_a_changed_transcript_is_found_by_its_new_words_alone(desk: Desk, spoken: dict[str, int]) -> None:
    clip = spoken[SAID[0]]
    with desk.database.write() as connection:
        clips.set_transcript(connection, clip, "Quite another sentence.")
    assert _found(desk, search="quite another") == [clip]
    assert clip not in _found(desk, search="match was")


def _with_rationale(desk: Desk, *, reliability_sample: bool = False) -> int:
    clip = desk.clip(reliability_sample=reliability_sample)
    desk.answer(clip, "positive")  # its claims say "A nod."
    return clip


def test_rationales_are_searched_in_clips_that_one_has_answered_alone(desk: Desk) -> None:
    answered, unanswered = _with_rationale(desk), _with_rationale(desk)
    desk.decide(DecisionKind.BLIND, answered, "negative")
    assert _found(desk, said="nod", reader=desk.ada) == [answered]
    assert _found(desk, said="nod", reader=desk.ben) == []
    assert _found(desk, said="nod", reader=None) == []
    assert _found(desk, said="nod", reader=desk.ben, all_open=True) == [answered, unanswered]


def test_a_rationale_of_the_reliability_sample_is_never_found_before_ones_answer(desk: Desk) -> None:
    clip = _with_rationale(desk, reliability_sample=True)
    assert _found(desk, said="nod", reader=desk.ada, all_open=True) == []
    desk.decide(DecisionKind.BLIND, clip, "negative")
    assert _found(desk, said="nod", reader=desk.ada) == [clip]


def test_an_assisted_decision_opens_the_search_too(desk: Desk) -> None:
    clip = _with_rationale(desk)
    desk.decide(DecisionKind.CORRECT, clip, "negative", mode=ReviewMode.ASSISTED)
    assert _found(desk, said="nod", reader=desk.ada) == [clip]


def test_what_was_there_before_the_index_is_found(desk: Desk, spoken: dict[str, int]) -> None:
    with desk.database.write() as connection:
        connection.execute(sa.text("INSERT INTO clip_words(clip_words) VALUES('integrity-check')"))
    assert len(_found(desk, search="match")) == len(SAID)
