"""Motion of the arms: resting on the desk, gesturing, folding, holding hands, touching neck, jaw, face and head.

Poses are given for the right arm and mirrored for the left: x is negative away from the body's middle; angles (radians) are
the fingers' direction (0 toward the body's middle, -pi/2 up). A touching hand is placed by its point of contact and
follows the moving head.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.simulation.event_times import Event
from core.simulation.rig.hand import HAND_LENGTH, SHAPES, lay_hand
from core.simulation.rig.motion import Signal, frames_between, minimum_jerk, restless
from core.simulation.rig.trunk import Body

Places = npt.NDArray[np.float64]

_REACH_S = 0.75  # seconds from the desk to the face
_STROLL_S = 1.5  # seconds from the desk to the other hand or arm


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch: hand point `contact` is at (u, v) of the head, in eye distances from the point between the eyes."""

    u: float
    v: float
    contact: int
    angle: float
    shape: str
    elbow: tuple[float, float]
    roll: float = 1.0
    foreshortening: float = 0.95


_TOUCHES: dict[str, tuple[Touch, ...]] = {
    "touching jaw": (
        Touch(-1.08, 1.16, 8, -1.48, "relaxed", (-2.5, 4.1), foreshortening=0.75),
        Touch(-0.30, 1.78, 8, -0.62, "pinching", (-2.6, 3.9)),
        Touch(-0.66, 1.52, 12, -0.95, "relaxed", (-2.4, 4.1), foreshortening=0.75),
    ),
    "touching facial parts": (
        Touch(-0.30, 0.92, 12, -0.30, "relaxed", (-3.3, 3.4), foreshortening=0.8),
        Touch(-0.34, 0.60, 8, -0.22, "pinching", (-3.4, 3.3), foreshortening=0.85),
        Touch(-0.62, 0.14, 12, -0.55, "relaxed", (-3.2, 3.4), foreshortening=0.9),
    ),
    "touching neck": (
        Touch(-0.30, 2.62, 12, -0.40, "relaxed", (-2.8, 4.0)),
        Touch(-0.52, 2.55, 12, -0.75, "relaxed", (-2.6, 4.1)),
    ),
    "touching head": (
        Touch(-0.75, -1.20, 12, -0.80, "relaxed", (-3.3, 3.1)),
        Touch(-1.15, -1.05, 12, -0.95, "relaxed", (-3.3, 3.1)),
    ),
    "covering face": (Touch(-0.40, -0.42, 12, -1.40, "open", (-2.2, 4.0)),),
}


@dataclass(frozen=True)
class _Pose:
    """The pose of an arm in one event; wrist and elbow (T, 2) in the picture, the rest (T,) or constant."""

    wrist: Places
    elbow: Places
    angle: Signal | float
    shape: str
    roll: Signal | float = 0.9
    foreshortening: float = 0.85


