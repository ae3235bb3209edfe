"""Which of the people in a video is the interviewee.

The rule, in this order:

1. Whom somebody picked in the Library.
2. Where there are key points: the person whose box holds them in at least half of the frames that have any. A box holds
   them when at least half of them lie in it; of several such boxes in a frame, the one that fits them best.
3. Who is in view longest and largest: the greatest sum, over the frames, of the box's height as a share of the picture's.

A person who leaves and returns, or whom the camera shows from elsewhere after a cut, is found as several tracks. A track
of half a second or more joins a person when the two are never in view together and its mean height is half to twice that
person's; where key points told who it is, it must hold them too, or meet none. So two people of one size who are never
in view together and of whom no key points are there are taken for one person.
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

_INSIDE = 0.5  # share of the key points in a box that holds them, and share of the frames
_SIZES = (0.5, 2.0)
_TOGETHER_FRAMES = 2  # two tracks may overlap by a hand-over
_JOINS_FROM_S = 0.5
_PICK_WITHIN_S = 1.0
_SAMPLED_FRAMES = 400  # of a video; the key points of a few of each track are looked at besides
_SAMPLED_SHARES = (0.2, 0.5, 0.8)
_CANDIDATES = 12
# Legs are cut off by the picture and hands come and go; a third of the face's points says where the face is.
_UPPER = np.r_[BODY.start : 8, 15:19, FACE.start : FACE.stop : 3]

CHOICE = {
    "inside": _INSIDE,
    "sizes": list(_SIZES),
    "together_frames": _TOGETHER_FRAMES,
    "joins_from_s": _JOINS_FROM_S,
    "sampled": [_SAMPLED_FRAMES, *_SAMPLED_SHARES],
}
"""What the choice depends on; part of the producer's digest."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of a video. `presence`: share of the video's frames, 0..1. `keypoint_agreement`: share of the frames with
    key points in which this person's box holds them, None where there is no such frame. `score`: the sum of the rule's
    third part. `best_*`: the moment at which the box is largest, for a picture of the person.
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
    """K tracks, greatest sum first: ids (K,), sums (K,) of height shares, how long each lasts, and its rows in the log.

    held (K,): sampled frames in which the track's box holds the key points; met (K,): in which there are any.
    """

    ids: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]
    duration_s: npt.NDArray[np.float64]
    rows: list[npt.NDArray[np.intp]]
    held: npt.NDArray[np.int64]
    met: npt.NDArray[np.int64]

    @property
    def agrees(self) -> npt.NDArray[np.bool_]:
        """(K,): the key points say that this is the interviewee."""
        return (self.met > 0) & (self.held >= _INSIDE * self.met)


def choose(
    log: DetectionLog,
    time_s: npt.NDArray[np.float64],
    size_px: tuple[int, int],
    keypoints: KeypointTrack | None,
    picked: PersonPoint | None,
) -> tuple[int, ...]:
    """Tracks of the interviewee, ascending; () where nobody was found. `time_s` (T,), `size_px` (width, height).

    A pick means the whole candidate that is nearest to its place within a second of its time; one that finds nobody there
    leaves the choice to the rest of the rule.
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
    """The first dozen people of the video, in the order in which the rule would choose them without a pick."""
    tracks = _tracks(log, time_s, size_px, keypoints)
    people = islice(_people(log, tracks), _CANDIDATES)
    return tuple(_candidate(log, tracks, places, time_s, size_px[1]) for places in people)


def raw_boxes(log: DetectionLog, tracks: Sequence[int], start_frame: int, stop_frame: int) -> npt.NDArray[np.float64]:
    """(stop - start, 4) boxes of the tracks as they were detected, NaN where none of them was."""
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
    """Rows of the log in sampled frames that have key points, and which of them hold those."""
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
    """Places of the tracks of one person after the other, each track once."""
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
    """The seed's place and those of `others` that are the same person at other times."""
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
    """The track whose box holds the place at the nearest moment; of several the one whose middle is least beside it."""
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
    """How many of the video's frames the detector looked at: where it looked at each so many, somebody is in two of them
    that follow each other.
    """
    steps = np.diff(np.unique(log.frame))
    every = int(np.gcd.reduce(steps)) if len(steps) else 1
    return -(-frame_count // every)
