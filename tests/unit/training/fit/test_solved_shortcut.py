"""A linear model on statistics of whole clips, solved at once."""

import numpy as np
import pytest

from training.fit import solved_shortcut
from training.fit.solved_shortcut import share_beside, solved

PEOPLE, CLIPS, STATISTICS = 12, 96, 200


def told(signal: float, seed: int = 0, labels: int = 2) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Statistics of which the first tell the label, one each, by so many deviations."""
    random = np.random.default_rng(seed)
    label = np.arange(CLIPS) % labels
    statistics = random.normal(size=(CLIPS, STATISTICS))
    statistics[:, :labels] += signal * np.eye(labels)[label]
    return statistics, np.eye(labels)[label], [clip // labels % PEOPLE for clip in range(CLIPS)]


def right(scores: np.ndarray, taught: np.ndarray) -> float:
    return float((scores.argmax(axis=1) == taught.argmax(axis=1)).mean())


@pytest.mark.parametrize("labels", [2, 3])
def test_what_the_statistics_tell_is_found_for_clips_of_new_people(labels: int) -> None:
    statistics, taught, people = told(4.0, labels=labels)
    found = solved([statistics], taught, people)
    asked, truth, _ = told(4.0, seed=1, labels=labels)
    assert right(asked @ found.weight.T + found.bias, truth) > 0.9


def test_the_scores_of_a_training_clip_are_of_other_people() -> None:
    """Where nothing is told, a model knows its own clips by heart and says nothing of those of others."""
    statistics, taught, people = told(0.0)
    found = solved([10 * statistics], taught, people)
    assert right(10 * statistics @ found.weight.T + found.bias, taught) > 0.85
    assert right(found.by_others, taught) < 0.65


def test_a_row_of_its_own_person_would_show() -> None:
    """The figure by others moves as soon as a person's clips are under two names: the folds keep people together."""
    statistics, taught, people = told(0.0)
    habits = np.random.default_rng(2).normal(size=(PEOPLE, STATISTICS))
    statistics = habits[people] + 0.1 * statistics
    taught = np.eye(2)[np.array(people) % 2]
    apart = solved([statistics], taught, people)
    leaked = solved([statistics], taught, list(range(CLIPS)))
    assert right(leaked.by_others, taught) - right(apart.by_others, taught) > 0.2


def test_moments_that_say_nothing_do_not_drown_the_energies() -> None:
    """Two hundred statistics of which two tell, behind five thousand of noise ten times as large."""

    def padded(seed: int) -> np.ndarray:
        noise = np.random.default_rng(seed + 10).normal(size=(CLIPS, 5_000))
        return np.concatenate([noise, told(8.0, seed)[0]], axis=1)

    _, taught, people = told(8.0)
    found = solved([padded(0)], taught, people, moments=5_000)
    assert right(padded(1) @ found.weight.T + found.bias, taught) > 0.85


def test_moments_that_tell_count_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    statistics, taught, people = told(4.0)
    noise = np.random.default_rng(5).normal(size=(CLIPS, 2_000))
    given = np.concatenate([statistics, noise], axis=1)
    in_full = solved([given], taught, people, moments=STATISTICS)
    monkeypatch.setattr(solved_shortcut, "_MOMENT_SHARES", (0.1,))
    a_tenth = solved([given], taught, people, moments=STATISTICS)
    assert right(in_full.by_others, taught) > right(a_tenth.by_others, taught) + 0.1


def test_rare_labels_count_as_much_as_frequent_ones() -> None:
    statistics, taught, people = told(0.0)
    kept = np.flatnonzero((taught[:, 0] == 1) | (np.arange(CLIPS) % 8 == 1))
    found = solved([statistics[kept] * 1e-3], taught[kept], [people[clip] for clip in kept])
    assert found.bias == pytest.approx([0, 0], abs=1e-2)


def test_mirror_images_teach_beside_the_clips() -> None:
    statistics, taught, people = told(4.0)
    other_side = np.roll(statistics, 2, axis=1)
    found = solved([statistics, other_side], taught, people)
    assert found.by_others.shape == taught.shape
    assert right(np.roll(told(4.0, seed=1)[0], 2, axis=1) @ found.weight.T, taught) > 0.9


@pytest.mark.parametrize("one", ["person", "label", "clip over and over"])
def test_with_one_person_one_label_or_one_clip_all_scores_are_zero(one: str) -> None:
    statistics, taught, people = told(4.0)
    if one == "person":
        people = [0] * CLIPS
    elif one == "label":
        taught = np.eye(2)[np.zeros(CLIPS, dtype=int)]
    else:
        statistics = np.zeros_like(statistics)
    found = solved([statistics], taught, people)
    assert not found.weight.any()
    assert not found.bias.any()
    assert not found.by_others.any()


def test_a_label_that_no_training_clip_has_scores_zero() -> None:
    statistics, taught, people = told(4.0)
    found = solved([statistics], np.pad(taught, ((0, 0), (0, 1))), people)
    assert not found.weight[2].any()
    assert found.bias[2] == 0


def test_scores_that_say_what_the_others_say_already_are_left_out_and_better_ones_are_not() -> None:
    _, taught, _ = told(0.0)
    noise = np.random.default_rng(0).normal(size=taught.shape)
    sure = 2.0 * (taught - 0.5)
    assert share_beside(3 * noise, sure, taught) == 0
    assert share_beside(sure, 0 * noise, taught) == 1
