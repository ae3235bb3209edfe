"""Which of the people in a film is the interviewee.

The rule, in this order:
1. whom somebody picked in the Library;
2. where there are key points, whoever has them inside the box: at least half of the points on average;
3. who is in view longest and largest: the sum, over the frames, of the box's height in shares of the picture.

A person who leaves and returns, or whom the camera shows from elsewhere after a cut, is found as several tracks. A track
joins the person's when both are never in view together and its mean height is half to twice theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.interviewee import PersonPoint
from core.keypoints import KeypointTrack
from core.skeleton import BODY, FACE
from labeling.perception.detections import DetectionLog

_INSIDE = 0.5  # share of the key points that must lie in the box
_SIZES = (0.5, 2.0)
_TOGETHER_FRAMES = 2  # two tracks may overlap by a hand-over
_PICK_WITHIN_S = 1.0
_SAMPLED = 200  # detections of a track whose key points are looked at
_TRACKS_JOINED = 60  # of the tracks with the greatest sums; in a long film the rest are flickers
_UPPER = np.r_[BODY.start : 8, 15:19, FACE.start : FACE.stop]

CHOICE = {"inside": _INSIDE, "sizes": list(_SIZES), "together_frames": _TOGETHER_FRAMES}
"""What the choice depends on; part of the producer's digest."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of a film. `presence`: share of the frames, 0..1; `keypoint_agreement`: share of the key points inside
    the boxes, None without any. `best_*` is a moment at which the box is largest, for a picture of the person.
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
    """Per track, best first: `ids` (K,), `sums` (K,) of height shares, `frames` and `rows` of the log, one array each."""

    ids: list[int]
    sums: list[float]
    frames: list[npt.NDArray[np.int32]]
    rows: list[npt.NDArray[np.intp]]


def choose(
    log: DetectionLog,
    time_s: npt.NDArray[np.float64],
    size_px: tuple[int, int],
    keypoints: KeypointTrack | None,
    picked: PersonPoint | None,
) -> tuple[int, ...]:
    """Tracks of the interviewee, () where nobody was found. `time_s` (T,), `size_px` (width, height)."""
    tracks = _tracks(log, size_px)
    if not tracks.ids:
        return ()
    if picked is not None:
        seed = _picked_track(log, tracks, time_s, picked)
        if seed is not None:
            return _person(log, tracks, seed, set(range(len(tracks.ids))))
    agreement = _agreements(log, tracks, keypoints)
    return _person(log, tracks, _best(tracks, agreement, range(len(tracks.ids))), _allowed(agreement))


def candidates(
    log: DetectionLog,
    time_s: npt.NDArray[np.float64],
    size_px: tuple[int, int],
    keypoints: KeypointTrack | None,
) -> tuple[Candidate, ...]:
    """All people of the film, in the order in which the rule would choose them."""
    tracks = _tracks(log, size_px)
    agreement = _agreements(log, tracks, keypoints)
    left = list(range(len(tracks.ids)))
    people = []
    while left:
        seed = _best(tracks, agreement, left)
        among = (
            set(left) & _allowed(agreement) if agreement[seed] is not None and _agrees(agreement[seed]) else set(left)
        )
        members = _person(log, tracks, seed, among | {seed})
        places = [place for place in left if tracks.ids[place] in members]
        shares = [share for place in places if (share := agreement[place]) is not None]
        mean_agreement = float(np.mean(shares)) if shares else None
        people.append(_candidate(log, tracks, places, time_s, keypoint_agreement=mean_agreement, height_px=size_px[1]))
        left = [place for place in left if place not in places]
    return tuple(people)


def raw_boxes(log: DetectionLog, tracks: Sequence[int], start_frame: int, stop_frame: int) -> npt.NDArray[np.float64]:
    """(stop - start, 4) boxes of the tracks as they were detected, NaN where none of them was."""
    boxes = np.full((stop_frame - start_frame, 4), np.nan)
    first, last = np.searchsorted(log.frame, (start_frame, stop_frame))
    mine = np.isin(log.track[first:last], np.array(tracks, dtype=np.int32))
    boxes[log.frame[first:last][mine] - start_frame] = log.box_xyxy_px[first:last][mine]
    return boxes


def _tracks(log: DetectionLog, size_px: tuple[int, int]) -> _Tracks:
    heights = (log.box_xyxy_px[:, 3] - log.box_xyxy_px[:, 1]) / size_px[1]
    in_track = np.flatnonzero(log.track > 0)
    if not in_track.size:
        return _Tracks([], [], [], [])
    sums = np.bincount(log.track[in_track], weights=heights[in_track])
    order = np.argsort(-sums, kind="stable")[:_TRACKS_JOINED]
    ids = [int(track) for track in order if sums[track] > 0]
    by_track = in_track[np.argsort(log.track[in_track], kind="stable")]
    starts = np.searchsorted(log.track[by_track], ids)
    stops = np.searchsorted(log.track[by_track], ids, side="right")
    rows = [by_track[start:stop] for start, stop in zip(starts, stops, strict=True)]
    return _Tracks(ids, [float(sums[track]) for track in ids], [log.frame[each] for each in rows], rows)