class Arm:
    """One arm over a clip; `right` is the person's right. Arrays are (T, ...), in pixels of the picture."""

    def __init__(
        self, body: Body, time_s: Signal, habits: np.random.Generator, random: np.random.Generator, *, right: bool
    ) -> None:
        self._body, self._time_s, self._right, self._random = body, time_s, right, random
        self._side = 1.0 if right else -1.0
        rest = np.array((-2.35, 4.72)) + habits.normal(0, (0.12, 0.05))
        drift = np.stack([0.10 * restless(time_s, 5.0, random), 0.03 * restless(time_s, 6.0, random)], axis=-1)
        dragged = np.stack((0.5 * self._side * body.shift_x, np.zeros(body.frames)), axis=-1)
        self.wrist = body.from_desk(self._mirrored(rest + drift + dragged))
        elbow = np.array((-2.95, 4.05)) + habits.normal(0, (0.1, 0.05))
        self.elbow = body.from_torso(self._mirrored(elbow + 0.5 * drift))
        self.angle = 0.42 + habits.normal(0, 0.08) + 0.05 * restless(time_s, 4.0, random)
        self.roll = np.full(body.frames, 0.92)
        self.foreshortening = np.full(body.frames, 0.74)
        self.shape = np.repeat(SHAPES["relaxed"][None], body.frames, axis=0)
        self.shape = self.shape * (1 + 0.02 * restless(time_s, 3.0, random))[:, None, None]

    def hand(self) -> Places:
        """(T, 21, 2)."""
        length = HAND_LENGTH * self._body.eye_px * self._body.torso_scale
        angle = self.angle if self._right else np.pi - self.angle
        return lay_hand(
            self.shape,
            self.wrist,
            angle,
            roll=self.roll,
            length=length,
            foreshortening=self.foreshortening,
            right=self._right,
        )

    def touch(self, event: Event, way: int) -> None:
        """Touches the head during the event, with small stroking movements."""
        ways = _TOUCHES[event.cue]
        touch = ways[way % len(ways)]
        span, weight = self._span(event, _REACH_S)
        count = len(weight)
        body, time_s = self._body.rows(span), self._time_s[span]
        stroke = 0.07 * np.sin(2 * np.pi * 0.9 * (time_s - event.start_s))
        place = np.stack((self._side * (touch.u + 0.5 * stroke), touch.v + stroke, np.full(count, 0.35)), axis=-1)
        target = body.from_head(place[:, None])[:, 0]
        angle = touch.angle + self._side * (body.roll + 0.5 * body.tilt)
        laid = lay_hand(
            np.broadcast_to(SHAPES[touch.shape], (count, 21, 2)),
            np.zeros((count, 2)),
            angle if self._right else np.pi - angle,
            roll=np.full(count, touch.roll),
            length=HAND_LENGTH * body.eye_px * body.torso_scale,
            foreshortening=np.full(count, touch.foreshortening),
            right=self._right,
        )
        wrist = target - laid[:, touch.contact]
        elbow = body.from_torso(self._mirrored(np.array(touch.elbow)))
        self._blend(span, weight, _Pose(wrist, elbow, angle, touch.shape, touch.roll, touch.foreshortening))

    def gesture(self, event: Event, tempo_hz: float, reach: float, shape: str) -> None:
        """Beat gestures: up and out, down and in."""
        span, weight = self._span(event, 0.55)
        body, time_s = self._body.rows(span), self._time_s[span]
        count = len(weight)
        phase = 2 * np.pi * tempo_hz * (time_s - event.start_s) + self._random.uniform(0, 0.6)
        phase = phase + 0.5 * restless(time_s - time_s[0], 1.2, self._random)
        beat = np.sin(phase)
        place = np.stack(
            (
                -2.55 - 0.38 * reach * np.sin(phase + 0.9) + self._random.normal(0, 0.12) * np.ones(count),
                3.15 - 0.85 * reach * beat,
            ),
            axis=-1,
        )
        elbow = np.stack((-3.15 - 0.10 * beat, 4.05 - 0.15 * beat), axis=-1)
        angle = -0.80 - 0.22 * np.sin(phase - 0.6)
        roll = 0.55 + 0.35 * np.sin(0.5 * phase)
        wrist, bent = body.from_torso(self._mirrored(place)), body.from_torso(self._mirrored(elbow))
        self._blend(span, weight, _Pose(wrist, bent, angle, shape, roll))

    def fold(self, event: Event) -> None:
        """Folds the arm across the chest, with the hand at the other arm; the left arm is on top."""
        early_s = 1.0 if self._right else 0.0  # the right arm moves first, so that the hands do not meet
        event = Event(event.cue, event.start_s - early_s, event.end_s + early_s)
        span, weight = self._span(event, _STROLL_S)
        body = self._body.rows(span)
        wrist = body.from_torso(self._mirrored(np.array((1.30, 3.05 if self._right else 2.85))))
        elbow = body.from_torso(self._mirrored(np.array((-2.80, 3.55))))
        angle = 0.1 if self._right else -0.15
        self._blend(span, weight, _Pose(wrist, elbow, angle, "relaxed", foreshortening=0.55))

    def hold(self, event: Event) -> None:
        """Holds the other hand on the desk, one hand rubbing the other."""
        span, weight = self._span(event, _STROLL_S)
        body, time_s = self._body.rows(span), self._time_s[span]
        rub = 0.16 * np.sin(2 * np.pi * 1.1 * (time_s - event.start_s)) * self._side
        place = np.stack(
            (-1.22 + rub + 0.5 * self._side * body.shift_x, np.full(len(weight), 4.62 if self._right else 4.75)),
            axis=-1,
        )
        wrist, elbow = body.from_desk(self._mirrored(place)), body.from_torso(self._mirrored(np.array((-2.95, 4.0))))
        angle, shape = (0.05, "relaxed") if self._right else (0.15, "curled")
        self._blend(span, weight, _Pose(wrist, elbow, angle, shape, foreshortening=0.72))

    def _span(self, event: Event, way_s: float) -> tuple[slice, Signal]:
        """Frames of the event, including the movement there and back, and the weight (0..1) of the pose in each."""
        span = frames_between(self._time_s, event.start_s - way_s, event.end_s + way_s)
        time_s = self._time_s[span]
        there = minimum_jerk((time_s - event.start_s + way_s) / way_s)
        back = minimum_jerk((event.end_s + way_s - time_s) / way_s)
        return span, np.asarray(there * back)

    def _blend(self, span: slice, weight: Signal, pose: _Pose) -> None:
        w = weight[:, None]
        bow = 0.35 * self._side * 4 * weight * (1 - weight) * self._body.eye_px  # hands move in outward arcs
        self.wrist[span] = self.wrist[span] * (1 - w) + pose.wrist * w
        self.wrist[span, 0] -= bow
        self.elbow[span] = self.elbow[span] * (1 - w) + pose.elbow * w
        self.angle[span] = self.angle[span] * (1 - weight) + pose.angle * weight
        self.roll[span] = self.roll[span] * (1 - weight) + pose.roll * weight
        self.foreshortening[span] = self.foreshortening[span] * (1 - weight) + pose.foreshortening * weight
        self.shape[span] = self.shape[span] * (1 - w[..., None]) + SHAPES[pose.shape] * w[..., None]

    def _mirrored(self, places: Places) -> Places:
        return np.asarray(places * np.array((self._side, 1.0)))


def move_arms(
    body: Body, time_s: Signal, events: Sequence[Event], habits: np.random.Generator, random: np.random.Generator
) -> tuple[Arm, Arm]:
    """The right and the left arm with all their gestures; each person prefers one side."""
    prefers_right = float(np.clip(habits.normal(0.68, 0.15), 0.2, 0.9))
    right, left = (Arm(body, time_s, habits, random, right=side) for side in (True, False))
    for event in events:
        near = right if random.random() < prefers_right else left
        if event.cue in _TOUCHES:
            way = int(random.integers(6))
            arms = (right, left) if event.cue == "covering face" else (near,)
            for arm in arms:
                arm.touch(event, way)
        elif event.cue == "illustrative body language":
            tempo_hz, reach = float(random.uniform(1.15, 1.6)), float(random.uniform(1.1, 1.4))
            shape = str(random.choice(["open", "open", "pinching", "pointing"]))
            for arm in (right, left) if random.random() < 0.6 else (near,):
                arm.gesture(event, tempo_hz, reach, shape)
        elif event.cue == "folding arms":
            for arm in (right, left):
                arm.fold(event)
        elif event.cue == "rubbing or holding hands":
            for arm in (right, left):
                arm.hold(event)
    return right, left
