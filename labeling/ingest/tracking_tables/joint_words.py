"""Which of OpenPose's points a name stands for that somebody gave a point: `LeftShoulder`, `shoulder_l`, `Lshoulder`."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.errors import KeypointError
from core.pose.skeleton import JOINT_NAMES
from core.printable import printable

LEAST_POINTS = 3

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_OTHER_NAMES = {
    "pelvis": "mid hip",
    "hip center": "mid hip",
    "center hip": "mid hip",
    "hips": "mid hip",
    "mid shoulder": "neck",
    "nose tip": "nose",
    "toe": "big toe",
    "pinky toe": "small toe",
}
_NO_JOINTS = {"rear"}  # it might be a right ear
_NAMED = 5
_BODY = {name: number for number, name in enumerate(JOINT_NAMES[:25])}
_SIDED = {name.split(" ", 1)[1] for name in _BODY if name.startswith("left ")}


def joint_of(name: str) -> int | None:
    """The point of the body, 0 to 24, or None: a name that is none of them, or that lacks its side."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if len(words) == 1 and words[0] not in _NO_JOINTS:
        words = _parted(words[0])
    sides = [_SIDES[word] for word in words if word in _SIDES]
    part = " ".join(word for word in words if word not in _SIDES)
    part = _OTHER_NAMES.get(part, part)
    if len(sides) > 1:
        return None
    return _BODY.get(f"{sides[0]} {part}" if sides else part)


def joints_of(names: Iterable[str]) -> dict[str, int]:
    """The point of each name that stands for one. Of two names for the same point neither counts."""
    found = {name: joint for name in names if (joint := joint_of(name)) is not None}
    told = list(found.values())
    return {name: joint for name, joint in found.items() if told.count(joint) == 1}


def joints_read(path: Path, tool: str, names: Sequence[str], said: list[str]) -> dict[str, int]:
    """The point of each of a table's names that stands for one; a sentence on the others is added to `said`.

    Raises KeypointError naming the file for fewer than three.
    """
    known = joints_of(names)
    if len(known) < LEAST_POINTS:
        raise KeypointError(
            f"{printable(path.name)} ({tool}) has the points {_listed(names)}: fewer than {LEAST_POINTS} of them are OpenPose's "
            f"by their name. Name them as there ({', '.join(JOINT_NAMES[:6])}, …) and export again."
        )
    others = [name for name in names if name not in known]
    if others:
        said.append(
            f"{printable(path.name)} ({tool}): {len(known)} of {len(names)} points are read; OpenPose has no {_listed(others)}."
        )
    return known


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name, 40) for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def _parted(word: str) -> list[str]:
    """`lshoulder`, `shoulderl`, `leftshoulder` and the like in two words."""
    for side in _SIDES:
        for part in (word.removeprefix(side), word.removesuffix(side)):
            if part != word and _OTHER_NAMES.get(part, part) in _SIDED:
                return [side, part]
    for first in ("mid", "big", "small"):
        if word.startswith(first):
            return [first, word.removeprefix(first)]
    return [word]
