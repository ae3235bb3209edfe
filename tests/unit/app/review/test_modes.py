from datetime import UTC, datetime
from fractions import Fraction

import pytest

from app.review.modes import Step, mode_of, step_of
from core.settings.loader import Settings
from core.settings.review import ReviewSettings
from core.types.clips import Clip, ClipState, Split
from core.types.decisions import Decision, DecisionKind, ReviewMode


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


def decision(kind: DecisionKind) -> Decision:
    return Decision(
        id=1,
        token="t",
        clip_id=1,
        reviewer_id=1,
        kind=kind,
        mode=ReviewMode.BLIND,
        label=None,
        rater_confidence=None,
        blind_label=None,
        pseudo_label_id=None,
        undoes_id=None,
        claim_verdicts={},
        note="",
        seconds_spent=None,
        created_at=datetime.now(UTC),
    )


def test_the_reliability_sample_is_blind_in_an_assisted_workspace() -> None:
    settings = Settings(review=ReviewSettings(mode=ReviewMode.ASSISTED))
    assert [mode_of(settings, clip(reliability_sample=reliability_sample)) for reliability_sample in (True, False)] == [
        ReviewMode.BLIND,
        ReviewMode.ASSISTED,
    ]


@pytest.mark.parametrize(
    ("mode", "blind", "standing", "expected"),
    [
        (ReviewMode.BLIND, None, None, "label"),
        (ReviewMode.BLIND, DecisionKind.BLIND, None, "reveal"),
        (ReviewMode.BLIND, DecisionKind.BLIND, DecisionKind.ACCEPT, "done"),
        (ReviewMode.BLIND, None, DecisionKind.UNCLEAR, "label"),
        (ReviewMode.ASSISTED, None, None, "reveal"),
        (ReviewMode.ASSISTED, None, DecisionKind.ACCEPT, "done"),
    ],
)
def test_the_step_follows_from_what_the_reviewer_has_said(
    mode: ReviewMode, blind: DecisionKind | None, standing: DecisionKind | None, expected: Step
) -> None:
    assert step_of(mode, blind and decision(blind), standing and decision(standing)) == expected
