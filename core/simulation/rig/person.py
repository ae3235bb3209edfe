"""Motion of a simulated person: 137 true points per frame (without detection errors), from which the figure is drawn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.media.timebase import frame_times_s
from core.pose.skeleton import (
    FACE,
    JOINT_COUNT,
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from core.simulation.cohort import Cohort, SimulatedClip
from core.simulation.event_times import Event
from core.simulation.rig.arms import move_arms
from core.simulation.rig.face import LEFT_EAR, NOSE_TIP, RIGHT_EAR, FaceMuscles, FaceShape, moved_face
from core.simulation.rig.motion import Signal, bouts, frames_between, glances, minimum_jerk, restless, swell
from core.simulation.rig.trunk import Body

Places = npt.NDArray[np.float64]

_EYE_SHARE = 28.0 / 360.0  # share of the picture's height
_NECK_SHARE = 202.0 / 360.0
_LOWER_BODY = {
    8: (0, 6.6),
    9: (-1.2, 6.6),
    10: (-1.5, 9.5),
    11: (-1.5, 14.5),
    12: (1.2, 6.6),
    13: (1.5, 9.5),
    14: (1.5, 14.5),
}
_FEET = {19: (1.8, 15.6), 20: (2.2, 15.5), 21: (1.4, 15.0), 22: (-1.8, 15.6), 23: (-2.2, 15.5), 24: (-1.4, 15.0)}


@dataclass(frozen=True)
class Performance:
    """The motion of a clip. points: (T, 137, 2) px. face_3d: (T, 70, 3) in head coordinates. blink: (T,) 0..1."""

    time_s: Signal
    points: Places
    body: Body
    face_3d: Places
    resting_face: Places
    blink: Signal

    def rows(self, span: slice) -> "Performance":
        """The performance of a range of frames."""
        return Performance(
            self.time_s[span],
            self.points[span],
            self.body.rows(span),
            self.face_3d[span],
            self.resting_face,
            self.blink[span],
        )


def perform(cohort: Cohort, clip: SimulatedClip) -> Performance:
    """Simulates the motion of all events of the clip; deterministic."""
    subject, preset = cohort.subject_of(clip), cohort.preset
    time_s = frame_times_s(clip.frame_count, preset.frame_rate)
    habits, random = np.random.default_rng(subject.seed), np.random.default_rng(clip.seed)
    shape = FaceShape(*habits.uniform((0.95, 0.95, 0.92, 0.85, 0.92), (1.05, 1.05, 1.06, 1.15, 1.12)))
    size = habits.uniform(0.96, 1.05)
    home = (
        preset.width_px * (0.5 + habits.uniform(-0.03, 0.03) + random.uniform(-0.01, 0.01)),
        preset.height_px * (_NECK_SHARE + habits.uniform(-0.008, 0.012)),
    )
    speaking = _speaking(time_s, clip.events, random)
    eye_px = preset.height_px * _EYE_SHARE * size
    body = _move_trunk(time_s, clip.events, speaking, home=home, eye_px=eye_px, random=random)
    muscles = _move_face(time_s, clip.events, speaking, random)
    resting = shape.resting()
    face_3d = moved_face(resting, muscles)
    right, left = move_arms(body, time_s, clip.events, habits, random)
    points = np.zeros((clip.frame_count, JOINT_COUNT, 2))
    points[:, FACE] = body.from_head(face_3d)
    _lay_body(points, body, resting)
    for arm, elbow, wrist, hand in (
        (right, RIGHT_ELBOW, RIGHT_WRIST, RIGHT_HAND),
        (left, LEFT_ELBOW, LEFT_WRIST, LEFT_HAND),
    ):
        points[:, elbow], points[:, wrist], points[:, hand] = arm.elbow, arm.wrist, arm.hand()
    return Performance(time_s, points, body, face_3d, resting, muscles.blink)


def _lay_body(points: Places, body: Body, resting: Places) -> None:
    points[:, NECK] = body.neck_px
    points[:, RIGHT_SHOULDER], points[:, LEFT_SHOULDER] = body.shoulders_px
    eyes = np.stack([resting[36:42].mean(axis=0), resting[42:48].mean(axis=0)])
    ears = np.array((RIGHT_EAR, LEFT_EAR)) * (resting[16, 0] / 1.2, 1, 1)
    points[:, 15:19] = body.from_head(np.concatenate((eyes, ears)))
    points[:, NOSE] = points[:, FACE][:, NOSE_TIP]
    below = {**_LOWER_BODY, **_FEET}
    points[:, list(below)] = body.from_torso(np.array([list(below.values())], dtype=float))


def _of(events: tuple[Event, ...], cue: str) -> list[Event]:
    return [event for event in events if event.cue == cue]


def _add(out: Signal, time_s: Signal, event: Event, height: float, ramps_s: tuple[float, float]) -> None:
    span = frames_between(time_s, event.start_s, event.end_s)
    out[span] += height * swell(time_s[span], event.start_s, event.end_s, *ramps_s)


def _shaken(out: Signal, time_s: Signal, event: Event, height: float, rate_hz: float) -> None:
    span = frames_between(time_s, event.start_s, event.end_s)
    since = time_s[span] - event.start_s
    out[span] += (
        height * np.sin(2 * np.pi * rate_hz * since) * swell(time_s[span], event.start_s, event.end_s, 0.2, 0.25)
    )


def _speaking(time_s: Signal, events: tuple[Event, ...], random: np.random.Generator) -> Signal:
    """(T,) 0..1: how much the person speaks; 0 during a smile, pressed lips or puffed cheeks."""
    out = bouts(time_s, (3.0, 9.0), (0.7, 2.2), 0.25, random)
    for cue in ("smile", "pressing lips", "bulging face or deep breath", "covering face"):
        for event in _of(events, cue):
            span = frames_between(time_s, event.start_s - 0.45, event.end_s + 0.45)
            out[span] *= 1 - swell(time_s[span], event.start_s - 0.45, event.end_s + 0.45, 0.35, 0.35)
    return out


def _move_trunk(
    time_s: Signal,
    events: tuple[Event, ...],
    speaking: Signal,
    *,
    home: tuple[float, float],
    eye_px: float,
    random: np.random.Generator,
) -> Body:
    breath = np.sin(2 * np.pi * (random.uniform(0.22, 0.3) * time_s + 0.15 * restless(time_s, 8.0, random)))
    shift_x = 0.13 * restless(time_s, 3.6, random) + 0.05 * restless(time_s, 1.7, random)
    shift_y = 0.035 * restless(time_s, 4.2, random) - 0.02 * breath
    tilt = 0.014 * restless(time_s, 4.0, random)
    lean = 0.012 * restless(time_s, 5.0, random)
    raised = 0.03 * breath
    shoulders = [raised + 0.02 * restless(time_s, 2.5, random) for _ in range(2)]
    yaw = np.radians(4.0) * restless(time_s, 2.4, random) + np.radians(1.2) * restless(time_s, 0.9, random)
    pitch = np.radians(2.0) * restless(time_s, 2.8, random) + np.radians(1.3) * speaking * restless(time_s, 0.6, random)
    roll = np.radians(2.0) * restless(time_s, 3.0, random) + 0.5 * tilt
    side = 1.0 if random.random() < 0.5 else -1.0
    for event in events:
        if event.cue == "moving torso":
            side = -side
            _shift(shift_x, time_s, event, side * random.uniform(1.35, 1.75))
            _shift(tilt, time_s, event, side * random.uniform(0.03, 0.06))
        elif event.cue == "leaning forward":
            _add(lean, time_s, event, random.uniform(0.17, 0.23), (0.7, 0.7))
        elif event.cue == "sitting straightly":
            _add(shift_y, time_s, event, -random.uniform(0.72, 0.9), (0.6, 0.7))
        elif event.cue == "shaking shoulders":
            rate_hz, height = random.uniform(2.3, 3.0), random.uniform(0.27, 0.36)
            one_sided = random.random() < 0.25
            for number, shoulder in enumerate(shoulders):
                share = 0.35 if one_sided and number else 1.0
                _shaken(shoulder, time_s, event, share * height, rate_hz)
                _add(shoulder, time_s, event, 0.2 * share * height, (0.25, 0.3))
        elif event.cue == "bulging face or deep breath":
            span = frames_between(time_s, event.start_s, event.end_s)
            middle_s = event.start_s + 0.6 * (event.end_s - event.start_s)
            rise = swell(time_s[span], event.start_s, event.end_s, middle_s - event.start_s, event.end_s - middle_s)
            for shoulder in shoulders:
                shoulder[span] += 0.42 * rise
            shift_y[span] -= 0.06 * rise
        elif event.cue == "head up":
            _add(pitch, time_s, event, np.radians(random.uniform(20, 27)), (0.35, 0.4))
        elif event.cue == "head down":
            _add(pitch, time_s, event, -np.radians(random.uniform(21, 29)), (0.4, 0.45))
        elif event.cue == "head turned":
            _add(yaw, time_s, event, random.choice((-1, 1)) * np.radians(random.uniform(24, 36)), (0.35, 0.4))
        elif event.cue == "nodding":
            _shaken(pitch, time_s, event, -np.radians(random.uniform(10, 13)), random.uniform(1.8, 2.3))
        elif event.cue == "head shaking":
            _shaken(yaw, time_s, event, np.radians(random.uniform(15, 20)), random.uniform(1.8, 2.3))
    return Body(home, eye_px, shift_x, shift_y, lean, tilt, shoulders[0], shoulders[1], yaw, pitch, roll)


def _shift(out: Signal, time_s: Signal, event: Event, by: float) -> None:
    """Adds a fast shift, which decays over several seconds after the event."""
    quick_s, slow_s = 0.75, 6.0
    end_s = event.start_s + quick_s
    span = frames_between(time_s, event.start_s, event.end_s + slow_s)
    there = minimum_jerk((time_s[span] - event.start_s) / quick_s)
    back = np.clip((time_s[span] - max(end_s, event.end_s)) / slow_s, 0, 1)
    out[span] += by * there * (0.5 + 0.5 * np.cos(np.pi * back))


def _move_face(time_s: Signal, events: tuple[Event, ...], speaking: Signal, random: np.random.Generator) -> FaceMuscles:
    count = len(time_s)
    blink, brow_up, frown, smile, press, puff = (np.zeros(count) for _ in range(6))
    for event in events:
        if event.cue == "blink":
            _add(blink, time_s, event, 1.0, (0.09, 0.12))
        elif event.cue == "brow raise":
            _add(brow_up, time_s, event, random.uniform(0.16, 0.22), (0.16, 0.25))
        elif event.cue == "brow lowerer":
            _add(frown, time_s, event, random.uniform(0.85, 1.0), (0.22, 0.3))
        elif event.cue == "smile":
            _add(smile, time_s, event, random.uniform(0.85, 1.15), (0.3, 0.45))
        elif event.cue == "pressing lips":
            _add(press, time_s, event, random.uniform(0.85, 1.0), (0.18, 0.22))
        elif event.cue == "bulging face or deep breath":
            span = frames_between(time_s, event.start_s, event.end_s)
            late_s = event.start_s + 0.35 * (event.end_s - event.start_s)
            puff[span] += random.uniform(0.85, 1.1) * swell(time_s[span], late_s, event.end_s, 0.25, 0.35)
    syllables = np.maximum(restless(time_s, 0.12, random) + 0.35, 0) * (0.75 + 0.3 * restless(time_s, 0.7, random))
    mouth_open = 0.20 * speaking * np.clip(syllables, 0, 2.0)
    mouth_wide = 0.018 * speaking * restless(time_s, 0.25, random)
    brow_up += 0.012 * restless(time_s, 2.5, random) + 0.012 * speaking * restless(time_s, 0.8, random)
    return FaceMuscles(
        blink=np.clip(blink, 0, 1),
        brow_up=brow_up,
        frown=frown,
        mouth_open=mouth_open,
        mouth_wide=mouth_wide,
        smile=smile + 0.04 * restless(time_s, 5.0, random),
        press=press,
        puff=puff,
        gaze_x=glances(time_s, (0.5, 2.6), 0.06, random),
        gaze_y=glances(time_s, (0.7, 3.0), 0.06, random),
    )
