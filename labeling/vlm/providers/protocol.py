"""What a model's server is asked and what it may answer, whoever it is; one protocol, one implementation a wire."""

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
    """One call. `step` is its name in the journal; `video` is None where words and numbers are enough."""

    step: str
    system: str
    text: str
    schema: Mapping[str, Any]
    video: VideoSegment | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the server says it counted; `thinking` is not part of `output`."""

    input: int = 0
    output: int = 0
    thinking: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of an answer that came to its end."""

    text: str
    usage: Usage


class FailureKind(StrEnum):
    """Why no usable answer came."""

    RATE_LIMIT = "rate limit"
    SERVER = "server error"
    TIMEOUT = "timeout"
    UNREACHABLE = "not reachable"
    EMPTY = "empty answer"
    CUT = "cut answer"
    UNUSABLE = "unusable answer"
    BLOCKED = "blocked"
    NOT_ACCEPTED = "not accepted"  # something in this very request: another clip may do
    REFUSED = "refused"  # a wrong key, an unknown model: every clip would fail alike


WORTH_ANOTHER_TRY = frozenset(set(FailureKind) - {FailureKind.BLOCKED, FailureKind.NOT_ACCEPTED, FailureKind.REFUSED})


class ModelError(LabelingError):
    """A request without a usable answer, whose text, if one came, is `answer`.

    `retry_after_s`: the wait that the server asks for; `usage`: what was paid for it.
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
    """A model behind a server. Safe to use from several threads."""

    model_id: str
    settings: Mapping[str, Any]
    """What shapes its answers beside the request: part of every request's digest."""

    def ask(self, request: Request) -> Reply:
        """Sends the request once. Raises ModelError; waits no longer than the settings' timeout."""

    def input_tokens(self, request: Request) -> int:
        """How many tokens the request will be counted as, by the server's published rules."""

    def close(self) -> None:
        """Ends its connections."""


def request_tokens(settings: LabelingSettings, labeler: str, request: Request) -> int:
    """A request's input tokens as the labeler's server counts them."""
    video = request.video
    pictures = video_tokens(settings, labeler, video.frame_count, video.seconds_of_sound) if video else 0
    return pictures + text_tokens(len(request.system) + len(request.text))
