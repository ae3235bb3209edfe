"""The common interface of models' servers: requests, replies, failures."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from core.errors import LabelingError
from core.settings.labeling import LabelingSettings
from labeling.vlm.providers.token_counts import text_tokens, video_tokens
from labeling.vlm.video_segments.video_segment import VideoSegment


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `step` is its name in the table of calls; `video` is None for a request with text only."""

    step: str
    system: str
    text: str
    schema: Mapping[str, Any]
    video: VideoSegment | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as counted by the server; `thinking` is not part of `output`."""

    input: int = 0
    output: int = 0
    thinking: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer."""

    text: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A server's response as it came, decompressed, before anybody read it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Delivery(Protocol):
    """One request on its way. The model reports to it before it does anything else."""

    @property
    def received(self) -> RawResponse | None:
        """The response to this request that had reached an earlier run: it is read, and nothing is sent."""

    def upload_begins(self, name: str) -> None:
        """A video is about to be uploaded under this name."""

    def leaves(self) -> None:
        """The request is about to be sent: from here on it may be paid for."""

    def never_left(self) -> None:
        """No connection could be made, so nobody has received the request."""

    def keep(self, response: RawResponse) -> None:
        """The response has arrived. Never raises."""


class FailureKind(StrEnum):
    """Why a request gave no usable answer."""

    RATE_LIMIT = "rate limit"
    SERVER = "server error"
    TIMEOUT = "timeout"
    UNREACHABLE = "not reachable"
    EMPTY = "empty answer"
    CUT = "cut answer"
    UNUSABLE = "unusable answer"
    BLOCKED = "blocked"
    NOT_ACCEPTED = "not accepted"  # a problem of this request: other clips may work
    REFUSED = "refused"  # a wrong key, an unknown model: all clips would fail


RETRYABLE = frozenset(set(FailureKind) - {FailureKind.BLOCKED, FailureKind.NOT_ACCEPTED, FailureKind.REFUSED})


class ModelError(LabelingError):
    """A request without a usable answer. `answer`: the text of the refused answer, if any.

    `retry_after_s`: the pause that the server asks for; `usage`: tokens that were paid for.
    """

    def __init__(
        self,
        kind: FailureKind,
        sentence: str,
        *,
        retry_after_s: float | None = None,
        usage: Usage | None = None,
        answer: str = "",
    ) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.retry_after_s = retry_after_s
        self.usage = usage or Usage()
        self.answer = answer


class VisionModel(Protocol):
    """A model on a server. Thread-safe."""

    model_id: str
    settings: Mapping[str, Any]
    """Settings that influence its answers, besides the request; part of every request's digest."""

    def ask(self, request: Request, delivery: Delivery) -> Reply:
        """Sends the request once, or reads the response that was received. Raises ModelError.

        Waits no longer than the settings' timeout. What it uploaded stays on the server: `delete_upload` takes it away
        once the answer is stored.
        """

    def delete_upload(self, name: str) -> None:
        """Deletes an uploaded video from the server; one that is not there is no error. Raises ModelError."""

    def input_tokens(self, request: Request) -> int:
        """Input tokens of the request, by the server's published rules."""

    def close(self) -> None:
        """Closes its connections."""


def request_tokens(settings: LabelingSettings, labeler: str, request: Request) -> int:
    """A request's input tokens as the labeler's server counts them."""
    video = request.video
    pictures = video_tokens(settings, labeler, video.frame_count, video.seconds_of_sound) if video else 0
    return pictures + text_tokens(len(request.system) + len(request.text))
