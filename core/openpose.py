"""OpenPose's JSON output, version 1.3: one file a frame, named `<clip>_%012d_keypoints.json`.

Each file holds `people`, each with `pose_keypoints_2d` (75 numbers), `face_keypoints_2d` (210),
`hand_left_keypoints_2d` and `hand_right_keypoints_2d` (63 each): x px, y px, confidence. Zips are read in place;
nothing is ever unpacked to disk.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import KeypointError
from core.main_person import PersonFollower
from core.openpose_files import FrameFile, FrameFiles, UnreadableFileError, open_frame_files
from core.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, RIGHT_HAND

_PARTS = (
    ("pose_keypoints_2d", BODY),
    ("face_keypoints_2d", FACE),
    ("hand_left_keypoints_2d", LEFT_HAND),
    ("hand_right_keypoints_2d", RIGHT_HAND),
)
_MAX_PLACE_PX = 100_000.0  # no picture is larger; a point further out is damage
_MAX_CONFIDENCE = 2.0  # OpenPose's sums stray a little above 1


@dataclass(frozen=True)
class OpenPoseImport:
    """points: float32 (T, 137, 3), missing (0, 0, 0). warnings: one sentence each, naming the file or folder."""

    points: npt.NDArray[np.float32]
    warnings: tuple[str, ...]


@dataclass
class _Findings:
    """What was wrong with, or seen in, a clip's files; turned into sentences at the end."""

    unreadable: list[str] = field(default_factory=list)
    bad_points: int = 0
    bad_files: list[str] = field(default_factory=list)
    people: int = 0
    most_people: int = 0
    parts_seen: set[str] = field(default_factory=set)
    read: int = 0
    largest_place_px: float = 0.0


@dataclass(frozen=True)
class _ParsedFrame:
    people: npt.NDArray[np.float32]
    bad_points: int
    parts: frozenset[str]


def read_openpose(source: Path, frame_count: int) -> OpenPoseImport:
    """Reads the frame files of one clip and follows its main person (core.main_person).

    `source` is a folder or .zip of frame files, or holds a single folder of them. The number in a file's name is its
    frame, counted from 0. A file that cannot be read, a frame without a file and a point that is not a number are
    missing and get a warning. Raises KeypointError naming the file: nothing readable there, two files for one frame,
    more frames than the video's `frame_count`, bodies of 18 points or other wrong lengths, places scaled to 0..1.
    """
    with open_frame_files(source) as files:
        last = files.frames[-1]
        if last.number >= frame_count:
            raise KeypointError(
                f"{last.name} in {source} is frame {last.number} from 0, but the video has {frame_count} frames."
            )
        points = np.zeros((frame_count, JOINT_COUNT, 3), dtype=np.float32)
        findings, follower, crowded = _Findings(), PersonFollower(), {}
        for frame in files.frames:
            parsed = _parse(files, frame, findings)
            if parsed is None or not len(parsed.people):
                continue
            follower.add(frame.number, parsed.people)
            if len(parsed.people) == 1:
                points[frame.number] = parsed.people[0]
            else:
                crowded[frame.number] = frame
        if not findings.read:
            raise KeypointError(
                f"none of the {len(files.frames)} frame files of {source} can be read: {findings.unreadable[0]}."
            )
        _refuse_scaled(source, findings)
        chosen = follower.main_person()
        alone = np.zeros(frame_count, dtype=bool)
        alone[[number for number in chosen if number not in crowded]] = True
        points[~alone] = 0
        for number in sorted(chosen.keys() & crowded.keys()):
            again = _parse(files, crowded[number], _Findings())
            if again is not None:
                points[number] = again.people[chosen[number]]
        return OpenPoseImport(points, tuple(_sentences(source, files, frame_count, findings)))


def read_openpose_frame(data: bytes, name: str) -> npt.NDArray[np.float32]:
    """All people of one frame file, (P, 137, 3), P >= 0; points that are not numbers are missing.

    Raises KeypointError naming `name` where the file is not OpenPose's or its lengths are not those of 137 points.
    """
    try:
        return _parse_frame(data, name).people
    except UnreadableFileError as problem:
        raise KeypointError(f"{name} cannot be read: {problem}.") from problem


def frame_file_name(clip: str, number: int) -> str:
    """The name that OpenPose gives the file of a clip's frame, counted from 0."""
    return f"{clip}_{number:012d}_keypoints.json"


def write_openpose_frame(people: npt.NDArray[np.float32]) -> bytes:
    """The frame file (v1.3) of `people` (P, 137, 3); reading it gives the same float32 values back.

    Raises KeypointError where the shape is another or a value is not a finite number.
    """
    people = np.asarray(people, dtype=np.float32)
    if people.ndim != 3 or people.shape[1:] != (JOINT_COUNT, 3) or not np.isfinite(people).all():
        raise KeypointError(
            f"people of the shape {people.shape} cannot be written; (people, {JOINT_COUNT}, 3) finite numbers can."
        )
    written = []
    for person in people:
        texts = person.reshape(-1).astype("U32")  # the shortest text that reads back as the same float32
        parts = (f'"{key}":[{",".join(texts[3 * part.start : 3 * part.stop])}]' for key, part in _PARTS)
        written.append('{"person_id":[-1],' + ",".join(parts) + "}")
    return ('{"version":1.3,"people":[' + ",".join(written) + "]}").encode("ascii")


