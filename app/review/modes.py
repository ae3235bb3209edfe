"""The review mode of a clip: blind or assisted."""

from typing import Any

from core.settings.loader import Settings
from core.types.clips import Clip
from core.types.decisions import Decision, DecisionKind, ReviewMode, Seen
from db import assignments, disclosures

_JUDGED = frozenset({DecisionKind.ACCEPT, DecisionKind.CORRECT})


def mode_of(settings: Settings, clip: Clip) -> ReviewMode:
    """The workspace's mode; always blind for the reliability sample."""
    return ReviewMode.BLIND if clip.reliability_sample else settings.review.mode


def mode_of_reviewer(
    connection: Any,
    settings: Settings,
    clip: Clip,
    reviewer_id: int,
    *,
    blind: Decision | None,
    standing: Decision | None,
) -> ReviewMode:
    """The mode for a reviewer with these answers on the clip: what was begun in one stays in it when the settings change.

    Double coding is blind. A reviewer who has been shown the rationale can put no label before it any more.
    """
    if blind is not None or clip.reliability_sample:
        return ReviewMode.BLIND
    if standing is not None and standing.kind in _JUDGED:
        return standing.mode
    if assignments.is_double_coded_by(connection, clip.id, reviewer_id):
        return ReviewMode.BLIND
    if Seen.RATIONALE in disclosures.of_clip(connection, clip.id, reviewer_id):
        return ReviewMode.ASSISTED
    return settings.review.mode
