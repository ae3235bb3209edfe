"""The review mode of a clip: blind or assisted."""

from core.settings.loader import Settings
from core.types.clips import Clip
from core.types.decisions import Decision, DecisionKind, ReviewMode

_JUDGED = frozenset({DecisionKind.ACCEPT, DecisionKind.CORRECT})


def mode_of(settings: Settings, clip: Clip) -> ReviewMode:
    """The workspace's mode; always blind for the reliability sample."""
    return ReviewMode.BLIND if clip.reliability_sample else settings.review.mode


def mode_for(
    settings: Settings, clip: Clip, blind: Decision | None, standing: Decision | None, *, independent: bool = False
) -> ReviewMode:
    """The mode for a reviewer with these answers on the clip: what was begun in one stays in it when the settings change.

    `independent`: this reviewer is asked for a judgment of their own, as in double coding, which is blind.
    """
    if blind is not None:
        return ReviewMode.BLIND
    if standing is not None and standing.kind in _JUDGED and not clip.reliability_sample:
        return standing.mode
    return ReviewMode.BLIND if independent else mode_of(settings, clip)
