"""The fake servers, asked by the unmodified SDKs of Google and OpenAI."""

import base64
import io
import json
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import httpx2
import jsonschema
import numpy as np
import openai
import pytest
from google import genai
from google.genai import errors, types
from openai.types.chat import ChatCompletion

from core.cues import CATALOGUE
from core.records import BodyRegion
from core.video import write_video
from tests.fakes.actor import HOSTILE, LONG_CHARACTERS, Asked, UnanswerableError, act, blocks
from tests.fakes.faults import FAILING, Fault, FaultPlan
from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.openai_server import MODEL, FakeOpenAI
from tests.fakes.served import served

FILM_S, RATE = 2, 10
MOST_TOKENS = 4096
GEMINI = "gemini-2.5-pro"
LABELS = ["positive", "negative"]
SYSTEM = "You code behaviour."
QUESTION = "Watch. The film lasts 2.0 s."
NUMBER = {"type": "number"}
TEXT = {"type": "string"}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
LABEL = {"type": "string", "enum": LABELS}


def _closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


OBSERVATION = _closed(
    start_s=NUMBER,
    end_s=NUMBER,
    cue={"type": "string", "enum": [*CATALOGUE, "other"]},
    region={"type": "string", "enum": [region.value for region in BodyRegion]},
    seen=TEXT,
    clarity=SHARE,
)
ARGUMENT = _closed(label=LABEL, argument=TEXT, strength=SHARE, observations=_list({"type": "integer"}))
JUDGED = {"arguments": _list(ARGUMENT), "label": LABEL, "confidence": SHARE, "reasoning": TEXT}
VERDICT = _closed(
    observation={"type": "integer"},
    verdict={"type": "string", "enum": ["keep", "revise", "drop"]},
    why=TEXT,
    start_s=NUMBER,
    end_s=NUMBER,
    seen=TEXT,
)
CLAIM = _closed(observation={"type": "integer"}, speaks_for=LABEL, weight=SHARE, text=TEXT)
WATCH = _closed(observations=_list(OBSERVATION), **JUDGED)
OBSERVE = _closed(observations=_list(OBSERVATION))
CONCLUDE = _closed(**JUDGED)
REFLECT = _closed(
    verdicts=_list(VERDICT),
    errors=_list(TEXT),
    claims=_list(CLAIM),
    label_changes={"type": "boolean"},
    label=LABEL,
    confidence=SHARE,
    reasoning=TEXT,
)
WATCH_BY_REFERENCE = {
    **_closed(observations=_list({"$ref": "#/$defs/Seen"}), arguments=_list({"$ref": "#/$defs/Argument"})),
    "$defs": {"Seen": OBSERVATION, "Argument": ARGUMENT, "Label": LABEL},
}
WATCH_BY_REFERENCE["properties"] |= {
    "label": {"allOf": [{"$ref": "#/$defs/Label"}]},
    "confidence": SHARE,
    "reasoning": TEXT,
}
WATCH_BY_REFERENCE["required"] = list(WATCH_BY_REFERENCE["properties"])


def _first_reading(count: int = 6) -> str:
    seen = [
        {"id": number + 10, "start_s": number, "end_s": number + 1.0, "cue": "smile", "seen": f"Smile {number}."}
        for number in range(count)
    ]
    return json.dumps({"observations": seen, "first": {"label": "positive", "confidence": 0.7}})


def _fenced(*contents: str) -> str:
    return "\n".join(f"```json\n{content}\n```" for content in contents)


REFLECTION = f"An interview of 2.0 s.\n{_fenced(_first_reading())}"


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 10 frames a second without sound."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    frames = [np.full((64, 64, 3), shade, np.uint8) for shade in range(0, FILM_S * RATE * 10, 10)]
    write_video(path, frames, Fraction(RATE))
    return path


@pytest.fixture(scope="module")
def mp4_with_sound(mp4: Path) -> bytes:
    """The same with two seconds of silence."""
    written = io.BytesIO()
    with av.open(str(mp4)) as source, av.open(written, "w", format="mp4") as output:
        video = output.add_stream_from_template(source.streams.video[0])
        sound = output.add_stream("aac", rate=48000, layout="mono")
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = video
                output.mux(packet)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, FILM_S * 48000), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 48000
        silence.pts = 0
        output.mux([*sound.encode(silence), *sound.encode(None)])
    return written.getvalue()


