"""The review mode of a clip: blind or assisted."""

from core.settings.loader import Settings
from core.types.clips import Clip
from core.types.decisions import ReviewMode


def mode_of(settings: Settings, clip: Clip) -> ReviewMode:
    """The workspace's mode; always blind for the reliability sample."""
    return ReviewMode.BLIND if clip.reliability_sample else settings.review.mode
