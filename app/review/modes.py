"""Blind or assisted, and which step a reviewer stands at with a clip."""

from typing import Literal

from core.settings.loader import Settings
from core.types.clips import Clip
from core.types.decisions import Decision, ReviewMode

Step = Literal["label", "reveal", "done"]


def mode_of(settings: Settings, clip: Clip) -> ReviewMode:
    """The workspace's mode; the reliability sample is always judged blind."""
    return ReviewMode.BLIND if clip.reliability_sample else settings.review.mode


def step_of(mode: ReviewMode, blind: Decision | None, standing: Decision | None) -> Step:
    """`label` until the blind answer is there, then `reveal`, and `done` once a final decision stands.

    A clip called unclear before any blind answer is at `label` again: whoever returns to it judges it blind.
    """
    if mode is ReviewMode.BLIND and blind is None:
        return "label"
    return "reveal" if standing is None else "done"