@pytest.fixture
def fake() -> FakeGemini:
    return FakeGemini()


@pytest.fixture
def own() -> FakeOpenAI:
    return FakeOpenAI()


@pytest.fixture
def google(fake: FakeGemini) -> Iterator[genai.Client]:
    with served(fake.app) as address, _google(address) as client:
        yield client


@pytest.fixture
def chat(own: FakeOpenAI) -> Iterator[openai.OpenAI]:
    with served(own.app) as address, _chat(address) as client:
        yield client


def _google(address: str, key: str = KEY) -> genai.Client:
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=address, timeout=1000))


def _chat(address: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, timeout=1.0, max_retries=0)


def _film_part(contents: bytes, **watched: Any) -> types.Part:
    blob = types.Blob(data=contents, mime_type="video/mp4")
    return types.Part(inline_data=blob, video_metadata=types.VideoMetadata(**{"fps": 6, **watched}))


def _ask(
    client: genai.Client,
    parts: list[types.Part],
    schema: dict[str, Any] = WATCH,
    text: str = QUESTION,
    **config: Any,
) -> types.GenerateContentResponse:
    return client.models.generate_content(
        model=GEMINI,
        contents=types.Content(role="user", parts=[*parts, types.Part(text=text)]),
        config=types.GenerateContentConfig(
            system_instruction=SYSTEM,
            response_mime_type="application/json",
            media_resolution=types.MediaResolution.MEDIA_RESOLUTION_LOW,
            thinking_config=types.ThinkingConfig(thinking_budget=1024),
            **{"response_json_schema": schema, **config},
        ),
    )


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


def test_an_inline_film_is_answered_by_the_schema(google: genai.Client, mp4: Path) -> None:
    answer = json.loads(_ask(google, [_film_part(mp4.read_bytes())]).text or "")
    jsonschema.validate(answer, WATCH)
    assert 3 <= len(answer["observations"]) <= 7
    assert all(0 <= seen["start_s"] < seen["end_s"] <= FILM_S for seen in answer["observations"])
    assert [argument["label"] for argument in answer["arguments"]] == LABELS


def test_a_schema_with_references_is_answered(google: genai.Client, mp4: Path) -> None:
    answer = _ask(google, [_film_part(mp4.read_bytes())], WATCH_BY_REFERENCE)
    jsonschema.validate(json.loads(answer.text or ""), WATCH_BY_REFERENCE)


def test_googles_own_form_of_schema_is_answered(google: genai.Client, mp4: Path) -> None:
    label = types.Schema(type=types.Type.STRING, enum=LABELS)
    text = types.Schema(type=types.Type.STRING)
    number = types.Schema(type=types.Type.NUMBER)
    names = ("start_s", "end_s", "clarity")
    seen = types.Schema(
        type=types.Type.OBJECT,
        properties={
            **dict.fromkeys(names, number),
            "cue": types.Schema(type=types.Type.STRING, enum=["wink"]),
            "region": types.Schema(type=types.Type.STRING, enum=["face"]),
            "seen": text,
        },
    )
    properties = {
        "observations": types.Schema(type=types.Type.ARRAY, items=seen),
        "arguments": types.Schema(type=types.Type.ARRAY, items=types.Schema(type=types.Type.OBJECT)),
        "label": label,
        "confidence": number,
        "reasoning": text,
    }
    schema = types.Schema(type=types.Type.OBJECT, properties=properties)
    response = _ask(google, [_film_part(mp4.read_bytes())], response_json_schema=None, response_schema=schema)
    answer = json.loads(response.text or "")
    assert {(one["cue"], one["region"]) for one in answer["observations"]} == {("wink", "face")}
    assert answer["label"] in LABELS


def test_the_same_request_is_answered_the_same_and_another_film_otherwise(
    google: genai.Client, mp4: Path, mp4_with_sound: bytes
) -> None:
    first, again, other = (
        _ask(google, [_film_part(film)]).text for film in (mp4.read_bytes(),) * 2 + (mp4_with_sound,)
    )
    assert first == again
    assert first != other


