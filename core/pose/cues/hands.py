"""Cues of hands and arms: touching the head, holding each other, folded arms, gesturing.

A hand is located by its 21 points; if they are missing, by the body's wrist, with a wider threshold.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.pose.cues.catalog import CATALOG
from core.pose.cues.filters import Mask, Signal, rolling_median, smoothed, widened, window_range
from core.pose.cues.head_zones import FEATURE_WEIGHTS, FEATURES, ZONES, HeadZones
from core.pose.cues.measures import Measure
from core.pose.cues.signals import Places, Signals
from core.pose.skeleton import LEFT_ELBOW, LEFT_HAND, LEFT_WRIST, RIGHT_ELBOW, RIGHT_HAND, RIGHT_WRIST

_REACH = 0.6  # eye distances between hand and head; the measure of a touch is this minus the distance
_WRIST_REACH = 0.9
_COVER_RADIUS = 0.35
_ZONE_MEMORY_S = 0.8  # smoothing of the zone votes, against flicker between neighboring zones
_NEAR_HEAD = 4.0  # eye distances from the point between the eyes; hands further away are not compared with the head
_TOUCH = CATALOG["touching jaw"].rule
_NECK = ZONES.index("touching neck")
_NOT_NECK = np.array([zone != "touching neck" for zone in ZONES])
_VOTES = np.where(
    np.isin(np.arange(21), (4, 8, 12, 16, 20)), 3.0, 1.0
)  # fingertips weigh three times as much in deciding the zone
_WRISTS_WIDER = 0.1  # shoulder widths that the wrists of clasped hands are further apart than the palms
_MIDDLE_TO_FINGERS = 0.28  # shoulder widths; fingertips 0.12 apart count like palms 0.4 apart
_SAME_HAND = 0.35  # palm lengths between same-named points of both hands, below which they are one hand detected twice
_CHUNK = 4000
_KNUCKLES = (0, 5, 9, 13, 17)
_APPROACH_S = 0.6  # moving to the face and back does not count as a gesture
_MAX_RUBBING_SPEED = 0.7  # shoulder widths a second, of one hand against the other
_NOWHERE = 1e4
_MAX_TOUCH_SPEED = 1.0  # shoulder widths a second; a faster hand is only passing


@dataclass(frozen=True)
class _Hand:
    """places: (T, 21, 2) px. middle: (T, 2) px, of the palm, else the wrist. by_points: (T,), its own points were detected.
    slow: (T,), it is slow enough to be touching something."""

    places: Places
    middle: Places
    wrist: Places
    by_points: Mask
    slow: Mask

    @property
    def seen(self) -> Mask:
        return np.asarray(~np.isnan(self.middle[:, 0]))


def measure_hands(signals: Signals) -> dict[str, Measure]:
    """Measures of the catalog's hand and arm cues, by cue name."""
    left, right = _own_points(signals)
    hands = {
        "l": _hand(signals, left, LEFT_WRIST, LEFT_ELBOW),
        "r": _hand(signals, right, RIGHT_WRIST, RIGHT_ELBOW),
    }
    touches = {side: _touches(signals, hand) for side, hand in hands.items()}
    folding = _folding(signals, hands)
    folded = np.nan_to_num(folding.values) >= CATALOG["folding arms"].rule.stop
    busy = {
        side: widened(_is_touching(touch) | folded, _APPROACH_S, signals.frame_s) for side, touch in touches.items()
    }
    return {
        **_touch_measures(touches),
        "covering face": _covering(signals, hands),
        "rubbing or holding hands": _holding(signals, hands, folded),
        "folding arms": folding,
        "illustrative body language": _gesturing(signals, hands, busy),
    }


def _own_points(signals: Signals) -> tuple[Places, Places]:
    """(T, 21, 2) of the left and the right hand, without doubles: detectors may find one hand twice, as left and as right.

    This happens when the other hand is hidden or out of the picture. The side that the clip shows alone more often is kept.
    """
    left, right = signals.xy[:, LEFT_HAND].copy(), signals.xy[:, RIGHT_HAND].copy()
    apart = np.nanmedian(np.hypot(*np.moveaxis(left - right, -1, 0)), axis=1)
    palm = np.fmax(np.hypot(*(left[:, 9] - left[:, 0]).T), np.hypot(*(right[:, 9] - right[:, 0]).T))
    doubled = apart < _SAME_HAND * palm
    alone = [int((~np.isnan(hand[:, 0, 0]) & ~doubled).sum()) for hand in (left, right)]
    (left if alone[0] < alone[1] else right)[doubled] = np.nan
    return left, right


