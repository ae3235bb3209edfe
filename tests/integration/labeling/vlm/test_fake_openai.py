"""The fake server of one's own, asked by OpenAI's unmodified SDK."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import jsonschema
import numpy as np
import openai
import pytest
from openai.types.chat import ChatCompletion

from tests.fakes.faults import FAILING, Fault, FaultPlan
from tests.fakes.openai_server import MODEL, FakeOpenAI
from tests.fakes.served import served
from tests.integration.labeling.vlm.fake_questions import (
    LABELS,
    QUESTION,
    REFLECT,
    REFLECTION,
    SYSTEM,
    WATCH,
    hostile,
    is_cut,
    obeyed,
    outside,
)

MOST_TOKENS = 4096


@pytest.fixture
def own() -> FakeOpenAI:
    return FakeOpenAI()


@pytest.fixture
def chat(own: FakeOpenAI) -> Iterator[openai.OpenAI]:
    with served(own.app) as address, _chat(address) as client:
        yield client


def _chat(address: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, timeout=1.0, max_retries=0)


def _picture(shade: int = 90) -> dict[str, Any]:
    jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), shade, np.uint8))[1].tobytes()
    return _address(base64.b64encode(jpeg).decode("ascii"))


def _address(encoded: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{encoded}"}}


def _complete(
    client: openai.OpenAI,
    schema: dict[str, Any] = WATCH,
    text: str = QUESTION,
    pictures: list[dict[str, Any]] | None = None,
) -> ChatCompletion:
    shown = [_picture()] if pictures is None else pictures
    messages: Any = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": [*shown, {"type": "text", "text": text}]},
    ]
    form: Any = {"type": "json_schema", "json_schema": {"name": "watch", "schema": schema, "strict": True}}
    return client.chat.completions.create(
        model=MODEL, messages=messages, response_format=form, temperature=0.2, max_tokens=MOST_TOKENS
    )


def _said(response: ChatCompletion) -> str:
    return response.choices[0].message.content or ""


def _up_to_the_limit(text: str) -> bool:
    return len(text) == 4 * MOST_TOKENS and is_cut(text)


def test_pictures_are_answered_by_the_schema_within_the_time_that_the_prompt_states(chat: openai.OpenAI) -> None:
    answer = json.loads(_said(_complete(chat)))
    jsonschema.validate(answer, WATCH)
    assert all(0 <= seen["start_s"] < seen["end_s"] <= 2.0 for seen in answer["observations"])


def test_words_alone_are_answered_too(chat: openai.OpenAI) -> None:
    answer = json.loads(_said(_complete(chat, REFLECT, REFLECTION, [])))
    jsonschema.validate(answer, REFLECT)


def test_a_picture_counts_eighty_five_tokens(chat: openai.OpenAI, own: FakeOpenAI) -> None:
    response = _complete(chat, pictures=[_picture(), _picture(120)])
    assert response.usage is not None
    assert response.usage.prompt_tokens == 2 * 85 + -(-len(SYSTEM + QUESTION) // 4)
    assert response.usage.completion_tokens == -(-len(_said(response)) // 4)
    assert own.pictures == [(48, 64)] * 2
    assert (own.journal.tokens_in, own.journal.tokens_out) == (
        response.usage.prompt_tokens,
        response.usage.completion_tokens,
    )


@pytest.mark.parametrize(
    ("encoded", "sentence"),
    [("bm8gcGljdHVyZQ==", "cannot be decoded"), ("", "cannot be decoded"), ("?", "is no base64")],
)
def test_what_is_no_picture_is_a_bad_request(chat: openai.OpenAI, own: FakeOpenAI, encoded: str, sentence: str) -> None:
    with pytest.raises(openai.BadRequestError, match=sentence):
        _complete(chat, pictures=[_address(encoded)])
    assert own.journal.requests == []


def test_any_key_will_do_where_none_is_asked_for(chat: openai.OpenAI) -> None:
    assert [model.id for model in chat.models.list()] == [MODEL]


def test_a_server_with_a_key_turns_others_away() -> None:
    own = FakeOpenAI(key="secret")
    with served(own.app) as address, _chat(address, "wrong") as wrong, _chat(address, "secret") as right:
        with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
            _complete(wrong)
        assert _said(_complete(right))
    assert own.keys == {"Bearer wrong", "Bearer secret"}


def _raises(kind: type[Exception]) -> Callable[[Callable[[], Any]], None]:
    def check(ask: Callable[[], Any]) -> None:
        with pytest.raises(kind):
            ask()

    return check


def _completes(reason: str, check: Callable[[str], bool]) -> Callable[[Callable[[], Any]], None]:
    def run(ask: Callable[[], Any]) -> None:
        response = ask()
        assert response.choices[0].finish_reason == reason
        assert check(_said(response))

    return run


def _refuses(ask: Callable[[], Any]) -> None:
    message = ask().choices[0].message
    assert (message.content, bool(message.refusal)) == (None, True)


def _has_no_choice(ask: Callable[[], Any]) -> None:
    assert ask().choices == []


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Fault.RATE_LIMIT, _raises(openai.RateLimitError)),
        (Fault.SERVER_ERROR, _raises(openai.InternalServerError)),
        (Fault.TIMEOUT, _raises(openai.APITimeoutError)),
        (Fault.CUT_JSON, _completes("length", is_cut)),
        (Fault.WRONG_LABEL, _completes("stop", lambda text: json.loads(text)["label"] not in LABELS)),
        (Fault.SAFETY_BLOCK, _refuses),
        (Fault.EMPTY_CANDIDATE, _has_no_choice),
        (Fault.TOO_LONG, _completes("length", _up_to_the_limit)),
        (Fault.TIMES_OUTSIDE, _completes("stop", outside)),
        (Fault.INJECTION, _completes("stop", obeyed)),
        (Fault.HOSTILE_TEXT, _completes("stop", hostile)),
    ],
)
def test_openais_sdk_sees_each_fault_for_what_it_is_and_the_next_answer_is_whole(
    chat: openai.OpenAI, own: FakeOpenAI, fault: Fault, seen: Callable[[Callable[[], Any]], None]
) -> None:
    own.plan = FaultPlan.scripted([fault], hang_s=2.0)
    seen(lambda: _complete(chat))
    jsonschema.validate(json.loads(_said(_complete(chat))), WATCH)
    assert [one.fault for one in own.journal.requests] == [fault, None]
    assert own.journal.calls_answered == (1 if fault in FAILING else 2)


def test_a_429_says_how_long_to_wait_in_a_header(chat: openai.OpenAI, own: FakeOpenAI) -> None:
    own.plan = FaultPlan.scripted([Fault.RATE_LIMIT], retry_delay_s=0.4)
    with pytest.raises(openai.RateLimitError) as caught:
        _complete(chat)
    assert caught.value.response.headers["retry-after"] == "0.4"


def test_an_answer_in_words_alone_is_held_back_by_a_content_filter(chat: openai.OpenAI, own: FakeOpenAI) -> None:
    own.plan = FaultPlan.scripted([Fault.SAFETY_BLOCK])
    choice = _complete(chat, REFLECT, REFLECTION, []).choices[0]
    assert (choice.finish_reason, choice.message.content) == ("content_filter", None)