def test_a_file_is_uploaded_processed_watched_and_deleted(google: genai.Client, fake: FakeGemini, mp4: Path) -> None:
    file = google.files.upload(file=io.BytesIO(mp4.read_bytes()), config=types.UploadFileConfig(mime_type="video/mp4"))
    assert file.name is not None
    states = [file.state, *(google.files.get(name=file.name).state for _ in range(2))]
    assert states == [types.FileState.PROCESSING, types.FileState.PROCESSING, types.FileState.ACTIVE]
    assert fake.journal.files_alive == 1
    data = types.FileData(file_uri=file.uri, mime_type="video/mp4")
    watched = types.Part(file_data=data, video_metadata=types.VideoMetadata(fps=6))
    by_file = _ask(google, [watched]).text
    google.files.delete(name=file.name)
    assert by_file == _ask(google, [_film_part(mp4.read_bytes())]).text
    assert [one.files_alive for one in fake.journal.requests] == [1, 0]
    assert (fake.deleted, fake.journal.files_alive) == (1, 0)


def test_an_upload_in_two_pieces_is_put_together(
    google: genai.Client, fake: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("google.genai._api_client.CHUNK_SIZE", 1000)
    contents = bytes(range(256)) * 7
    file = google.files.upload(file=io.BytesIO(contents), config=types.UploadFileConfig(mime_type="video/mp4"))
    assert list(fake.files.values()) == [contents]
    assert file.size_bytes == len(contents)


def test_a_file_that_is_still_processed_cannot_be_watched(google: genai.Client, mp4: Path) -> None:
    file = google.files.upload(file=mp4)
    data = types.FileData(file_uri=file.uri, mime_type="video/mp4")
    with pytest.raises(errors.ClientError, match="not in an ACTIVE state") as caught:
        _ask(google, [types.Part(file_data=data)])
    assert (caught.value.code, caught.value.status) == (400, "FAILED_PRECONDITION")


def test_a_deleted_file_is_gone(google: genai.Client, mp4: Path) -> None:
    file = google.files.upload(file=mp4)
    assert file.name is not None
    google.files.delete(name=file.name)
    with pytest.raises(errors.ClientError, match="may not exist") as caught:
        google.files.get(name=file.name)
    assert caught.value.code == 403


def test_models_can_be_listed_and_looked_up(google: genai.Client) -> None:
    assert f"models/{GEMINI}" in [model.name for model in google.models.list()]
    assert google.models.get(model=GEMINI).name == f"models/{GEMINI}"


@pytest.mark.parametrize(
    ("resolution", "watched", "film_tokens"),
    [
        ("LOW", {"fps": 6}, 12 * 66),
        ("UNSPECIFIED", {"fps": 6}, 12 * 258),
        ("LOW", {"fps": 0.4}, 66),
        ("LOW", {"fps": 6, "start_offset": "0.5s", "end_offset": "1.5s"}, 6 * 66),
    ],
)
def test_a_films_tokens_follow_from_frames_and_resolution(
    google: genai.Client, mp4: Path, resolution: str, watched: dict[str, Any], film_tokens: int
) -> None:
    wanted = types.MediaResolution(f"MEDIA_RESOLUTION_{resolution}")
    parts = [_film_part(mp4.read_bytes(), **watched), types.Part(text=QUESTION)]
    response = google.models.generate_content(
        model=GEMINI,
        contents=types.Content(role="user", parts=parts),
        config=types.GenerateContentConfig(
            system_instruction=SYSTEM, media_resolution=wanted, response_json_schema=WATCH
        ),
    )
    usage = response.usage_metadata
    assert usage is not None
    assert usage.prompt_token_count == film_tokens + -(-len(SYSTEM + QUESTION) // 4)


def test_sound_counts_thirty_two_tokens_a_second(google: genai.Client, mp4: Path, mp4_with_sound: bytes) -> None:
    silent, sounding = (_ask(google, [_film_part(film)]).usage_metadata for film in (mp4.read_bytes(), mp4_with_sound))
    assert silent is not None
    assert sounding is not None
    assert (sounding.prompt_token_count or 0) - (silent.prompt_token_count or 0) == 32 * FILM_S


def test_no_answer_is_longer_than_its_limit(google: genai.Client, fake: FakeGemini, mp4: Path) -> None:
    fake.plan = FaultPlan.scripted([Fault.TOO_LONG])
    response = _ask(google, [_film_part(mp4.read_bytes())], max_output_tokens=fake.thinking_tokens + 500)
    assert (_reason(response), len(response.text or "")) == ("MAX_TOKENS", 2000)


def test_thinking_is_counted_beside_the_answer(google: genai.Client, fake: FakeGemini, mp4: Path) -> None:
    fake.thinking_tokens = 1234
    response = _ask(google, [_film_part(mp4.read_bytes())])
    usage = response.usage_metadata
    assert usage is not None
    assert usage.candidates_token_count == -(-len(response.text or "") // 4)
    assert usage.thoughts_token_count == 1234
    parts = (usage.prompt_token_count, usage.candidates_token_count, usage.thoughts_token_count)
    assert usage.total_token_count == sum(part or 0 for part in parts)
    assert fake.journal.tokens_in == usage.prompt_token_count
    assert fake.journal.tokens_out == (usage.candidates_token_count or 0) + 1234


def test_tokens_can_be_counted_without_an_answer(google: genai.Client, fake: FakeGemini, mp4: Path) -> None:
    contents = types.Content(role="user", parts=[_film_part(mp4.read_bytes()), types.Part(text=QUESTION)])
    assert google.models.count_tokens(model=GEMINI, contents=contents).total_tokens == 12 * 258 + 7
    assert fake.journal.calls_made == 0


@pytest.mark.parametrize("call", ["generate", "upload", "models"])
def test_a_wrong_key_is_turned_away_everywhere(fake: FakeGemini, mp4: Path, call: str) -> None:
    calls: dict[str, Callable[[genai.Client], object]] = {
        "generate": lambda client: _ask(client, [_film_part(mp4.read_bytes())]),
        "upload": lambda client: client.files.upload(file=mp4),
        "models": lambda client: client.models.get(model=GEMINI),
    }
    with (
        served(fake.app) as address,
        _google(address, "wrong") as client,
        pytest.raises(errors.ClientError, match="API key not valid") as caught,
    ):
        calls[call](client)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
    assert caught.value.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    assert fake.journal.calls_made == 0


def test_a_missing_key_is_forbidden(fake: FakeGemini) -> None:
    with served(fake.app) as address:
        response = httpx2.get(f"{address}/v1beta/models")
    assert response.status_code == 403
    assert response.json()["error"]["status"] == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("contents", "schema", "text", "sentence"),
    [
        (b"no film", WATCH, QUESTION, "Unable to process input video"),
        (None, WATCH, QUESTION, "A film must come with a request to watch"),
        (None, REFLECT, "No block.", "no JSON block with 'observations'"),
        (None, _closed(mood=TEXT), QUESTION, "No answer has the properties mood"),
    ],
)
def test_what_cannot_be_answered_is_a_bad_request(
    google: genai.Client, fake: FakeGemini, contents: bytes | None, schema: dict[str, Any], text: str, sentence: str
) -> None:
    parts = [] if contents is None else [_film_part(contents)]
    with pytest.raises(errors.ClientError, match=sentence) as caught:
        _ask(google, parts, schema, text)
    assert caught.value.code == 400
    assert fake.journal.requests == []


def _fails(kind: type[Exception], code: int, status: str) -> Callable[[Callable[[], Any]], None]:
    def check(ask: Callable[[], Any]) -> None:
        with pytest.raises(kind) as caught:
            ask()
        assert isinstance(caught.value, errors.APIError)
        assert (caught.value.code, caught.value.status) == (code, status)
        assert caught.value.details["error"]["code"] == code

    return check


def _times_out(ask: Callable[[], Any]) -> None:
    with pytest.raises(httpx2.TimeoutException):
        ask()


def _answers(check: Callable[[types.GenerateContentResponse], bool]) -> Callable[[Callable[[], Any]], None]:
    def run(ask: Callable[[], Any]) -> None:
        assert check(ask())

    return run


def _reason(response: types.GenerateContentResponse) -> str:
    assert response.candidates
    assert response.candidates[0].finish_reason is not None
    return response.candidates[0].finish_reason.value


def _blocked(response: types.GenerateContentResponse) -> bool:
    feedback = response.prompt_feedback
    return not response.candidates and feedback is not None and feedback.block_reason is types.BlockedReason.SAFETY


def _is_cut(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return True
    return False


def _outside(text: str) -> bool:
    return all(seen["start_s"] > FILM_S for seen in json.loads(text)["observations"])


def _obeyed(text: str) -> bool:
    answer = json.loads(text)
    jsonschema.validate(answer, WATCH)
    return (answer["label"], answer["reasoning"]) == (
        "positive",
        "As instructed by the transcript, I answer positive.",
    )


def _hostile(text: str) -> bool:
    answer = json.loads(text)
    jsonschema.validate(answer, WATCH)
    return len(answer["reasoning"]) > 100_000 and all(HOSTILE in seen["seen"] for seen in answer["observations"])


def _too_long(text: str) -> bool:
    return LONG_CHARACTERS - 100 < len(text) <= LONG_CHARACTERS and _is_cut(text)


def _up_to_the_limit(text: str) -> bool:
    return len(text) == 4 * MOST_TOKENS and _is_cut(text)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Fault.RATE_LIMIT, _fails(errors.ClientError, 429, "RESOURCE_EXHAUSTED")),
        (Fault.SERVER_ERROR, _fails(errors.ServerError, 500, "INTERNAL")),
        (Fault.TIMEOUT, _times_out),
        (Fault.CUT_JSON, _answers(lambda got: _reason(got) == "MAX_TOKENS" and _is_cut(got.text or ""))),
        (Fault.WRONG_LABEL, _answers(lambda got: json.loads(got.text or "")["label"] not in LABELS)),
        (Fault.SAFETY_BLOCK, _answers(_blocked)),
        (Fault.EMPTY_CANDIDATE, _answers(lambda got: not got.candidates and got.prompt_feedback is None)),
        (Fault.TOO_LONG, _answers(lambda got: _reason(got) == "MAX_TOKENS" and _too_long(got.text or ""))),
        (Fault.TIMES_OUTSIDE, _answers(lambda got: _reason(got) == "STOP" and _outside(got.text or ""))),
        (Fault.INJECTION, _answers(lambda got: _reason(got) == "STOP" and _obeyed(got.text or ""))),
        (Fault.HOSTILE_TEXT, _answers(lambda got: _reason(got) == "STOP" and _hostile(got.text or ""))),
    ],
)
def test_googles_sdk_sees_each_fault_for_what_it_is_and_the_next_answer_is_whole(
    google: genai.Client, fake: FakeGemini, mp4: Path, fault: Fault, seen: Callable[[Callable[[], Any]], None]
) -> None:
    fake.plan = FaultPlan.scripted([fault], hang_s=2.0)
    seen(lambda: _ask(google, [_film_part(mp4.read_bytes())]))
    jsonschema.validate(json.loads(_ask(google, [_film_part(mp4.read_bytes())]).text or ""), WATCH)
    assert [one.fault for one in fake.journal.requests] == [fault, None]
    assert fake.journal.calls_made == 2
    assert fake.journal.calls_answered == (1 if fault in FAILING else 2)


