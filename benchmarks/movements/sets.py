"""Sets of labeled movements: `NAME.npz` files as clips, tasks, rounds of training and test clips, and a metric.

An `.npz` (NumPy, no pickles) holds `points` float (frames of all clips one after the other, 137, 3) = x, y, confidence,
missing = 0, 0, 0; `start` int (clips + 1), clip i is `points[start[i]:start[i + 1]]`; `label`, and as far as there are
any `subject`, `clip`, `split` ("train", "test" or empty), one a clip; `fps`; `meta`, a JSON object: `tasks` (name ->
"label", "before_colon" or "after_colon" of the label), `folds` or `"split": "given"`, `metric`. Without `meta` the
labels are taken as they are, in five folds of people, by balanced accuracy.
"""

import hashlib
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from core.errors import InputError
from core.guarded_files import MIB
from core.numpy_files import NumpyArchive
from core.pose.keypoint_sets import PARTS_OF_LABEL, part_of_label
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable
from training.peers.interface import LabeledClips

METRICS = ("balanced_accuracy", "accuracy", "macro_f1")
_NEEDED, _OPTIONAL = ("points", "start", "label"), ("subject", "clip", "split", "fps", "meta")
_MEMORY_SHARE = 0.25  # of what is free: the points are held a second time while they are repaired
_MOST_BYTES = 64 * MIB  # of all but the points
_FOLDS = 5
_FPS = 25.0
_MOST_FPS = 1000.0
_LARGEST = 1e7  # px or metres; squares of larger ones are no longer numbers in float32
_FARTHEST = 10_000  # times as far from the middle of their clip as points usually are
_LONGEST_NAME = 60

Fit = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
"""Places of the training and of the test clips."""


@dataclass(frozen=True)
class Movements:
    """One file. `subjects` (N,) who is seen, the clip itself where there are no names; `people`: whether there are."""

    name: str
    tracks: Sequence[KeypointTrack]
    labels: Sequence[str]
    subjects: npt.NDArray[np.intp]
    people: bool
    clips: Sequence[str]
    split: Sequence[str]
    meta: Mapping[str, Any]
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Task:
    """What is told apart on which clips. The metric is the mean over `rounds` of that over all test clips of a round."""

    set_name: str
    name: str
    clips: LabeledClips
    rounds: Sequence[Sequence[Fit]]
    metric: str
    people: bool
    remarks: Sequence[str] = field(default=())

    @property
    def title(self) -> str:
        return f"{self.set_name}, {self.name}"

    @cached_property
    def digest(self) -> str:
        """Changes with the clips, their labels, the people and the splits."""
        found = hashlib.blake2b(digest_size=12)
        for track in self.clips.tracks:
            found.update(track.points.tobytes())
            found.update(track.time_s[:2].tobytes())
        for array in (self.clips.labels, self.clips.subjects, *(side for fit in self.fits for side in fit)):
            found.update(array.tobytes())
        return found.hexdigest()

    @property
    def fits(self) -> list[Fit]:
        """Those of all rounds, in order."""
        return [fit for fits in self.rounds for fit in fits]


