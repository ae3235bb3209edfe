"""Reading a clip's key points from OpenPose's JSON (version 1.3) and tracking the main person.

Input is a folder, .zip or .tar of frame files named `<clip>_%012d_keypoints.json`, or one .json or .jsonl with all frames
(core.pose.openpose.archives lists the forms). Everything is read once, in sequence; frames with several people are kept in a
spool, in a temporary file if they are many, until the main person is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import Self

import numpy as np
import numpy.typing as npt

from core.errors import LONGEST_SENTENCE, KeypointError
from core.pose.main_person import PersonFollower, person_size_px
from core.pose.openpose.archives import frame_range, open_frames
from core.pose.openpose.body_25b import as_body_25, is_body_25b
from core.pose.openpose.flat_folder import FlatFrames
from core.pose.openpose.frame import (
    DEEP_PARTS,
    ParsedFrame,
    UnreadableFileError,
    clean_points,
    frame_file_name,
    parse_frame,
    read_openpose_frame,
    write_openpose_frame,
)
from core.pose.openpose.frame_source import Frame, FrameSource, spare_frames
from core.pose.openpose.limits import FOLLOWED_PEOPLE, Allowance
from core.pose.openpose.picture_units import in_pixels
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable

__all__ = [
    "OpenPoseImport",
    "frame_file_name",
    "read_openpose",
    "read_openpose_alone",
    "read_openpose_frame",
    "write_openpose_frame",
]

_BLOCK_FRAMES = 256  # frames that are cleaned in one NumPy call
_FRAMES_A_CHECK = 16
_SPOOL_BYTES = 64 * 2**20  # people of frames with several, kept in memory before the spool goes to disk


@dataclass(frozen=True)
class OpenPoseImport:
    """points: float32 (T, 137, 3), x px, y px, confidence; missing (0, 0, 0). warnings: sentences naming the file or folder."""

    points: npt.NDArray[np.float32]
    warnings: tuple[str, ...]


@dataclass
class _Findings:
    """Problems and statistics of a clip's frames, from which the warnings are written at the end."""

    unreadable: dict[int, str] = field(default_factory=dict)
    bad_points: int = 0
    bad_frames: dict[int, str] = field(default_factory=dict)
    most_people: int = 0
    parts_seen: frozenset[str] = frozenset()
    read: int = 0
    largest_place_px: float = 0.0

    def note(self, frames: list[tuple[int, str]], bad_points: list[int], people: npt.NDArray[np.float32]) -> None:
        """Adds frames by number and name, their numbers of bad points, and the cleaned people of all, (P, 137, 3)."""
        self.largest_place_px = max(self.largest_place_px, float(people[..., :2].max()))
        self.bad_points += sum(bad_points)
        self.bad_frames.update(frame for frame, bad in zip(frames, bad_points, strict=True) if bad)


def read_openpose(
    source: Path | FlatFrames,
    frame_count: int,
    *,
    within: Path | None = None,
    picture_px: tuple[int, int] | None = None,
) -> OpenPoseImport:
    """Reads all frames of one clip and tracks its main person (core.pose.main_person).

    `source` is a folder or archive in one of the forms of core.pose.openpose.archives; links are followed within the folder
    `within`, by default `source`. The number in a file's name is its frame, counted from 0, or from another where the numbers
    fill the video exactly; a few frames after the video's last are left out. With `picture_px`, the width and height of the
    video, points in other units are scaled (core.pose.openpose.picture_units). Frames that are missing or cannot be read and
    points that are not numbers become missing points. All of that is said in a warning. Raises KeypointError naming the
    file: nothing readable, two files for one frame, many more frames than the video's `frame_count`, bodies of 18 points or
    other wrong lengths, points of another picture, more to read than key points of this video can be
    (core.pose.openpose.limits).
    """
    readable = frame_count + spare_frames(frame_count)
    with open_frames(source, frame_count, within=within) as opened, _People(readable) as people:
        findings = _read_some(opened.frames, people, opened.source)
        first = opened.source.first_frame()
        if picture_px is None and 0 < findings.largest_place_px <= 1.0:
            raise KeypointError(
                f"the key points of {source} are scaled to 0..1; run OpenPose with --keypoint_scale 0 for pixels."
            )
        points = people.main_person(opened.source.allowance)[first : first + frame_count]
        said = _sentences(opened.source, findings)
    if picture_px is not None:
        points, scaled = in_pixels(points, picture_px, opened.source.path.name)
        said += [scaled] if scaled else []
    if is_body_25b(points):
        points = as_body_25(points)
        said.append(
            f"{opened.source.path.name} has its body points in the order of BODY_25B; they were put in that of BODY_25."
        )
    return OpenPoseImport(points, tuple(printable(one, LONGEST_SENTENCE) for one in said))