def _parse(files: FrameFiles, frame: FrameFile, findings: _Findings) -> _ParsedFrame | None:
    try:
        parsed = _parse_frame(files.read(frame), frame.name)
    except UnreadableFileError as problem:
        findings.unreadable.append(f"{frame.name}: {problem}")
        return None
    findings.read += 1
    findings.people += len(parsed.people)
    findings.most_people = max(findings.most_people, len(parsed.people))
    findings.parts_seen |= parsed.parts
    if len(parsed.people):
        findings.largest_place_px = max(findings.largest_place_px, float(parsed.people[..., :2].max()))
    if parsed.bad_points:
        findings.bad_points += parsed.bad_points
        findings.bad_files.append(frame.name)
    return parsed


def _parse_frame(data: bytes, name: str) -> _ParsedFrame:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise UnreadableFileError("it is no complete JSON") from problem
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise UnreadableFileError("it is JSON, but not OpenPose's")
    if people and not any(key in person for person in people for key, _ in _PARTS):
        raise UnreadableFileError("its people have none of the fields of OpenPose 1.3")
    points = np.zeros((len(people), JOINT_COUNT, 3), dtype=np.float64)
    parts: set[str] = set()
    for row, person in zip(points, people, strict=True):
        for key, part in _PARTS:
            numbers = person.get(key)
            if not numbers:
                continue
            parts.add(key)
            row[part] = _numbers(numbers, key, part, name)
    return _cleaned(points, frozenset(parts))


def _numbers(numbers: object, key: str, part: slice, name: str) -> npt.NDArray[np.float64]:
    expected = part.stop - part.start
    if not isinstance(numbers, list):
        raise UnreadableFileError(f"its {key} is not a list of numbers")
    if len(numbers) != 3 * expected:
        bodies = "; OpenPose must be run with BODY_25" if key == "pose_keypoints_2d" and len(numbers) == 54 else ""
        raise KeypointError(
            f"{name} has {len(numbers)} numbers in {key} where {3 * expected} ({expected} points) are expected{bodies}."
        )
    try:
        return np.array(numbers, dtype=np.float64).reshape(expected, 3)
    except (ValueError, TypeError, OverflowError) as problem:
        raise UnreadableFileError(f"its {key} holds something that is not a number") from problem


def _cleaned(points: npt.NDArray[np.float64], parts: frozenset[str]) -> _ParsedFrame:
    """Points without confidence become (0, 0, 0); so do those that are no numbers or lie outside any picture."""
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(points[..., :2]) <= _MAX_PLACE_PX).all(axis=-1) | ~(np.abs(points[..., 2]) <= _MAX_CONFIDENCE)
        missing = bad | ~(points[..., 2] > 0)
    points[missing] = 0
    np.minimum(points[..., 2], 1.0, out=points[..., 2])
    cleaned = points.astype(np.float32)
    cleaned[cleaned[..., 2] == 0] = 0  # a confidence too small for float32
    return _ParsedFrame(cleaned, int(bad.sum()), parts)


def _refuse_scaled(source: Path, findings: _Findings) -> None:
    if findings.people and 0 < findings.largest_place_px <= 1.0:
        raise KeypointError(
            f"the key points of {source} are scaled to 0..1; run OpenPose with --keypoint_scale 0 for pixels."
        )


def _sentences(source: Path, files: FrameFiles, frame_count: int, findings: _Findings) -> list[str]:
    name, sentences = source.name, []
    if count := len(files.ignored):
        sentences.append(
            f"{_count(count, 'file')} of {name} {_be(count)} left out, not being named like a frame file "
            f"(first: {files.ignored[0]})."
        )
    if count := len(findings.unreadable):
        sentences.append(
            f"{_count(count, 'frame file')} of {name} could not be read and stay without key points "
            f"(first: {findings.unreadable[0]})."
        )
    if gap := frame_count - len(files.frames):
        there = _count(len(files.frames), "frame file")
        sentences.append(
            f"{name} has {there} for {frame_count} frames; {gap} stay{'s' if gap == 1 else ''} without key points."
        )
    if count := findings.bad_points:
        sentences.append(
            f"{_count(count, 'point')} in {_count(len(findings.bad_files), 'frame file')} of {name} "
            f"{_be(count)} no number or outside any picture and counted as missing (first: {findings.bad_files[0]})."
        )
    if not findings.people:
        sentences.append(f"{name} shows nobody in any frame.")
        return sentences
    if findings.most_people > 1:
        sentences.append(
            f"{name} shows up to {findings.most_people} people in a frame; "
            "the one longest in view and largest was followed."
        )
    absent = [
        what
        for what, keys in (
            ("body", {"pose_keypoints_2d"}),
            ("face", {"face_keypoints_2d"}),
            ("hand", {"hand_left_keypoints_2d", "hand_right_keypoints_2d"}),
        )
        if not keys & findings.parts_seen
    ]
    if absent:
        sentences.append(
            f"{name} has no {' and no '.join(absent)} points at all; OpenPose may have been run without them."
        )
    return sentences


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _be(count: int) -> str:
    return "was" if count == 1 else "were"