def test_a_429_says_how_long_to_wait_in_googles_form(google: genai.Client, fake: FakeGemini, mp4: Path) -> None:
    fake.plan = FaultPlan.scripted([Fault.RATE_LIMIT], retry_delay_s=0.3)
    with pytest.raises(errors.ClientError) as caught:
        _ask(google, [_film_part(mp4.read_bytes())])
    assert caught.value.details["error"]["details"] == [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.3s"}
    ]


def test_an_answer_in_words_alone_is_held_back_by_its_finish_reason(google: genai.Client, fake: FakeGemini) -> None:
    fake.plan = FaultPlan.scripted([Fault.SAFETY_BLOCK])
    response = _ask(google, [], REFLECT, REFLECTION)
    assert (_reason(response), response.prompt_feedback, response.text) == ("SAFETY", None, None)


def test_a_request_that_nobody_waits_for_any_more_is_not_under_way(
    google: genai.Client, fake: FakeGemini, mp4: Path
) -> None:
    fake.plan = FaultPlan.scripted([Fault.TIMEOUT], hang_s=60)
    with pytest.raises(httpx2.TimeoutException):
        _ask(google, [_film_part(mp4.read_bytes())])
    until_s = time.monotonic() + 5
    while fake.journal.under_way and time.monotonic() < until_s:
        time.sleep(0.02)
    assert fake.journal.under_way == 0


