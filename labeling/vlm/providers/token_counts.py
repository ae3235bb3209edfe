"""Token counts by the servers' published rules, for cost estimates and the budget. Imports no SDK."""

import math
import re
from collections.abc import Mapping
from typing import Any

from core.settings.labeling import LabelingSettings

# ai.google.dev, "Understand and count tokens": per frame at low and default resolution, and per second of sound.
GEMINI_TOKENS_PER_FRAME = {"low": 66, "default": 258}
GEMINI_TOKENS_PER_SECOND_OF_SOUND = 32
CHARACTERS_PER_TOKEN = 4.0
_BUDGETED_ID = re.compile(r"(models/)?gemini-(1|2)(\.|-|$)")


def text_tokens(characters: int) -> int:
    """Tokens of a text: one per four characters, Google's rule for English."""
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def video_tokens(settings: LabelingSettings, labeler: str, frames: int, seconds_of_sound: float) -> int:
    """Tokens of a video segment's frames and sound as the labeler's server counts them."""
    if labeler == "openai":
        return frames * settings.openai.picture_tokens
    sound = math.ceil(seconds_of_sound * GEMINI_TOKENS_PER_SECOND_OF_SOUND)
    return frames * GEMINI_TOKENS_PER_FRAME[settings.gemini.resolution] + sound


def model_id(settings: LabelingSettings, labeler: str) -> str:
    """The model id that the settings give a labeler."""
    return settings.openai.model if labeler == "openai" else settings.gemini.model


def takes_a_thinking_budget(gemini_id: str) -> bool:
    """Whether a Gemini model takes a thinking budget in tokens (up to 2.5) or a level (later ones)."""
    return _BUDGETED_ID.match(gemini_id) is not None


def most_output_tokens(settings: LabelingSettings, labeler: str) -> int:
    """Most output tokens that one answer can cost, including thinking. A thinking level has no limit of its own."""
    if labeler == "openai":
        return settings.max_answer_tokens
    return settings.max_answer_tokens + max(0, settings.gemini.thinking_budget_tokens)


def model_settings(settings: LabelingSettings, labeler: str) -> Mapping[str, Any]:
    """Settings that influence a model's answers, besides the request; part of the digests of requests and pseudo-labels."""
    common = {"temperature": settings.temperature, "max_answer_tokens": settings.max_answer_tokens}
    if labeler == "openai":
        return common
    thinking = (
        {"budget": settings.gemini.thinking_budget_tokens}
        if takes_a_thinking_budget(settings.gemini.model)
        else {"level": settings.gemini.thinking_level}
    )
    return {**common, "resolution": settings.gemini.resolution, "thinking": thinking}
