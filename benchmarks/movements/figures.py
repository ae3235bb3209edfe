"""Figures of a task from what a model said: the metric, its interval over people, and differences of two models.

A model's predictions are by seed, and within a seed by round: the places of the test clips and the label said of each.
The metric is the mean over rounds and seeds. Intervals are those of `training.evaluation.intervals`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.movements.sets import Task
from training.evaluation.intervals import (
    RESAMPLES,
    difference_interval,
    doubt_of,
    percentiles,
    proportion_interval,
)

Said = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
"""Places of the test clips of a round, and the label said of each."""
BySeed = Sequence[Sequence[Said]]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """`low` and `high` are None where no interval can be told; `doubt` says why they cannot be trusted, or is ""."""

    value: float
    low: float | None
    high: float | None
    doubt: str = ""


def figure(task: Task, by_seed: BySeed) -> Figure:
    """The metric with its interval."""
    value, without_each, drawn = _values(task, by_seed)
    found = None if without_each is None else proportion_interval(value, without_each)
    if found is not None:
        return Figure(value, found.low, found.high, found.doubt)
    ends = percentiles(drawn) if _people(task) > 1 else None
    low, high = ends or (None, None)
    return Figure(value, low, high, doubt_of(_people(task)))


def difference(task: Task, ours: BySeed, theirs: BySeed) -> Figure:
    """The metric of ours minus that of theirs, with the interval of the difference over the same people."""
    value_a, without_a, drawn_a = _values(task, ours)
    value_b, without_b, drawn_b = _values(task, theirs)
    value, people = value_a - value_b, _people(task)
    ends = None
    if without_a is not None and without_b is not None:
        ends = difference_interval(value, without_a - without_b)
    if ends is None and people > 1:
        ends = percentiles(drawn_a - drawn_b)
    low, high = ends or (None, None)
    return Figure(value, low, high, doubt_of(people))


def _people(task: Task) -> int:
    return len({int(task.clips.subjects[place]) for _, test in task.fits for place in test})


def _values(task: Task, by_seed: BySeed) -> tuple[float, Values | None, Values]:
    """The metric; what it is without each person (None for more people than resamples), and on people drawn anew."""
    tested = np.unique(np.concatenate([test for _, test in task.fits]))
    names, of_clip = np.unique(task.clips.subjects[tested], return_inverse=True)
    person = np.full(len(task.clips.labels), -1)
    person[tested] = of_clip
    people = len(names)
    once = np.ones((1, people))
    drawn = np.random.default_rng(0).multinomial(people, np.full(people, 1 / people), size=RESAMPLES).astype(np.float64)
    value = float(_metric(task, by_seed, person, once)[0])
    without = 1 - np.eye(people) if 1 < people <= RESAMPLES else None
    return (
        value,
        None if without is None else _metric(task, by_seed, person, without),
        _metric(task, by_seed, person, drawn),
    )


def _metric(task: Task, by_seed: BySeed, person: npt.NDArray[np.intp], weights: Values) -> Values:
    """(R,) under `weights` (R, people)."""
    measure = {"accuracy": _accuracy, "balanced_accuracy": _balanced_accuracy, "macro_f1": _macro_f1}[task.metric]
    found = [measure(*_counts(task, one, person, weights)) for rounds in by_seed for one in rounds]
    return np.asarray(np.mean(found, axis=0))


def _counts(task: Task, one: Said, person: npt.NDArray[np.intp], weights: Values) -> tuple[Values, Values, Values]:
    """(R, classes) weighted numbers of clips that were right, that have the label, and that were said to have it."""
    places, said = one
    true, who = task.clips.labels[places], person[places]
    shape = (weights.shape[1], len(task.clips.classes))
    right, have, told = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(right, (who, true), said == true)
    np.add.at(have, (who, true), 1)
    np.add.at(told, (who, said), 1)
    return weights @ right, weights @ have, weights @ told


def _accuracy(right: Values, have: Values, told: Values) -> Values:  # noqa: ARG001  # every metric is called alike
    with np.errstate(invalid="ignore"):
        return np.asarray(right.sum(axis=1) / have.sum(axis=1))


def _balanced_accuracy(right: Values, have: Values, told: Values) -> Values:  # noqa: ARG001
    with np.errstate(invalid="ignore"):
        return _mean_of_known(right / have)


def _macro_f1(right: Values, have: Values, told: Values) -> Values:
    with np.errstate(invalid="ignore"):
        return _mean_of_known(2 * right / (have + told))


def _mean_of_known(values: Values) -> Values:
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0).sum(axis=1) / known.sum(axis=1))