def test_as_many_requests_as_run_at_once_are_counted(google: genai.Client, fake: FakeGemini, mp4: Path) -> None:
    fake.pause_s = 0.3
    together = threading.Barrier(3)

    def ask(number: int) -> None:
        together.wait()
        _ask(google, [_film_part(mp4.read_bytes())], text=f"{QUESTION} {number}")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(ask, range(3)))
    _ask(google, [_film_part(mp4.read_bytes())])
    assert (fake.journal.peak_concurrency, fake.journal.under_way, fake.journal.calls_made) == (3, 0, 4)


def test_the_journal_knows_path_model_shape_and_digest(google: genai.Client, fake: FakeGemini, mp4: Path) -> None:
    _ask(google, [_film_part(mp4.read_bytes())])
    (received,) = fake.journal.requests
    assert received.path.endswith(f"/models/{GEMINI}:generateContent")
    assert received.model == GEMINI
    assert (received.shape, received.answered, len(received.digest)) == ("watch", True, 64)


def test_a_scripted_plan_is_used_up_in_order_and_then_nothing_fails() -> None:
    plan = FaultPlan.scripted([Fault.TIMEOUT, None, Fault.CUT_JSON])
    assert [plan.next("a") for _ in range(5)] == [Fault.TIMEOUT, None, Fault.CUT_JSON, None, None]


