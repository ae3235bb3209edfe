"""The frames of one clip in a folder or file: each is read once, in stored order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from core.errors import KeypointError
from core.pose.openpose.frame import UnreadableFileError
from core.pose.openpose.limits import Allowance
from core.printable import printable

_LONGEST_NAME = 200  # an entry of an archive may be called by a book
_FRAME_NAME = re.compile(r"(?:^|_)(\d{1,12})_keypoints\.json$")


def is_frame_name(name: str) -> bool:
    """Whether a file of this name is a frame."""
    return _FRAME_NAME.search(name) is not None


@dataclass(frozen=True, slots=True)
class Frame:
    """`number` counts from 0; `content` is the frame's JSON, or the error with which reading it failed."""

    number: int
    name: str
    content: bytes | UnreadableFileError


@dataclass
class FrameSource:
    """One clip's key points in a folder or file `path`, for a video of `frame_count` frames; without one (`with_video`), the
    frame numbered `first` is the clip's first one.

    `noun` names what holds a frame ("frame file"), for messages. The other fields are filled while frames are read: `places`
    maps a frame to its file or entry, `ignored` counts files that are no frames, of which `first_ignored` comes first by name,
    `damage` is the reason (to follow a colon) why reading stopped early, or None. `allowance` bounds what reading costs.
    """

    path: Path
    noun: str
    frame_count: int
    first: int = 0
    with_video: bool = True
    places: dict[int, str] = field(default_factory=dict)
    ignored: int = 0
    first_ignored: str = ""
    damage: str | None = None
    allowance: Allowance = field(init=False)

    def __post_init__(self) -> None:
        self.allowance = Allowance.of_video(self.frame_count)

    def ignore(self, name: str) -> None:
        """Notes a file that is no frame. Raises ExhaustedError for too many."""
        self.allowance.take_other()
        name = printable(name, _LONGEST_NAME)
        self.first_ignored = name if not self.ignored else min(name, self.first_ignored)
        self.ignored += 1

    def add(self, number: int, place: str) -> None:
        """Notes where a frame is stored. Raises KeypointError if it was added before."""
        other = self.places.setdefault(number, place)
        if other is not place:
            first, second = (printable(name, _LONGEST_NAME) for name in sorted((other, place)))
            raise KeypointError(
                f"{self.path} has two files for frame {number} ({first} and {second}); one clip a folder or archive."
            )

    def refuse_beyond_video(self, number: int, name: str) -> None:
        """Raises KeypointError for a frame that the video does not have."""
        if number >= self.frame_count:
            shown = printable(name, _LONGEST_NAME)
            has = "the video has" if self.with_video else "at most so many are read:"
            raise KeypointError(
                f"{shown} in {self.path} is frame {number} from 0, but {has} {self.frame_count} frames."
            )

    def refuse_empty(self) -> None:
        """Raises KeypointError if no frame was found."""
        if not self.places:
            reason = f" ({self.damage})" if self.damage else ""
            raise KeypointError(
                f"{self.path} has no OpenPose {self.noun}s, named like clip_000000000000_keypoints.json{reason}."
            )

    def number_of(self, place: str) -> int | None:
        """The frame number in a file's name. None for other files; they are counted as `ignored`, except operating-system files.

        Raises ExhaustedError for too many others.
        """
        path = PurePosixPath(place)
        if any(part.startswith((".", "__MACOSX")) for part in path.parts):
            self.allowance.take_other()
            return None
        match = _FRAME_NAME.search(path.name)
        if match is None:
            self.ignore(place)
            return None
        return int(match.group(1)) - self.first


@dataclass(frozen=True, slots=True)
class OpenSource:
    """`frames` can be iterated once; `source` is complete afterwards."""

    source: FrameSource
    frames: Iterator[Frame]
