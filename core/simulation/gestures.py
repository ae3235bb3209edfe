"""Gestures of simulated people: rate, body part, duration, and the label under which each is more frequent.

Rates are events per minute, means over people. Those of micro-gestures are published by iMiGUE (Liu et al., CVPR 2021;
359 interviews, 2,092 minutes). iMiGUE has none for facial actions, nods and leaning; these (`published` is False) are set to
about one event every two minutes. Durations follow iMiGUE: median 1.57 s, mean 2.55 s.

The default taxonomy's cue weights decide how the label shifts a rate: cues with a weight under "positive" happen more often
when the match was won, those under "negative" when it was lost. Cues without a weight are background.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.taxonomy import DEFAULT_TAXONOMY

WON, LOST = "positive", "negative"

MEDIAN_LENGTH_S = 1.57
MEAN_LENGTH_S = 2.55
LENGTH_LOG_SD = math.sqrt(2 * math.log(MEAN_LENGTH_S / MEDIAN_LENGTH_S))


class Channel(StrEnum):
    """A part of the body, which can make one gesture at a time."""

    ARMS = "arms"
    TORSO = "torso"
    HEAD = "head"
    MOUTH = "mouth"
    BROWS = "brows"
    EYES = "eyes"


@dataclass(frozen=True, slots=True)
class Gesture:
    """`name` is a cue of core.pose.cues. Events last `min_s` to `max_s`. `sign`: 1 if more frequent when won, -1 if lost, 0."""

    name: str
    per_min: float
    channels: tuple[Channel, ...]
    min_s: float
    max_s: float
    published: bool = True

    @property
    def sign(self) -> int:
        if self.name in DEFAULT_TAXONOMY[WON].cue_weights:
            return 1
        return -1 if self.name in DEFAULT_TAXONOMY[LOST].cue_weights else 0


_ARMS, _TORSO, _HEAD, _MOUTH = (Channel.ARMS,), (Channel.TORSO,), (Channel.HEAD,), (Channel.MOUTH,)

GESTURES: tuple[Gesture, ...] = (
    Gesture("illustrative body language", 2.73, _ARMS, 1.2, 8.0),
    Gesture("touching facial parts", 0.54, _ARMS, 1.0, 7.0),
    Gesture("touching jaw", 0.22, _ARMS, 1.0, 8.0),
    Gesture("touching head", 0.13, _ARMS, 1.0, 5.0),
    Gesture("touching neck", 0.09, _ARMS, 1.0, 6.0),
    Gesture("covering face", 0.02, _ARMS, 1.0, 4.0),
    Gesture("rubbing or holding hands", 0.49, _ARMS, 1.4, 12.0),
    Gesture("folding arms", 0.19, _ARMS, 1.6, 12.0),
    Gesture("shaking shoulders", 1.38, _TORSO, 1.1, 2.5),
    Gesture("sitting straightly", 0.11, _TORSO, 1.4, 6.0),
    Gesture("leaning forward", 0.20, (Channel.TORSO, Channel.HEAD), 1.6, 6.0, published=False),
    Gesture("bulging face or deep breath", 0.25, (Channel.TORSO, Channel.MOUTH), 1.2, 3.0),
    Gesture("pressing lips", 0.74, _MOUTH, 0.7, 4.0),
    Gesture("smile", 0.55, _MOUTH, 0.9, 5.0, published=False),
    Gesture("head up", 0.05, _HEAD, 0.8, 4.0),
    Gesture("head down", 0.35, _HEAD, 0.8, 5.0, published=False),
    Gesture("nodding", 0.50, _HEAD, 1.2, 2.5, published=False),
    Gesture("brow lowerer", 0.45, (Channel.BROWS,), 0.7, 4.0, published=False),
    # Background: no label shifts these.
    Gesture("moving torso", 0.58, _TORSO, 1.2, 4.0),
    Gesture("head turned", 1.50, _HEAD, 0.9, 4.0, published=False),
    Gesture("head shaking", 0.20, _HEAD, 1.3, 2.5, published=False),
    Gesture("brow raise", 1.20, (Channel.BROWS,), 0.5, 2.0, published=False),
    Gesture("blink", 14.0, (Channel.EYES,), 0.20, 0.28, published=False),
)
"""All simulated gestures; speaking, breathing, swaying and gaze shifts go on all the time besides."""

TELLING: tuple[Gesture, ...] = tuple(gesture for gesture in GESTURES if gesture.sign)
"""The gestures whose rate depends on the label."""