def read_folder(folder: Path) -> tuple[list[Task], list[str]]:
    """The tasks of all `*.npz`, and a sentence for each file, task or clip that is left out or repaired.

    Raises InputError where the folder is none or has no such file.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.")
    paths = sorted(folder.glob("*.npz"))
    if not paths:
        raise InputError(f"{folder} has no .npz file.")
    sets, told = [], []
    for path in paths:
        try:
            found = read_set(path)
        except InputError as error:
            told.append(str(error))
        else:
            sets.append(found)
            told += found.remarks
    tasks: list[Task] = []
    for group in grouped_splits(sets):
        try:
            found_tasks = tasks_of(group)
        except InputError as error:
            told.append(str(error))
        else:
            tasks += found_tasks[0]
            told += found_tasks[1]
    return tasks, told


def read_set(path: Path) -> Movements:
    """One file. Raises InputError, one sentence that names it, where it is not of the form."""
    with NumpyArchive(path, raises=InputError) as archive:
        names = [*_NEEDED, *(name for name in _OPTIONAL if name in archive.headers)]
        arrays = {name: archive.read(name, _most_bytes() if name == "points" else _MOST_BYTES) for name in names}
    points, start, remarks = _checked(path, arrays)
    count = len(start) - 1
    labels = _names(path, arrays, "label", count)
    clips = _names(path, arrays, "clip", count) if "clip" in arrays else [str(place) for place in range(count)]
    split = _names(path, arrays, "split", count) if "split" in arrays else [""] * count
    subjects = _names(path, arrays, "subject", count) if "subject" in arrays else [""] * count
    people = any(subjects) and len(set(subjects)) < count  # intervals are over clips where nobody has several
    unnamed = [name or f"\n{place}" for place, name in enumerate(subjects)]
    meta = _meta(path, arrays)
    fps, more = _fps(path, arrays, count)
    tracks = [
        KeypointTrack(points[start[place] : start[place + 1]], np.arange(start[place + 1] - start[place]) / fps[place])
        for place in range(count)
    ]
    without = sum(not track.present.any() for track in tracks)
    if without:
        remarks.append(f"{path.name}: {without} of {count} clips show no point.")
    if not any(subjects):
        remarks.append(f"{path.name} names nobody: each clip counts as a person of its own.")
    return Movements(
        printable(path.stem, _LONGEST_NAME),
        tracks,
        labels,
        np.unique(unnamed, return_inverse=True)[1].astype(np.intp),
        people,
        clips,
        split,
        meta,
        (*remarks, *more),
    )


def _most_bytes() -> int:
    return int(_MEMORY_SHARE * psutil.virtual_memory().available)


def _checked(
    path: Path, arrays: Mapping[str, npt.NDArray[Any]]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], list[str]]:
    """The points with what is no point taken out, and the starts."""
    points, start, remarks = arrays["points"], arrays["start"], []
    if (
        points.ndim != 3
        or points.shape[1] != JOINT_COUNT
        or points.shape[2] not in (3, 4)
        or points.dtype.kind not in "fiu"
    ):
        raise InputError(
            f"{path.name}: the points have the shape {points.shape} of {points.dtype}; "
            f"(frames, {JOINT_COUNT}, 3) of x, y, confidence are needed."
        )
    if points.shape[2] == 4:
        points = points[..., [0, 1, 3]]
        remarks.append(f"{path.name} is in three dimensions: depth is dropped.")
    if start.ndim != 1 or len(start) < 2 or start.dtype.kind not in "iu":
        raise InputError(f"{path.name}: 'start' must be whole numbers, one more than there are clips.")
    start = start.astype(np.int64)
    if start[0] != 0 or start[-1] != len(points) or (np.diff(start) < 0).any():
        raise InputError(f"{path.name}: 'start' does not go up from 0 to the {len(points)} frames.")
    with np.errstate(over="ignore"):
        points = points.astype(np.float32)
    with np.errstate(invalid="ignore"):
        far = _far_off(points, start)
    broken = far | ~np.isfinite(points).all(axis=2) | (np.abs(points[..., :2]) > _LARGEST).any(axis=2)
    if broken.any():
        remarks.append(
            f"{path.name}: {int(broken.sum()):,} points are no numbers or beyond all measure; they count as missing."
        )
    points[broken | (points[..., 2] <= 0)] = 0
    return points, start, remarks


def _far_off(points: npt.NDArray[np.float32], start: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(frames, 137) points so far from the others of their clip that they are faults: models would not see the rest."""
    far = np.zeros(points.shape[:2], dtype=bool)
    for begin, end in pairwise(start.tolist()):
        clip = points[begin:end]
        there = (clip[..., 2] > 0) & np.isfinite(clip).all(axis=2)
        if not there.any():
            continue
        away = np.abs(clip[..., :2] - np.median(clip[there][:, :2], axis=0)).max(axis=2)
        usual = float(np.median(away[there]))
        far[begin:end] = there & (away > _FARTHEST * usual) & (usual > 0)
    return far


def _names(path: Path, arrays: Mapping[str, npt.NDArray[Any]], name: str, count: int) -> list[str]:
    found = arrays[name]
    if found.shape != (count,) or found.dtype.kind not in "UiuS":
        raise InputError(f"{path.name}: {name!r} must have one text for each of the {count} clips.")
    if found.dtype.kind == "S":
        found = np.char.decode(found, "utf-8", "replace")
    try:
        return [printable(str(one)) for one in found.tolist()]
    except ValueError as error:  # numbers that are no character
        raise InputError(f"{path.name}: {name!r} holds what is no text.") from error


def _fps(path: Path, arrays: Mapping[str, npt.NDArray[Any]], count: int) -> tuple[npt.NDArray[np.float64], list[str]]:
    found = arrays.get("fps", np.full(count, _FPS))
    if found.dtype.kind not in "fiu" or found.shape not in ((), (1,), (count,)):
        raise InputError(f"{path.name}: 'fps' must be a number, or one for each of the {count} clips.")
    fps = np.broadcast_to(found.astype(np.float64), (count,)).copy()
    unusable = ~np.isfinite(fps) | (fps <= 0) | (fps > _MOST_FPS)
    fps[unusable] = _FPS
    said = (
        f"{path.name}: {int(unusable.sum())} clips have no usable frame rate and are read as {_FPS:g} frames a second."
    )
    return fps, [said] if unusable.any() else []


