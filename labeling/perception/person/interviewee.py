"""Choosing the interviewee among the people of a video.

Rules, in order of precedence:

1. The person that a user picked in the Library.
2. With key points: the person whose box holds them in at least half of the frames that have any. A box holds
   them if at least half of them are in it; of several such boxes in a frame, the one that fits best.
3. The person in view longest and largest: the greatest sum over frames of box height relative to picture height.

A person who leaves and returns, or is shown from another angle after a cut, has several tracks. A track of half a second or
more is merged with a person if the two are never in view together and its mean height is half to twice that person's; if
key points identified the person, the track must also hold them, or share no frame with any. Two people of similar size who
are never in view together and have no key points are therefore taken for one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import BODY, FACE
from core.types.interviewee import PersonPoint
from labeling.perception.person.detections import DetectionLog

_INSIDE = 0.5  # least share of the key points in a box, and of the frames
_SIZES = (0.5, 2.0)
_TOGETHER_FRAMES = 2  # tracks of one person may overlap by this many frames
_JOINS_FROM_S = 0.5
_PICK_WITHIN_S = 1.0
_SAMPLED_FRAMES = 400  # frames in which key points are compared with boxes, besides a few of each track
_SAMPLED_SHARES = (0.2, 0.5, 0.8)
_CANDIDATES = 12
# Without legs, which are outside the picture, and hands, which are often missing; every third face point is enough.
_UPPER = np.r_[BODY.start : 8, 15:19, FACE.start : FACE.stop : 3]

CHOICE = {
    "inside": _INSIDE,
    "sizes": list(_SIZES),
    "together_frames": _TOGETHER_FRAMES,
    "joins_from_s": _JOINS_FROM_S,
    "sampled": [_SAMPLED_FRAMES, *_SAMPLED_SHARES],
}
"""Parameters of the choice; part of the producer's digest."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of a video. `presence`: share (0..1) of the frames. `keypoint_agreement`: share of the frames with
    key points in which this person's box holds them, None if there is no such frame. `score`: the sum of rule 3.
    `best_*`: time and box of the frame with the largest box, for a thumbnail.
    """

    tracks: tuple[int, ...]
    first_s: float
    last_s: float
    presence: float
    mean_height_share: float
    keypoint_agreement: float | None
    best_time_s: float
    best_box_xyxy_px: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True)
class _Tracks:
    """K tracks, greatest sum first: ids (K,), sums (K,) of relative heights, durations (K,), and rows in the log.

    met (K,): number of the track's sampled frames with key points; held (K,): of those in which its box holds them.
    """

    ids: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]
    duration_s: npt.NDArray[np.float64]
    rows: list[npt.NDArray[np.intp]]
    held: npt.NDArray[np.int64]
    met: npt.NDArray[np.int64]

    @property
    def agrees(self) -> npt.NDArray[np.bool_]:
        """(K,): whether the key points identify the track as the interviewee."""
        return (self.met > 0) & (self.held >= _INSIDE * self.met)


def choose(
    log: DetectionLog,
    time_s: npt.NDArray[np.float64],
    size_px: tuple[int, int],
    keypoints: KeypointTrack | None,
    picked: PersonPoint | None,
) -> tuple[int, ...]:
    """Track ids of the interviewee, ascending; () if there is nobody. `time_s` (T,), `size_px` (width, height).

    A pick selects the candidate whose box is at its point, within a second of its time; if there is none, the
    other rules decide.
    """
    tracks = _tracks(log, time_s, size_px, keypoints)
    track = None if picked is None else _track_at(log, time_s, picked)
    people = (tracks.ids[places] for places in _people(log, tracks))
    for number, ids in enumerate(people):
        if number == 0:
            first = ids
        if track is None or track in ids:
            return tuple(sorted(ids.tolist()))
    return tuple(sorted(first.tolist())) if len(tracks.ids) else ()


def candidates(
    log: DetectionLog,
    time_s: npt.NDArray[np.float64],
    size_px: tuple[int, int],
    keypoints: KeypointTrack | None,
) -> tuple[Candidate, ...]:
    """Up to a dozen people of the video, in the order in which the rules would choose them without a pick."""
    tracks = _tracks(log, time_s, size_px, keypoints)
    people = islice(_people(log, tracks), _CANDIDATES)
    return tuple(_candidate(log, tracks, places, time_s, size_px[1]) for places in people)


def raw_boxes(log: DetectionLog, tracks: Sequence[int], start_frame: int, stop_frame: int) -> npt.NDArray[np.float64]:
    """(stop - start, 4) detected boxes of the tracks, NaN in frames without one."""
    boxes = np.full((stop_frame - start_frame, 4), np.nan)
    first, last = np.searchsorted(log.frame, (start_frame, stop_frame))
    mine = np.isin(log.track[first:last], np.array(tracks, dtype=np.int32))
    boxes[log.frame[first:last][mine] - start_frame] = log.box_xyxy_px[first:last][mine]
    return boxes


def _tracks(
    log: DetectionLog,
    time_s: npt.NDArray[np.float64],
    size_px: tuple[int, int],
    keypoints: KeypointTrack | None,
) -> _Tracks:
    in_track = np.flatnonzero(log.track > 0)
    by_track = in_track[np.argsort(log.track[in_track], kind="stable")]
    ids, starts, counts = np.unique(log.track[by_track], return_index=True, return_counts=True)
    heights = (log.box_xyxy_px[by_track, 3] - log.box_xyxy_px[by_track, 1]).astype(np.float64) / size_px[1]
    sums = np.add.reduceat(heights, starts) if len(ids) else np.zeros(0)
    last = starts + counts - 1
    duration_s = time_s[log.frame[by_track[last]]] - time_s[log.frame[by_track[starts]]]
    held = met = np.zeros(len(ids), dtype=np.int64)
    if keypoints is not None and len(ids):
        some = by_track[(starts[:, None] + np.outer(counts - 1, _SAMPLED_SHARES).astype(np.intp)).ravel()]
        rows, held_rows = _rows_with_keypoints(log, in_track, some, keypoints)
        place = np.searchsorted(ids, log.track[rows])
        met = np.bincount(place, minlength=len(ids))
        held = np.bincount(place[held_rows], minlength=len(ids))
    order = np.argsort(-sums, kind="stable")
    rows_of = np.split(by_track, starts[1:]) if len(ids) else []
    return _Tracks(
        ids[order].astype(np.int64),
        sums[order],
        duration_s[order],
        [rows_of[place] for place in order],
        held[order],
        met[order],
    )


def _rows_with_keypoints(
    log: DetectionLog, in_track: npt.NDArray[np.intp], some: npt.NDArray[np.intp], keypoints: KeypointTrack
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Rows of the log in sampled frames with key points, and whether their boxes hold those."""
    sampled = np.zeros(int(log.frame[-1]) + 1, dtype=bool)
    spread = np.linspace(0, len(in_track) - 1, min(_SAMPLED_FRAMES, len(in_track))).astype(np.intp)
    sampled[log.frame[in_track[spread]]] = True
    sampled[log.frame[some]] = True
    rows = in_track[sampled[log.frame[in_track]]]
    points = keypoints.points[log.frame[rows]][:, _UPPER]
    there = points[..., 2] > 0
    has_points = there.any(axis=1)
    rows, points, there = rows[has_points], points[has_points], there[has_points]
    if not len(rows):
        return rows, np.zeros(0, dtype=bool)
    boxes = log.box_xyxy_px[rows]
    xy = points[..., :2]
    inside = there & (xy >= boxes[:, None, :2]).all(axis=-1) & (xy <= boxes[:, None, 2:]).all(axis=-1)
    holds = inside.sum(axis=1) >= _INSIDE * there.sum(axis=1)
    low = np.where(there[..., None], xy, np.inf).min(axis=1)
    high = np.where(there[..., None], xy, -np.inf).max(axis=1)
    fit = np.where(holds, _overlap(boxes, np.concatenate([low, high], axis=1)), -1.0)
    frame_of_row = np.concatenate([[0], np.cumsum(np.diff(log.frame[rows]) > 0)])
    best = np.maximum.reduceat(fit, np.flatnonzero(np.diff(frame_of_row, prepend=-1)))
    return rows, holds & (fit >= best[frame_of_row])


