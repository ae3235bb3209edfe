"""Where a reviewer is with a clip."""

from datetime import UTC, datetime

import pytest

from core.types.decisions import Decision, DecisionKind, ReviewMode
from db import decisions


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
        seen=frozenset(),
        queue=None,
    )


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
    mode: ReviewMode, blind: DecisionKind | None, standing: DecisionKind | None, expected: decisions.Step
) -> None:
    assert decisions.step_of(mode, blind and decision(blind), standing and decision(standing)) == expected