def _best(tracks: _Tracks, agreement: Sequence[float | None], places: Sequence[int]) -> int:
    return max(places, key=lambda place: (_agrees(agreement[place]), tracks.sums[place]))


def _agrees(agreement: float | None) -> bool:
    return agreement is not None and agreement >= _INSIDE


def _allowed(agreement: Sequence[float | None]) -> set[int]:
    """Tracks that may join the interviewee's: where key points speak for some, only those and such without any."""
    if not any(map(_agrees, agreement)):
        return set(range(len(agreement)))
    return {place for place, share in enumerate(agreement) if share is None or _agrees(share)}


def _person(log: DetectionLog, tracks: _Tracks, seed: int, among: set[int]) -> tuple[int, ...]:
    """The seed's track and those that are the same person at other times."""
    taken = np.zeros(int(log.frame[-1]) + 1, dtype=bool)
    taken[tracks.frames[seed]] = True
    height = tracks.sums[seed] / len(tracks.frames[seed])
    members = [seed]
    for place in range(len(tracks.ids)):
        if place == seed or place not in among:
            continue
        frames = tracks.frames[place]
        together = int(taken[frames].sum())
        relative = tracks.sums[place] / len(frames) / height
        if together <= min(_TOGETHER_FRAMES, len(frames) // 2) and _SIZES[0] <= relative <= _SIZES[1]:
            members.append(place)
            taken[frames] = True
    return tuple(sorted(tracks.ids[place] for place in members))


def _agreements(log: DetectionLog, tracks: _Tracks, keypoints: KeypointTrack | None) -> list[float | None]:
    if keypoints is None:
        return [None] * len(tracks.ids)
    shares: list[float | None] = []
    for frames, rows in zip(tracks.frames, tracks.rows, strict=True):
        sampled = np.unique(np.linspace(0, len(frames) - 1, _SAMPLED).astype(np.intp))
        points = keypoints.points[frames[sampled]][:, _UPPER]
        boxes = log.box_xyxy_px[rows[sampled]][:, None]
        there = points[..., 2] > 0
        inside = there & (points[..., :2] >= boxes[..., :2]).all(-1) & (points[..., :2] <= boxes[..., 2:]).all(-1)
        counts = there.sum(axis=1)
        seen = counts > 0
        shares.append(float((inside.sum(axis=1)[seen] / counts[seen]).mean()) if seen.any() else None)
    return shares


def _picked_track(
    log: DetectionLog, tracks: _Tracks, time_s: npt.NDArray[np.float64], picked: PersonPoint
) -> int | None:
    """The track whose box holds the point at the nearest moment; of several the smallest box. None where none does."""
    boxes = log.box_xyxy_px
    holds = (
        (boxes[:, 0] <= picked.x_px)
        & (picked.x_px <= boxes[:, 2])
        & (boxes[:, 1] <= picked.y_px)
        & (picked.y_px <= boxes[:, 3])
    )
    away_s = np.abs(time_s[log.frame] - picked.time_s)
    rows = np.flatnonzero(holds & np.isin(log.track, tracks.ids) & (away_s <= _PICK_WITHIN_S))
    if not rows.size:
        return None
    area = (boxes[rows, 2] - boxes[rows, 0]) * (boxes[rows, 3] - boxes[rows, 1])
    nearest = rows[np.lexsort((area, away_s[rows]))[0]]
    return tracks.ids.index(int(log.track[nearest]))


def _candidate(
    log: DetectionLog,
    tracks: _Tracks,
    places: Sequence[int],
    time_s: npt.NDArray[np.float64],
    *,
    keypoint_agreement: float | None,
    height_px: int,
) -> Candidate:
    frames = np.unique(np.concatenate([tracks.frames[place] for place in places]))
    rows = np.concatenate([tracks.rows[place] for place in places])
    heights = (log.box_xyxy_px[rows, 3] - log.box_xyxy_px[rows, 1]) / height_px
    best = rows[int(np.argmax(heights))]
    seen_each = np.diff(np.unique(log.frame)).min(initial=len(time_s)) if len(log.frame) else 1
    x0, y0, x1, y1 = (float(value) for value in log.box_xyxy_px[best])
    return Candidate(
        tracks=tuple(sorted(tracks.ids[place] for place in places)),
        first_s=float(time_s[frames[0]]),
        last_s=float(time_s[frames[-1]]),
        presence=min(1.0, len(frames) * int(seen_each) / len(time_s)),
        mean_height_share=float(heights.mean()),
        keypoint_agreement=keypoint_agreement,
        best_time_s=float(time_s[log.frame[best]]),
        best_box_xyxy_px=(x0, y0, x1, y1),
        score=sum(tracks.sums[place] for place in places),
    )
