"""Sets of labeled movements: `NAME.npz` files as clips, tasks, rounds of training and test clips, and a metric.

The files are those of `core.pose.keypoint_sets`; names of clips are not needed, labels are. Of `meta`, beside `tasks`,
`folds` or `"split": "given"` (in `split`: "train", "test" or empty) and `metric` are read. Without `meta` the labels are
taken as they are, in five folds of people, by balanced accuracy.
"""

import hashlib
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from core.errors import LONGEST_SENTENCE, InputError
from core.media.timebase import FASTEST_FPS, SLOWEST_FPS
from core.pose.keypoint_sets import KeypointSet, part_of_label
from core.pose.keypoints import KeypointTrack
from core.pose.set_points import USUAL_FPS, Confidences, SetRemarks, repaired
from core.printable import printable
from training.peers.interface import LabeledClips

METRICS = ("balanced_accuracy", "accuracy", "macro_f1")
_MEMORY_SHARE = 0.25  # of what is free: models hold the points in other forms, too
_FOLDS, _MOST_FOLDS = 5, 1000
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
    return tasks, [printable(sentence, LONGEST_SENTENCE) for sentence in told]


def tasks_to_measure(folder: Path) -> tuple[list[Task], list[str]]:
    """The same of a folder that has a set to measure. Raises InputError, with all those sentences, for another."""
    tasks, told = read_folder(folder)
    if not tasks:
        raise InputError(" ".join([f"{folder} has no set to measure.", *told]))
    return tasks, told


def read_set(path: Path) -> Movements:
    """One file. Raises InputError, one sentence that names it, where it is not of the form."""
    with KeypointSet(path, needed=("label",)) as found:
        found.refuse_points_beyond(_most_bytes())
        _check_folds(found)
        remarks = SetRemarks(found.name)
        tracks = _tracks(found, remarks)
        subjects = [clip.subject for clip in found.clips]
        named = any(subjects)
        told = [found.remark_on_depth, *remarks.sentences(), "" if named else found.remark_on_nobody]
    unnamed = [name or f"\n{place}" for place, name in enumerate(subjects)]
    return Movements(
        printable(path.stem, _LONGEST_NAME),
        tracks,
        [printable(clip.label) for clip in found.clips],
        np.unique(unnamed, return_inverse=True)[1].astype(np.intp),
        named and len(set(subjects)) < len(subjects),  # intervals are over clips where nobody has several
        [clip.name for clip in found.clips],
        [clip.split for clip in found.clips],
        found.meta,
        [sentence for sentence in told if sentence],
    )


def _most_bytes() -> int:
    return int(_MEMORY_SHARE * psutil.virtual_memory().available)


def _tracks(found: KeypointSet, remarks: SetRemarks) -> list[KeypointTrack]:
    """The clips, repaired, and notes what was; a clip without a frame rate has the usual one."""
    tracks, confidences = [], Confidences()
    for clip, points in zip(found.clips, found.points(), strict=True):
        if points is None:
            raise found.too_long(clip)
        confidences.add(points)
        kept, dropped = repaired(points)
        usable = SLOWEST_FPS <= clip.fps <= FASTEST_FPS
        tracks.append(KeypointTrack(kept, np.arange(len(kept)) / (clip.fps if usable else float(USUAL_FPS))))
        for names, applies in (
            (remarks.empty, not kept[..., 2].any()),
            (remarks.dropped, dropped > 0),
            (remarks.without_fps, not found.has_fps),
            (remarks.odd_fps, found.has_fps and not usable),
        ):
            if applies:
                names.append(clip.name)
        remarks.points_dropped += dropped
    confidences.refuse_others(found.name)
    return tracks


def _check_folds(found: KeypointSet) -> None:
    folds = found.meta.get("folds", _FOLDS)
    if isinstance(folds, bool) or not isinstance(folds, int) or not 2 <= folds <= _MOST_FOLDS:
        raise InputError(f"{found.name}: the folds of meta are a whole number from 2 to {_MOST_FOLDS:,}.")


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
