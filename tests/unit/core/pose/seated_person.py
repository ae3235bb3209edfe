"""A seated person drawn from constants, neutral and still; tests move parts of it.

Shoulders 200 px apart, eyes 44 px apart, the hands in the lap; legs and feet missing, as OpenPose leaves them at a desk.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import FACE, LEFT_ELBOW, LEFT_HAND, LEFT_WRIST, RIGHT_ELBOW, RIGHT_HAND, RIGHT_WRIST

SHOULDERS_PX = 200.0
EYES_PX = 44.0
MID_EYES = np.array((640.0, 220.0))
NECK = np.array((640.0, 355.0))
BROWS = tuple(FACE.start + i for i in range(17, 27))
UPPER_LIDS = tuple(FACE.start + i for i in (37, 38, 43, 44))
LOWER_LIDS = tuple(FACE.start + i for i in (40, 41, 46, 47))
HEAD = (0, 15, 16, 17, 18, *range(FACE.start, FACE.stop))
UPPER_BODY = (*range(0, 8), *range(15, 19), *range(FACE.start, RIGHT_HAND.stop))

Points = npt.NDArray[np.float64]


def _xy(x: float, y: float) -> Points:
    return np.array((x, y), dtype=np.float64)


def at_head(u: float, v: float) -> Points:
    """(2,) px of a place in eye distances from the middle between the eyes: to the person's left, and down."""
    return MID_EYES + EYES_PX * _xy(u, v)


def at_chest(u: float, v: float) -> Points:
    """(2,) px of a place in shoulder widths from the neck: to the person's left, and down."""
    return NECK + SHOULDERS_PX * _xy(u, v)


def _half_face() -> dict[int, tuple[float, float, float]]:
    """Right half and middle of a face: u, v, and depth towards the camera, in eye distances."""
    jaw = {
        0: (-1.5, 0.1, -1.2),
        1: (-1.45, 0.4, -1.0),
        2: (-1.38, 0.75, -0.8),
        3: (-1.25, 1.1, -0.5),
        4: (-1.05, 1.4, -0.2),
    }
    jaw |= {5: (-0.8, 1.6, 0.0), 6: (-0.52, 1.75, 0.15), 7: (-0.26, 1.83, 0.2), 8: (0.0, 1.86, 0.2)}
    brow = {17: (-0.95, -0.3, 0.0), 18: (-0.8, -0.4, 0.08), 19: (-0.62, -0.44, 0.13), 20: (-0.43, -0.42, 0.15)}
    brow |= {21: (-0.24, -0.38, 0.15)}
    nose = {27: (0.0, 0.0, 0.2), 28: (0.0, 0.2, 0.3), 29: (0.0, 0.4, 0.4), 30: (0.0, 0.6, 0.5)}
    nose |= {31: (-0.22, 0.68, 0.25), 32: (-0.1, 0.72, 0.35), 33: (0.0, 0.74, 0.38)}
    eye = {36: (-0.72, 0.02, -0.05), 37: (-0.6, -0.08, 0.03), 38: (-0.4, -0.08, 0.03), 39: (-0.28, 0.02, 0.0)}
    eye |= {40: (-0.4, 0.07, 0.03), 41: (-0.6, 0.07, 0.03), 68: (-0.5, 0.0, 0.03)}
    lips = {48: (-0.42, 1.16, 0.2), 49: (-0.26, 1.06, 0.28), 50: (-0.1, 1.01, 0.32), 51: (0.0, 1.03, 0.33)}
    lips |= {59: (-0.28, 1.26, 0.26), 58: (-0.12, 1.31, 0.3), 57: (0.0, 1.32, 0.3)}
    lips |= {60: (-0.36, 1.16, 0.22), 61: (-0.12, 1.14, 0.3), 62: (0.0, 1.145, 0.31)}
    lips |= {67: (-0.12, 1.16, 0.3), 66: (0.0, 1.165, 0.3)}
    return jaw | brow | nose | eye | lips


_MIRRORED = {
    **{i: 16 - i for i in range(8)},
    **{17: 26, 18: 25, 19: 24, 20: 23, 21: 22, 31: 35, 32: 34, 36: 45, 37: 44, 38: 43, 39: 42, 40: 47, 41: 46},
    **{48: 54, 49: 53, 50: 52, 59: 55, 58: 56, 60: 64, 61: 63, 67: 65, 68: 69},
}


def _head_model() -> Points:
    """(75, 3): nose, eyes, ears of the body (indices 0, 15-18), then the face of 70; in eye distances."""
    face = np.zeros((70, 3))
    for point, place in _half_face().items():
        face[point] = place
        if point in _MIRRORED:
            face[_MIRRORED[point]] = (-place[0], *place[1:])
    body = np.array(((0, 0.6, 0.5), (-0.5, 0, 0), (0.5, 0, 0), (-1.5, 0.2, -1.3), (1.5, 0.2, -1.3)))
    return np.concatenate((body, face))


