"""What holds for all cues together: catalog, coverage, and invariance to what does not matter."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.pose.cues import CATALOG, measure_cues
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.taxonomy import DEFAULT_TAXONOMY
from core.types.cues import CueMeasurement
from tests.unit.core.pose.seated_person import BROWS, EYES_PX, SeatedPerson, at_head


def scene(frame_rate: float = 25.0) -> SeatedPerson:
    """A touched chin, a turned head and raised brows, one after another."""
    person = SeatedPerson(14, frame_rate)
    yaw = 32.0 * person.during(6, 8)
    person.pose_head(yaw, np.zeros_like(yaw))
    person.reach("right", at_head(0, 1.95), person.during(2, 4.5))
    person.shift(BROWS, (0, -0.1 * EYES_PX), person.during(10, 11.5))
    return person


EXPECTED = ["touching jaw", "head turned", "brow raise"]


def names(measured: CueMeasurement) -> list[str]:
    return [cue.name for cue in measured.cues]


def test_every_definition_is_complete() -> None:
    assert len(CATALOG) >= 24
    for name, definition in CATALOG.items():
        assert definition.name == name
        assert definition.description.endswith(".")
        assert definition.joints
        assert set(definition.joints) <= set(range(JOINT_COUNT))
        assert 0 < definition.rule.stop <= definition.rule.start < definition.rule.full


def test_every_cue_that_the_taxonomy_weighs_is_measured() -> None:
    for label in DEFAULT_TAXONOMY:
        assert set(label.cue_weights) <= set(CATALOG)


def test_cues_come_in_order_and_inside_the_clip() -> None:
    measured = measure_cues(scene().track())
    assert names(measured) == EXPECTED
    for cue in measured.cues:
        assert 0 <= cue.start_s < cue.end_s <= measured.duration_s
        assert 0 < cue.strength <= 1
        assert set(cue.joints) <= set(CATALOG[cue.name].joints)


def test_coverage_speaks_of_every_cue_once() -> None:
    measured = measure_cues(scene().track())
    assert [part.name for part in measured.coverage] == list(CATALOG)
    for part in measured.coverage:
        assert part.measurable_s == pytest.approx(sum(end - start for start, end in part.spans_s), abs=0.3)


@settings(max_examples=12, deadline=None)
@given(
    scale=st.floats(0.5, 3.0),
    shift_px=st.tuples(st.floats(-500, 3000), st.floats(-500, 3000)),
    frame_rate=st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(60)]),
)
def test_size_place_and_frame_rate_do_not_matter(
    scale: float, shift_px: tuple[float, float], frame_rate: Fraction
) -> None:
    usual = measure_cues(scene().track())
    other = measure_cues(scene(float(frame_rate)).track(scale=scale, shift_px=shift_px))
    assert names(other) == names(usual)
    for here, there in zip(usual.cues, other.cues, strict=True):
        assert (there.start_s, there.end_s) == pytest.approx((here.start_s, here.end_s), abs=0.15)
        assert there.strength == pytest.approx(here.strength, abs=0.1)


def test_jitter_makes_no_cues() -> None:
    person = SeatedPerson(60)
    assert names(measure_cues(person.track(jitter_px=1.0))) == []


def test_cues_are_found_through_jitter() -> None:
    assert names(measure_cues(scene().track(jitter_px=0.8))) == EXPECTED


def test_constant_low_confidences_are_no_reason_to_see_nothing() -> None:
    track = scene().track()
    points = track.points.copy()
    points[..., 2] = np.where(track.present, 0.03, 0)
    assert names(measure_cues(KeypointTrack(points, track.time_s))) == EXPECTED


def test_unsure_hand_points_do_not_touch() -> None:
    track = scene().track()
    points = track.points.copy()
    unsure = np.linspace(0.05, 0.19, 21, dtype=np.float32)
    points[:, 95:116, 2] = unsure
    points[:, 116:137, 2] = unsure
    coverage = {part.name: part for part in measure_cues(KeypointTrack(points, track.time_s)).coverage}
    assert coverage["covering face"].measurable_s == 0


def test_a_clip_without_anybody_measures_nothing() -> None:
    track = KeypointTrack(np.zeros((250, 137, 3), np.float32), np.arange(250) / 25)
    measured = measure_cues(track)
    assert measured.cues == ()
    assert all(part.measurable_s == 0 and part.reason for part in measured.coverage)
    assert measured.not_measurable == "the points that they need are missing"


@pytest.mark.parametrize("frames", [0, 1, 2, 30])
def test_a_clip_too_short_for_anything_to_be_usual_is_not_measurable(frames: int) -> None:
    track = KeypointTrack(np.zeros((frames, 137, 3), np.float32), np.arange(frames) / 25)
    measured = measure_cues(track)
    assert measured.cues == ()
    assert {part.reason for part in measured.coverage} == {"the clip is shorter than 2 s"}
    assert measured.not_measurable == "the clip is shorter than 2 s"


def test_hands_that_are_never_seen_are_not_measurable_and_not_absent() -> None:
    person = SeatedPerson(8)
    person.there[:, 95:137] = False
    person.there[:, [3, 4, 6, 7]] = False
    coverage = {part.name: part for part in measure_cues(person.track()).coverage}
    for name in (
        "touching jaw",
        "covering face",
        "folding arms",
        "rubbing or holding hands",
        "illustrative body language",
    ):
        assert coverage[name].measurable_s == 0
        assert "seen" in coverage[name].reason
    assert coverage["nodding"].measurable_s == pytest.approx(8)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), frames=st.integers(0, 120))
def test_any_points_at_all_give_an_answer(seed: int, frames: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(300, 10 ** random.uniform(-3, 4), (frames, 137, 3)).astype(np.float32)
    points[..., 2] = random.uniform(0, 1, (frames, 137))
    points[random.uniform(0, 1, (frames, 137)) < random.uniform(0, 1)] = 0
    points[points[..., 2] == 0] = 0
    measured = measure_cues(KeypointTrack(points, np.cumsum(random.uniform(0.01, 0.1, frames))))
    assert len(measured.coverage) == len(CATALOG)
    for cue in measured.cues:
        assert 0 <= cue.strength <= 1
        assert cue.start_s < cue.end_s


def test_frames_without_anybody_move_nothing() -> None:
    person = SeatedPerson(12)
    person.there[100:130] = False
    person.there[200:203] = False
    measured = measure_cues(person.track())
    assert measured.cues == ()
    assert all(part.reason for part in measured.coverage)


def test_slow_jitter_of_openposes_size_and_vanishing_hands_make_no_cues() -> None:
    person = SeatedPerson(60)
    random = np.random.default_rng(3)
    white = random.normal(0, 1, person.xy.shape)
    drift = np.zeros_like(white)
    for frame in range(1, len(drift)):
        drift[frame] = 0.8 * drift[frame - 1] + 0.6 * white[frame]
    spread = np.full((137, 1), 1.5)  # px at shoulders 200 px apart
    spread[25:95] = 0.5
    spread[[0, 15, 16]] = 0.5
    person.xy += (0.7 * random.normal(0, 1, white.shape) + 0.7 * drift) * spread
    for first in random.integers(0, len(drift), 20):
        person.there[first : first + 15, [7, *range(95, 116)]] = False
    assert names(measure_cues(person.track())) == []
