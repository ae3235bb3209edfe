"""The whole path on a server in the building, by OpenAI's SDK, with no key in the environment."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from core.errors import ConsentError
from tests.fakes.faults import FAILING, Fault, FaultPlan
from tests.fakes.manners import Manner
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.raw_server import RawServer
from tests.fakes.served import served
from tests.integration.labeling.vlm.vlm_study import VlmStudy


@pytest.fixture
def fake() -> FakeOpenAI:
    return FakeOpenAI()


@pytest.fixture
def study(made: Path, fake: FakeOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VlmStudy]:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("labeling.vlm.requests.FIRST_PAUSE_S", 0.01)
    with served(fake.app) as address:
        yield VlmStudy(made, tmp_path / "workspace", base_url=address)


def test_every_clip_is_labeled_without_any_key_or_consent(study: VlmStudy, fake: FakeOpenAI) -> None:
    report = study.label("openai", allowed=False)
    assert (len(report.labeled), report.failed, report.cost_usd) == (4, (), 0.0)
    assert Counter(one.shape for one in fake.journal.requests) == {"watch": 4, "reflect": 4}
    assert fake.keys == {"Bearer none"}


def test_frames_go_as_pictures_with_their_times(study: VlmStudy, fake: FakeOpenAI) -> None:
    study.label("openai", limit=1, openai={"frames_per_s": 2})
    assert fake.pictures == [(96, 96)] * 8
    assert "0.00 s\n0.50 s\n1.00 s" in fake.journal.requests[0].text


def test_a_key_is_taken_from_the_variable_that_the_settings_name(
    study: VlmStudy, fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTITUTE_KEY", "secret")
    study.label("openai", limit=1, openai={"key_variable": "INSTITUTE_KEY"})
    assert fake.keys == {"Bearer secret"}


def test_an_address_outside_the_building_needs_consent(study: VlmStudy, fake: FakeOpenAI) -> None:
    with pytest.raises(ConsentError, match=r"be sent to api\.example\.com"):
        study.label("openai", allowed=False, openai={"base_url": "https://api.example.com/v1"})
    assert fake.journal.requests == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.RATE_LIMIT, "takes no more requests now (429)."),
        (Fault.SERVER_ERROR, "had an error (500)."),
        (Fault.TIMEOUT, "did not answer within 1 s."),
        (Fault.CUT_JSON, "was cut after"),
        (Fault.EMPTY_CANDIDATE, "gave an empty answer."),
        (Fault.WRONG_LABEL, "The label 'ecstatic' is none of positive, negative."),
    ],
)
def test_a_failed_answer_is_kept_with_its_reason_and_asked_again(
    study: VlmStudy, fake: FakeOpenAI, fault: Fault, reason: str
) -> None:
    fake.plan = FaultPlan(script=[fault], retry_delay_s=0.1, hang_s=2.0)
    report = study.label("openai", limit=1, timeout_s=1.0, concurrency=1)
    assert len(report.labeled) == 1
    assert reason in study.calls()[0].failure


def test_a_refusal_fails_the_clip_at_once(study: VlmStudy, fake: FakeOpenAI) -> None:
    fake.plan = FaultPlan(script=[Fault.SAFETY_BLOCK])
    report = study.label("openai", limit=1, concurrency=1)
    assert report.labeled == ()
    assert report.failed[0].endswith("held its answer back.")


def test_a_server_that_is_not_there_fails_with_the_question_whether_it_runs(study: VlmStudy) -> None:
    report = study.label("openai", limit=1, attempts=1, openai={"base_url": "http://127.0.0.1:9/v1"})
    assert "127.0.0.1:9 could not be reached; is the server running?" in report.failed[0]


def test_with_one_answer_in_five_failing_every_clip_ends_labeled_or_with_its_reason(
    study: VlmStudy, fake: FakeOpenAI
) -> None:
    fake.plan = FaultPlan(0.2, FAILING, seed=2, retry_delay_s=0.1, hang_s=2.0)
    report = study.label("openai", timeout_s=1.0)
    assert len(report.labeled) + len(report.failed) == 4
    assert set(Counter(one.digest for one in fake.journal.answered).values()) == {1}


def _saying(text: str) -> bytes:
    return json.dumps({"choices": [{"message": {"content": text}}]}).encode()


def _first_of(first: Starlette, others: Starlette) -> Starlette:
    """Answers one request by `first`, and all others by `others`."""
    turns = iter([first])

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await next(turns, others)(scope, receive, send)

    return Starlette(routes=[Mount("/", answer)])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 5000, "cannot be read: Its answer nests deeper than 64 levels."),
        (b"<html>Sign in</html>", "cannot be read: Its answer is no complete JSON"),
        (b'{"choices": [{"message": null}], "usage": ""}', "gave an empty answer."),
        (_saying("[" * 500 + "]" * 500), "The answer nests deeper than 16 levels."),
        (_saying('{"label": ' + "9" * 5000 + "}"), "The answer has a number of 5,000 characters; up to 100 are read."),
    ],
)
def test_a_bad_body_fails_its_clip_with_one_sentence_and_no_other_clip(
    study: VlmStudy, fake: FakeOpenAI, body: bytes, reason: str
) -> None:
    with served(_first_of(RawServer([body]).app, fake.app)) as address:
        report = study.label("openai", attempts=1, concurrency=1, openai={"base_url": f"{address}/v1"})
    assert len(report.labeled) == 3
    assert [reason in sentence for sentence in report.failed] == [True]


def test_an_answer_with_half_a_surrogate_pair_is_stored_and_the_next_run_begins(
    study: VlmStudy, fake: FakeOpenAI
) -> None:
    fake.plan = FaultPlan(script=[Fault.HOSTILE_TEXT, Fault.HOSTILE_TEXT])
    assert len(study.label("openai", limit=1, concurrency=1).labeled) == 1
    assert study.label("openai").already == 1
    assert any("\N{REPLACEMENT CHARACTER}" in one.answer.raw_answer for one in study.answers())


def test_a_stored_answer_that_cannot_be_used_fails_its_clip_and_is_paid_again_only_where_that_was_asked_for(
    study: VlmStudy, fake: FakeOpenAI
) -> None:
    fake.plan = FaultPlan(script=[None, Fault.SERVER_ERROR])
    study.label("openai", limit=1, attempts=1, concurrency=1)
    study.spoil_stored_answers('{"label": "\\ud800", "observations": [1e999]}')
    report = study.label("openai")
    assert (len(report.labeled), len(report.failed)) == (3, 1)
    assert "The stored answer cannot be used: The answer has inf, which is no number." in report.failed[0]
    assert "`telltale label --ask-again` pays for a new one." in report.failed[0]
    asked = len(fake.journal.requests)
    assert len(study.label("openai", ask_again=True).labeled) == 1
    assert len(fake.journal.requests) == asked + 2
    assert study.label("openai").already == 4


@pytest.mark.long
@pytest.mark.parametrize("manner", [Manner.TWICE, Manner.WRONG_TYPE])
def test_an_answer_that_came_whole_is_asked_for_once(study: VlmStudy, fake: FakeOpenAI, manner: Manner) -> None:
    fake.manners.extend([manner] * 2)
    assert len(study.label("openai", limit=1).labeled) == 1
    assert len(fake.journal.requests) == 2


@pytest.mark.long
@pytest.mark.parametrize("manner", [Manner.LATE, Manner.CUT])
def test_an_answer_that_did_not_arrive_is_told_as_unanswered(study: VlmStudy, fake: FakeOpenAI, manner: Manner) -> None:
    fake.plan = FaultPlan(hang_s=3.0)
    fake.manners.append(manner)
    report = study.label("openai", limit=1, concurrency=1, timeout_s=1.0)
    assert (len(report.labeled), report.unanswered, len(fake.journal.requests)) == (1, 1, 3)