_HEAD_MODEL = _head_model()
_NECK_PIVOT = np.array((0.0, 1.6, -1.6))  # where the skull rests, in eye distances


def _hand(wrist: Points, towards: Points) -> Points:
    """(21, 2) an open hand of 3 eye distances from the wrist, fingers pointing in the direction given."""
    along = towards / np.linalg.norm(towards)
    across = np.array((-along[1], along[0]))
    places = [wrist]
    for finger, spread in enumerate((-0.9, -0.45, -0.1, 0.25, 0.6)):
        reach = (0.7, 1.0, 1.3, 1.6) if finger == 0 else (1.45, 1.95, 2.3, 2.6)
        places += [wrist + EYES_PX * (r * along + spread * across) for r in reach]
    return np.array(places)


class SeatedPerson:
    """Points (T, 137, 2) of a still person; the methods move parts of it in frames from `start_s` to `end_s`."""

    def __init__(self, seconds: float, frame_rate: float = 25.0) -> None:
        self.time_s = np.arange(round(seconds * frame_rate)) / frame_rate
        self.xy = np.zeros((len(self.time_s), 137, 2))
        self.there = np.zeros((len(self.time_s), 137), dtype=bool)
        self.there[:, UPPER_BODY] = True
        half = 0.5 * SHOULDERS_PX
        self.xy[:, 1] = NECK
        self.xy[:, 2], self.xy[:, 5] = NECK + _xy(-half, 5), NECK + _xy(half, 5)
        self.xy[:, RIGHT_ELBOW], self.xy[:, LEFT_ELBOW] = NECK + _xy(-1.4 * half, 185), NECK + _xy(1.4 * half, 185)
        self.pose_head(np.zeros(len(self.time_s)), np.zeros(len(self.time_s)))
        for wrist, hand, side in ((RIGHT_WRIST, RIGHT_HAND, -1), (LEFT_WRIST, LEFT_HAND, 1)):
            place = NECK + _xy(side * 1.1 * half, 310)
            self.xy[:, wrist] = place
            self.xy[:, hand] = _hand(place, np.array((-0.2 * side, 1.0)))

    def pose_head(self, yaw_deg: Points, pitch_deg: Points) -> None:
        """Turns the head (T,) about the neck in three dimensions; up and to the person's left are positive."""
        yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
        model = _HEAD_MODEL - _NECK_PIVOT
        u, v, w = model.T[:, None, :]
        side = u * np.cos(yaw)[:, None] + w * np.sin(yaw)[:, None]
        depth = w * np.cos(yaw)[:, None] - u * np.sin(yaw)[:, None]
        down = v * np.cos(pitch)[:, None] - depth * np.sin(pitch)[:, None]
        places = np.stack((side, down), axis=-1) + _NECK_PIVOT[:2]
        self.xy[:, HEAD] = MID_EYES + EYES_PX * places

    def during(self, start_s: float, end_s: float, ramp_s: float = 0.3) -> Points:
        """(T,): 0 outside, 1 inside, with smooth ramps within the span."""
        rise = np.clip((self.time_s - start_s) / ramp_s, 0, 1)
        fall = np.clip((end_s - self.time_s) / ramp_s, 0, 1)
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.minimum(rise, fall)))

    def shift(self, joints: Sequence[int], by_px: tuple[float, float], weight: Points) -> None:
        """Moves joints by that much times the weight (T,)."""
        self.xy[:, list(joints)] += weight[:, None, None] * np.array(by_px)

    def reach(self, side: str, tip_to: Points, weight: Points, towards: tuple[float, float] = (0.0, -1.0)) -> None:
        """Brings a hand so that the tip of its middle finger is at `tip_to`, the fingers pointing in that direction."""
        wrist, hand = (LEFT_WRIST, LEFT_HAND) if side == "left" else (RIGHT_WRIST, RIGHT_HAND)
        open_hand = _hand(np.zeros(2), np.array(towards))
        target = open_hand - open_hand[12] + tip_to
        self.xy[:, hand] += weight[:, None, None] * (target - self.xy[:, hand])
        self.xy[:, wrist] += weight[:, None] * (target[0] - self.xy[:, wrist])

    def face_px(self, point: int) -> Points:
        """(2,): where a face point is in the first frame."""
        return np.asarray(self.xy[0, FACE.start + point])

    def track(
        self, *, scale: float = 1.0, shift_px: tuple[float, float] = (0.0, 0.0), jitter_px: float = 0.0
    ) -> KeypointTrack:
        xy = self.xy * scale + np.array(shift_px)
        xy = xy + np.random.default_rng(7).normal(0, 1, xy.shape) * jitter_px * scale
        confidence = np.linspace(0.6, 0.9, 137)
        points = np.concatenate((xy, np.broadcast_to(confidence[None, :, None], (*xy.shape[:2], 1))), axis=2)
        return KeypointTrack(np.where(self.there[..., None], points, 0).astype(np.float32), self.time_s)
