"""Google's Gemini by its SDK. Small videos are sent inline, large ones through the Files API under a name of our own."""

import io
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from core.durable_files import remove_abandoned, temporary_path
from core.errors import SettingsError
from core.printable import printable
from core.settings.labeling import LabelingSettings
from labeling.vlm.providers.body_parts import part, pause_s, tokens, words
from labeling.vlm.providers.bounded_http import BoundedClient, why_unreadable
from labeling.vlm.providers.interface import Delivery, FailureKind, ModelError, Reply, Request, Usage, request_tokens
from labeling.vlm.providers.token_counts import model_settings, most_output_tokens, takes_a_thinking_budget
from labeling.vlm.video_segments.video_segment import VideoSegment

KEY_VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
_RESOLUTION = {
    "low": types.MediaResolution.MEDIA_RESOLUTION_LOW,
    "default": types.MediaResolution.MEDIA_RESOLUTION_UNSPECIFIED,
}
_BLOCKED = frozenset({"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"})
_SAID_CHARACTERS = 300
_REASON_CHARACTERS = 60
_POLL_S = 0.5
_DELETE_TIMEOUT_MS = 10_000
_NOT_THERE = frozenset({403, 404})  # Google says 403 for a file that does not exist
_REFUSING_CODES = frozenset({401, 403, 404})


def api_key() -> str | None:
    """The API key from the environment, if any."""
    return next((os.environ[name] for name in KEY_VARIABLES if os.environ.get(name)), None)


class GeminiModel:
    """A Gemini model; video segments are stored in `folder` while they are sent. Raises SettingsError without a key."""

    def __init__(self, settings: LabelingSettings, folder: Path, *, stopped: Callable[[], None]) -> None:
        key = api_key()
        if key is None:
            raise SettingsError(
                f"Gemini needs an API key in the environment variable {KEY_VARIABLES[0]}; "
                f"without one use --labeler openai with a server of your own, or --labeler cues."
            )
        self.model_id = settings.gemini.model
        self._inline_bytes = int(settings.gemini.inline_mb * 1e6)
        self._timeout_s = settings.timeout_s
        self._folder = folder
        remove_abandoned(folder)
        self._stopped = stopped
        self._labeling = settings
        self.settings: Mapping[str, Any] = model_settings(settings, "gemini")
        self._config: dict[str, Any] = {
            "temperature": settings.temperature,
            "max_output_tokens": most_output_tokens(settings, "gemini"),
            "response_mime_type": "application/json",
            "thinking_config": _thinking(settings),
            "media_resolution": _RESOLUTION[settings.gemini.resolution],
            "should_return_http_response": True,  # the SDK's own reading fails on what is not of the form that it expects
        }
        # The timeout is in milliseconds. The SDK does not retry; RequestCache does, by the server's delay and the budget.
        self._http = BoundedClient(settings.timeout_s)
        options = types.HttpOptions(
            timeout=int(settings.timeout_s * 1000), base_url=settings.gemini.base_url, httpx_client=self._http
        )
        self._client = genai.Client(api_key=key, http_options=options)

    def ask(self, request: Request, delivery: Delivery) -> Reply:
        """See VisionModel."""
        try:
            parts = [*self._video_part(request.video, delivery), types.Part(text=request.text)]
            with self._http.delivering(delivery):
                response = self._client.models.generate_content(
                    model=self.model_id,
                    contents=types.Content(role="user", parts=parts),
                    config=types.GenerateContentConfig(
                        system_instruction=request.system, response_json_schema=dict(request.schema), **self._config
                    ),
                )
        except errors.APIError as error:
            raise _from_api(error, self.model_id) from error
        except httpx2.TimeoutException as error:
            raise ModelError(FailureKind.TIMEOUT, f"Gemini did not answer within {self._timeout_s:g} s.") from error
        except httpx2.HTTPError as error:
            why = why_unreadable(error)
            if why is not None:
                raise _unreadable(why) from error
            raise ModelError(FailureKind.UNREACHABLE, f"Gemini could not be reached: {error}.") from error
        return _reply(_body(response))

    def input_tokens(self, request: Request) -> int:
        """See VisionModel."""
        return request_tokens(self._labeling, "gemini", request)

    def delete_upload(self, name: str) -> None:
        """See VisionModel."""
        quick = types.DeleteFileConfig(http_options=types.HttpOptions(timeout=_DELETE_TIMEOUT_MS))
        try:
            with _readable_file():
                self._client.files.delete(name=name, config=quick)
        except errors.APIError as error:
            if error.code not in _NOT_THERE:
                raise _from_api(error, self.model_id) from error
        except httpx2.HTTPError as error:
            raise ModelError(FailureKind.UNREACHABLE, f"Gemini could not be reached: {error}.") from error

    def close(self) -> None:
        """See VisionModel."""
        self._client.close()
        self._http.close()

    def _video_part(self, video: VideoSegment | None, delivery: Delivery) -> list[types.Part]:
        if video is None or delivery.received is not None:
            return []
        watched = types.VideoMetadata(fps=video.frames_per_s)
        # In the workspace, so that the next run deletes it if this one is killed, as it shows a person.
        with temporary_path(self._folder, "segment.mp4") as path:
            video.write_mp4(path)
            contents = path.read_bytes()
        if len(contents) <= self._inline_bytes:
            blob = types.Blob(data=contents, mime_type="video/mp4")
            return [types.Part(inline_data=blob, video_metadata=watched)]
        uri = self._uploaded(contents, delivery)
        return [types.Part(file_data=types.FileData(file_uri=uri, mime_type="video/mp4"), video_metadata=watched)]

    def _uploaded(self, contents: bytes, delivery: Delivery) -> str:
        """Uploads the video and waits until it can be watched; returns its address."""
        # A name of our own, so that it can be deleted even if this process is killed before the server names it; and a
        # neutral one, so that names of clips and subjects are not sent.
        name = f"telltale-{secrets.token_hex(12)}"
        delivery.upload_begins(name)
        config = types.UploadFileConfig(name=name, mime_type="video/mp4", display_name="interview")
        with _readable_file():
            file = self._client.files.upload(file=io.BytesIO(contents), config=config)
        deadline_s = time.monotonic() + self._timeout_s
        while file.state is not types.FileState.ACTIVE:
            if file.state is types.FileState.FAILED:
                raise ModelError(FailureKind.SERVER, "Gemini could not read the video that was sent.")
            if time.monotonic() > deadline_s:
                raise ModelError(FailureKind.TIMEOUT, f"Gemini was not done with the video in {self._timeout_s:g} s.")
            self._stopped()
            time.sleep(_POLL_S)
            with _readable_file():
                file = self._client.files.get(name=name)
        return file.uri or ""


