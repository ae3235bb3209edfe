"""Reading a set of key points without videos from one `.npz` file: many clips, with who is in them and what they show.

    points   (frames of all clips one after the other, 137, 3): x, y, confidence; or (…, 137, 4): x, y, z, confidence
    start    (clips + 1): clip i is points[start[i]:start[i + 1]]
    clip     (clips): names
    subject, label, split, fps   (clips): optional; fps may be one number for all
    meta     optional: a JSON text, an object; its `tasks` are {name: "label", "before_colon" or "after_colon" of the label}

The points are read clip by clip, so that a set need not fit into memory. What is wrong with the whole file is an error; what is
wrong with one clip is said of it by the caller.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from core.errors import InputError, KeypointError
from core.guarded_files import MIB
from core.numpy_files import NumpyArchive
from core.outside_json import read_json
from core.pose.openpose.limits import MOST_FRAMES
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable, some_of
from core.storable import storable

SET_SUFFIX = ".npz"
_MOST_CLIPS = 250_000
_MOST_BYTES = 64 * MIB  # of all but the points
PARTS_OF_LABEL = ("label", "before_colon", "after_colon")
"""What a task of a set can take of each label."""


@dataclass(frozen=True, slots=True)
class SetClip:
    """A clip of a set as the file describes it. `frames`: how many it has. `subject`, `label` and `split` are "" where the file
    has none, `fps` is NaN then.
    """

    name: str
    frames: int
    subject: str
    label: str
    split: str
    fps: float


class KeypointSet:
    """An open set; a context manager. `clips` in the file's order, with whole labels; `meta` and its `tasks`, empty without."""

    def __init__(self, path: Path, needed: Sequence[str] = ("clip",)) -> None:
        """`needed`: arrays that the caller cannot do without beside points and start; clips without names have numbers.

        Raises KeypointError for a file that is no such set.
        """
        self.name = printable(path.name)
        self._archive = NumpyArchive(path, raises=KeypointError)
        try:
            self.clips = self._described(needed)
            self.meta: Mapping[str, Any] = self._read_meta()
            self.tasks: Mapping[str, str] = self._tasks()
        except BaseException:
            self._archive.close()
            raise

    @property
    def has_subjects(self) -> bool:
        """Whether the file has this array."""
        return "subject" in self._archive.headers

    @property
    def has_fps(self) -> bool:
        """Whether the file has this array."""
        return "fps" in self._archive.headers

    @property
    def remark_on_depth(self) -> str:
        """A sentence where the points are in 3-D, else empty."""
        in_3d = self._archive.header("points").shape[-1] > 3
        return f"The points of {self.name} are in 3-D; their depth was left out." if in_3d else ""

    @property
    def remark_on_nobody(self) -> str:
        """The sentence for where subjects are missing."""
        return f"{self.name} has no subject, so every clip counts as a person of its own."

    def of_task(self, task: str | None) -> tuple[SetClip, ...]:
        """The clips with what `task` takes of their labels; None for the only task, or for whole labels where none is named.

        Raises KeypointError where the set has no such task, or several and none is asked for.
        """
        if task is None and len(self.tasks) > 1:
            raise KeypointError(
                f"{self.name} has the tasks {some_of(self.tasks)}; name the one whose labels are meant, as "
                f"--task {next(iter(self.tasks))}."
            )
        if task is not None and task not in self.tasks:
            raise KeypointError(f"{self.name} has no task {task}; it has {some_of(self.tasks) or 'none named'}.")
        part = self.tasks[task] if task is not None else next(iter(self.tasks.values()), "label")
        return tuple(replace(clip, label=part_of_label(clip.label, part)) for clip in self.clips)

    def refuse_points_beyond(self, most_bytes: int) -> None:
        """Raises KeypointError where the points of all clips together take more."""
        self._archive.refuse_beyond("points", most_bytes)

    def points(self) -> Iterator[npt.NDArray[Any] | None]:
        """The points of each clip, (T, 137, 3 or 4), as they are in the file; None for one of more than MOST_FRAMES.

        Raises KeypointError where the file is damaged.
        """
        yield from self._archive.blocks("points", (clip.frames for clip in self.clips), longest=MOST_FRAMES)

    def too_long(self, clip: SetClip) -> KeypointError:
        """The error for a clip whose points are None."""
        return KeypointError(
            f"{self.name}: the clip {clip.name} has {clip.frames:,} frames; up to {MOST_FRAMES:,} are read."
        )

    def close(self) -> None:
        """Closes the file."""
        self._archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _described(self, needed: Sequence[str]) -> tuple[SetClip, ...]:
        points = self._archive.header("points")
        if len(points.shape) != 3 or points.shape[1] != JOINT_COUNT or points.shape[2] not in (3, 4):
            raise KeypointError(
                f"{self.name}: points has the shape {points.shape}; (frames, {JOINT_COUNT}, 3) with x, y, confidence, or "
                f"(frames, {JOINT_COUNT}, 4) with x, y, z, confidence, is needed."
            )
        if points.dtype.kind not in "fiu":
            raise KeypointError(f"{self.name}: points is of the type {points.dtype}, not of numbers.")
        for field in needed:
            self._archive.header(field)
        names = self._texts("clip", None) if "clip" in self._archive.headers else None
        lengths = self._lengths(points.shape[0], None if names is None else len(names))
        count = len(lengths)
        subjects, labels, splits = (self._texts(field, count) for field in ("subject", "label", "split"))
        names = names or [str(place) for place in range(count)]
        described = zip(names, lengths, subjects, labels, splits, self._frame_rates(count), strict=True)
        return tuple(SetClip(*one) for one in described)

    def _lengths(self, frames: int, clips: int | None) -> list[int]:
        """`clips`: how many there are, where that is known."""
        shape, dtype = self._archive.header("start").shape, self._archive.header("start").dtype
        if dtype.kind not in "iu" or len(shape) != 1 or (clips is not None and shape != (clips + 1,)):
            wanted = (
                "one more than there are clips, as" if clips is None else f"for {clips:,} clips it is ({clips + 1},)"
            )
            raise KeypointError(
                f"{self.name}: start has the shape {shape} and the type {dtype}; {wanted} whole numbers."
            )
        if not 2 <= shape[0] <= _MOST_CLIPS + 1:
            raise KeypointError(
                f"{self.name} has {max(0, shape[0] - 1):,} clips; sets of 1 to {_MOST_CLIPS:,} clips are read."
            )
        begins = [int(one) for one in self._archive.read("start", _MOST_BYTES)]
        if begins[0] != 0 or begins[-1] != frames or any(b < a for a, b in pairwise(begins)):
            raise KeypointError(
                f"{self.name}: start must rise from 0 to {frames:,}, the number of frames in points; it goes from "
                f"{begins[0]:,} to {begins[-1]:,}{'' if begins[0] == 0 and begins[-1] == frames else ', and falls between'}."
            )
        return [b - a for a, b in pairwise(begins)]

    def _texts(self, field: str, clips: int | None) -> list[str]:
        if clips is not None and field not in self._archive.headers:
            return [""] * clips
        shape = self._archive.header(field).shape
        if len(shape) != 1 or (clips is not None and shape[0] != clips):
            raise KeypointError(
                f"{self.name}: {field} has the shape {shape}; one entry a clip is needed"
                f"{'' if clips is None else f', ({clips},)'}."
            )
        if shape[0] > _MOST_CLIPS:
            raise KeypointError(f"{self.name}: {field} has {shape[0]:,} entries; up to {_MOST_CLIPS:,} clips are read.")
        return self._read_texts(field)

    def _read_texts(self, field: str) -> list[str]:
        """Names in bytes that are no UTF-8 are refused: with what replaces them, two people could become one."""
        values = self._archive.read(field, _MOST_BYTES).reshape(-1)
        try:
            if values.dtype.kind == "S":
                return [storable(one.decode("utf-8")) for one in values.tolist()]
            if values.dtype.kind in "Uiu":
                return [storable(str(one)) for one in values.tolist()]
        except (ValueError, SystemError) as error:  # the second: numpy, for numbers that no character has
            raise KeypointError(f"{self.name}: {field} holds something that is no text.") from error
        raise KeypointError(f"{self.name}: {field} is of the type {values.dtype}, not of text.")

    def _frame_rates(self, clips: int) -> list[float]:
        if not self.has_fps:
            return [float("nan")] * clips
        fps = self._archive.read("fps", _MOST_BYTES)
        if fps.shape not in ((clips,), (1,), ()) or fps.dtype.kind not in "fiu":
            raise KeypointError(
                f"{self.name}: fps has the shape {fps.shape} and the type {fps.dtype}; one number a clip is needed, ({clips},), "
                "or one for all."
            )
        return [float(one) for one in np.broadcast_to(fps, (clips,))]

    def _read_meta(self) -> Mapping[str, Any]:
        if "meta" not in self._archive.headers:
            return {}
        header = self._archive.header("meta")
        if header.dtype.kind not in "US" or header.shape not in ((), (1,)):
            raise KeypointError(f"{self.name}: meta is no JSON text.")
        (text,) = self._read_texts("meta")
        try:
            content = read_json(text, f"{self.name}: meta")
        except InputError as error:
            raise KeypointError(str(error)) from error
        if not isinstance(content, dict):
            raise KeypointError(f"{self.name}: meta is no JSON object.")
        return content

    def _tasks(self) -> Mapping[str, str]:
        tasks = self.meta.get("tasks", {})
        if not isinstance(tasks, dict) or any(part not in PARTS_OF_LABEL for part in tasks.values()):
            raise KeypointError(f"{self.name}: the tasks of meta are names with one of {', '.join(PARTS_OF_LABEL)}.")
        return tasks


def part_of_label(label: str, part: str) -> str:
    """What a task takes of a label; `part` is one of `PARTS_OF_LABEL`."""
    if part == "label":
        return label
    before, _, after = label.partition(":")
    return before if part == "before_colon" else after
