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
_DIGITS = 12  # of a number in a name of OpenPose's
_SPARE, _SPARE_SHARE = 2, 200
_FRAME_NAME = re.compile(r"(?:^|_)(\d{1,12})_keypoints\.json$")


def spare_frames(frame_count: int) -> int:
    """How many frames more than the video key points may have: tools count the last ones differently."""
    return max(_SPARE, frame_count // _SPARE_SHARE)


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
    `renumbered`: the number in the names that was read as 0.
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
    renumbered: int = 0
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

    @property
    def readable(self) -> int:
        """The frames that are read: those of the video, and a few more that a tool may have written after its last."""
        return self.frame_count + spare_frames(self.frame_count) if self.with_video else self.frame_count

    def refuse_beyond_video(self, number: int, name: str) -> None:
        """Raises KeypointError for a frame that the video does not have by far."""
        if number >= self.readable:
            shown = printable(name, _LONGEST_NAME)
            has = "the video has" if self.with_video else "at most so many are read:"
            raise KeypointError(
                f"{shown} in {self.path} is frame {number} from 0, but {has} {self.frame_count} frames."
            )

    def count_from_zero(self) -> None:
        """Renumbers frames that were all listed, whose numbers begin with another than 0 and fill the video exactly."""
        first, last = min(self.places), max(self.places)
        if self.with_video and first and last >= self.frame_count and last - first + 1 == self.frame_count:
            self.places = {number - first: place for number, place in self.places.items()}
            self.renumbered = first

    def first_frame(self) -> int:
        """The number of the video's first frame, 0 or 1, when all frames are known. Raises KeypointError where names do not tell.

        OpenPose counts a video's frames from 0 in names of 12 digits. Pictures that another tool cut a video into are often
        counted from 1, and OpenPose calls its files after them.
        """
        first, last = min(self.places), max(self.places)
        if not self.with_video or first != 1:
            return 0
        if last == self.frame_count:
            self.renumbered = 1
            return 1
        digits = _FRAME_NAME.search(PurePosixPath(self.places[first]).name)
        if digits is not None and len(digits.group(1)) != _DIGITS:
            raise KeypointError(
                f"{self.path} begins with frame 1 and ends with {last}, and the video has {self.frame_count} frames: whether its "
                "first frame is 0 or 1 cannot be told. Name the files from 0 on, as OpenPose does."
            )
        return 0

    def surplus(self) -> list[int]:
        """The numbers of frames after the video's last, when all are known."""
        return sorted(number for number in self.places if number - (self.renumbered == 1) >= self.frame_count)

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
