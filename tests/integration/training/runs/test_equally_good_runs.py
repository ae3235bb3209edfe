"""Two hundred pairs of equally good runs on simulated studies: the newer one is not favored by what the older one's queue
brought up. Predictions are drawn, the log and the queue are real; the studies share a database and no subject.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from core.types.decisions import DecisionKind, ReviewMode
from core.types.runs import Prediction, Run
from core.workspace import open_workspace
from db import curated_sets, queues, reviewers, runs, tables
from db.engine import Database, open_database
from training.evaluation.predictions import Predictions
from training.evaluation.results_table import Scored
from training.evaluation.run_selection import SHARE_IF_EQUAL, select
from training.runs.run_metrics import scored_clips
from training.runs.unchosen_clips import WITHOUT_RUNS, unchosen_clips

LABELS = ("positive", "negative")
STUDIES, SUBJECTS, CLIPS_EACH = 200, 10, 6
OF_STUDY = SUBJECTS * CLIPS_EACH
RIGHT = 0.7  # of the predictions of either run
LABELER_RIGHT = 0.75
GOLD, SAMPLED, JUDGED_BEFORE = 0.2, 0.1, 0.1  # shares of the clips
JUDGED_FIRST = 0.1  # since the older run began, before its queue was worked


@dataclass(frozen=True)
class Loop:
    """After one round: the older run was selected, some clips were judged in the queue of all unreviewed ones, then all
    that the older run's queue showed, then half of the others, in the first queue again.
    """

    database: Database
    before: Run
    older: Predictions
    newer: Predictions
    subject_of: Mapping[int, int]
    left_over: set[int]  # judged after the older run's queue was worked


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    random = np.random.default_rng(18)
    database = open_database(open_workspace(tmp_path_factory.mktemp("loop")))
    clip_ids = range(1, STUDIES * OF_STUDY + 1)
    truth = {clip_id: LABELS[int(random.integers(2))] for clip_id in clip_ids}
    subject_of = {clip_id: 1 + (clip_id - 1) // CLIPS_EACH for clip_id in clip_ids}
    older, newer = (predicted(truth, random) for _ in range(2))
    now = tables.now_utc()
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada").id
        drawn = random.random(len(clip_ids))
        gold = {one for one in clip_ids if drawn[one - 1] < GOLD}
        sampled = {one for one in clip_ids if GOLD < drawn[one - 1] < GOLD + SAMPLED}
        judged = {one for one in clip_ids if GOLD + SAMPLED < drawn[one - 1] < GOLD + SAMPLED + JUDGED_BEFORE}
        add_clips(connection, truth, subject_of, gold=gold, sampled=sampled)
        add_answers(connection, {one: other_at_times(truth[one], random) for one in clip_ids if one not in gold}, now)
        judge(connection, judged | sampled, truth, ada, now - timedelta(days=1))
        before = selected_run(connection, older)
        since = [one for one in clip_ids if one not in gold | sampled | judged]
        first = {one for one in since if random.random() < JUDGED_FIRST / (1 - GOLD - SAMPLED - JUDGED_BEFORE)}
        judge(connection, first, truth, ada, now + timedelta(days=1), "unreviewed")
        shown = queues.items(connection, queues.Queue.RUN_DIFFERS, ada, limit=len(clip_ids))
        differing = {one.clip_id for one in shown} - judged - sampled - first
        judge(connection, differing, truth, ada, now + timedelta(days=2), "run-differs")
        left_over = set([one for one in since if one not in first | differing][::2])
        judge(connection, left_over, truth, ada, now + timedelta(days=3), "unreviewed")
    return Loop(database, before, older, newer, subject_of, left_over)


def predicted(truth: Mapping[int, str], random: np.random.Generator) -> Predictions:
    found = {}
    for clip_id, label in truth.items():
        says_positive = (label == "positive") == (random.random() < RIGHT)
        found[clip_id] = (0.8, 0.2) if says_positive else (0.2, 0.8)
    return found


def other_at_times(label: str, random: np.random.Generator) -> str:
    return label if random.random() < LABELER_RIGHT else LABELS[1 - LABELS.index(label)]


def add_clips(
    connection: sa.Connection,
    truth: Mapping[int, str],
    subject_of: Mapping[int, int],
    *,
    gold: set[int],
    sampled: set[int],
) -> None:
    subjects = sorted(set(subject_of.values()))
    connection.execute(sa.insert(tables.subjects), [{"id": one, "name": f"p{one}"} for one in subjects])
    plain = {
        "split": "train",
        "duration_s": 1.0,
        "frame_count": 25,
        "width_px": 64,
        "height_px": 64,
        "simulated": False,
    }
    plain |= {"frame_rate_numerator": 25, "frame_rate_denominator": 1}
    connection.execute(
        sa.insert(tables.clips),
        [
            {"id": one, "name": f"c{one}", "digest": f"{one:064x}", "subject_id": subject, **plain}
            | {"reliability_sample": one in sampled}
            for one, subject in subject_of.items()
        ],
    )
    connection.execute(sa.insert(tables.gold_labels), [{"clip_id": one, "label": truth[one]} for one in sorted(gold)])


def add_answers(connection: sa.Connection, said: Mapping[int, str], now: datetime) -> None:
    """The labeler's answers, of which the labels that the run contradicts are made."""
    labeler = {"name": "toy", "model_id": "toy", "prompt_version": "1", "prompt_digest": "0", "simulated": True}
    connection.execute(sa.insert(tables.labelers), [{"id": 1, **labeler}])
    same = {"labeler_id": 1, "settings_digest": "0", "first_confidence": 0.8, "confidence": 0.8, "created_at": now}
    same |= {"first_reasoning": "", "reasoning": "", "raw_answer": "", "contradicted_claims": 0, "cost_usd": 0.0}
    same |= {"input_tokens": 0, "output_tokens": 0}
    rows: list[dict[str, Any]] = [
        {"clip_id": one, "first_label": label, "label": label, **same} for one, label in said.items()
    ]
    connection.execute(sa.insert(tables.pseudo_labels), rows)


