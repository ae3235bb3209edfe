"""How much reading the key points of one clip may cost, so that no archive, however small, fills memory or never ends.

The bounds grow with the video's frames, as honest key points do, and lie far above what OpenPose writes: some 7 KiB and
0.2 ms a frame and person.
"""

import time
from dataclasses import dataclass, field

from core.errors import KeypointError

MAX_FRAME_BYTES = 8 * 2**20  # a frame of 1,000 people; anything larger is not a frame
MAX_PEOPLE = 1_000
FOLLOWED_PEOPLE = 32  # of a frame with more, the largest are followed: the main person is large
_PACKED_BYTES = 2**20  # smaller frames may be packed as tightly as they like
_MAX_RATIO = 100  # OpenPose's JSON shrinks to a third, that of empty pictures to a thirtieth

_BYTES, _BYTES_A_FRAME = 64 * 2**20, 256 * 2**10
_OTHERS, _OTHERS_A_FRAME = 20_000, 4  # files or entries that are no frames, such as rendered pictures
_BYTES_A_CHECK = 2**16
_SECONDS, _SECONDS_A_FRAME = 2.0, 0.01
_BYTES_TO_COUNT, _SECONDS_TO_COUNT = 2**34, 300.0
MOST_FRAMES = 500_000
"""Frames of a clip without a video that are read, which takes up to 4 GB of memory: five hours at 25 a second."""


class ExhaustedError(Exception):
    """Reading has cost more than key points of a video of this length can; the message follows a colon."""


@dataclass(slots=True)
class Allowance:
    """What reading the key points of one video of `frame_count` frames may still cost.

    Time is that of this thread on the processor: a slow disk is no attack.
    """

    bytes_left: int
    ends_at_s: float
    others_left: int
    _time_checked_at: int = field(init=False)

    def __post_init__(self) -> None:
        self._time_checked_at = self.bytes_left

    @classmethod
    def of_video(cls, frame_count: int) -> "Allowance":
        """The allowance of a clip, beginning now."""
        return cls(
            bytes_left=_BYTES + frame_count * _BYTES_A_FRAME,
            ends_at_s=time.thread_time() + _SECONDS + frame_count * _SECONDS_A_FRAME,
            others_left=_OTHERS + frame_count * _OTHERS_A_FRAME,
        )

    @classmethod
    def of_counting(cls) -> "Allowance":
        """The allowance of counting the frames of a clip without a video."""
        return cls(
            bytes_left=_BYTES_TO_COUNT,
            ends_at_s=time.thread_time() + _SECONDS_TO_COUNT,
            others_left=_OTHERS + MOST_FRAMES * _OTHERS_A_FRAME,
        )

    def take(self, size: int) -> None:
        """Counts bytes that were read or unpacked. Raises ExhaustedError if they or the time were too much."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise ExhaustedError("it unpacks to more than key points of this video can be")
        if (
            self._time_checked_at - self.bytes_left > _BYTES_A_CHECK
        ):  # asking for the time costs as much as 100 bytes of JSON
            self._time_checked_at = self.bytes_left
            self.check_time()

    def take_other(self) -> None:
        """Counts a file or entry that is no frame. Raises ExhaustedError for too many."""
        self.others_left -= 1
        if self.others_left < 0:
            raise ExhaustedError("it holds more files that are no frames than key points of this video can")

    def check_time(self) -> None:
        """Raises ExhaustedError if reading has taken longer than key points of this video can."""
        if time.thread_time() > self.ends_at_s:
            raise ExhaustedError("reading it takes longer than key points of this video can")


def is_bomb(size: int, packed: int) -> bool:
    """Whether a file of `size` bytes was packed into so few that it cannot be a frame."""
    return size > _PACKED_BYTES and size > _MAX_RATIO * max(packed, 1)


def refuse_exhausted(path: object, problem: ExhaustedError) -> KeypointError:
    """The error for the user."""
    return KeypointError(f"The key points {path} are refused: {problem}.")
