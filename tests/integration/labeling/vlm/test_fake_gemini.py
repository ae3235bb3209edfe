"""The fake Gemini, asked by Google's unmodified SDK."""

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx2
import jsonschema
import numpy as np
import pytest
from google import genai
from google.genai import errors, types

from core.media.video import write_video
from tests.fakes.actor import LONG_CHARACTERS
from tests.fakes.faults import FAILING, Fault, FaultPlan
from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.served import served
from tests.integration.labeling.vlm.fake_questions import (
    CONCLUDE,
    FILM_S,
    LABELS,
    QUESTION,
    REFLECT,
    REFLECTION,
    SYSTEM,
    TEXT,
    WATCH,
    WATCH_BY_REFERENCE,
    closed,
    fenced,
    first_reading,
    hostile,
    is_cut,
    obeyed,
    outside,
)

RATE = 10
GEMINI = "gemini-2.5-pro"


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
def google(fake: FakeGemini) -> Iterator[genai.Client]:
    with served(fake.app) as address, _google(address) as client:
        yield client


def _google(address: str, key: str = KEY) -> genai.Client:
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=address, timeout=1000))


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
    ("resolution", "watched", "video_tokens"),
    [
        ("LOW", {"fps": 6}, 12 * 66),
        ("UNSPECIFIED", {"fps": 6}, 12 * 258),
        ("LOW", {"fps": 0.4}, 66),
        ("LOW", {"fps": 6, "start_offset": "0.5s", "end_offset": "1.5s"}, 6 * 66),
    ],
)
def test_a_films_tokens_follow_from_frames_and_resolution(
    google: genai.Client, mp4: Path, resolution: str, watched: dict[str, Any], video_tokens: int
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
    assert usage.prompt_token_count == video_tokens + -(-len(SYSTEM + QUESTION) // 4)


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
        (None, closed(mood=TEXT), QUESTION, "No answer has the properties mood"),
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


def _too_long(text: str) -> bool:
    return LONG_CHARACTERS - 100 < len(text) <= LONG_CHARACTERS and is_cut(text)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Fault.RATE_LIMIT, _fails(errors.ClientError, 429, "RESOURCE_EXHAUSTED")),
        (Fault.SERVER_ERROR, _fails(errors.ServerError, 500, "INTERNAL")),
        (Fault.TIMEOUT, _times_out),
        (Fault.CUT_JSON, _answers(lambda got: _reason(got) == "MAX_TOKENS" and is_cut(got.text or ""))),
        (Fault.WRONG_LABEL, _answers(lambda got: json.loads(got.text or "")["label"] not in LABELS)),
        (Fault.SAFETY_BLOCK, _answers(_blocked)),
        (Fault.EMPTY_CANDIDATE, _answers(lambda got: not got.candidates and got.prompt_feedback is None)),
        (Fault.TOO_LONG, _answers(lambda got: _reason(got) == "MAX_TOKENS" and _too_long(got.text or ""))),
        (Fault.TIMES_OUTSIDE, _answers(lambda got: _reason(got) == "STOP" and outside(got.text or ""))),
        (Fault.INJECTION, _answers(lambda got: _reason(got) == "STOP" and obeyed(got.text or ""))),
        (Fault.HOSTILE_TEXT, _answers(lambda got: _reason(got) == "STOP" and hostile(got.text or ""))),
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


def test_a_changed_setting_is_another_request_to_the_plan(google: genai.Client, mp4: Path, fake: FakeGemini) -> None:
    asked: list[str] = []
    fake.plan.next = asked.append  # type: ignore[method-assign,func-returns-value]
    for temperature in (0.1, 0.9, 0.9):
        _ask(google, [_film_part(mp4.read_bytes())], temperature=temperature)
    assert asked[0] != asked[1] == asked[2]


def test_a_fault_that_an_answer_has_no_place_for_is_none(google: genai.Client, fake: FakeGemini) -> None:
    fake.plan = FaultPlan.scripted([Fault.TIMES_OUTSIDE])
    _ask(google, [], CONCLUDE, fenced(first_reading()))
    assert [one.fault for one in fake.journal.requests] == [None]