def read_openpose_alone(source: Path | FlatFrames, *, within: Path | None = None) -> OpenPoseImport:
    """Reads all frames of one clip without a video, from its first frame to its last.

    Like `read_openpose`, but there is no picture that the coordinates must lie in; they may be of any unit.
    """
    first, last = frame_range(source, within=within)
    count = last - first + 1
    opening = open_frames(source, count, within=within, first=first, with_video=False)
    with opening as opened, _People(count) as people:
        findings = _read_some(opened.frames, people, opened.source)
        points = people.main_person(opened.source.allowance)
        return OpenPoseImport(
            points, tuple(printable(said, LONGEST_SENTENCE) for said in _sentences(opened.source, findings))
        )


def _read_some(frames: Iterator[Frame], people: "_People", source: FrameSource) -> "_Findings":
    """Reads all frames. Raises KeypointError if none can be read."""
    findings = _read_all(frames, people)
    if not findings.read:
        reason = _first(findings.unreadable) if findings.unreadable else source.damage
        raise KeypointError(f"none of the {len(source.places)} {source.noun}s of {source.path} can be read: {reason}.")
    return findings


class _People:
    """The people of all frames: of frames with one person in the array of the result, of the others in a spool."""

    def __init__(self, frame_count: int) -> None:
        self._points = np.zeros((frame_count, JOINT_COUNT, 3), dtype=np.float32)
        self._counts = np.zeros(frame_count, dtype=np.int32)
        self._offsets: dict[int, int] = {}
        self._spool = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115  # closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def add_alone(self, numbers: list[int], points: npt.NDArray[np.float32]) -> None:
        """Adds N frames with one person each, points (N, 137, 3)."""
        self._points[numbers] = points
        self._counts[numbers] = 1

    def add_crowd(self, number: int, people: npt.NDArray[np.float32]) -> None:
        """Adds one frame with several people, (P, 137, 3), of which the largest are kept."""
        people = _largest(people)
        self._offsets[number] = self._spool.tell()
        self._spool.write(people.tobytes())
        self._counts[number] = len(people)

    def _in_frame(self, number: int) -> npt.NDArray[np.float32]:
        offset = self._offsets.get(number)
        if offset is None:
            return self._points[number : number + 1]
        shape = (int(self._counts[number]), JOINT_COUNT, 3)
        self._spool.seek(offset)
        return np.frombuffer(self._spool.read(4 * int(np.prod(shape))), dtype=np.float32).reshape(shape)

    def main_person(self, allowance: Allowance) -> npt.NDArray[np.float32]:
        """(T, 137, 3) of the main person; may be called once, at the end. Raises ExhaustedError beyond the allowance."""
        follower = PersonFollower()
        for place, number in enumerate(np.flatnonzero(self._counts).tolist()):
            if place % _FRAMES_A_CHECK == 0:
                allowance.check_time()
            follower.add(number, self._in_frame(number))
        chosen = follower.main_person()
        others = np.ones(len(self._points), dtype=bool)
        others[list(chosen)] = False
        for number in chosen.keys() & self._offsets.keys():
            self._points[number] = self._in_frame(number)[chosen[number]]
        self._points[others] = 0
        return self._points


