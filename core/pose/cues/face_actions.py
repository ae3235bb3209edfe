"""Facial cues of eyes, brows and mouth: measures per frame, in eye distances or relative to the person's baseline."""

import numpy as np

from core.pose.cues.catalog import CATALOG
from core.pose.cues.filters import Mask, Signal, dips, noise, smoothed, usual
from core.pose.cues.measures import Measure
from core.pose.cues.signals import Places, Signals

_MIN_EYE_PX = 10.0  # with smaller eye distances, lids and lips are only a pixel or two apart
_BLINK_WINDOW_S = 0.4  # blinks last 0.1-0.4 s
_SMOOTHING_S = 0.16
_JITTER = 4.0  # lowest threshold, in standard deviations of the frame-to-frame jitter
_SMOOTHED_JITTER = 2.5  # the same after smoothing over four frames
# Brows are about 1 cm in front of the eye corners, the nose tip 3 cm, so that a nod moves brows a third as far as the nose.
_BROW_DEPTH = 0.3
_MAX_TILT = 0.10  # displacement of the nose tip, in eye distances (12 degrees); more tilt foreshortens lips and brows
_CLOSED_MOUTH = 0.10  # inner lips apart, in eye distances


def measure_face(signals: Signals) -> dict[str, Measure]:
    """Measures of the catalog's facial actions, by cue name."""
    large = float(np.nanmedian(signals.eye_px)) >= _MIN_EYE_PX if (~np.isnan(signals.eye_px)).any() else False
    visible = signals.face_is_front & large
    if not large and (~np.isnan(signals.eye_px)).any():
        why = f"the face is too small in the picture (eyes less than {_MIN_EYE_PX:g} px apart)"
    else:
        why = "the face is not seen from the front"
    face = np.where(visible[:, None, None], signals.face_uv, np.nan)
    down = smoothed(signals.nose_uv[:, 1], _SMOOTHING_S, signals.frame_s)
    tilt = down - usual(down, signals.time_s)
    return {
        "blink": _blink(face, signals, why),
        **_brows(face, tilt, signals, why),
        **_mouth(face, tilt, signals, why),
    }


def _distance(face: Places, a: int, b: int) -> Signal:
    return np.asarray(np.hypot(face[:, a, 0] - face[:, b, 0], face[:, a, 1] - face[:, b, 1]))


def _blink(face: Places, signals: Signals, why: str) -> Measure:
    """Relative drop of the eye aspect ratio (Soukupova and Cech, 2016) below its level before and after."""
    right = (_distance(face, 37, 41) + _distance(face, 38, 40)) / (2 * _distance(face, 36, 39))
    left = (_distance(face, 43, 47) + _distance(face, 44, 46)) / (2 * _distance(face, 42, 45))
    ratio = np.asarray(0.5 * (right + left))
    fall = dips(ratio, _BLINK_WINDOW_S, signals.frame_s, usual(ratio, signals.time_s))
    return Measure(fall, _JITTER * noise(fall), why=why)


def _brows(face: Places, tilt: Signal, signals: Signals, why: str) -> dict[str, Measure]:
    corners = face[:, (36, 39, 42, 45), 1].mean(axis=1)
    raw = corners - face[:, 17:27, 1].mean(axis=1)
    height = smoothed(raw, _SMOOTHING_S, signals.frame_s)
    apart = smoothed(_distance(face, 21, 22), _SMOOTHING_S, signals.frame_s)
    above = height - usual(height, signals.time_s) + _BROW_DEPTH * tilt
    wider = apart - usual(apart, signals.time_s)
    lowered = np.where((wider > 0.02) | (np.abs(tilt) >= _MAX_TILT), np.minimum(-above, 0.0), -above)
    floor = _SMOOTHED_JITTER * noise(raw)
    return {"brow raise": Measure(above, floor, why=why), "brow lowerer": Measure(lowered, floor, why=why)}


def _mouth(face: Places, tilt: Signal, signals: Signals, why: str) -> dict[str, Measure]:
    frame_s, time_s = signals.frame_s, signals.time_s
    raw_gap = (_distance(face, 61, 67) + _distance(face, 62, 66) + _distance(face, 63, 65)) / 3
    gap = smoothed(raw_gap, 0.12, frame_s)
    closed = float(np.nanpercentile(gap, 10)) if (~np.isnan(gap)).any() else np.nan
    width = smoothed(_distance(face, 48, 54), _SMOOTHING_S, frame_s)
    usual_width = usual(width, time_s)
    widening = width / usual_width - 1
    corners = 0.5 * (face[:, 48, 1] + face[:, 54, 1])
    middle = 0.5 * (face[:, 51, 1] + face[:, 57, 1])
    raw_lift = (middle - corners) / usual_width
    lift = smoothed(raw_lift, _SMOOTHING_S, frame_s)
    lift = lift - usual(lift, time_s)
    smile = np.where(np.minimum(widening, lift) >= 0.02, widening + lift, np.minimum(np.minimum(widening, lift), 0.0))
    raw_red = _lip_thickness(face)
    red = smoothed(raw_red, _SMOOTHING_S, frame_s)
    shut: Mask = gap - closed < _CLOSED_MOUTH
    thinner = 1 - red / usual(np.where(shut, red, np.nan), time_s)
    comparable = shut & (widening < 0.12) & (np.abs(tilt) < _MAX_TILT)
    pressed = np.where(comparable, thinner, np.minimum(thinner, 0.0))
    start = CATALOG["smile"].rule.start
    puffed = np.where(shut & (smile < start), _lower_face_widening(face, signals), 0.0)
    there = ~np.isnan(gap)
    usual_red = np.nanmedian(raw_red) if there.any() else np.nan
    floors = {
        "mouth open": (gap - closed, noise(raw_gap)),
        "smile": (smile, noise(raw_lift)),
        "pressing lips": (pressed, noise(raw_red / usual_red)),
        "puffed cheeks": (puffed, 0.0),
    }
    return {
        name: Measure(np.where(there, values, np.nan), _SMOOTHED_JITTER * jitter, why=why)
        for name, (values, jitter) in floors.items()
    }


def _lip_thickness(face: Places) -> Signal:
    """(T,): thickness of the upper plus the lower lip, mean of three places across the mouth, in eye distances."""
    upper = sum(_distance(face, outer, inner) for outer, inner in ((50, 61), (51, 62), (52, 63)))
    lower = sum(_distance(face, outer, inner) for outer, inner in ((58, 67), (57, 66), (56, 65)))
    return np.asarray((upper + lower) / 3)


def _lower_face_widening(face: Places, signals: Signals) -> Signal:
    """(T,): width of the jaw line at mouth height over that of the upper face, as a relative change from the baseline."""
    lower = sum(_distance(face, i, 16 - i) for i in (3, 4, 5)) / 3
    ratio = smoothed(np.asarray(lower / _distance(face, 0, 16)), 0.3, signals.frame_s)
    return ratio / usual(ratio, signals.time_s) - 1
