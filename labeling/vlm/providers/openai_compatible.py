"""Any server with OpenAI's API (vLLM, Ollama, LM Studio), by OpenAI's SDK, with frames as pictures."""

import base64
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionContentPartParam

from core.printable import printable
from core.settings.labeling import LabelingSettings
from labeling.vlm.providers.body_parts import part, pause_s, tokens, words
from labeling.vlm.providers.bounded_http import BoundedClient, why_unreadable
from labeling.vlm.providers.interface import Delivery, FailureKind, ModelError, Reply, Request, Usage, request_tokens
from labeling.vlm.providers.token_counts import model_settings
from labeling.vlm.video_segments.video_segment import VideoSegment

_REFUSING_CODES = frozenset({401, 403, 404})
_NO_KEY = "none"  # the SDK requires a key, local servers have none
_SAID_CHARACTERS = 300


class OpenAIModel:
    """A model on an OpenAI-compatible server."""

    def __init__(self, settings: LabelingSettings) -> None:
        self.model_id = settings.openai.model
        self._timeout_s = settings.timeout_s
        self._labeling = settings
        self._name = urlsplit(settings.openai.base_url).netloc
        self.settings: Mapping[str, Any] = model_settings(settings, "openai")
        self._http = BoundedClient(settings.timeout_s)
        self._client = openai.OpenAI(
            base_url=settings.openai.base_url,
            api_key=os.environ.get(settings.openai.key_variable) or _NO_KEY,
            timeout=settings.timeout_s,
            http_client=self._http,
            max_retries=0,  # RequestCache retries, by the server's delay and the budget
        )

    def ask(self, request: Request, delivery: Delivery) -> Reply:
        """See VisionModel."""
        parts: list[ChatCompletionContentPartParam] = [
            *_pictures(request.video if delivery.received is None else None),
            {"type": "text", "text": request.text},
        ]
        try:
            with self._http.delivering(delivery):
                response = self._client.chat.completions.with_raw_response.create(
                    model=self.model_id,
                    messages=[
                        {"role": "system", "content": request.system},
                        {"role": "user", "content": parts},
                    ],
                    response_format={
                        "type": "json_schema",
                        "json_schema": {
                            "name": request.step.split(" ", 1)[0],
                            "schema": dict(request.schema),
                            "strict": True,
                        },
                    },
                    temperature=self._labeling.temperature,
                    max_tokens=self._labeling.max_answer_tokens,
                )
        except openai.APITimeoutError as error:
            raise ModelError(
                FailureKind.TIMEOUT, f"{self._name} did not answer within {self._timeout_s:g} s."
            ) from error
        except openai.APIConnectionError as error:
            why = why_unreadable(error.__cause__)
            if why is not None:
                raise self._unreadable(why) from error
            raise ModelError(
                FailureKind.UNREACHABLE, f"{self._name} could not be reached; is the server running?"
            ) from error
        except openai.RateLimitError as error:
            raise ModelError(
                FailureKind.RATE_LIMIT,
                f"{self._name} takes no more requests now (429).",
                retry_after_s=_retry_after_s(error),
            ) from error
        except openai.InternalServerError as error:
            raise ModelError(FailureKind.SERVER, f"{self._name} had an error ({error.status_code}).") from error
        except openai.APIStatusError as error:
            said = printable(str(error.message), _SAID_CHARACTERS).rstrip(".")
            kind = FailureKind.REFUSED if error.status_code in _REFUSING_CODES else FailureKind.NOT_ACCEPTED
            raise ModelError(
                kind, f"{self._name} does not accept the request ({error.status_code}): {said}."
            ) from error
        except openai.OpenAIError as error:
            raise self._unreadable(str(error)) from error
        return self._reply(response.http_response.json() if response.content else None)

    def input_tokens(self, request: Request) -> int:
        """See VisionModel. Servers count pictures differently, so tokens per picture are a setting."""
        return request_tokens(self._labeling, "openai", request)

    def delete_upload(self, name: str) -> None:
        """See VisionModel. Pictures go along with the request, so there is nothing to delete."""
        raise ModelError(FailureKind.NOT_ACCEPTED, f"{self._name} was never sent a file, so {name} is not there.")

    def close(self) -> None:
        """See VisionModel."""
        self._client.close()

    def _unreadable(self, why: str, usage: Usage | None = None) -> ModelError:
        return ModelError(FailureKind.SERVER, f"The answer of {self._name} cannot be read: {why}", usage=usage)

    def _reply(self, body: Any) -> Reply:
        """The answer in a body, of which only the form of JSON is certain."""
        usage = Usage(tokens(body, "usage", "prompt_tokens"), tokens(body, "usage", "completion_tokens"))
        if part(body, "error"):
            said = printable(words(body, "error", "message") or words(body, "error"), _SAID_CHARACTERS).rstrip(".")
            raise ModelError(
                FailureKind.SERVER, f"{self._name} had an error: {said or 'no reason given'}.", usage=usage
            )
        choices = part(body, "choices")
        if not isinstance(choices, list):
            raise self._unreadable("It has no list of choices.", usage)
        text, refusal = part(choices, 0, "message", "content"), words(choices, 0, "message", "refusal")
        if text is not None and not isinstance(text, str):
            raise self._unreadable("What it says is no text.", usage)
        reason = part(choices, 0, "finish_reason")
        if reason == "content_filter" or refusal:
            raise ModelError(FailureKind.BLOCKED, f"{self._name} held its answer back.", usage=usage)
        if not text or not text.strip():
            raise ModelError(FailureKind.EMPTY, f"{self._name} gave an empty answer.", usage=usage)
        if reason == "length":
            raise ModelError(
                FailureKind.CUT,
                f"The answer of {self._name} was cut after {len(text):,} characters: it reached its limit of tokens.",
                usage=usage,
            )
        return Reply(text, usage)


def _pictures(video: VideoSegment | None) -> list[ChatCompletionContentPartParam]:
    """The frames as pictures, each after a line with its time."""
    if video is None:
        return []
    parts: list[ChatCompletionContentPartParam] = []
    for time_s, jpeg in video.jpegs():
        parts.append({"type": "text", "text": f"{time_s - video.span.start_s:.2f} s"})
        address = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
        parts.append({"type": "image_url", "image_url": {"url": address}})
    return parts


def _retry_after_s(error: openai.RateLimitError) -> float | None:
    return pause_s(error.response.headers.get("retry-after", ""))
