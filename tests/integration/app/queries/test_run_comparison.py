"""Two runs side by side: the same clips, the labels of today, and what changed in between."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from app.queries.run_comparison import SideBySide, side_by_side
from core.taxonomy import DEFAULT_TAXONOMY, Label, Taxonomy
from core.types.clips import LabelSource, NewClip, Split
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.runs import CuratedRow, Prediction, Run
from core.workspace import open_workspace
from db import clips, curated_sets, decisions, reviewers, runs
from db.engine import Database, open_database

LABELS = ("positive", "negative")
TODAY = DEFAULT_TAXONOMY
CLIPS = range(1, 13)
JUDGED = range(9, 13)  # by a person, between the two runs
STORED = {"first": {"value": 0.84, "low": 0.7, "high": 0.9}, "second": {"value": 0.67, "low": 0.5, "high": 0.8}}
PSEUDO = LabelSource.PSEUDO


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Twelve clips of six people; 1 to 8 have gold, positive where the id is even. Ada has judged 9 to 12 negative."""
    opened = open_database(open_workspace(tmp_path))
    with opened.write() as connection:
        for number in CLIPS:
            gold = None if number in JUDGED else LABELS[number % 2]
            clips.add(
                connection,
                NewClip(
                    f"c{number}", f"p{number // 2}", Split.TRAIN, None, f"{number:064x}", 9.0, 225, Fraction(25), 64, 64,
                    gold_label=gold,
                ),
            )  # fmt: skip
        ada = reviewers.ensure(connection, "Ada")
        for number in JUDGED:
            for kind in (DecisionKind.BLIND, DecisionKind.CORRECT):
                new = NewDecision(f"{kind}-{number}", number, ada.id, kind, ReviewMode.BLIND, "negative", 2)
                decisions.record(connection, new)
    yield opened
    opened.dispose()


def finished(
    database: Database,
    name: str,
    said: Mapping[int, str],
    rows: list[CuratedRow],
    settings: Mapping[str, Any] | None = None,
    **metrics: Any,
) -> Run:
    """A run that predicts `said` out of fold, whose own table says the stored figure of its day."""
    with database.write() as connection:
        curated = curated_sets.store(connection, name, {}, rows)
        run = runs.start(
            connection,
            curated_set_id=curated.id,
            job_id=None,
            settings=settings or {},
            code_version="1",
            artifacts_path="",
        )
        made = [Prediction(run.id, clip_id, 0, shares(label), label) for clip_id, label in said.items()]
        runs.store_predictions(connection, made)
        table = [{"name": "fusion", "n": len(said), "balanced_accuracy": STORED[name]}]
        return runs.finish(
            connection, run.id, {"labels": list(LABELS), "table": table, "scored_against": {}, **metrics}
        )


def shares(label: str) -> tuple[float, float]:
    return (0.8, 0.2) if label == "positive" else (0.2, 0.8)


