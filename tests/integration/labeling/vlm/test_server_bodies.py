"""What a server sends is never more than a failed request: bodies of every wrong form, through both SDKs."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.settings.labeling import LabelingSettings
from labeling.vlm.providers import bounded_http
from labeling.vlm.providers.gemini import GeminiModel
from labeling.vlm.providers.interface import FailureKind, ModelError, RawResponse, Request, Usage, VisionModel
from labeling.vlm.providers.openai_compatible import OpenAIModel
from tests.fakes.raw_server import RawServer
from tests.fakes.served import served

ASKED = Request("watch", "You code behavior.", "Watch.", {"type": "object"}, video=None)
USAGE = {"prompt_tokens": 7, "completion_tokens": 3}
COUNTED = {"promptTokenCount": 7, "candidatesTokenCount": 3}
PAID = Usage(7, 3)
SERVER, EMPTY, CUT, BLOCKED = FailureKind.SERVER, FailureKind.EMPTY, FailureKind.CUT, FailureKind.BLOCKED


def _openai(choice: Any, **others: Any) -> bytes:
    return json.dumps({"choices": [choice], "usage": USAGE, **others}).encode()


def _gemini(candidate: Any, **others: Any) -> bytes:
    return json.dumps({"candidates": [candidate], "usageMetadata": COUNTED, **others}).encode()


NO_JSON = [
    b"",
    b" ",
    b"<!doctype html><title>Sign in</title>",
    b'{"choices": [',
    b"\xff\xfe{}",
    b"9" * 5000,
    b'{"created": ' + b"9" * 5000 + b"}",
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 5000,
    b"NaN",
    b'{"created": Infinity}',
    b'{"created": 1e999}',
    b'{"choices": [], "choices": [1]}',
    b"null",
    b"[]",
    b"7",
    b'"a text"',
]
BODIES_OPENAI: list[tuple[bytes, FailureKind, Usage]] = [
    *((body, SERVER, Usage()) for body in (*NO_JSON, b"{}", b'{"choices": null}', b'{"choices": "none"}')),
    (b'{"error": {"message": "overloaded"}}', SERVER, Usage()),
    (b'{"error": "overloaded"}', SERVER, Usage()),
    (_openai({"message": {"content": 7}}), SERVER, PAID),
    (_openai({"message": {"content": [{"a": 1}]}}), SERVER, PAID),
    (json.dumps({"choices": [], "usage": USAGE}).encode(), EMPTY, PAID),
    (_openai(None), EMPTY, PAID),
    (_openai([]), EMPTY, PAID),
    (_openai({}), EMPTY, PAID),
    (_openai({"message": None}), EMPTY, PAID),
    (_openai({"message": "hello"}), EMPTY, PAID),
    (_openai({"message": {}}), EMPTY, PAID),
    (_openai({"message": {"content": None}}), EMPTY, PAID),
    (_openai({"message": {"content": " \n"}}), EMPTY, PAID),
    (_openai({"message": {"content": None, "refusal": "No."}}), BLOCKED, PAID),
    (_openai({"message": {"content": None}, "finish_reason": "content_filter"}), BLOCKED, PAID),
    (_openai({"message": {"content": "{"}, "finish_reason": "length"}), CUT, PAID),
    (_openai({"message": None}, usage=""), EMPTY, Usage()),
    (_openai({"message": None}, usage={}), EMPTY, Usage()),
    (_openai({"message": None}, usage={"prompt_tokens": -7, "completion_tokens": 3}), EMPTY, Usage(0, 3)),
    (_openai({"message": None}, usage={"prompt_tokens": 10**30, "completion_tokens": "3"}), EMPTY, Usage()),
    (_openai({"message": None}, usage={"prompt_tokens": None, "completion_tokens": 3}), EMPTY, Usage(0, 3)),
]
BODIES_GEMINI: list[tuple[bytes, FailureKind, Usage]] = [
    *((body, SERVER, Usage()) for body in NO_JSON),
    (b"{}", EMPTY, Usage()),
    (b'{"candidates": null}', EMPTY, Usage()),
    (b'{"candidates": {"0": 1}}', EMPTY, Usage()),
    (_gemini(None), EMPTY, PAID),
    (_gemini("hello"), EMPTY, PAID),
    (_gemini({"content": None}), EMPTY, PAID),
    (_gemini({"content": []}), EMPTY, PAID),
    (_gemini({"content": {"parts": None}}), EMPTY, PAID),
    (_gemini({"content": {"parts": "hello"}}), EMPTY, PAID),
    (_gemini({"content": {"parts": [None]}}), EMPTY, PAID),
    (_gemini({"content": {"parts": [{"text": 7}]}}), EMPTY, PAID),
    (_gemini({"content": {"parts": [{"text": "x", "thought": True}]}}), EMPTY, PAID),
    (_gemini({"finishReason": "SAFETY"}), BLOCKED, PAID),
    (_gemini({"finishReason": ["SAFETY"]}), EMPTY, PAID),
    (_gemini({"finishReason": "MAX_TOKENS", "content": {"parts": [{"text": "{"}]}}), CUT, PAID),
    (_gemini({}, promptFeedback={"blockReason": "OTHER"}), BLOCKED, PAID),
    (_gemini({}, promptFeedback="no"), EMPTY, PAID),
    (_gemini({}, usageMetadata=""), EMPTY, Usage()),
    (_gemini({}, usageMetadata={"promptTokenCount": -1, "thoughtsTokenCount": 5}), EMPTY, Usage(thinking=5)),
    (_gemini({}, usageMetadata={"promptTokenCount": 1e9, "candidatesTokenCount": 10**18}), EMPTY, Usage()),
]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[RawServer, str]]:
    raw = RawServer([b"{}"])
    with served(raw.app) as address:
        yield raw, address


@pytest.fixture(scope="module")
def models(server: tuple[RawServer, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, VisionModel]]:
    """Each provider's model at the server."""
    address = server[1]
    usual = LabelingSettings(timeout_s=2.0)
    openai = usual.openai.model_copy(update={"base_url": f"{address}/v1", "model": "fake-vl"})
    gemini = usual.gemini.model_copy(update={"base_url": address})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEMINI_API_KEY", "key")
        made: dict[str, VisionModel] = {
            "openai": OpenAIModel(usual.model_copy(update={"openai": openai})),
            "gemini": GeminiModel(
                usual.model_copy(update={"gemini": gemini}), tmp_path_factory.mktemp("sent"), stopped=lambda: None
            ),
        }
    yield made
    for model in made.values():
        model.close()