def test_which_request_fails_does_not_depend_on_the_order() -> None:
    digests = [f"request {number}" for number in range(60)]
    one, other = FaultPlan(0.3, seed=4), FaultPlan(0.3, seed=4)
    forwards = {digest: one.next(digest) for digest in digests}
    backwards = {digest: other.next(digest) for digest in reversed(digests)}
    assert forwards == backwards
    assert 8 <= sum(fault is not None for fault in forwards.values()) <= 28


def test_a_request_that_failed_may_succeed_when_it_comes_again() -> None:
    plan = FaultPlan(0.5, (Fault.SERVER_ERROR,), seed=1)
    drawn = [[plan.next(f"request {number}") for _ in range(12)] for number in range(10)]
    assert all(None in tries for tries in drawn)


def test_another_seed_fails_others() -> None:
    digests = [f"request {number}" for number in range(60)]
    first, second = ([plan.next(digest) for digest in digests] for plan in (FaultPlan(0.3), FaultPlan(0.3, seed=9)))
    assert first != second


def test_a_changed_setting_is_another_request_to_the_plan(google: genai.Client, mp4: Path, fake: FakeGemini) -> None:
    asked: list[str] = []
    fake.plan.next = asked.append  # type: ignore[method-assign,func-returns-value]
    for temperature in (0.1, 0.9, 0.9):
        _ask(google, [_film_part(mp4.read_bytes())], temperature=temperature)
    assert asked[0] != asked[1] == asked[2]


def _reflected(text: str, digest: str = "0") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(act(Asked(digest, text, REFLECT, None)))
    jsonschema.validate(answer, REFLECT)
    return answer


def test_a_reflection_gives_a_verdict_by_the_ids_of_the_prompt_and_claims_for_what_stands() -> None:
    answer = _reflected(REFLECTION)
    assert [one["observation"] for one in answer["verdicts"]] == list(range(10, 16))
    stands = [one["observation"] for one in answer["verdicts"] if one["verdict"] != "drop"]
    assert [claim["observation"] for claim in answer["claims"]] == stands


def test_a_reflections_label_is_the_one_whose_claims_weigh_most() -> None:
    for number in range(30):
        answer = _reflected(REFLECTION, str(number))
        sums = {name: sum(one["weight"] for one in answer["claims"] if one["speaks_for"] == name) for name in LABELS}
        assert answer["label"] == max(sums, key=lambda name: sums[name])
        assert answer["label_changes"] == (answer["label"] != "positive")


