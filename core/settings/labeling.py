"""[labeling]: which labeler proposes labels, what a model is shown, and how requests are sent."""

from typing import Literal

from pydantic import Field, model_validator

from core.settings.section import Section


class GeminiSettings(Section):
    """Google's Gemini. The key comes from the environment (GEMINI_API_KEY or GOOGLE_API_KEY) and is never stored."""

    model: str = Field("gemini-2.5-pro", min_length=1, description="Model id; newer ones work unchanged.")
    base_url: str | None = Field(None, description="Another address than Google's, such as a proxy of the institute.")
    thinking_budget_tokens: int = Field(
        2048, ge=-1, le=32768, description="For 2.5 models; -1 lets the model choose. Thinking is paid as output."
    )
    thinking_level: Literal["low", "medium", "high"] = Field("low", description="For models from 3 on.")
    resolution: Literal["low", "default"] = Field(
        "low", description="low: 66 tokens a frame, enough for a portrait crop; default: 258."
    )
    inline_mb: float = Field(
        15,
        gt=0,
        le=95,
        description="Video segments above this many megabytes go through the Files API and are deleted afterwards.",
    )


class OpenAISettings(Section):
    """Any server with OpenAI's API (vLLM, Ollama, LM Studio): frames are sent as pictures."""

    model: str = Field("qwen2.5vl:7b", min_length=1, description="Model id as the server lists it.")
    base_url: str = Field("http://127.0.0.1:11434/v1", description="Ollama's address unless told otherwise.")
    key_variable: str = Field(
        "OPENAI_API_KEY", min_length=1, description="Environment variable with the key; most local servers need none."
    )
    frames_per_s: float = Field(2, gt=0, le=24, description="Pictures a second; local models take fewer than Gemini.")
    segment_s: float = Field(
        16, gt=1, description="Longest video segment in one request, in seconds: 32 pictures at 2 a second."
    )
    picture_tokens: int = Field(
        300, ge=1, description="Tokens that the server counts for a picture; used only for the cost estimate."
    )


class SimulatedLabelerSettings(Section):
    """Accuracy of the labeler of a simulated cohort; with `evidence = false` it keeps its first answers."""

    first_right: float = Field(0.62, ge=0, le=1, description="Share of the clips whose first label is the true one.")
    right: float = Field(
        0.74, ge=0, le=1, description="Share of the clips whose label after reflection is the true one."
    )


class _Labeler(Section):
    """The labeler, and its minimum confidence"""

    labeler: str = Field(
        "cues", description="The labeler used unless a command names another: cues, gemini, openai or simulated."
    )
    min_confidence: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Agreement filter: a label of lower confidence is reviewed before it is trained on.",
    )


class _Shown(Section):
    """What a model is sent"""

    shown: Literal["portrait", "whole", "skeleton"] = Field(
        "portrait", description="What a model is sent: the portrait crop, whole frames, or the drawn key points alone."
    )
    sound: bool = Field(True, description="Send the voice too; never with shown = skeleton.")
    picture_px: int = Field(384, ge=64, le=1920, description="Longer side of what is sent.")
    frames_per_s: float = Field(6, gt=0, le=24, description="Frames a second that the model sees.")
    segment_s: float = Field(120, ge=2, description="Longer clips are sent in segments of at most this many seconds.")
    segment_overlap_s: float = Field(
        3, ge=0, le=60, description="Seconds that segments overlap, so that no gesture is cut in two."
    )
    transcript: bool = Field(True, description="Give the words too, with those that state the result hidden.")


class _Reflection(Section):
    """Reflection"""

    evidence: bool = Field(
        True, description="Reflection is given the cues measured on the key points and the claims they contradict."
    )
    video_in_reflection: bool = Field(False, description="Send the video again for reflection: twice the price.")


class _Requests(Section):
    """Requests"""

    temperature: float = Field(0.2, ge=0, le=2, description="Sampling temperature of the model; 0 varies least.")
    max_answer_tokens: int = Field(
        8192, ge=256, le=65536, description="Longest answer of one request; a longer one is cut and counts as failed."
    )
    concurrency: int = Field(4, ge=1, le=64, description="Requests under way at a time.")
    attempts: int = Field(4, ge=1, le=20, description="How often one request is sent before its clip counts as failed.")
    timeout_s: float = Field(180, gt=0, le=3600, description="Seconds that one request may take.")
    longest_wait_s: float = Field(120, ge=0, description="A server that asks for a longer wait fails the request.")


class LabelingSettings(_Requests, _Reflection, _Shown, _Labeler):
    """Pseudo-labels. The defaults are chosen for short gestures and a low price.

    A gesture of 0.3 s lasts two frames at 6 frames a second and falls between them at 1. At 6 frames of 66 tokens a second
    and 32 tokens of sound, a minute is 25,700 tokens. With Gemini 2.5 Pro that comes to about 0.05 USD a clip for what it
    writes and thinks, and 0.03 USD a minute for what it is shown. A segment of two minutes is well below 200,000 tokens,
    above which that model costs twice as much.
    """

    gemini: GeminiSettings = GeminiSettings()
    openai: OpenAISettings = OpenAISettings()
    simulated: SimulatedLabelerSettings = SimulatedLabelerSettings()

    @model_validator(mode="after")
    def _segments_move_on(self) -> "LabelingSettings":
        if self.segment_overlap_s * 2 > min(self.segment_s, self.openai.segment_s):
            raise ValueError("segment_overlap_s is more than half of a segment")
        return self
