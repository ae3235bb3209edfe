"""How often cues happen, and what that says of the labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types.cues import Cue, CueCoverage, CueMeasurement
from training.data.cue_rates import CueModel, counts_so_far, cue_terms, event_counts, fit_cue_model, scores_by_others

NAMES = ["nodding", "smile"]
MEASURED = CueMeasurement(
    cues=(Cue("smile", 2.0, 4.0, 1.0, ()), Cue("smile", 11.0, 12.0, 1.0, ())),
    coverage=(CueCoverage("smile", 10.0, ((0.0, 5.0), (10.0, 15.0)), ""),),
    duration_s=20.0,
)
Counts = np.ndarray


def test_counts_are_events_and_measurable_minutes_and_nothing_where_nothing_could_be_measured() -> None:
    assert event_counts(MEASURED, NAMES).tolist() == [[0, 0], [2, pytest.approx(10 / 60)]]


def test_a_clip_without_a_measurement_has_no_counts() -> None:
    assert (event_counts(None, NAMES) == 0).all()
    assert (counts_so_far(None, NAMES, np.array([0.0, 1.0])) == 0).all()


def test_counts_so_far_grow_with_what_was_seen_and_end_with_the_clips_own() -> None:
    found = counts_so_far(MEASURED, NAMES, np.array([0.0, 2.0, 7.0, np.inf]))
    assert (found[:, 0] == 0).all()
    np.testing.assert_allclose(60 * found[:, 1, 1], [0.0, 2.0, 5.0, 10.0])
    assert found[:, 1, 0].tolist() == [0, 1, 1, 2]
    np.testing.assert_array_equal(found[-1], event_counts(MEASURED, NAMES))


def _cohort(
    subjects: int, clips: int, effect: float, habit: float = 0.5, seed: int = 0
) -> tuple[Counts, Counts, list[int]]:
    """Counts (N, 3, 2) in clips of 1 to 9 minutes, of which the first cue goes with the label; labels (N,), subjects."""
    random = np.random.default_rng(seed)
    of = [subject for subject in range(subjects) for _ in range(clips)]
    labels = np.array([number % 2 for number in range(len(of))])
    habits = np.exp(habit * random.standard_normal((subjects, 3)))[of]
    minutes = random.uniform(1, 9, (len(of), 1)) * np.ones(3)
    effects = np.exp(effect * (labels[:, None] - 0.5) * np.array([1.0, 0.0, 0.0]))
    return np.stack([random.poisson(2 * minutes * habits * effects).astype(float), minutes], axis=2), labels, of


def _taught(labels: Counts, classes: int = 2) -> Counts:
    return np.eye(classes)[labels]


def _said(counts: Counts, labels: Counts, subjects: list[int], classes: int = 2) -> Counts:
    return cue_terms(counts, fit_cue_model(counts, _taught(labels, classes), subjects)).sum(axis=2)


def test_a_cue_that_goes_with_the_label_tells_it() -> None:
    counts, labels, subjects = _cohort(10, 8, effect=2.0)
    assert (_said(counts, labels, subjects).argmax(axis=1) == labels).mean() > 0.85


def test_the_factor_of_a_label_is_found_however_much_people_differ() -> None:
    counts, labels, subjects = _cohort(40, 6, effect=0.6, habit=1.0)
    log_factor = fit_cue_model(counts, _taught(labels), subjects).log_factor
    assert log_factor[1] - log_factor[0] == pytest.approx([0.6, 0.0, 0.0], abs=0.15)


def test_people_are_compared_with_themselves() -> None:
    """Whoever does a thing often has more clips of one label: between people it seems to go with it, within them it does not."""
    random = np.random.default_rng(1)
    subjects = [subject for subject in range(40) for _ in range(8)]
    often = np.array(subjects) % 2 == 1
    labels = (random.random(len(subjects)) < np.where(often, 0.8, 0.2)).astype(int)
    minutes = np.full(len(subjects), 5.0)
    events = random.poisson(minutes * np.where(often, 4.0, 1.0)).astype(float)
    counts = np.stack([events, minutes], axis=1)[:, None]
    log_factor = fit_cue_model(counts, _taught(labels), subjects).log_factor
    assert abs(log_factor[1, 0] - log_factor[0, 0]) < 0.2
    alone = fit_cue_model(counts, _taught(labels), list(range(len(subjects)))).log_factor
    assert alone[1, 0] - alone[0, 0] > 0.5


def test_a_longer_clip_of_the_same_rate_says_more() -> None:
    model = CueModel(np.array([1.0]), np.array([4.0]), np.array([[-0.3], [0.3]]), 1.0)
    short, long = cue_terms(np.array([[[3.0, 1.0]], [[30.0, 10.0]]]), model)[:, 1, 0]
    assert 0 < short < long


def test_a_cue_that_could_not_be_measured_says_nothing() -> None:
    model = CueModel(np.array([1.0]), np.array([4.0]), np.array([[-0.3], [0.3]]), 1.0)
    assert (cue_terms(np.zeros((1, 1, 2)), model) == 0).all()


def test_a_detector_gone_wild_is_believed_no_further_than_six_standard_deviations() -> None:
    model = CueModel(np.array([1.0]), np.array([4.0]), np.array([[-0.3], [0.3]]), 1.0)
    many, more = cue_terms(np.array([[[100.0, 1.0]], [[10_000.0, 1.0]]]), model)
    np.testing.assert_array_equal(many, more)


def test_cues_that_have_nothing_to_do_with_the_label_are_hardly_believed() -> None:
    scores = _said(*_cohort(10, 8, effect=0.0))
    assert np.abs(scores[:, 0] - scores[:, 1]).max() < 0.5


def test_a_clip_on_which_people_differ_teaches_each_label_its_share() -> None:
    counts, labels, subjects = _cohort(10, 8, effect=2.0)
    even = fit_cue_model(counts, np.full((len(labels), 2), 0.5), subjects)
    assert np.abs(even.log_factor).max() < 1e-9


@pytest.mark.parametrize("subjects", [[1] * 6, [1, 1, 2, 2, 3, 3]])
def test_with_one_label_alone_the_answer_is_even(subjects: list[int]) -> None:
    counts, _, _ = _cohort(3, 2, effect=0.0)
    assert (_said(counts, np.zeros(6, dtype=int), subjects) == 0).all()


def test_one_subject_says_nothing_of_others() -> None:
    counts, labels, subjects = _cohort(1, 20, effect=2.0)
    assert (_said(counts, labels, subjects) == 0).all()


@given(st.integers(0, 1000), st.integers(2, 4), st.floats(0, 1))
def test_no_score_is_ever_a_number_that_is_none(seed: int, classes: int, missing: float) -> None:
    random = np.random.default_rng(seed)
    minutes = np.where(random.random((12, 4)) < missing, 0.0, random.exponential(5, (12, 4)))
    counts = np.stack([random.poisson(minutes * 3.0).astype(float), minutes], axis=2)
    labels = random.integers(0, classes, 12)
    scores = _said(counts, labels, [number // 2 for number in range(12)], classes)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores.sum(axis=1), 0, atol=1e-9)


def test_the_scores_by_others_of_a_subject_are_those_of_a_model_without_it() -> None:
    counts, labels, subjects = _cohort(4, 8, effect=2.0)  # four people: each is a fold of its own
    found = scores_by_others(counts, _taught(labels), subjects)
    others, own = np.array(subjects) != 2, np.array(subjects) == 2
    model = fit_cue_model(counts[others], _taught(labels)[others], np.array(subjects)[others].tolist())
    assert model.shrinkage > 0
    np.testing.assert_allclose(found[own], cue_terms(counts[own], model).sum(axis=2))


def test_one_subject_has_no_others_who_could_say_anything() -> None:
    counts, labels, subjects = _cohort(1, 20, effect=2.0)
    assert (scores_by_others(counts, _taught(labels, 3), subjects) == np.zeros((20, 3))).all()
