"""Pose of trunk and head over a clip, and the projection of points on them into the picture.

The unit is the eye distance of a person who sits upright. The torso's origin is BODY_25's neck point, between the shoulders.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.simulation.rig.motion import Signal

Places = npt.NDArray[np.float64]

HEAD_ABOVE_NECK = 2.9  # from the neck point up to between the eyes
SHOULDER_HALF = 2.2
DESK_BELOW_NECK = 4.2  # the far edge of the desk
_HEAD_PIVOT = np.array((0.0, 1.15, -1.0))  # in head coordinates: where the skull sits on the spine
_DEPTH_SCALE = 0.035  # relative enlargement per eye distance nearer to the camera


@dataclass(frozen=True)
class Body:
    """(T,) each, except home_px and eye_px. Angles in radians, shifts in eye distances.

    yaw: to the person's left. pitch: up. roll: to the person's left shoulder. shoulder_right/left: how far each is raised.
    home_px: (x, y) of the neck point at rest; eye_px: one eye distance in pixels at rest.
    """

    home_px: tuple[float, float]
    eye_px: float
    shift_x: Signal
    shift_y: Signal
    lean: Signal
    tilt: Signal
    shoulder_right: Signal
    shoulder_left: Signal
    yaw: Signal
    pitch: Signal
    roll: Signal

    @property
    def frames(self) -> int:
        return len(self.yaw)

    def rows(self, span: slice) -> "Body":
        """The pose of a range of frames."""
        moving = ("shift_x", "shift_y", "lean", "tilt", "shoulder_right", "shoulder_left", "yaw", "pitch", "roll")
        return Body(self.home_px, self.eye_px, **{name: getattr(self, name)[span] for name in moving})

    @cached_property
    def torso_scale(self) -> Signal:
        return np.asarray(1 + 0.6 * self.lean)

    @cached_property
    def neck_px(self) -> Places:
        """(T, 2) px."""
        x = self.home_px[0] + self.eye_px * self.shift_x
        y = self.home_px[1] + self.eye_px * (self.shift_y + 1.1 * self.lean)
        return np.stack((x, y), axis=-1)

    @cached_property
    def _torso_axes(self) -> Places:
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        axes = np.stack((np.stack((cos, -sin), -1), np.stack((sin, cos), -1)), axis=-2)
        return np.asarray(axes * (self.eye_px * self.torso_scale)[:, None, None])

    def from_torso(self, places: Places) -> Places:
        """Torso coordinates to px: one point (2,), one per frame (T, 2), or several per frame (1 or T, N, 2)."""
        if places.ndim < 3:
            each = np.broadcast_to(places, (self.frames, 2))
            return np.asarray(np.einsum("tij,tj->ti", self._torso_axes, each) + self.neck_px)
        each = np.broadcast_to(places, (self.frames, *places.shape[1:]))
        return np.asarray(np.einsum("tij,tnj->tni", self._torso_axes, each) + self.neck_px[:, None])

    def from_desk(self, places: Places) -> Places:
        """(T, 2), relative to the neck's rest position, to px; points on the desk do not move with the torso."""
        return np.asarray(np.array(self.home_px) + self.eye_px * places)

    @cached_property
    def _head_axes(self) -> Places:
        zero, one = np.zeros(self.frames), np.ones(self.frames)

        def matrix(rows: list[list[Signal]]) -> Places:
            return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        turned = matrix([[cos, zero, sin], [zero, one, zero], [-sin, zero, cos]])
        cos, sin = np.cos(self.pitch), np.sin(self.pitch)
        nodded = matrix([[one, zero, zero], [zero, cos, -sin], [zero, sin, cos]])
        angle = self.roll + 0.5 * self.tilt
        cos, sin = np.cos(angle), np.sin(angle)
        tilted = matrix([[cos, -sin, zero], [sin, cos, zero], [zero, zero, one]])
        return np.asarray(tilted @ turned @ nodded)

    @cached_property
    def _eyes_px(self) -> Places:
        return self.from_torso(np.array((0.0, -HEAD_ABOVE_NECK)))

    def from_head(self, places: Places) -> Places:
        """Head coordinates (T, N, 3) or (N, 3) to px (T, N, 2), with weak perspective."""
        centered = np.broadcast_to(places, (self.frames, *places.shape[-2:])) - _HEAD_PIVOT
        turned = np.einsum("tij,tnj->tni", self._head_axes, centered) + _HEAD_PIVOT
        size = self.eye_px * (1 + self.lean)[:, None] * (1 + _DEPTH_SCALE * turned[..., 2])
        return np.asarray(turned[..., :2] * size[..., None] + self._eyes_px[:, None])

    @cached_property
    def shoulders_px(self) -> tuple[Places, Places]:
        """The right and the left shoulder joint, (T, 2) px each."""
        right = np.stack((np.full(self.frames, -SHOULDER_HALF), 0.16 - self.shoulder_right), axis=-1)
        left = np.stack((np.full(self.frames, SHOULDER_HALF), 0.16 - self.shoulder_left), axis=-1)
        return self.from_torso(right), self.from_torso(left)
