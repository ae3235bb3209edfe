"""Signals that the cues share: points above a confidence threshold, head coordinates, torso position.

Coordinates are float64 with NaN where a point is missing or below the threshold.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.pose.cues.filters import Mask, Signal, filled, rolling_median, runs, smoothed, usual
from core.pose.keypoints import KeypointTrack, body_scale
from core.pose.skeleton import (
    BODY,
    FACE,
    LEFT_EYE,
    LEFT_HAND,
    LEFT_SHOULDER,
    NECK,
    NOSE,
    RIGHT_EYE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
)

Places = npt.NDArray[np.float64]

# OpenPose's own display thresholds.
_MIN_CONFIDENCE = ((BODY, 0.05), (FACE, 0.4), (LEFT_HAND, 0.2), (RIGHT_HAND, 0.2))
_MAX_HEAD_GAP_S = 2.0  # an undetected head is assumed to stay in place for this long
_TORSO = (NECK, RIGHT_SHOULDER, LEFT_SHOULDER)
_RIGHT_EYE_POINTS = slice(36, 42)
_LEFT_EYE_POINTS = slice(42, 48)


class Signals:
    """Signals of one clip, each computed on first use.

    Times are in seconds. `eye_px` (T,) is the eye distance of each frame as if the head faced the camera; `shoulder_px` is
    the clip's shoulder width.
    """

    def __init__(self, track: KeypointTrack) -> None:
        self.time_s = track.time_s
        self.frame_s = track.frame_s
        self.xy = _trusted(track)
        self.shoulder_px, self.scale_source = body_scale(track)

    @property
    def face(self) -> Places:
        """(T, 70, 2) px."""
        return self.xy[:, FACE]

    @cached_property
    def _eyes(self) -> tuple[Places, Places]:
        """Centers of the right and the left eye, (T, 2) px each: of their outlines, else the body's eye points."""
        right = self.face[:, _RIGHT_EYE_POINTS].mean(axis=1)
        left = self.face[:, _LEFT_EYE_POINTS].mean(axis=1)
        outlined = ~np.isnan(right + left)
        return (
            np.where(outlined, right, self.xy[:, RIGHT_EYE]),
            np.where(outlined, left, self.xy[:, LEFT_EYE]),
        )

    @cached_property
    def eye_px(self) -> Signal:
        """(T,) px. Turning the head shortens the eye distance, tilting it the nose; the less shortened of the two is used."""
        right, left = self._eyes
        eyes = np.hypot(*(left - right).T)
        nose = np.hypot(*(self.face[:, 33] - self.face[:, 27]).T)
        ratio = usual(eyes / np.where(nose > 0, nose, np.nan), self.time_s)
        facing = np.fmax(eyes, ratio * nose)
        return smoothed(rolling_median(facing, 0.2, self.frame_s), 0.2, self.frame_s)

    @cached_property
    def head(self) -> "HeadFrame":
        """The head's coordinate system per frame; kept constant through gaps of up to two seconds."""
        right, left = self._eyes
        across = left - right
        length = np.hypot(*across.T)
        seen = (length > 0.3 * self.eye_px) & (self.eye_px > 1)  # in profile the eyes coincide and give no direction
        origin = np.where(seen[:, None], 0.5 * (right + left), np.nan)
        unit = np.where(seen[:, None], across / np.where(length > 0, length, np.nan)[:, None], np.nan)
        near = ~_long_gaps(seen, self.time_s, _MAX_HEAD_GAP_S)
        size = np.where(seen, self.eye_px, np.nan)
        columns = [
            np.where(near, filled(rolling_median(column, 0.2, self.frame_s)), np.nan)
            for column in (*origin.T, *unit.T, size)
        ]
        direction = np.stack(columns[2:4], axis=1)
        direction /= np.maximum(np.hypot(*direction.T), 1e-9)[:, None]
        return HeadFrame(np.stack(columns[:2], axis=1), direction, columns[4], seen)

    @cached_property
    def face_uv(self) -> Places:
        """(T, 70, 2): face points in head coordinates: eye distances from the point between the eyes, u left, v down."""
        return self.head.coordinates(self.face)

    @cached_property
    def nose_uv(self) -> Places:
        """(T, 2): the tip of the nose in the head's coordinates."""
        tip = self.face_uv[:, 30]
        if np.isnan(tip).mean() > 0.9:  # no face points: the body's nose is the same point, less precise
            tip = self.head.coordinates(self.xy[:, NOSE])
        return np.where(self.head.seen[:, None], tip, np.nan)

    @cached_property
    def face_is_front(self) -> Mask:
        """(T,): face points are there, and the head is within about 30 degrees of its usual pose."""
        away = np.abs(self.nose_uv - np.stack([usual(column, self.time_s) for column in self.nose_uv.T], axis=1))
        with np.errstate(invalid="ignore"):
            return np.asarray((away < 0.25).all(axis=1) & ~np.isnan(self.face_uv[:, 8, 0]))

    @cached_property
    def torso(self) -> Places:
        """(T, 2) px: the neck's position, averaged over the detected ones of neck and shoulders.

        Each point is first shifted by its median offset from the neck, so that a missing one causes no jump.
        """
        points = self.xy[:, _TORSO]
        counts = (~np.isnan(points[..., 0])).sum(axis=0)
        if not counts.any():
            return np.full((len(points), 2), np.nan)
        anchor = 0 if counts[0] >= 0.5 * counts.max() else int(counts.argmax())
        with np.errstate(invalid="ignore"):
            apart = points - points[:, anchor : anchor + 1]
            shared = ~np.isnan(apart[..., 0])
            shift = np.array(
                [np.median(apart[shared[:, j], j], axis=0) if shared[:, j].any() else (np.nan,) * 2 for j in range(3)]
            )
            estimates = points - shift
        there = ~np.isnan(estimates[..., 0])
        total = np.where(there[..., None], estimates, 0).sum(axis=1)
        return np.asarray(
            np.where(there.any(axis=1)[:, None], total / np.maximum(there.sum(axis=1), 1)[:, None], np.nan)
        )


