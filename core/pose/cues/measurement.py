"""Measuring all cues of one clip, with their coverage."""

import warnings

import numpy as np

from core.pose.cues.catalog import CATALOG, CueDefinition
from core.pose.cues.face_actions import measure_face
from core.pose.cues.filters import Signal, runs
from core.pose.cues.hands import measure_hands
from core.pose.cues.head_motion import measure_head
from core.pose.cues.measures import Measure
from core.pose.cues.signals import Signals
from core.pose.cues.spans import Span, find_spans, find_swings, frame_edges_s
from core.pose.cues.torso import measure_torso
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import LEFT_ELBOW, LEFT_HAND, LEFT_WRIST, RIGHT_ELBOW, RIGHT_HAND, RIGHT_WRIST
from core.types.cues import Cue, CueCoverage, CueMeasurement

MIN_CLIP_S = 2.0
_MIN_STRENGTH = 0.05
_COVERAGE_GAP_S = 0.2
_ONE_SIDED = 0.8
_SIDE_JOINTS = {
    "l": {LEFT_ELBOW, LEFT_WRIST, *range(LEFT_HAND.start, LEFT_HAND.stop)},
    "r": {RIGHT_ELBOW, RIGHT_WRIST, *range(RIGHT_HAND.start, RIGHT_HAND.stop)},
}


def measure_cues(track: KeypointTrack) -> CueMeasurement:
    """Measures every cue of the catalog; cues come in order of start, coverage in the catalog's order.

    A cue is not measurable where its points are missing; its coverage says so. A clip shorter than two seconds is not
    measured at all, as it is too short for a baseline.
    """
    if track.duration_s < MIN_CLIP_S or len(track.time_s) < 3:
        return _too_short(track)
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # the median over frames without points is NaN, as intended
        measures = _measures(Signals(track))
    edges_s = frame_edges_s(track.time_s, track.frame_s)
    cues: list[Cue] = []
    for name, definition in CATALOG.items():
        measure = measures[name]
        for span in _spans(measure, definition, edges_s):
            cues.append(_cue(definition, measure, span, edges_s))
    cues.sort(key=lambda cue: (cue.start_s, cue.end_s, cue.name))
    coverage = tuple(_coverage(name, measures[name], edges_s) for name in CATALOG)
    return CueMeasurement(tuple(cues), coverage, track.duration_s)


def _measures(signals: Signals) -> dict[str, Measure]:
    face = measure_face(signals)
    puffed_cheeks = face.pop("puffed cheeks")
    return {**measure_hands(signals), **measure_head(signals), **face, **measure_torso(signals, puffed_cheeks)}


def _spans(measure: Measure, definition: CueDefinition, edges_s: Signal) -> list[Span]:
    if measure.max_swing_s is None:
        return find_spans(measure.values, definition.rule, edges_s, noise_floor=measure.noise_floor)
    return find_swings(
        measure.values, definition.rule, edges_s, max_swing_s=measure.max_swing_s, noise_floor=measure.noise_floor
    )


def _cue(definition: CueDefinition, measure: Measure, span: Span, edges_s: Signal) -> Cue:
    joints = set(definition.joints)
    if measure.side is not None:
        sides = measure.side[span.first : span.end]
        for side, other in (("l", "r"), ("r", "l")):
            if (sides == side).mean() >= _ONE_SIDED:
                joints -= _SIDE_JOINTS[other]
    return Cue(
        name=definition.name,
        start_s=float(edges_s[span.first]),
        end_s=float(edges_s[span.end]),
        strength=float(np.clip(span.peak / definition.rule.full, _MIN_STRENGTH, 1.0)),
        joints=tuple(sorted(joints)),
    )


def _coverage(name: str, measure: Measure, edges_s: Signal) -> CueCoverage:
    known = ~np.isnan(measure.values)
    spans: list[tuple[float, float]] = []
    for first, end in runs(known):
        start_s, end_s = float(edges_s[first]), float(edges_s[end])
        if spans and start_s - spans[-1][1] <= _COVERAGE_GAP_S:
            spans[-1] = (spans[-1][0], end_s)
        else:
            spans.append((start_s, end_s))
    measurable_s = float(np.diff(edges_s)[known].sum())
    return CueCoverage(name, measurable_s, tuple(spans), "" if known.all() else measure.why)


def _too_short(track: KeypointTrack) -> CueMeasurement:
    reason = f"the clip is shorter than {MIN_CLIP_S:g} s"
    return CueMeasurement((), tuple(CueCoverage(name, 0.0, (), reason) for name in CATALOG), track.duration_s)