def _largest(people: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if len(people) <= FOLLOWED_PEOPLE:
        return people
    sizes = [person_size_px(person) if person[:, 2].any() else 0.0 for person in people]
    return people[np.sort(np.argsort(sizes, kind="stable")[-FOLLOWED_PEOPLE:])]


def _read_all(frames: Iterator[Frame], people: _People) -> _Findings:
    findings = _Findings()
    alone: list[tuple[int, str, ParsedFrame]] = []
    for frame in frames:
        try:
            if isinstance(frame.content, UnreadableFileError):
                raise frame.content
            parsed = parse_frame(frame.content, frame.name)
        except UnreadableFileError as problem:
            findings.unreadable[frame.number] = f"{frame.name}: {problem}"
            continue
        findings.read += 1
        findings.parts_seen |= parsed.parts
        findings.most_people = max(findings.most_people, len(parsed.people))
        if len(parsed.people) == 1:
            alone.append((frame.number, frame.name, parsed))
            if len(alone) == _BLOCK_FRAMES:
                _keep_alone(alone, people, findings)
                alone = []
        elif len(parsed.people):
            cleaned, bad = clean_points(parsed.people)
            findings.note([(frame.number, frame.name)], [int(bad.sum())], cleaned)
            people.add_crowd(frame.number, cleaned)
    if alone:
        _keep_alone(alone, people, findings)
    return findings


def _keep_alone(frames: list[tuple[int, str, ParsedFrame]], people: _People, findings: _Findings) -> None:
    cleaned, bad = clean_points(np.concatenate([parsed.people for _, _, parsed in frames]))
    findings.note([(number, name) for number, name, _ in frames], bad.sum(axis=1).tolist(), cleaned)
    people.add_alone([number for number, _, _ in frames], cleaned)


def _sentences(source: FrameSource, findings: _Findings) -> list[str]:
    name, noun, sentences = source.path.name, source.noun, []
    if count := source.ignored:
        sentences.append(
            f"{_count(count, 'file')} of {name} {_be(count)} left out, not being named like a frame file "
            f"(first: {source.first_ignored})."
        )
    if source.damage:
        sentences.append(f"{name} could not be read to its end: {source.damage}.")
    if count := len(findings.unreadable):
        sentences.append(
            f"{_count(count, noun)} of {name} could not be read and stay without key points "
            f"(first: {_first(findings.unreadable)})."
        )
    surplus = source.surplus()
    if surplus:
        first = PurePosixPath(source.places[surplus[0]]).name
        sentences.append(
            f"{name} has {_count(len(surplus), noun)} after the video's last frame, left out (first: {first})."
        )
    if source.renumbered:
        sentences.append(
            f"The frames of {name} are numbered from {source.renumbered}; that one was read as the first, 0."
        )
    if gap := source.frame_count - (len(source.places) - len(surplus)):
        there = _count(len(source.places) - len(surplus), noun)
        sentences.append(
            f"{name} has {there} for {_count(source.frame_count, 'frame')}{' of video' if noun == 'frame' else ''}; "
            f"{gap} stay{'s' if gap == 1 else ''} without key points."
        )
    if count := findings.bad_points:
        sentences.append(
            f"{_count(count, 'point')} in {_count(len(findings.bad_frames), noun)} of {name} "
            f"{_be(count)} no number or outside any picture and counted as missing (first: {_first(findings.bad_frames)})."
        )
    if not findings.most_people:
        sentences.append(f"{name} shows nobody in any frame.")
        return sentences
    if findings.most_people > 1:
        sentences.append(
            f"{name} shows up to {findings.most_people} people in a frame; "
            "the one longest in view and largest was followed."
        )
    if findings.parts_seen & DEEP_PARTS:
        sentences.append(f"{name} has points in 3-D, whose depth was left out.")
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


def _first(frames: dict[int, str]) -> str:
    return frames[min(frames)]


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _be(count: int) -> str:
    return "was" if count == 1 else "were"
