"""Definitions and thresholds of all cues, read once from `catalog.toml`."""

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
from core.types.cues import BodyRegion, CueFamily

CueUnit = Literal["eye distances", "shoulder widths", "share", "ratio"]


@dataclass(frozen=True, slots=True)
class CueRule:
    """Hysteresis thresholds: a span begins where the measure reaches `start`, lasts while it is above `stop`.

    Spans less than `gap_s` apart are merged; spans outside `min_s`..`max_s` are dropped. `full` is the measure at which
    the cue's strength is 1.
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
    """One cue of the catalog. `joints` (indices into the 137) are highlighted in the player; `title`, `description` and
    `phrase` (a clause without a full stop) are shown to people."""

    name: str
    title: str
    phrase: str
    region: BodyRegion
    family: CueFamily
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
    enumerated = {"region": BodyRegion(told["region"]), "family": _family(name, told)}
    return CueDefinition(name, **{**told, **enumerated, "joints": joints, "rule": CueRule(**told["rule"])})


def _family(name: str, told: Mapping[str, Any]) -> CueFamily:
    if (family := told.get("family")) not in set(CueFamily):
        raise ValueError(f"The cue {name!r} has the family {family!r}, which is none of {', '.join(CueFamily)}.")
    return CueFamily(family)


def read_catalog(text: str) -> dict[str, CueDefinition]:
    """All cues of a catalog by name. Raises ValueError for a cue without a family, or with one that there is not."""
    return {name: _definition(name, told) for name, told in tomllib.loads(text).items()}


CATALOG: Mapping[str, CueDefinition] = read_catalog(
    Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8")
)
"""All cues by name, in order of display: hands, arms, torso, head, face."""


def cue_title(name: str) -> str:
    """What people read for a cue; its name where the catalog does not have it: of an older catalog, or a labeler's own."""
    return CATALOG[name].title if name in CATALOG else name
