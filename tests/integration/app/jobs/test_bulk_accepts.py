"""Bulk accepts in parts: all of it, beside people who judge, stopped and gone on with, and taken back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.jobs.kinds.bulk_accepts import PART_CLIPS, accept_in_parts, rule_as_json, rule_of_json, take_back_in_parts
from core.errors import DecisionError, JobCancelledError
from core.progress import SilentProgress
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.workspace import open_workspace
from db import bulk_accepts, clips, decisions, pseudo_labels, reviewers
from db.bulk_accepts import BulkRule
from db.engine import Database, open_database
from tests.integration.db.log_oracle import LABELER, answer, new_clip

NUMBER = 2 * PART_CLIPS + 3
RULE = BulkRule(min_confidence=0.5)


class Study:
    """Labeled clips, and somebody who accepts them."""

    def __init__(self, folder: Path) -> None:
        self.database: Database = open_database(open_workspace(folder))
        with self.database.write() as connection:
            self.ids = [clips.add(connection, new_clip(number)).id for number in range(NUMBER)]
            for clip_id in self.ids:
                pseudo_labels.store(connection, clip_id, LABELER, "0", answer("positive", 0.9))
            self.ada = reviewers.ensure(connection, "Ada").id
            self.ben = reviewers.ensure(connection, "Ben").id

    def accept(self, progress: SilentProgress | None = None) -> dict[str, int]:
        return accept_in_parts(
            self.database,
            RULE,
            progress or SilentProgress(),
            reviewer_id=self.ada,
            reason="sure enough",
            mode=ReviewMode.ASSISTED,
            token="t",
        )

    def judge(self, clip_id: int) -> None:
        with self.database.write() as connection:
            new = NewDecision("ben", clip_id, self.ben, DecisionKind.UNCLEAR, ReviewMode.ASSISTED)
            decisions.record(connection, new)

    def sources(self) -> list[str]:
        with self.database.read() as connection:
            return [one.source.value for one in clips.labels(connection, self.ids).values()]


class After(SilentProgress):
    """Does something before the part of that number."""

    def __init__(self, parts: int, act: Callable[[], None]) -> None:
        self._left, self._act = parts, act

    def raise_if_cancelled(self) -> None:
        if self._left == 0:
            self._act()
        self._left -= 1


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


def cancel() -> None:
    raise JobCancelledError("cancelled")


def test_all_parts_are_one_bulk_accept(study: Study) -> None:
    done = study.accept()
    with study.database.read() as connection:
        (made,) = bulk_accepts.newest(connection)
    assert (done["accepted"], done["left_alone"]) == (NUMBER, 0)
    assert (made.id, made.clips, made.standing) == (done["bulk_id"], NUMBER, NUMBER)
    assert study.sources() == ["human"] * NUMBER


def test_a_clip_that_somebody_judges_meanwhile_is_left_alone(study: Study) -> None:
    last = study.ids[-1]
    done = study.accept(After(1, lambda: study.judge(last)))
    assert (done["accepted"], done["left_alone"]) == (NUMBER - 1, 1)
    with study.database.read() as connection:
        assert [row.kind for row in decisions.history(connection, last)] == [DecisionKind.UNCLEAR]


def test_a_stopped_one_goes_on_under_its_token_and_takes_no_clip_twice(study: Study) -> None:
    with pytest.raises(JobCancelledError):
        study.accept(After(1, cancel))
    assert study.sources().count("human") == PART_CLIPS
    study.accept()
    with study.database.read() as connection:
        (made,) = bulk_accepts.newest(connection)
        assert all(len(decisions.history(connection, clip_id)) == 1 for clip_id in study.ids)
    assert made.clips == NUMBER


def test_it_is_taken_back_as_one_however_often_that_is_stopped(study: Study) -> None:
    bulk_id = study.accept()["bulk_id"]
    with pytest.raises(JobCancelledError):
        take_back_in_parts(study.database, bulk_id, study.ada, After(2, cancel))
    assert take_back_in_parts(study.database, bulk_id, study.ada, SilentProgress())["undone"] == NUMBER - 2 * PART_CLIPS
    assert study.sources() == ["pseudo"] * NUMBER


def test_nobody_takes_back_what_another_accepted(study: Study) -> None:
    bulk_id = study.accept()["bulk_id"]
    with pytest.raises(DecisionError, match="Only whoever accepted in bulk"):
        take_back_in_parts(study.database, bulk_id, study.ben, SilentProgress())


def test_a_rule_comes_back_from_the_arguments_of_a_job() -> None:
    rule = BulkRule(label="positive", min_confidence=0.8, among=frozenset({3, 1}))
    assert rule_of_json(rule_as_json(rule)) == rule
    assert rule_of_json(rule_as_json(RULE)) == RULE


def test_a_job_from_before_a_key_of_its_rule_was_renamed_can_be_resumed() -> None:
    old = rule_as_json(replace(RULE, needing_review_too=True))
    old["doubtful_too"] = old.pop("needing_review_too")
    assert rule_of_json(old).needing_review_too