def _overlap(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(N,): intersection over union."""
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    both = np.clip(sides, 0, None).prod(axis=1)
    either = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1) - both
    return np.asarray(both / np.maximum(either, 1e-9), dtype=np.float64)


def _people(log: DetectionLog, tracks: _Tracks) -> Iterator[npt.NDArray[np.intp]]:
    """Yields the indices of each person's tracks, each track once."""
    agrees, meets = tracks.agrees, tracks.met > 0
    left = np.lexsort((-tracks.sums, ~agrees))
    while len(left):
        seed = left[0]
        may_join = tracks.duration_s >= _JOINS_FROM_S
        if agrees[seed]:
            may_join &= agrees | ~meets
        person = _person(log, tracks, int(seed), left[1:][may_join[left[1:]]])
        yield person
        left = left[~np.isin(left, person)]


def _person(log: DetectionLog, tracks: _Tracks, seed: int, others: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Indices of the track `seed` and those of `others` that are the same person at other times."""
    taken = np.zeros(int(log.frame[-1]) + 1, dtype=bool)
    taken[log.frame[tracks.rows[seed]]] = True
    heights = tracks.sums / np.array([len(rows) for rows in tracks.rows])
    members = [seed]
    for place in others:
        frames = log.frame[tracks.rows[place]]
        together = np.count_nonzero(taken[frames])
        if together <= _TOGETHER_FRAMES and _SIZES[0] <= heights[place] / heights[seed] <= _SIZES[1]:
            members.append(int(place))
            taken[frames] = True
    return np.array(members, dtype=np.intp)


def _track_at(log: DetectionLog, time_s: npt.NDArray[np.float64], picked: PersonPoint) -> int | None:
    """The track whose box holds the picked point at the nearest time; of several, the one with the nearest center."""
    first, last = np.searchsorted(time_s, (picked.time_s - _PICK_WITHIN_S, picked.time_s + _PICK_WITHIN_S))
    rows = np.arange(*np.searchsorted(log.frame, (first, last)))
    x0, y0, x1, y1 = log.box_xyxy_px[rows].astype(np.float64).T
    holds = (x0 <= picked.x_px) & (picked.x_px <= x1) & (y0 <= picked.y_px) & (picked.y_px <= y1)
    holds &= log.track[rows] > 0
    if not holds.any():
        return None
    away_s = np.abs(time_s[log.frame[rows]] - picked.time_s)
    beside = np.abs((x0 + x1) / 2 - picked.x_px) / np.maximum(x1 - x0, 1e-9)
    nearest = np.lexsort((beside[holds], away_s[holds]))[0]
    return int(log.track[rows[holds][nearest]])


def _candidate(
    log: DetectionLog,
    tracks: _Tracks,
    places: npt.NDArray[np.intp],
    time_s: npt.NDArray[np.float64],
    height_px: int,
) -> Candidate:
    rows = np.concatenate([tracks.rows[place] for place in places])
    frames = np.unique(log.frame[rows])
    heights = (log.box_xyxy_px[rows, 3] - log.box_xyxy_px[rows, 1]) / height_px
    best = rows[int(np.argmax(heights))]
    held, met = int(tracks.held[places].sum()), int(tracks.met[places].sum())
    x0, y0, x1, y1 = (float(value) for value in log.box_xyxy_px[best])
    return Candidate(
        tracks=tuple(sorted(tracks.ids[places].tolist())),
        first_s=float(time_s[frames[0]]),
        last_s=float(time_s[frames[-1]]),
        presence=min(1.0, len(frames) / _frames_looked_at(log, len(time_s))),
        mean_height_share=float(heights.mean()),
        keypoint_agreement=held / met if met else None,
        best_time_s=float(time_s[log.frame[best]]),
        best_box_xyxy_px=(x0, y0, x1, y1),
        score=float(tracks.sums[places].sum()),
    )


def _frames_looked_at(log: DetectionLog, frame_count: int) -> int:
    """Number of frames on which the detector ran. It ran on every n-th; n is the common divisor of the frame steps in the log."""
    steps = np.diff(np.unique(log.frame))
    every = int(np.gcd.reduce(steps)) if len(steps) else 1
    return -(-frame_count // every)
