"""Pages, counts and queues at any number of clips: SQLite's plan of each walks an index and sorts nothing.

A plan does not depend on the machine, as a time would.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from core.settings.review import ReviewSettings
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.features import FeatureKind
from core.types.runs import Prediction
from core.workspace import open_workspace
from db import clips, curated_sets, decisions, queues, reviewers, runs
from db.engine import Database, open_database
from db.queues import Queue
from tests.integration.db.log_oracle import new_clip

Reading = Callable[[sa.Connection], Any]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(open_workspace(tmp_path))
    with opened.write() as connection:
        clip = clips.add(connection, new_clip(1, gold="positive"))
        reviewers.ensure(connection, "Ada")
        stored = curated_sets.store(connection, "set", {}, [])
        run = runs.start(connection, curated_set_id=stored.id, job_id=None, settings={}, code_version="1")
        runs.store_predictions(connection, [Prediction(run.id, clip.id, 0, (0.9, 0.1), "negative")])
        runs.finish(connection, run.id, {})
        runs.select(connection, run.id)
    yield opened
    opened.dispose()


def _plan(database: Database, reading: Reading) -> list[str]:
    """SQLite's plan of every statement that `reading` executes."""
    statements: list[tuple[str, Any]] = []

    def remember(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        statements.append((statement, parameters))

    event.listen(sa.Engine, "before_cursor_execute", remember)
    try:
        with database.read() as connection:
            reading(connection)
    finally:
        event.remove(sa.Engine, "before_cursor_execute", remember)
    selects = [(statement, parameters) for statement, parameters in statements if statement.startswith("SELECT")]
    assert selects
    with database.read() as connection:
        return [
            row.detail
            for statement, parameters in selects
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"after_id": 90_000},
        {"state": ClipState.REVIEWED},
        {"label": "positive"},
        {"source": LabelSource.GOLD},
        {"label": "positive", "source": LabelSource.PSEUDO},
        {"split": Split.TEST},
        {"subject": "person 3"},
        {"lacks": FeatureKind.IMAGE},
        {"lacks": FeatureKind.TEXT, "state": ClipState.LABELED},
        {"state": ClipState.LABELED, "split": Split.TRAIN},
        {"cue": "nodding", "reader": 1},
        {"cue": "nodding", "all_open": True},
        {"labeler": 1},
        {"judged_by": "Ada"},
        {"dispute": Dispute.REVIEWERS},
        {"dispute": Dispute.GOLD, "split": Split.TRAIN},
    ],
)
def test_a_page_of_clips_scans_and_sorts_nothing(database: Database, filters: dict[str, Any]) -> None:
    plan = _plan(database, lambda connection: clips.page(connection, **filters))
    few = "SCAN assignment_batches"  # a row for each press
    assert [line for line in plan if (line.startswith("SCAN") and line != few) or "TEMP B-TREE" in line] == []


def test_counts_read_the_counters_alone(database: Database) -> None:
    assert _plan(database, clips.counts) == ["SCAN counters"]


# The three have tests of their own below.
_OTHERWISE = {Queue.UNREVIEWED, Queue.LEAKS, Queue.RUN_DIFFERS}


@pytest.mark.parametrize("queue", [queue for queue in Queue if queue not in _OTHERWISE])
def test_a_queue_scans_and_sorts_nothing(database: Database, queue: Queue) -> None:
    plan = _plan(database, lambda connection: queues.items(connection, queue, 1, limit=2))
    big = ("SCAN clips", "SCAN clip_states", "SCAN decisions", "SCAN predictions", "SCAN pseudo_labels", "SCAN claims")
    assert [line for line in plan if line.startswith(big) or "TEMP B-TREE" in line] == []


def test_what_a_run_contradicts_walks_the_index_of_confidence_for_each_source(database: Database) -> None:
    plan = _plan(database, lambda connection: queues.items(connection, Queue.RUN_DIFFERS, 1, limit=2))
    walked = [line for line in plan if line.startswith("SEARCH predictions USING") and "run_id_confidence" in line]
    assert len(walked) == len(LabelSource)
    sorted_ones = [before for before, line in pairwise(plan) if "TEMP B-TREE" in line]
    assert sorted_ones == [f"SCAN anon_{number}" for number in range(2, 6)]  # each source's first two clips


@pytest.mark.parametrize("review", [ReviewSettings(), ReviewSettings(judgments_per_clip=3, repeat_share=0.1)])
def test_the_unreviewed_queue_walks_an_index_for_each_state_and_sorts_what_it_gives(
    database: Database, review: ReviewSettings
) -> None:
    plan = _plan(database, lambda connection: queues.items(connection, Queue.UNREVIEWED, 1, review=review, limit=2))
    walked = [line for line in plan if line.startswith("SEARCH clip_states USING") and "split=? AND state=?" in line]
    assert len(walked) == (4 if review.judgments_per_clip > 1 else 2)
    assert [line for line in plan if line.startswith("SCAN clip_states")] == []
    assert sum("TEMP B-TREE FOR ORDER BY" in line for line in plan) <= 2  # the last sort, and clips that come back


@pytest.mark.parametrize("queue", [Queue.UNREVIEWED, Queue.UNCERTAIN, Queue.DISAGREE, Queue.NEEDS_REVIEW])
def test_a_large_queue_is_counted_without_asking_of_each_clip_who_has_put_it_aside(
    database: Database, queue: Queue
) -> None:
    plan = _plan(database, lambda connection: queues.size(connection, queue, 1))
    assert plan[0].startswith("SEARCH clip_states USING")
    assert not plan[1].startswith("CORRELATED")


def test_where_a_reviewer_is_with_a_clip_is_looked_up(database: Database) -> None:
    plan = _plan(database, lambda connection: decisions.standing(connection, 1, 1))
    plan += _plan(database, lambda connection: decisions.blind_row(connection, 1, 1))
    assert [line for line in plan if line.startswith("SCAN")] == []


def test_the_queue_of_leaks_reads_leaks_alone(database: Database) -> None:
    plan = _plan(database, lambda connection: queues.items(connection, Queue.LEAKS, 1, limit=2))
    scans = [line for line in plan if line.startswith("SCAN") and line != "SCAN leaking"]
    assert [line for line in scans if not line.endswith("_leaks")] == []
