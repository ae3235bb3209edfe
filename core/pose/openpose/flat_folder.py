"""Frame files of several clips side by side in one folder: `walk_000000000000_keypoints.json`, `jump_000000000000_…`."""

import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FRAME_NAME = re.compile(r"(?P<clip>.+)_(?P<number>\d{1,12})_keypoints\.json")


@dataclass(frozen=True, slots=True)
class FlatFrames:
    """The frame files of one clip in a folder that has others', too. Their numbers and how many digits each is written with,
    as a folder of an hour's films has hundreds of thousands of names.
    """

    folder: Path
    clip: str
    numbers: "array[int]" = field(default_factory=lambda: array("Q"))
    digits: "array[int]" = field(default_factory=lambda: array("B"))

    def __str__(self) -> str:
        return f"{self.folder / self.clip}_*"

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def name(self) -> str:
        """Of its files, for sentences."""
        return f"{self.clip}_*"

    def names(self) -> Iterator[str]:
        """The names of the files, in the folder's order."""
        for number, digits in zip(self.numbers, self.digits, strict=True):
            yield f"{self.clip}_{number:0{digits}d}_keypoints.json"


def is_frame_file(name: str) -> bool:
    """Whether a file of this name is one frame of a clip that the name tells."""
    return _FRAME_NAME.fullmatch(name) is not None


def flat_frames(folder: Path) -> dict[str, FlatFrames]:
    """The frame files in a folder by the name before their number; none in a folder that has no such files.

    Raises OSError for a folder that may not be read.
    """
    found: dict[str, FlatFrames] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            match = _FRAME_NAME.fullmatch(entry.name)
            if match is None or entry.name.startswith("."):
                continue
            frames = found.setdefault(match["clip"], FlatFrames(folder, match["clip"]))
            frames.numbers.append(int(match["number"]))
            frames.digits.append(len(match["number"]))
    return found
