"""Agreement beyond chance, against known values and a second implementation."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from training.evaluation.reviewer_agreement import alpha, kappa, pairs_of


def test_kappa_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    first = random.choice(["a", "b", "c"], 60)
    second = np.where(random.random(60) < 0.6, first, random.choice(["a", "b", "c"], 60))
    found = kappa(list(zip(first.tolist(), second.tolist(), strict=True)))
    assert found.value == pytest.approx(cohen_kappa_score(first, second))
    assert found.interval is not None
    assert found.interval[0] < (found.value or 0) < found.interval[1]


def test_alpha_is_the_one_worked_out_by_krippendorff() -> None:
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: nominal data, four observers, 0.743.
    columns = ["111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"]
    found = alpha({number: list(column) for number, column in enumerate(columns)})
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.clips == 11


def test_perfect_agreement_is_one() -> None:
    assert kappa([("a", "a"), ("b", "b"), ("a", "a")]).value == 1
    assert alpha({1: ["a", "a"], 2: ["b", "b"]}).value == 1


@pytest.mark.parametrize("pairs", [[], [("a", "a")] * 5])
def test_one_label_alone_says_nothing(pairs: list[tuple[str, str]]) -> None:
    assert kappa(pairs).value is None
    assert alpha(dict(enumerate(pairs))).value is None


def test_only_clips_that_both_judged_make_a_pair() -> None:
    ratings = {1: {7: "a", 9: "b"}, 2: {7: "a"}, 3: {7: "b", 8: "b", 9: "b"}}
    assert pairs_of(ratings) == {(7, 9): [("a", "b"), ("b", "b")], (7, 8): [("b", "b")], (8, 9): [("b", "b")]}
