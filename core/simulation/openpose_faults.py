"""Simulated detection errors of OpenPose: jitter by confidence, missing hands, frames without a person, no lower body.

Rates and mean confidences were measured on a video of iMiGUE: the lower body (behind the desk) is never detected, the
right ear in about half of the frames; the right hand and wrist are missing in 4.5 % of the frames, the person in 0.9 %.
"""

import numpy as np
import numpy.typing as npt

from core.pose.skeleton import BODY, FACE, JOINT_COUNT, LEFT_HAND, LEFT_WRIST, RIGHT_HAND, RIGHT_WRIST
from core.simulation.keypoint_archive import CONFIDENCE_STEPS, PLACE_STEPS
from core.simulation.rig.motion import Signal

Points = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LOWER_BODY = (*range(8, 15), *range(19, 25))
_BODY_CONFIDENCE = {
    **{0: 0.80, 1: 0.59, 2: 0.38, 5: 0.38, 3: 0.34, 6: 0.53, 4: 0.49, 7: 0.49},
    **{15: 0.85, 16: 0.85, 17: 0.62, 18: 0.66},
}
_FACE_CONFIDENCE, _LEFT_HAND_CONFIDENCE, _RIGHT_HAND_CONFIDENCE = 0.74, 0.40, 0.47
_TIPS = (4, 8, 12, 16, 20)

# Jitter of a point of confidence 0, in pixels of a picture 360 px high; the most confident points have a tenth of it.
_BODY_JITTER_PX, _FACE_JITTER_PX, _HAND_JITTER_PX = 1.5, 0.60, 1.2
_SURE = 1.1
_SLOW_SHARE = 0.55  # share of the jitter's spread that is correlated over several frames
_SLOW_S = 0.32

_NOBODY = (0.009, 0.12)  # share of frames, mean seconds of one gap
_RIGHT_HAND_GONE, _LEFT_HAND_GONE = (0.045, 0.45), (0.040, 0.45)
_RIGHT_EAR_GONE, _LEFT_EAR_GONE = (0.47, 1.2), (0.25, 1.0)
_ELBOW_GONE = (0.02, 0.3)
_HAND_ASTRAY = (0.003, 0.05)  # a hand detected somewhere else for a frame or two
_FAST_PX_S = 330.0  # speed at which a hand is blurred, in a picture 360 px high


def with_faults(places: npt.NDArray[np.float64], time_s: Signal, height_px: int, random: np.random.Generator) -> Points:
    """Turns true places (T, 137, 2) px into detected points (T, 137, 3): x px, y px, confidence; missing (0, 0, 0).

    Values lie on the grid of the key-point archive (core.simulation.keypoint_archive), which stores them without loss.
    """
    count, unit = len(time_s), height_px / 360
    frame_s = float(time_s[1] - time_s[0]) if count > 1 else 0.04
    confidence = _confidence(time_s, random)
    blurred = _blur(places, frame_s, unit)
    for hand, wrist, column in ((LEFT_HAND, LEFT_WRIST, 0), (RIGHT_HAND, RIGHT_WRIST, 1)):
        confidence[:, hand] *= (1 - 0.4 * blurred[:, column])[:, None]
        confidence[:, wrist] *= 1 - 0.25 * blurred[:, column]
    _shade_face(confidence, places)
    confidence = np.clip(confidence, 1 / CONFIDENCE_STEPS, 1.0)
    points = np.empty((count, JOINT_COUNT, 3), dtype=np.float32)
    points[..., :2] = places + _jitter(confidence, time_s, unit, random)
    for hand in (LEFT_HAND, RIGHT_HAND):
        astray = _gaps(count, frame_s, _HAND_ASTRAY, random)
        points[astray, hand, :2] += random.normal(0, 16 * unit, (int(astray.sum()), 1, 2)).astype(np.float32)
        confidence[astray, hand] *= 0.5
    points[..., 2] = np.round(confidence * CONFIDENCE_STEPS).clip(1, CONFIDENCE_STEPS) / CONFIDENCE_STEPS
    points[..., :2] = np.round(points[..., :2] * PLACE_STEPS).clip(1, 65535) / PLACE_STEPS
    points[_missing(count, frame_s, blurred, random)] = 0
    return points


def _confidence(time_s: Signal, random: np.random.Generator) -> npt.NDArray[np.float64]:
    mean = np.zeros(JOINT_COUNT)
    mean[list(_BODY_CONFIDENCE)] = list(_BODY_CONFIDENCE.values())
    mean[FACE] = _FACE_CONFIDENCE + random.normal(0, 0.04, 70)
    for hand, level in ((LEFT_HAND, _LEFT_HAND_CONFIDENCE), (RIGHT_HAND, _RIGHT_HAND_CONFIDENCE)):
        own = np.full(21, level + 0.03)
        own[list(_TIPS)] -= 0.10
        mean[hand] = own + random.normal(0, 0.03, 21)
    out = mean + 0.05 * _slow(time_s, 0.6, JOINT_COUNT, random)
    for part, spread in ((FACE, 0.04), (LEFT_HAND, 0.07), (RIGHT_HAND, 0.07)):
        out[:, part] += spread * _slow(time_s, 0.9, 1, random)
    out += 0.02 * random.standard_normal(out.shape, dtype=np.float32)
    return np.asarray(out, dtype=np.float64)