def _meta(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Any]:
    if "meta" not in arrays:
        return {}
    try:
        found = json.loads(str(arrays["meta"]))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: 'meta' is no JSON.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path.name}: 'meta' is no JSON object.")
    tasks = found.get("tasks", {})
    if not isinstance(tasks, dict) or any(part not in PARTS_OF_LABEL for part in map(str, tasks.values())):
        raise InputError(f"{path.name}: 'tasks' of 'meta' must name {', '.join(PARTS_OF_LABEL)} by task.")
    folds = found.get("folds", _FOLDS)
    if isinstance(folds, bool) or not isinstance(folds, int) or not 2 <= folds <= 1000:
        raise InputError(f"{path.name}: 'folds' of 'meta' must be a whole number from 2.")
    return dict(found)


def grouped_splits(sets: Sequence[Movements]) -> list[list[Movements]]:
    """The sets, those that are splits of the same clips together: their names and descriptions differ in numbers alone,
    each has its split given, and clips and labels are the same, in whatever order and under whatever name.
    """
    groups: dict[object, list[Movements]] = {}
    for one in sets:
        key: object = one.name
        if one.meta.get("split") == "given":
            described = re.sub(r"\d+", "#", json.dumps(one.meta, sort_keys=True))
            key = (re.sub(r"\d+$", "", one.name), described, tuple(sorted(_contents(one))))
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _contents(one: Movements) -> list[bytes]:
    """What tells each clip from others: its points and its label."""
    return [
        hashlib.blake2b(track.points.tobytes() + label.encode(), digest_size=16).digest()
        for track, label in zip(one.tracks, one.labels, strict=True)
    ]


def tasks_of(group: Sequence[Movements]) -> tuple[list[Task], list[str]]:
    """The tasks of one set, given as one file or as several splits of it, and what is to be said about them.

    Raises InputError where the set has no task for whole clips, or no split.
    """
    first = group[0]
    name = first.name if len(group) == 1 else re.sub(r"\d+$", "", first.name)
    metric = first.meta.get("metric", METRICS[0])
    if metric not in METRICS:
        raise InputError(f"{name} is left out: its metric is {metric!r}, and whole clips have {', '.join(METRICS)}.")
    tasks, told = [], []
    for task, part in (first.meta.get("tasks") or {"label": "label"}).items():
        title = printable(str(task), _LONGEST_NAME)
        of_clip = [part_of_label(label, str(part)) for label in first.labels]
        classes = sorted(set(of_clip))
        if len(classes) < 2:
            told.append(f"{name}, {title} is left out: every clip is labeled {classes[0] if classes else 'nothing'!r}.")
            continue
        labels = np.array([classes.index(label) for label in of_clip], dtype=np.intp)
        clips = LabeledClips(first.tracks, labels, first.subjects, classes)
        if first.meta.get("split") == "given":
            rounds: list[list[Fit]] = [[_given(one, first)] for one in group]
        else:
            folds = min(int(first.meta.get("folds", _FOLDS)), len(set(first.subjects.tolist())))
            if folds < 2:
                told.append(f"{name}, {title} is left out: it shows one person, so that nobody can be held out.")
                continue
            rounds = [grouped(clips, folds)]
        found = Task(name, title, clips, rounds, metric, first.people)
        told += unseen_labels(found)
        tasks.append(found)
    return tasks, told


def _given(one: Movements, first: Movements) -> Fit:
    """The split of `one` as places of clips in `first`, another split of the same clips.

    Raises InputError where one side is empty or a person is on both.
    """
    split = np.array(one.split)
    sides = [split == side for side in ("train", "test")]
    if not all(side.any() for side in sides):
        raise InputError(f"{one.name} is left out: its split is to be given, and one side of it has no clip.")
    both = set(one.subjects[sides[0]].tolist()) & set(one.subjects[sides[1]].tolist())
    if both:
        raise InputError(f"{one.name} is left out: {len(both)} people are in both sides of its split.")
    places = np.arange(len(split))
    if one is not first:  # equal clips, of which there may be several, are taken in their order
        own, others = np.argsort(_contents(one), kind="stable"), np.argsort(_contents(first), kind="stable")
        places[own] = others
    return np.sort(places[sides[0]]), np.sort(places[sides[1]])


def grouped(clips: LabeledClips, folds: int) -> list[Fit]:
    """Folds that keep people whole and labels alike as far as that allows, always the same ones."""
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        if np.bincount(clips.labels).max() < folds:  # which it refuses
            from sklearn.model_selection import GroupKFold

            return [*GroupKFold(folds).split(clips.labels, groups=clips.subjects)]
        found = [*splitter.split(clips.labels, clips.labels, clips.subjects)]
    return [(training, test) for training, test in found if len(training) and len(test)]


def unseen_labels(task: Task) -> list[str]:
    """A sentence where test clips have labels that their training side lacks."""
    labels = task.clips.labels
    unseen = {int(one) for training, test in task.fits for one in np.setdiff1d(labels[test], labels[training])}
    if not unseen:
        return []
    named = ", ".join(repr(task.clips.classes[one]) for one in sorted(unseen)[:3])
    more = f" and {len(unseen) - 3} others" if len(unseen) > 3 else ""
    return [f"{task.title}: {named}{more} occur among test people alone in some fit; there they count as wrong."]
