"""Blind or assisted: how a clip is judged."""

from core.settings.loader import Settings
from core.types.clips import Clip
from core.types.decisions import ReviewMode


def mode_of(settings: Settings, clip: Clip) -> ReviewMode:
    """The workspace's mode; the reliability sample is always judged blind."""
    return ReviewMode.BLIND if clip.reliability_sample else settings.review.mode
