"""[review]: how reviewers judge."""

from pydantic import Field

from core.settings.section import Section
from core.types.decisions import ReviewMode


class ReviewSettings(Section):
    """How clips are judged."""

    mode: ReviewMode = Field(
        ReviewMode.BLIND,
        description="blind: label first, rationale after. assisted: rationale at once; it shifts labels towards the model's.",
    )
    reliability_fraction: float = Field(
        0.1, ge=0, le=1, description="Share of clips always judged blind, for reported agreement."
    )
    lease_minutes: float = Field(
        10,
        gt=0,
        le=24 * 60,
        description="How long a clip that somebody has open stays out of the queues of others; renewed while it is open.",
    )
    judgements_per_clip: int = Field(
        1, ge=1, le=20, description="People who judge each clip; it stays among those to judge until so many have."
    )
    repeat_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of the clips judged blind that come back once to the same reviewer, to see how steady they are.",
    )
    repeat_after_days: float = Field(
        7, ge=0, le=3650, description="Days after the first judgement before a clip may come back."
    )