def judge(
    connection: sa.Connection,
    clip_ids: set[int],
    truth: Mapping[int, str],
    ada: int,
    when: datetime,
    queue: str | None = None,
) -> None:
    same = {
        "queue": queue,
        "reviewer_id": ada,
        "kind": DecisionKind.CORRECT.value,
        "mode": ReviewMode.ASSISTED.value,
        "note": "",
    }
    rows = [
        {"token": f"{when}-{one}", "clip_id": one, "label": truth[one], "created_at": when, **same}
        for one in sorted(clip_ids)
    ]
    connection.execute(sa.insert(tables.decisions), rows)


def selected_run(connection: sa.Connection, predictions: Predictions) -> Run:
    curated = curated_sets.store(connection, "set", {}, [])
    run = runs.start(connection, curated_set_id=curated.id, job_id=None, settings={}, code_version="1")
    made = [Prediction(run.id, one, 0, row, LABELS[row.index(max(row))]) for one, row in predictions.items()]
    runs.store_predictions(connection, made)
    runs.finish(connection, run.id, {})
    return runs.select(connection, run.id)


def by_study(scored: list[Scored]) -> list[list[Scored]]:
    found: dict[int, list[Scored]] = defaultdict(list)
    for one in scored:
        found[(one.clip_id - 1) // OF_STUDY].append(one)
    return [found[number] for number in range(STUDIES)]


def verdicts(loop: Loop, scored: list[Scored], margin: float) -> list[dict[str, Any]]:
    return [select(loop.newer, loop.before, loop.older, of_it, LABELS, margin=margin) for of_it in by_study(scored)]


@pytest.mark.parametrize("margin", [0.05, 1.0])  # with the wide one, every pair is told apart
def test_the_newer_of_two_equally_good_runs_is_selected_in_no_more_than_the_stated_share(
    loop: Loop, margin: float
) -> None:
    unchosen = unchosen_clips(loop.database, loop.subject_of, loop.before.created_at, LABELS)
    found = verdicts(loop, unchosen, margin)
    assert np.mean([one["selected"] for one in found]) <= SHARE_IF_EQUAL
    assert abs(np.mean([one["difference"]["value"] for one in found])) < 0.02


def test_clips_of_other_queues_count_until_the_older_runs_queue_is_worked(loop: Loop) -> None:
    unchosen = unchosen_clips(loop.database, loop.subject_of, loop.before.created_at, LABELS)
    numbers = Counter(one.source for one in unchosen)
    assert numbers[WITHOUT_RUNS] / len(loop.subject_of) == pytest.approx(JUDGED_FIRST, abs=0.01)


def test_what_is_left_when_the_older_runs_queue_is_worked_would_favor_the_older_run(loop: Loop) -> None:
    scored = scored_clips(loop.database, loop.subject_of)
    found = verdicts(loop, [one for one in scored if one.clip_id in loop.left_over], 1.0)
    assert np.mean([one["difference"]["value"] for one in found]) < -0.04


def test_the_clips_that_the_older_runs_queue_brought_up_would_favor_the_newer_run(loop: Loop) -> None:
    scored = scored_clips(loop.database, loop.subject_of)
    found = verdicts(loop, [one for one in scored if one.clip_id not in loop.left_over], 1.0)
    assert np.mean([one["difference"]["value"] for one in found]) > 0.04
    assert np.mean([one["selected"] for one in found]) > 0.7
