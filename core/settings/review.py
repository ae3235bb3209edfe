"""[review]: blind or assisted mode, judgments per clip, and repeats."""

from pydantic import Field

from core.settings.section import Section
from core.types.decisions import ReviewMode


class ReviewSettings(Section):
    """How clips are reviewed."""

    mode: ReviewMode = Field(
        ReviewMode.BLIND,
        description="blind: label first, rationale after. assisted: rationale at once, which biases labels toward the model's.",
    )
    reliability_fraction: float = Field(
        0.1, ge=0, le=1, description="Share of clips always judged blind, for reported agreement."
    )
    lease_minutes: float = Field(
        10,
        gt=0,
        le=24 * 60,
        description="Minutes that a clip opened by a reviewer stays out of the others' queues; renewed while it is open.",
    )
    judgments_per_clip: int = Field(
        1, ge=1, le=20, description="Reviewers per clip; it stays in the queue until that many have judged it."
    )
    repeat_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of the clips judged blind that the same reviewer judges once more, for intra-rater agreement.",
    )
    practice_clips: int = Field(
        0,
        ge=0,
        le=200,
        description="Practice clips that a new coder answers before any other; 0: practice is offered and not asked for.",
    )
    practice_pass_share: float = Field(
        0.8, ge=0, le=1, description="Share of these that must be right before the coder may begin."
    )
    repeat_after_days: float = Field(
        7, ge=0, le=3650, description="Days after the first judgment before a clip may be repeated."
    )
