"""Agreement beyond chance, against known values and a second implementation."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from training.evaluation.reviewer_agreement import alpha, kappa, pairs_of

EACH_ALONE = {number: number for number in range(100)}  # every clip of a subject of its own
LABELS = st.sampled_from("abc")


@given(st.lists(st.tuples(LABELS, LABELS), min_size=2, max_size=40))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    found = kappa(dict(enumerate(pairs)), EACH_ALONE).value
    if len({label for pair in pairs for label in pair}) > 1:
        assert found == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)), abs=1e-9)
    else:
        assert found is None


@given(st.lists(st.lists(LABELS, min_size=1, max_size=5), min_size=2, max_size=30))
def test_alpha_is_that_of_the_krippendorff_package(ratings: list[list[str]]) -> None:
    found = alpha(dict(enumerate(ratings)), EACH_ALONE).value
    counts = np.array([[labels.count(name) for name in "abc"] for labels in ratings if len(labels) > 1])
    if len(counts) and np.count_nonzero(counts.sum(axis=0)) > 1:
        wanted = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
        assert found == pytest.approx(wanted, abs=1e-9)
    else:
        assert found is None


def test_alpha_is_the_one_worked_out_by_krippendorff() -> None:
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: nominal data, four observers, 0.743.
    columns = ["111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"]
    found = alpha({number: list(column) for number, column in enumerate(columns)}, EACH_ALONE)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.clips == 11


def test_perfect_agreement_is_one() -> None:
    assert kappa({1: ("a", "a"), 2: ("b", "b"), 3: ("a", "a")}, EACH_ALONE).value == 1
    assert alpha({1: ["a", "a"], 2: ["b", "b"]}, EACH_ALONE).value == 1


@pytest.mark.parametrize("pairs", [[], [("a", "a")] * 5])
def test_one_label_alone_says_nothing(pairs: list[tuple[str, str]]) -> None:
    assert kappa(dict(enumerate(pairs)), EACH_ALONE).value is None
    assert alpha(dict(enumerate(pairs)), EACH_ALONE).value is None


def test_only_clips_that_both_judged_make_a_pair() -> None:
    ratings = {1: {7: "a", 9: "b"}, 2: {7: "a"}, 3: {7: "b", 8: "b", 9: "b"}}
    assert pairs_of(ratings) == {
        (7, 9): {1: ("a", "b"), 3: ("b", "b")},
        (7, 8): {3: ("b", "b")},
        (8, 9): {3: ("b", "b")},
    }