def _shade_face(confidence: npt.NDArray[np.float64], places: npt.NDArray[np.float64]) -> None:
    """Lowers the confidence of face points under a hand, in place."""
    face = places[:, FACE]
    eye_px = np.hypot(*(face[:, 42:48].mean(axis=1) - face[:, 36:42].mean(axis=1)).T).clip(1.0)
    for hand in (LEFT_HAND, RIGHT_HAND):
        knuckles = places[:, hand][:, (5, 7, 9, 11, 13, 15, 17)]
        near = np.flatnonzero(np.hypot(*(knuckles[:, 2] - face[:, 30]).T) < 3.5 * eye_px)
        for rows in np.array_split(near, max(1, len(near) // 2000)):
            apart = face[rows][:, :, None] - knuckles[rows][:, None]
            nearest = np.sqrt((apart**2).sum(axis=-1)).min(axis=-1) / eye_px[rows, None]
            confidence[rows, FACE] *= 1 - 0.35 * np.clip(1.4 - 2 * nearest, 0, 1)


def _jitter(
    confidence: npt.NDArray[np.float64], time_s: Signal, unit: float, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    size = np.full(JOINT_COUNT, _HAND_JITTER_PX)
    size[BODY], size[FACE] = _BODY_JITTER_PX, _FACE_JITTER_PX
    spread = (unit * size * (_SURE - confidence)).astype(np.float32)
    quick = random.standard_normal((len(time_s), JOINT_COUNT, 2), dtype=np.float32)
    slow = _slow(time_s, _SLOW_S, 2 * JOINT_COUNT, random).reshape(-1, JOINT_COUNT, 2)
    return np.asarray(spread[..., None] * (np.sqrt(1 - _SLOW_SHARE**2) * quick + _SLOW_SHARE * slow), dtype=np.float32)


def _slow(time_s: Signal, period_s: float, columns: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """(T, columns) of about unit standard deviation, each drifting between random levels."""
    place = time_s / period_s
    knots = random.standard_normal((int(place[-1]) + 2 if len(place) else 2, columns), dtype=np.float32)
    index = place.astype(int)
    x = (place - index).astype(np.float32)[:, None]
    x = x * x * (3 - 2 * x)
    mixed = knots[index] * (1 - x) + knots[index + 1] * x
    return np.asarray(mixed / np.sqrt(x**2 + (1 - x) ** 2), dtype=np.float32)


def _blur(places: npt.NDArray[np.float64], frame_s: float, unit: float) -> npt.NDArray[np.float64]:
    """(T, 2): motion blur (0..1) of the left and the right hand, from the speed of its wrist."""
    wrists = places[:, (LEFT_WRIST, RIGHT_WRIST)]
    steps = np.diff(wrists, axis=0, prepend=wrists[:1])
    return np.asarray(np.clip(np.hypot(steps[..., 0], steps[..., 1]) / frame_s / (_FAST_PX_S * unit), 0, 1))


def _missing(count: int, frame_s: float, blurred: npt.NDArray[np.float64], random: np.random.Generator) -> Mask:
    missing = np.zeros((count, JOINT_COUNT), dtype=bool)
    missing[:, LOWER_BODY] = True
    for joint, gone in ((17, _RIGHT_EAR_GONE), (18, _LEFT_EAR_GONE), (3, _ELBOW_GONE), (6, _ELBOW_GONE)):
        missing[_gaps(count, frame_s, gone, random), joint] = True
    for hand, wrist, elbow, gone, column in (
        (LEFT_HAND, LEFT_WRIST, 6, _LEFT_HAND_GONE, 0),
        (RIGHT_HAND, RIGHT_WRIST, 3, _RIGHT_HAND_GONE, 1),
    ):
        lost = _gaps(count, frame_s, (0.75 * gone[0], gone[1]), random)
        lost |= random.random(count) < 0.10 * blurred[:, column]  # too blurred to be detected
        missing[lost, wrist] = True
        missing[:, hand] |= (missing[:, wrist] | missing[:, elbow])[:, None]
    missing[_gaps(count, frame_s, _NOBODY, random)] = True
    return missing


def _gaps(count: int, frame_s: float, share_and_length: tuple[float, float], random: np.random.Generator) -> Mask:
    """(T,): true in gaps, given (share of frames, mean length of a gap in seconds)."""
    share, length_s = share_and_length
    mean_gap = max(1.0, length_s / frame_s)
    mean_between = mean_gap * (1 - share) / share
    out = np.zeros(count, dtype=bool)
    at = 0 if random.random() < share else int(random.exponential(mean_between))
    while at < count:
        gap = max(1, round(random.exponential(mean_gap)))
        out[at : at + gap] = True
        at += gap + max(1, round(random.exponential(mean_between)))
    return out