def test_evidence_makes_the_actor_drop_what_it_contradicts_and_little_else() -> None:
    evidence = json.dumps({"contradicted": [{"observation": 13, "why": "Not measured."}], "measured": []})
    dropped = dict.fromkeys(range(10, 16), 0)
    without = 0
    for number in range(400):
        for one in _reflected(_fenced(_first_reading(), evidence), str(number))["verdicts"]:
            dropped[one["observation"]] += one["verdict"] == "drop"
        without += sum(one["verdict"] == "drop" for one in _reflected(REFLECTION, str(number))["verdicts"])
    assert dropped.pop(13) / 400 == pytest.approx(0.8, abs=0.07)
    assert sum(dropped.values()) / 2000 == pytest.approx(0.05, abs=0.02)
    assert without / 2400 == pytest.approx(0.1, abs=0.02)


def test_a_revised_observation_stays_within_its_old_span() -> None:
    spans = {seen["id"]: seen for seen in blocks(REFLECTION)[0]["observations"]}
    verdicts = [one for number in range(60) for one in _reflected(REFLECTION, str(number))["verdicts"]]
    revised = [one for one in verdicts if one["verdict"] == "revise"]
    assert revised
    assert all(
        spans[one["observation"]]["start_s"] < one["start_s"] <= one["end_s"] == spans[one["observation"]]["end_s"]
        for one in revised
    )


def test_a_conclusion_leans_on_the_ids_of_the_prompt() -> None:
    answer = json.loads(act(Asked("0", _fenced(_first_reading()), CONCLUDE, None)))
    jsonschema.validate(answer, CONCLUDE)
    leaned = sorted(number for argument in answer["arguments"] for number in argument["observations"])
    assert leaned == list(range(10, 16))


@pytest.mark.parametrize("film_s", [0.5, 4.0, 120.0])
def test_observations_are_spread_over_the_film(film_s: float) -> None:
    for number in range(40):
        answer = json.loads(act(Asked(str(number), "", OBSERVE, film_s)))
        jsonschema.validate(answer, OBSERVE)
        starts = [seen["start_s"] for seen in answer["observations"]]
        assert starts == sorted(starts)
        assert starts[0] <= film_s / 3
        assert film_s < 1 or starts[-1] >= film_s * 0.5
        lengths = [seen["end_s"] - seen["start_s"] for seen in answer["observations"]]
        assert all(0.38 <= length <= 3.02 for length in lengths)


def test_a_fault_that_an_answer_has_no_place_for_is_none(google: genai.Client, fake: FakeGemini) -> None:
    fake.plan = FaultPlan.scripted([Fault.TIMES_OUTSIDE])
    _ask(google, [], CONCLUDE, _fenced(_first_reading()))
    assert [one.fault for one in fake.journal.requests] == [None]


def test_a_schema_without_labels_is_refused() -> None:
    schema = _closed(**{**JUDGED, "label": TEXT})
    with pytest.raises(UnanswerableError, match="does not say which values 'label' may have"):
        act(Asked("0", _fenced(_first_reading()), schema, None))


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
        (Fault.CUT_JSON, _completes("length", _is_cut)),
        (Fault.WRONG_LABEL, _completes("stop", lambda text: json.loads(text)["label"] not in LABELS)),
        (Fault.SAFETY_BLOCK, _refuses),
        (Fault.EMPTY_CANDIDATE, _has_no_choice),
        (Fault.TOO_LONG, _completes("length", _up_to_the_limit)),
        (Fault.TIMES_OUTSIDE, _completes("stop", _outside)),
        (Fault.INJECTION, _completes("stop", _obeyed)),
        (Fault.HOSTILE_TEXT, _completes("stop", _hostile)),
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


@pytest.mark.parametrize(
    ("module", "path", "variables"),
    [
        ("gemini", "/v1beta/models", ["GEMINI_API_KEY", "TELLTALE_LABELING__GEMINI__BASE_URL"]),
        ("openai_server", "/v1/models", ["TELLTALE_LABELING__OPENAI__BASE_URL", "TELLTALE_LABELING__OPENAI__MODEL"]),
    ],
)
def test_a_server_started_by_hand_says_its_address_and_what_to_set(
    module: str, path: str, variables: list[str]
) -> None:
    command = [sys.executable, "-m", f"tests.fakes.{module}", "--port", "0", "--fail-share", "0.2", "--seed", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            exported = server.stdout.readline()
            request = urllib.request.Request(address + path, headers={"x-goog-api-key": KEY})
            with urllib.request.urlopen(request, timeout=5) as response:
                assert response.status == 200
        finally:
            server.terminate()
    assert re.findall(r"(\w+)=", exported) == variables
