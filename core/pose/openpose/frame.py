"""One frame of OpenPose's JSON output, version 1.3: read, checked and written.

A frame holds `people`, each with `pose_keypoints_2d` (75 numbers), `face_keypoints_2d` (210), `hand_left_keypoints_2d`
and `hand_right_keypoints_2d` (63 each): x px, y px, confidence. Where such a field is empty and its twin in `_3d` is not, x, y
and confidence are taken of that (x, y, z, confidence).
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from core.errors import KeypointError
from core.pose.openpose.limits import MAX_PEOPLE
from core.pose.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, RIGHT_HAND

_PARTS = (
    ("pose_keypoints_2d", BODY),
    ("face_keypoints_2d", FACE),
    ("hand_left_keypoints_2d", LEFT_HAND),
    ("hand_right_keypoints_2d", RIGHT_HAND),
)
_LENGTHS = tuple(3 * (part.stop - part.start) for _, part in _PARTS)
_DEEP = MappingProxyType({key: key.replace("_2d", "_3d") for key, _ in _PARTS})
DEEP_PARTS = frozenset(_DEEP.values())
"""The fields of 3-D points."""

_ALL_PARTS = frozenset(key for key, _ in _PARTS)
_MAX_PLACE_PX = 100_000.0  # larger than any picture; a point beyond is taken for damage
_MAX_CONFIDENCE = 2.0  # OpenPose's confidences can be slightly above 1


class UnreadableFileError(Exception):
    """One frame cannot be read; the message is the reason, to be appended after a colon."""


@dataclass(frozen=True, slots=True)
class ParsedFrame:
    """`people`: float64 (P, 137, 3), not yet cleaned. `parts`: the JSON fields in which any person had numbers; a field in 3-D
    counts for its twin, too.
    """

    people: npt.NDArray[np.float64]
    parts: frozenset[str]


def frame_file_name(clip: str, number: int) -> str:
    """OpenPose's file name of a clip's frame; `number` counts from 0."""
    return f"{clip}_{number:012d}_keypoints.json"


def read_openpose_frame(data: bytes, name: str) -> npt.NDArray[np.float32]:
    """All people of one frame file, (P, 137, 3), P >= 0; points that are not numbers are missing.

    Raises KeypointError naming `name` if the file is not OpenPose's or its lengths are not those of 137 points.
    """
    try:
        return clean_points(parse_frame(data, name).people)[0]
    except UnreadableFileError as problem:
        raise KeypointError(f"{name} cannot be read: {problem}.") from problem


def write_openpose_frame(people: npt.NDArray[np.float32]) -> bytes:
    """The frame file (v1.3) of `people` (P, 137, 3); reading it gives the same float32 values back.

    Raises KeypointError for another shape or a value that is not finite.
    """
    people = np.ascontiguousarray(people, dtype=np.float32)
    if people.ndim != 3 or people.shape[1:] != (JOINT_COUNT, 3) or not np.isfinite(people).all():
        raise KeypointError(
            f"people of the shape {people.shape} cannot be written; (people, {JOINT_COUNT}, 3) finite numbers can."
        )
    written = [
        {"person_id": [-1], **{key: person[3 * part.start : 3 * part.stop] for key, part in _PARTS}}
        for person in people.reshape(len(people), 3 * JOINT_COUNT)
    ]
    # orjson writes a float32 as the shortest text that reads back as the same float32.
    return orjson.dumps({"version": 1.3, "people": written}, option=orjson.OPT_SERIALIZE_NUMPY)


def parse_frame(data: bytes, name: str) -> ParsedFrame:
    """The numbers of a frame. Raises UnreadableFileError; KeypointError, naming `name`, for wrong lengths."""
    content = _decoded(data)
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise UnreadableFileError("it is JSON, but not OpenPose's")
    if len(people) > MAX_PEOPLE:
        raise UnreadableFileError(f"it has {len(people):,} people, and at most {MAX_PEOPLE:,} are read")
    if people and not any(key in person for person in people for key in (*_DEEP, *DEEP_PARTS)):
        raise UnreadableFileError("its people have none of the fields of OpenPose 1.3")
    points = np.zeros((len(people), JOINT_COUNT, 3), dtype=np.float64)
    parts: frozenset[str] = frozenset()
    for row, person in zip(points, people, strict=True):
        parts |= _read_person(person, row, name)
    return ParsedFrame(points, parts)


def clean_points(points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """The points as float32 (..., 137, 3), and which of them were invalid, (..., 137).

    Points without confidence become (0, 0, 0); so do invalid ones (not finite, or outside any picture).
    """
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(points[..., :2]) <= _MAX_PLACE_PX).all(axis=-1) | ~(np.abs(points[..., 2]) <= _MAX_CONFIDENCE)
        missing = bad | ~(points[..., 2] > 0)
    cleaned = np.where(missing[..., None], 0, points).astype(np.float32)
    np.minimum(cleaned[..., 2], 1.0, out=cleaned[..., 2])
    cleaned[cleaned[..., 2] == 0] = 0  # a confidence too small for float32
    return cleaned, bad


def _decoded(data: bytes) -> object:
    with suppress(orjson.JSONDecodeError):  # json, tried next, also reads NaN, Infinity and UTF-16
        return orjson.loads(data)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise UnreadableFileError("it is no complete JSON") from problem


def _read_person(person: dict[str, object], row: npt.NDArray[np.float64], name: str) -> frozenset[str]:
    lists: list[Any] = [person.get(key) for key, _ in _PARTS]
    if tuple(len(numbers) if isinstance(numbers, list) else -1 for numbers in lists) == _LENGTHS:
        with suppress(ValueError, TypeError, OverflowError):  # a damaged field is named below
            row[:] = np.array([*chain.from_iterable(lists)], dtype=np.float64).reshape(JOINT_COUNT, 3)
            return _ALL_PARTS
    parts = set()
    for (key, part), numbers in zip(_PARTS, lists, strict=True):
        if numbers:
            parts.add(key)
            row[part] = _numbers(numbers, key, part, name)
        elif deep := person.get(_DEEP[key]):
            parts |= {key, _DEEP[key]}
            row[part] = _numbers(deep, _DEEP[key], part, name, each=4)[:, (0, 1, 3)]
    return frozenset(parts)


def _numbers(numbers: object, key: str, part: slice, name: str, each: int = 3) -> npt.NDArray[np.float64]:
    expected = part.stop - part.start
    if not isinstance(numbers, list):
        raise UnreadableFileError(f"its {key} is not a list of numbers")
    if len(numbers) != each * expected:
        bodies = "; OpenPose must be run with BODY_25" if key == "pose_keypoints_2d" and len(numbers) == 54 else ""
        raise KeypointError(
            f"{name} has {len(numbers)} numbers in {key} where {each * expected} ({expected} points) are expected{bodies}."
        )
    try:
        return np.array(numbers, dtype=np.float64).reshape(expected, each)
    except (ValueError, TypeError, OverflowError) as problem:
        raise UnreadableFileError(f"its {key} holds something that is not a number") from problem
