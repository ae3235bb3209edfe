"""How servers count what they are sent, by their published rules; for plans and for reserving money. Imports no SDK."""

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
    """A token for four characters, as Google says of English text."""
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def video_tokens(settings: LabelingSettings, labeler: str, frames: int, seconds_of_sound: float) -> int:
    """Tokens of a video segment's frames and sound as the labeler's server counts them."""
    if labeler == "openai":
        return frames * settings.openai.picture_tokens
    sound = math.ceil(seconds_of_sound * GEMINI_TOKENS_PER_SECOND_OF_SOUND)
    return frames * GEMINI_TOKENS_PER_FRAME[settings.gemini.resolution] + sound


def model_id(settings: LabelingSettings, labeler: str) -> str:
    """The model that the settings name for a labeler."""
    return settings.openai.model if labeler == "openai" else settings.gemini.model


def takes_a_thinking_budget(gemini_id: str) -> bool:
    """Gemini up to 2.5 takes a budget in tokens, later models a level."""
    return _BUDGETED_ID.match(gemini_id) is not None


def most_output_tokens(settings: LabelingSettings, labeler: str) -> int:
    """The most that one answer can be paid for, thinking included. A level of thinking has no limit of its own."""
    if labeler == "openai":
        return settings.max_answer_tokens
    return settings.max_answer_tokens + max(0, settings.gemini.thinking_budget_tokens)


def model_settings(settings: LabelingSettings, labeler: str) -> Mapping[str, Any]:
    """What shapes a model's answers beside the request: part of every request's digest and of the labels' key."""
    common = {"temperature": settings.temperature, "max_answer_tokens": settings.max_answer_tokens}
    if labeler == "openai":
        return common
    thinking = (
        {"budget": settings.gemini.thinking_budget_tokens}
        if takes_a_thinking_budget(settings.gemini.model)
        else {"level": settings.gemini.thinking_level}
    )
    return {**common, "resolution": settings.gemini.resolution, "thinking": thinking}