def row(clip_id: int, source: LabelSource, label: str = "negative") -> CuratedRow:
    return CuratedRow(clip_id, clip_id // 2 + 1, label, source, 1.0)


GOLD_ROWS = [row(number, LabelSource.GOLD, LABELS[number % 2]) for number in range(1, 9)]
TRUTH = {number: "negative" if number in JUDGED else LABELS[number % 2] for number in CLIPS}


@pytest.fixture
def pair(database: Database) -> tuple[Run, Run]:
    """The first run is right on 1 to 8 and wrong on 9 to 12, which it was not scored on; the second is right on all but
    1 and 2. One of the first run's clips, 3, the second did not predict.
    """
    wrong = {"positive": "negative", "negative": "positive"}
    first = {n: wrong[label] if n in JUDGED else label for n, label in TRUTH.items()}
    second = {n: wrong[label] if n in {1, 2} else label for n, label in TRUTH.items() if n != 3}
    pseudo = [row(number, PSEUDO) for number in JUDGED]
    human = [row(number, LabelSource.HUMAN) for number in (9, 10, 11)]
    return (
        finished(database, "first", first, [*GOLD_ROWS, *pseudo], scored_against={"gold": 8}),
        finished(database, "second", second, [*GOLD_ROWS, *human], scored_against={"gold": 7, "human": 4}),
    )


def metric(found: SideBySide, name: str) -> list[str]:
    """The two figures of a metric without their intervals."""
    return next([shown.split(" ")[0] for shown in line[1:]] for line in found.metrics if line[0] == name)


def test_both_are_scored_on_the_clips_of_both_by_the_labels_of_today(database: Database, pair: tuple[Run, Run]) -> None:
    found = side_by_side(database, *pair, TODAY)
    assert found.n == 11
    assert metric(found, "accuracy") == ["0.64", "0.82"]


def test_clips_fixed_less_those_regressed_are_the_difference_of_the_right_ones(
    database: Database, pair: tuple[Run, Run]
) -> None:
    found = side_by_side(database, *pair, TODAY)
    assert (found.fixed, found.regressed) == (4, 2)
    right = [sum(matrix[number][number] for number in range(2)) for matrix in found.confusions]
    assert right == [7, 9]
    assert sum(one.second_right - one.first_right for one in found.subjects) == 2


def test_their_difference_has_an_interval(database: Database, pair: tuple[Run, Run]) -> None:
    sentence = side_by_side(database, *pair, TODAY).difference_sentence
    assert sentence.startswith("On the 11 clips that both predicted, run 2 minus run 1 in balanced accuracy: +0.")
    assert "95 %" in sentence


def test_what_changed_among_the_training_rows_is_counted_by_source(database: Database, pair: tuple[Run, Run]) -> None:
    assert side_by_side(database, *pair, TODAY).changed[0] == (
        "Training rows from run 1 to run 2: +3 human, −4 pseudo; 8 rows are the same."
    )


def test_what_each_was_scored_on_in_its_day_is_said(database: Database, pair: tuple[Run, Run]) -> None:
    assert side_by_side(database, *pair, TODAY).changed[1] == (
        "Scored in their own tables on other clips or labels: run 1 on 8 gold, run 2 on 7 gold, 4 human. Here both are scored "
        "on the 11 clips that both predicted, by the labels of today: 7 gold, 4 human."
    )


def test_a_label_that_changed_in_a_row_of_one_source_is_a_change(database: Database) -> None:
    first = finished(database, "first", TRUTH, [row(9, PSEUDO)])
    second = finished(database, "second", TRUTH, [row(9, PSEUDO, "positive")])
    assert side_by_side(database, first, second, TODAY).changed[0] == (
        "Training rows from run 1 to run 2: 1 row has another label; 0 rows are the same."
    )


def test_no_digest_stands_for_a_changed_setting(database: Database) -> None:
    digests = {"curated_digest": "a" * 64, "features_digest": "b" * 12, "folds": 2}
    others = {"curated_digest": "c" * 64, "features_digest": "d" * 12, "folds": 3}
    first = finished(database, "first", TRUTH, GOLD_ROWS, digests)
    second = finished(database, "second", TRUTH, GOLD_ROWS, others)
    found = side_by_side(database, first, second, TODAY)
    assert found.settings == (("folds", "2", "3"),)
    assert "The features of the same rows were computed again in between." in found.changed


def test_a_features_program_that_changed_is_named(database: Database) -> None:
    made = {"name": "openpose", "version": "1", "settings_digest": "a" * 12}
    first = finished(database, "first", TRUTH, GOLD_ROWS, producers={"pose": made})
    second = finished(database, "second", TRUTH, GOLD_ROWS, producers={"pose": {**made, "version": "2"}})
    assert ("pose features", "openpose 1", "openpose 2") in side_by_side(database, first, second, TODAY).settings


def test_other_settings_of_a_features_program_are_told_without_their_digest(database: Database) -> None:
    made = {"name": "openpose", "version": "1", "settings_digest": "a" * 12}
    first = finished(database, "first", TRUTH, GOLD_ROWS, producers={"pose": made})
    second = finished(database, "second", TRUTH, GOLD_ROWS, producers={"pose": {**made, "settings_digest": "b" * 12}})
    told = ("pose features", "openpose 1", "openpose 1 with other settings")
    assert told in side_by_side(database, first, second, TODAY).settings


def test_runs_of_other_labels_are_not_scored_against_each_other(database: Database, pair: tuple[Run, Run]) -> None:
    first, second = pair
    found = side_by_side(database, replace(first, metrics={**first.metrics, "labels": ["won", "lost"]}), second, TODAY)
    assert (found.metrics, found.n) == ((), 0)
    assert (
        found.changed[-1]
        == "Run 1 tells won from lost, run 2 Positive (won) from Negative (lost): no figure of the two compares."
    )


def test_without_a_clip_of_both_that_has_a_label_it_is_said_that_nothing_is_compared(database: Database) -> None:
    first = finished(database, "first", {1: "positive"}, GOLD_ROWS)
    second = finished(database, "second", {2: "positive"}, GOLD_ROWS)
    found = side_by_side(database, first, second, TODAY)
    assert (found.n, found.metrics, found.points) == (0, (), ((), ()))
    assert found.changed == ("Training rows from run 1 to run 2: no change; 8 rows are the same.",)
    assert found.difference_sentence == (
        "There is no clip with a true label that both predicted out of fold, so the two are not compared."
    )


def test_the_best_possible_is_not_told_of_clips_scored_by_people(database: Database, pair: tuple[Run, Run]) -> None:
    first, second = pair
    best = {"best_possible": {"balanced_accuracy": 0.9, "accuracy": 0.9}}
    found = side_by_side(
        database,
        replace(first, metrics={**first.metrics, **best}),
        replace(second, metrics={**second.metrics, **best}),
        TODAY,
    )
    assert metric(found, "share of best") == ["—", "—"]


def test_two_runs_of_older_labels_are_said_to_be_of_the_labels_before_the_change(
    database: Database, pair: tuple[Run, Run]
) -> None:
    neutral = Label(name="neutral", title="Neutral", color="#808080", key="3", description="")
    found = side_by_side(database, *pair, Taxonomy(labels=(*TODAY, neutral)))
    assert found.changed[1].endswith(
        "on the 11 clips that both predicted, both of the labels before the change: 7 gold, 4 human."
    )