def _hand(signals: Signals, places: Places, wrist: int, elbow: int) -> _Hand:
    enough = (~np.isnan(places[..., 0])).sum(axis=1) >= 5
    body_wrist = signals.xy[:, wrist]
    palm = places[:, _KNUCKLES]
    there = ~np.isnan(palm[..., :1])
    middle = np.where(there, palm, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    middle[~there.any(axis=(1, 2))] = np.nan
    knuckles = body_wrist + 0.36 * (body_wrist - signals.xy[:, elbow])  # a third of the forearm beyond the wrist
    places[~enough] = np.nan
    places[~enough, 0] = body_wrist[~enough]
    places[~enough, 9] = knuckles[~enough]
    middle = np.where(enough[:, None] & there.any(axis=1), middle, body_wrist)
    own_wrist = np.where(np.isnan(places[:, 0]), body_wrist, places[:, 0])
    return _Hand(places, middle, own_wrist, enough, _speed(signals, middle) < _MAX_TOUCH_SPEED)


def _touches(signals: Signals, hand: _Hand) -> dict[str, Signal]:
    """Zone to (T,): `_REACH` minus distance, 0 where the hand is in another zone, NaN where hand or head is missing."""
    frames = len(hand.places)
    uv = signals.head.coordinates(hand.places)
    known = hand.seen & ~np.isnan(signals.head.size_px)
    out = {zone: np.where(known, 0.0, np.nan) for zone in ZONES}
    with np.errstate(invalid="ignore"):
        distance_from_eyes = np.where(np.isnan(uv[..., 0]), np.inf, np.hypot(uv[..., 0], uv[..., 1])).min(axis=1)
    near = np.flatnonzero(known & (distance_from_eyes < _NEAR_HEAD))
    if not len(near):
        return out
    zones = HeadZones(signals)
    votes = np.zeros((frames, len(ZONES)))
    reach = np.zeros((frames, len(ZONES)))
    for start in range(0, len(near), _CHUNK):
        rows = near[start : start + _CHUNK]
        places = zones.places(rows)
        owner = np.concatenate([np.full(places[zone].shape[1], index) for index, zone in enumerate(ZONES)])
        nearest, target = _nearest(uv[rows], np.concatenate([places[zone] for zone in ZONES], axis=1))
        allowed = np.where(hand.by_points[rows], _REACH, _WRIST_REACH)
        left = np.where(np.isfinite(nearest), allowed[:, None] - nearest, -1.0)
        for index in range(len(ZONES)):
            here = np.where(owner[target] == index, left, -1.0)
            ordered = np.sort(here, axis=1)
            reach[rows, index] = np.where(hand.by_points[rows], ordered[:, -2], ordered[:, -1])
            votes[rows, index] = np.maximum(here, 0) @ _VOTES
        # A hand holding the chin also covers the throat, so one that reaches jaw or face is not counted as on the neck.
        votes[rows, _NECK] *= reach[rows].max(axis=1, where=_NOT_NECK, initial=0) < _TOUCH.start
    resting = np.stack([smoothed(vote, _ZONE_MEMORY_S, signals.frame_s) for vote in votes.T], axis=1)
    winner = resting.argmax(axis=1)
    strongest = reach.max(axis=1)
    for index, zone in enumerate(ZONES):
        # One zone per hand and frame: a hand that holds the chin may have fingers on the lips too.
        out[zone] = np.where(known, np.where((winner == index) & hand.slow, np.maximum(strongest, 0.0), 0.0), np.nan)
    return out


def _nearest(points: Places, targets: Places) -> tuple[Signal, npt.NDArray[np.intp]]:
    """Distance of each hand point to the nearest of `targets`, and its index; infinite for a missing point."""
    here, there = (np.nan_to_num(places, nan=_NOWHERE).astype(np.float32) for places in (points, targets))
    squares = (
        (here**2).sum(axis=2)[:, :, None] + (there**2).sum(axis=2)[:, None, :] - 2 * here @ there.transpose(0, 2, 1)
    )
    target = squares.argmin(axis=2)
    nearest = np.sqrt(np.maximum(np.take_along_axis(squares, target[..., None], axis=2)[..., 0], 0)).astype(np.float64)
    return np.where(np.isnan(points[..., 0]) | (nearest > 0.1 * _NOWHERE), np.inf, nearest), target


def _speed(signals: Signals, middle: Places) -> Signal:
    """(T,) shoulder widths a second; 0 where unknown."""
    path = [smoothed(rolling_median(column, 0.12, signals.frame_s), 0.2, signals.frame_s) for column in middle.T]
    if len(path[0]) < 2:
        return np.zeros(len(path[0]))
    steps = [np.gradient(column, signals.time_s) for column in path]
    return np.asarray(np.nan_to_num(np.hypot(*steps) / signals.shoulder_px))


def _is_touching(touch: dict[str, Signal]) -> Mask:
    return np.asarray(np.nan_to_num(np.stack(list(touch.values()))).max(axis=0) >= _TOUCH.stop)


def _touch_measures(touches: dict[str, dict[str, Signal]]) -> dict[str, Measure]:
    measures = {}
    for zone in ZONES:
        left, right = touches["l"][zone], touches["r"][zone]
        side = np.where(np.nan_to_num(left) > np.nan_to_num(right), "l", np.where(np.nan_to_num(right) > 0, "r", ""))
        measures[zone] = Measure(np.fmax(left, right), why="no hand is seen together with the head", side=side)
    return measures


def _covering(signals: Signals, hands: dict[str, _Hand]) -> Measure:
    """Share of eyes, nose and mouth that is under a hand; not measurable from wrists alone."""
    known = (hands["l"].by_points | hands["r"].by_points) & ~np.isnan(signals.head.size_px)
    share = np.where(known, 0.0, np.nan)
    places = np.concatenate(
        [np.where((hand.by_points & hand.slow)[:, None, None], hand.places, np.nan) for hand in hands.values()], axis=1
    )
    uv = signals.head.coordinates(places)
    with np.errstate(invalid="ignore"):
        close = ((np.abs(uv[..., 0]) < 1.5) & (uv[..., 1] > -1.0) & (uv[..., 1] < 2.2)).any(axis=1)
    near = np.flatnonzero(known & close)
    if len(near):
        zones = HeadZones(signals)
        for start in range(0, len(near), _CHUNK):
            rows = near[start : start + _CHUNK]
            nearest, _ = _nearest(zones.places(rows)[FEATURES], uv[rows])
            share[rows] = (nearest <= _COVER_RADIUS) @ FEATURE_WEIGHTS
    return Measure(share, why="no hand's own points are seen together with the head")


def _holding(signals: Signals, hands: dict[str, _Hand], folded: Mask) -> Measure:
    left, right = hands["l"], hands["r"]
    both = left.by_points & right.by_points
    apart = np.hypot(*(left.middle - right.middle).T) / signals.shoulder_px
    apart = np.where(both, apart, apart - _WRISTS_WIDER)
    near = np.flatnonzero(both & (apart < 1.0))
    for start in range(0, len(near), _CHUNK):
        rows = near[start : start + _CHUNK]
        middle = right.middle[rows, None]
        nearest, _ = _nearest(
            (left.places[rows] - middle) / signals.shoulder_px, (right.places[rows] - middle) / signals.shoulder_px
        )
        gap = np.sort(nearest, axis=1)[:, 1]
        apart[rows] = np.minimum(apart[rows], gap + _MIDDLE_TO_FINGERS)
    below = np.minimum(*(signals.head.coordinates(hand.middle)[:, 1] for hand in (left, right)))
    passing = _speed(signals, left.middle - right.middle) > _MAX_RUBBING_SPEED
    together = (np.nan_to_num(below, nan=np.inf) > 1.8) & ~passing & ~folded
    values = np.where(together, 0.8 - apart, np.where(np.isnan(apart), np.nan, 0.0))
    return Measure(rolling_median(values, 0.2, signals.frame_s), why="not both hands are seen")


def _folding(signals: Signals, hands: dict[str, _Hand]) -> Measure:
    elbows = {"l": signals.xy[:, LEFT_ELBOW], "r": signals.xy[:, RIGHT_ELBOW]}
    to_other, to_own = [], []
    for side, other in (("l", "r"), ("r", "l")):
        wrist = hands[side].wrist
        to_other.append(np.hypot(*(wrist - elbows[other]).T))
        to_own.append(np.hypot(*(wrist - elbows[side]).T))
    farther = np.maximum(*to_other)
    crossed = (to_other[0] < to_own[0]) & (to_other[1] < to_own[1])
    known = ~np.isnan(farther + to_own[0] + to_own[1])
    values = np.where(known, np.where(crossed, 1 - farther / signals.shoulder_px, 0.0), np.nan)
    return Measure(rolling_median(values, 0.3, signals.frame_s), why="not both wrists and elbows are seen")


def _gesturing(signals: Signals, hands: dict[str, _Hand], busy: dict[str, Mask]) -> Measure:
    steady = np.stack(
        [smoothed(rolling_median(column, 0.3, signals.frame_s), 0.4, signals.frame_s) for column in signals.torso.T]
    )
    steady = np.where(np.isnan(steady), 0.0, steady) if np.isnan(steady).all() else steady
    measures = {}
    for side, hand in hands.items():
        path = (hand.middle.T - steady) / signals.shoulder_px
        path = np.stack([rolling_median(column, 0.2, signals.frame_s) for column in path])
        reach = np.hypot(*(window_range(column, 0.6, signals.frame_s) for column in path))
        measures[side] = np.where(busy[side] & ~np.isnan(reach), 0.0, reach)
    left, right = measures["l"], measures["r"]
    more = np.nan_to_num(left) - np.nan_to_num(right)
    busier = np.where(more > 0.15, "l", np.where(more < -0.15, "r", ""))
    return Measure(np.fmax(left, right), why="no hand is seen", side=busier)