def _thinking(settings: LabelingSettings) -> types.ThinkingConfig:
    """Thinking settings: a budget in tokens for models up to 2.5, a level for later ones."""
    if takes_a_thinking_budget(settings.gemini.model):
        return types.ThinkingConfig(thinking_budget=settings.gemini.thinking_budget_tokens)
    return types.ThinkingConfig(thinking_level=types.ThinkingLevel(settings.gemini.thinking_level.upper()))


def _unreadable(why: str, usage: Usage | None = None) -> ModelError:
    return ModelError(FailureKind.SERVER, f"Gemini's answer cannot be read: {why}", usage=usage)


@contextmanager
def _readable_file() -> Iterator[None]:
    """What the SDK raises where a server describes a file in another form becomes a failed request."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _unreadable("It describes the uploaded video in a form that is not known.") from error


def _body(response: types.GenerateContentResponse) -> Any:
    """The JSON of an answer, which BoundedClient has checked; None for an empty body."""
    received = response.sdk_http_response
    return json.loads(received.body) if received is not None and received.body else None


def _reply(body: Any) -> Reply:
    """The answer in a body, of which only the form of JSON is certain."""
    counted = part(body, "usageMetadata")
    usage = Usage(
        input=tokens(counted, "promptTokenCount"),
        output=tokens(counted, "candidatesTokenCount"),
        thinking=tokens(counted, "thoughtsTokenCount"),
    )
    if not isinstance(body, Mapping):
        raise _unreadable("It is no object.", usage)
    blocked = _reason(body, "promptFeedback", "blockReason")
    if blocked:
        raise ModelError(FailureKind.BLOCKED, f"Gemini blocked the request ({blocked}).", usage=usage)
    reason = _reason(body, "candidates", 0, "finishReason")
    if reason in _BLOCKED:
        raise ModelError(FailureKind.BLOCKED, f"Gemini held its answer back ({reason}).", usage=usage)
    parts = part(body, "candidates", 0, "content", "parts")
    said = [one for one in parts if not part(one, "thought")] if isinstance(parts, list) else []
    text = "".join(words(one, "text") for one in said)
    if reason == "MAX_TOKENS":
        raise ModelError(
            FailureKind.CUT,
            f"Gemini's answer was cut after {len(text):,} characters: it reached its limit of tokens.",
            usage=usage,
        )
    if not text.strip():
        why = f" ({reason})" if reason else ""
        raise ModelError(FailureKind.EMPTY, f"Gemini gave an empty answer{why}.", usage=usage)
    return Reply(text, usage)


def _reason(body: Any, *path: str | int) -> str:
    return printable(words(body, *path), _REASON_CHARACTERS)


def _from_api(error: errors.APIError, model_id: str) -> ModelError:
    said = printable(str(error.message or error.status or "no reason given"), _SAID_CHARACTERS).rstrip(".")
    if error.code == 429:
        return ModelError(
            FailureKind.RATE_LIMIT,
            f"Gemini says that its quota is used up (429): {said}.",
            retry_after_s=_retry_delay_s(error),
        )
    if error.code in _REFUSING_CODES or (error.code == 400 and "api key" in said.lower()):
        return ModelError(FailureKind.REFUSED, f"Gemini refuses requests for {model_id} ({error.code}): {said}.")
    if error.code is not None and 400 <= error.code < 500:
        return ModelError(FailureKind.NOT_ACCEPTED, f"Gemini does not accept this request ({error.code}): {said}.")
    return ModelError(FailureKind.SERVER, f"Gemini had an error ({error.code}): {said}.")


def _retry_delay_s(error: errors.APIError) -> float | None:
    """`RetryInfo.retryDelay` (such as "7.5s") of Google's error details, which the SDK does not parse."""
    details = part(error.details, "error", "details") or part(error.details, "details")
    asked = [words(detail, "retryDelay") for detail in details] if isinstance(details, list) else []
    return next((pause_s(delay.removesuffix("s")) for delay in asked if delay), None)
