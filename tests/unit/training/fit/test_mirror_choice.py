"""Whether mirror images teach, told on training people."""

import numpy as np
import numpy.typing as npt
import pytest

from training.fit.mirror_choice import mirror_helps

Matrix = npt.NDArray[np.float64]
PEOPLE, CLIPS_EACH = 10, 8


def clips(
    *, side_means_something: bool, seed: int = 0
) -> tuple[Matrix, Matrix, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Of each clip two numbers of a left and two of a right hand, one of which moves; a mirror swaps the hands.

    The label is which hand moves, or how: then either hand may show it, with noise.
    """
    random = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(PEOPLE), CLIPS_EACH)
    labels = np.tile(np.arange(CLIPS_EACH) % 2, PEOPLE)
    side = labels if side_means_something else random.integers(0, 2, len(labels))
    moved = np.column_stack([np.ones(len(labels)), np.where(labels == 1, 1.0, -1.0)])
    hands = np.zeros((len(labels), 2, 2))
    hands[np.arange(len(labels)), side] = moved
    hands += random.normal(scale=0.3 if side_means_something else 1.2, size=hands.shape)
    return hands.reshape(len(labels), 4), hands[:, ::-1].reshape(len(labels), 4), labels, subjects


def test_where_a_side_is_the_label_mirror_images_are_not_taught() -> None:
    assert not mirror_helps(*clips(side_means_something=True))


def test_where_sides_mean_the_same_mirror_images_are_taught() -> None:
    helped = [mirror_helps(*clips(side_means_something=False, seed=seed)) for seed in range(9)]
    assert sum(helped) >= 6


@pytest.mark.parametrize("alone", ["subjects", "labels"])
def test_one_person_or_one_label_tells_nothing(alone: str) -> None:
    statistics, mirrored, labels, subjects = clips(side_means_something=False)
    same = np.zeros_like(labels)
    found = mirror_helps(
        statistics, mirrored, same if alone == "labels" else labels, same if alone == "subjects" else subjects
    )
    assert not found