@dataclass(frozen=True)
class HeadFrame:
    """Head coordinates. origin: (T, 2) px, the point between the eyes. direction: (T, 2), the unit vector to the person's left
    eye. size_px: (T,), the eye distance. seen: (T,), the head was detected in this frame (not carried over a gap)."""

    origin: Places
    direction: Places
    size_px: Signal
    seen: Mask

    def coordinates(self, places: Places) -> Places:
        """Converts (T, ..., 2) px to eye distances from the point between the eyes: u to the person's left, v down."""
        shape = (len(self.origin),) + (1,) * (places.ndim - 2)
        x = places[..., 0] - self.origin[:, 0].reshape(shape)
        y = places[..., 1] - self.origin[:, 1].reshape(shape)
        across, down = self.direction[:, 0].reshape(shape), self.direction[:, 1].reshape(shape)
        size = self.size_px.reshape(shape)
        return np.stack(((x * across + y * down) / size, (y * across - x * down) / size), axis=-1)


def _trusted(track: KeypointTrack) -> Places:
    """(T, 137, 2): NaN where missing or below the threshold; none is applied to a part whose confidence is constant."""
    confidence = track.points[..., 2]
    xy = track.points[..., :2].astype(np.float64)
    for part, least in _MIN_CONFIDENCE:
        there = confidence[:, part][track.present[:, part]]
        constant = len(there) > 0 and float(np.ptp(there)) < 1e-3
        xy[:, part][confidence[:, part] <= (0 if constant else least)] = np.nan
    return xy


def _long_gaps(seen: Mask, time_s: Signal, max_s: float) -> Mask:
    """(T,): true in gaps without the head longer than `max_s`, or everywhere if it is never detected."""
    long = np.zeros_like(seen)
    for first, end in runs(~seen):
        before, after = time_s[max(first - 1, 0)], time_s[min(end, len(time_s) - 1)]
        long[first:end] = after - before > max_s or not seen.any()
    return long
