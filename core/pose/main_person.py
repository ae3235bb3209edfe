"""Tracking of the main person, as OpenPose lists the people of a frame in no stable order.

People of successive frames are linked into tracks by the median distance of the body and face points that both have, in
units of their own size. The main person is the track with the greatest sum of size over its frames: long in view and
large. Tracks that do not overlap it in time and have at least half its size are taken for the same person after a cut.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import SHOULDER_WIDTHS_PER_EYE_DISTANCE
from core.pose.skeleton import FACE, JOINT_COUNT, LEFT_EYE, LEFT_SHOULDER, RIGHT_EYE, RIGHT_SHOULDER

_MAX_STEP = 0.75  # in sizes of the person; people side by side are more than one shoulder width apart
_FEW_PAIRS = 4  # of people and tracks; one by one they cost less than all at once
_MAX_GAP_FRAMES = 50  # a track ends if it was not continued for two seconds at 25 fps
_MIN_SIZE_SHARE = 0.5
_TRACKED = np.r_[0:8, 15:19, FACE.start : FACE.start + 68 : 4]  # upper body and a sample of the face


@dataclass
class _Track:
    """One person over several frames; `places` are the last known positions of the tracked points, NaN if never detected."""

    places: npt.NDArray[np.float64]
    last_frame: int
    frames: list[int] = field(default_factory=list)
    persons: list[int] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    @property
    def weight(self) -> float:
        return float(sum(self.sizes))


class PersonFollower:
    """Takes frames in order of time, then tells the main person of each. Does not store the frames."""

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._active: list[_Track] = []

    def add(self, frame: int, people: npt.NDArray[np.float32]) -> None:
        """`people` (P, 137, 3) of one frame, P >= 0; people without any body or face point are ignored."""
        self._active = [track for track in self._active if frame - track.last_frame <= _MAX_GAP_FRAMES]
        places = people[:, _TRACKED, :2].astype(np.float64)
        places[people[:, _TRACKED, 2] <= 0] = np.nan
        waiting = [person for person in range(len(people)) if not np.isnan(places[person, :, 0]).all()]
        sizes = {person: person_size_px(people[person]) for person in waiting}
        links = self._links(waiting, places, sizes)
        taken: set[int] = set()
        for _, person, index in links:
            if person in waiting and index not in taken:
                taken.add(index)
                waiting.remove(person)
                self._extend(self._active[index], frame, person, places[person], sizes[person])
        for person in waiting:
            track = _Track(np.full_like(places[person], np.nan), frame)
            self._tracks.append(track)
            self._active.append(track)
            self._extend(track, frame, person, places[person], sizes[person])

    def _links(
        self, people: list[int], places: npt.NDArray[np.float64], sizes: dict[int, float]
    ) -> list[tuple[float, int, int]]:
        """(step, person, index of the track) of all that may be one person, the nearest first."""
        if len(people) * len(self._active) <= _FEW_PAIRS:
            return sorted(
                (step, person, index)
                for person in people
                for index, track in enumerate(self._active)
                if (step := _median_distance(places[person], track.places) / sizes[person]) <= _MAX_STEP
            )
        distances = _median_distances(places[people], np.stack([track.places for track in self._active]))
        steps = distances / np.array([sizes[person] for person in people])[:, None]
        return sorted(
            (float(steps[row, index]), people[row], index) for row, index in np.argwhere(steps <= _MAX_STEP).tolist()
        )

    @staticmethod
    def _extend(track: _Track, frame: int, person: int, places: npt.NDArray[np.float64], size: float) -> None:
        track.places = np.where(np.isnan(places), track.places, places)
        track.last_frame = frame
        track.frames.append(frame)
        track.persons.append(person)
        track.sizes.append(size)

    def main_person(self) -> dict[int, int]:
        """Frame to index of the main person among that frame's people; frames without that person are left out."""
        ranked = sorted(self._tracks, key=lambda track: track.weight, reverse=True)
        if not ranked:
            return {}
        usual_size = float(np.median(ranked[0].sizes))
        chosen: dict[int, int] = {}
        spans: list[tuple[int, int]] = []
        for track in ranked:
            first, last = track.frames[0], track.frames[-1]
            overlaps = any(first <= end and begin <= last for begin, end in spans)
            if not overlaps and float(np.median(track.sizes)) >= _MIN_SIZE_SHARE * usual_size:
                spans.append((first, last))
                chosen.update(zip(track.frames, track.persons, strict=True))
        return chosen


def person_size_px(person: npt.NDArray[np.float32]) -> float:
    """The larger of the shoulder width and its estimate from the eye distance; without both, the spread of the points.

    `person` is (137, 3) with at least one point present. A turned head shortens the eye distance and a missing shoulder
    rules out the other, so the larger is more stable.
    """
    widths = (
        _distance(person, RIGHT_SHOULDER, LEFT_SHOULDER),
        _distance(person, RIGHT_EYE, LEFT_EYE) * SHOULDER_WIDTHS_PER_EYE_DISTANCE,
    )
    if max(widths) > 1:
        return max(widths)
    there = person[:JOINT_COUNT, 2] > 0
    return max(float(np.ptp(person[there, :2], axis=0).max()), 1.0)


def _distance(person: npt.NDArray[np.float32], a: int, b: int) -> float:
    if min(person[a, 2], person[b, 2]) <= 0:
        return 0.0
    return float(np.hypot(person[a, 0] - person[b, 0], person[a, 1] - person[b, 1]))


def _median_distances(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(P, Q) `_median_distance` of each of `a` (P, J, 2) to each of `b` (Q, J, 2); for crowds."""
    distances = np.hypot(a[:, None, :, 0] - b[None, :, :, 0], a[:, None, :, 1] - b[None, :, :, 1])
    distances.sort(axis=2)  # NaN comes last
    counts = (~np.isnan(distances)).sum(axis=2, keepdims=True)
    lower = np.take_along_axis(distances, np.maximum(counts - 1, 0) // 2, axis=2)
    upper = np.take_along_axis(distances, np.minimum(counts // 2, distances.shape[2] - 1), axis=2)
    medians: npt.NDArray[np.float64] = ((lower + upper) / 2)[..., 0]
    for row, column in np.argwhere(counts[..., 0] == 0).tolist():
        medians[row, column] = _median_distance(a[row], b[column])
    return medians


def _median_distance(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Median distance over the points that both have; if there are none, the distance of their centers."""
    distances = np.hypot(a[:, 0] - b[:, 0], a[:, 1] - b[:, 1])
    shared = np.sort(distances[~np.isnan(distances)])
    if count := len(shared):
        # np.median takes five times as long on so few values.
        return float(shared[(count - 1) // 2] + shared[count // 2]) / 2
    between = np.nanmean(a, axis=0) - np.nanmean(b, axis=0)
    return float(np.hypot(between[0], between[1]))