@pytest.fixture
def raw(server: tuple[RawServer, str]) -> RawServer:
    """The server, without what the test before made of it."""
    one = server[0]
    one.status, one.headers, one.requests = 200, {"content-type": "application/json"}, 0
    return one


class Unkept:
    """A delivery that nobody keeps; `kept` counts the responses."""

    received = None

    def __init__(self) -> None:
        self.kept = 0

    def upload_begins(self, name: str) -> None:
        raise AssertionError(name)

    def leaves(self) -> None:
        """Nothing to note."""

    def never_left(self) -> None:
        raise AssertionError("the server is there")

    def keep(self, response: RawResponse) -> None:
        assert response.status
        self.kept += 1


def _failure(model: VisionModel) -> ModelError:
    delivery = Unkept()
    with pytest.raises(ModelError) as caught:
        model.ask(ASKED, delivery)
    assert delivery.kept == 1, "a response is kept before it is read"
    assert str(caught.value).endswith(".")
    return caught.value


@pytest.mark.parametrize(("name", "bodies"), [("openai", BODIES_OPENAI), ("gemini", BODIES_GEMINI)])
def test_each_bad_body_is_a_failed_request_of_its_kind_and_its_usage_is_read(
    models: dict[str, VisionModel],
    raw: RawServer,
    name: str,
    bodies: list[tuple[bytes, FailureKind, Usage]],
) -> None:
    model = models[name]
    found = []
    for body, _kind, _usage in bodies:
        raw.bodies = [body]
        failure = _failure(model)
        found.append((body[:80], failure.kind, failure.usage))
    assert found == [(body[:80], kind, usage) for body, kind, usage in bodies]


@pytest.mark.parametrize("name", ["openai", "gemini"])
@pytest.mark.parametrize("status", [302, 400, 429, 500])
def test_the_body_of_an_error_may_be_anything(
    models: dict[str, VisionModel], raw: RawServer, name: str, status: int
) -> None:
    raw.status = status
    for body in (*NO_JSON[::4], b'{"error": null}', b'{"error": {"message": {}, "details": 7}}', b"\x1b]0;title\x07"):
        raw.bodies = [body]
        assert "\x1b" not in str(_failure(models[name]))


@pytest.mark.parametrize("name", ["openai", "gemini"])
@pytest.mark.parametrize("asked", ["nan", "inf", "9" * 400, "-3", "soon"])
def test_a_server_that_asks_for_no_time_is_waited_for_as_usual(
    models: dict[str, VisionModel], raw: RawServer, name: str, asked: str
) -> None:
    raw.status, raw.headers = 429, {"retry-after": asked}
    raw.bodies = [json.dumps({"error": {"message": "Wait", "details": [{"retryDelay": f"{asked}s"}]}}).encode()]
    model = models[name]
    failure = _failure(model)
    assert (failure.kind, failure.retry_after_s or 0.0) == (FailureKind.RATE_LIMIT, 0.0)


@pytest.mark.parametrize("name", ["openai", "gemini"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_without_end_is_read_no_further_than_its_limit(
    models: dict[str, VisionModel],
    raw: RawServer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    packed: bool,
) -> None:
    monkeypatch.setattr(bounded_http, "MOST_BYTES", 1 << 20)
    endless = b'{"a": "' + b"a" * (3 << 20)
    raw.bodies = [gzip.compress(endless) if packed else endless]
    raw.headers = {"content-encoding": "gzip"} if packed else {}
    model = models[name]
    failure = _failure(model)
    assert failure.kind is SERVER
    assert "is larger than 1 MiB" in str(failure)


@pytest.mark.parametrize("name", ["openai", "gemini"])
def test_a_request_is_not_sent_on_to_another_host(models: dict[str, VisionModel], raw: RawServer, name: str) -> None:
    elsewhere = RawServer([b"{}"])
    with served(elsewhere.app) as other:
        raw.status, raw.headers = 307, {"location": f"{other}/v1/chat/completions"}
        model = models[name]
        _failure(model)
        assert (raw.requests, elsewhere.requests) == (1, 0)


def test_half_a_surrogate_pair_in_an_answer_arrives_as_text_that_can_be_stored(
    models: dict[str, VisionModel], raw: RawServer
) -> None:
    raw.bodies = [b'{"choices": [{"message": {"content": "a\\ud800b"}}]}']
    assert models["openai"].ask(ASKED, Unkept()).text == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("name", ["openai", "gemini"])
def test_a_body_that_is_not_packed_as_its_head_says_cannot_be_read(
    models: dict[str, VisionModel], raw: RawServer, name: str
) -> None:
    raw.bodies, raw.headers = [b"no gzip"], {"content-encoding": "gzip"}
    with pytest.raises(ModelError, match=r"cannot be read: It broke off, or is not what its head says\.") as caught:
        models[name].ask(ASKED, Unkept())
    assert caught.value.kind is SERVER
