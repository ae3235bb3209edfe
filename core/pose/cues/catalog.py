"""What each cue is, how it is measured, and the thresholds it is measured with: `catalog.toml`, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.pose.skeleton import (
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_EYE,
    LEFT_HAND,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_ELBOW,
    RIGHT_EYE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    face,
)
from core.types.cues import BodyRegion

CueUnit = Literal["eye distances", "shoulder widths", "share", "ratio"]


@dataclass(frozen=True, slots=True)
class CueRule:
    """A span starts where the measure reaches `start`, goes on while it stays above `stop`, and is `min_s`..`max_s` long.

    Spans less than `gap_s` apart are one. `full` is the measure at which the strength is 1.
    """

    unit: CueUnit
    start: float
    stop: float
    full: float
    min_s: float
    gap_s: float
    max_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class CueDefinition:
    """One cue of the catalog; `joints` (indices into the 137) are what to light up, `title`, `description` and `phrase` are for
    people, the last one a clause without its full stop."""

    name: str
    title: str
    phrase: str
    region: BodyRegion
    joints: tuple[int, ...]
    description: str
    rule: CueRule


_MOUTH = face(*range(48, 68))
_EYES = face(*range(36, 48))
_JOINTS: Mapping[str, tuple[int, ...]] = {
    "hands": (*range(LEFT_HAND.start, LEFT_HAND.stop), *range(RIGHT_HAND.start, RIGHT_HAND.stop)),
    "wrists": (RIGHT_WRIST, LEFT_WRIST),
    "arms": (RIGHT_ELBOW, RIGHT_WRIST, LEFT_ELBOW, LEFT_WRIST),
    "shoulders": (RIGHT_SHOULDER, LEFT_SHOULDER),
    "neck": (NECK,),
    "torso": (NECK, RIGHT_SHOULDER, LEFT_SHOULDER),
    "head": (NOSE, RIGHT_EYE, LEFT_EYE, RIGHT_EAR, LEFT_EAR),
    "jaw": face(*range(3, 14)),
    "jaw-ends": face(0, 16),
    "chin": face(8),
    "nose-tip": face(30),
    "eyes": _EYES,
    "brows": face(*range(17, 27)),
    "mouth": _MOUTH,
    "features": (*_EYES, *face(*range(27, 36)), *_MOUTH),
}


def _definition(name: str, told: Mapping[str, Any]) -> CueDefinition:
    joints = tuple(joint for group in told["joints"] for joint in _JOINTS[group])
    values = {**told, "region": BodyRegion(told["region"]), "joints": joints, "rule": CueRule(**told["rule"])}
    return CueDefinition(name, **values)


CATALOG: Mapping[str, CueDefinition] = {
    name: _definition(name, told)
    for name, told in tomllib.loads(Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8")).items()
}
"""Every cue that is measured, by name, in the order in which people read them: hands, arms, torso, head, face."""
