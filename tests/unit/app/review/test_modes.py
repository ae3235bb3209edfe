from datetime import UTC, datetime
from fractions import Fraction

from app.review.modes import mode_of
from core.settings.loader import Settings
from core.settings.review import ReviewSettings
from core.types.clips import Clip, ClipState, Split
from core.types.decisions import ReviewMode


def clip(*, reliability_sample: bool) -> Clip:
    return Clip(
        id=1,
        name="a",
        subject_id=1,
        subject="s",
        split=Split.TRAIN,
        video_path=None,
        digest="d",
        duration_s=1.0,
        frame_count=25,
        frame_rate=Fraction(25),
        width_px=64,
        height_px=48,
        transcript=None,
        gold_label=None,
        simulated=False,
        reliability_sample=reliability_sample,
        state=ClipState.LABELED,
        created_at=datetime.now(UTC),
    )


def test_the_reliability_sample_is_blind_in_an_assisted_workspace() -> None:
    settings = Settings(review=ReviewSettings(mode=ReviewMode.ASSISTED))
    assert [mode_of(settings, clip(reliability_sample=sampled)) for sampled in (True, False)] == [
        ReviewMode.BLIND,
        ReviewMode.ASSISTED,
    ]
