"""What is read of a workspace for the conditions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings.loader import Settings
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.workspace import open_workspace
from db import clips, decisions, pseudo_labels, reviewers
from db.engine import Database, open_database
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from training.evaluation.conditions import ConditionClip, Pseudo, condition_clips


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(open_workspace(tmp_path))
    yield opened
    opened.dispose()


def _read(database: Database) -> list[ConditionClip]:
    return condition_clips(database, Settings())


def test_a_simulated_clip_has_the_cohorts_truth_and_its_gold_label_beside_it(database: Database) -> None:
    with database.write() as connection:
        made = clips.add(connection, replace(new_clip(1, gold="negative"), simulated=True, simulated_truth="positive"))
    assert _read(database) == [ConditionClip(made.id, made.subject_id, "positive", "negative", None, simulated=True)]


def test_a_recorded_clip_has_the_label_of_its_import_as_the_truth(database: Database) -> None:
    with database.write() as connection:
        made = clips.add(connection, new_clip(1, gold="negative"))
    assert _read(database) == [ConditionClip(made.id, made.subject_id, "negative", "negative", None, simulated=False)]


def test_a_recorded_clip_that_a_person_judged_has_that_label_as_the_truth(database: Database) -> None:
    with database.write() as connection:
        made = clips.add(connection, new_clip(1))
        shown = pseudo_labels.store(connection, made.id, LABELER, "0", answer("negative", 0.9))
        ada = reviewers.ensure(connection, "Ada").id
        corrected = NewDecision(
            token="t",
            clip_id=made.id,
            reviewer_id=ada,
            kind=DecisionKind.CORRECT,
            mode=ReviewMode.ASSISTED,
            label="positive",
            pseudo_label_id=shown.id,
        )
        decisions.record(connection, corrected)
    [found] = _read(database)
    assert (found.truth, found.gold, found.can_be_decided) == ("positive", None, True)


def test_a_pseudo_label_is_no_truth_and_comes_with_both_its_passes(database: Database) -> None:
    with database.write() as connection:
        made = clips.add(connection, new_clip(1))
        said = replace(answer("positive", 0.9, "negative"), first_confidence=0.6)
        pseudo_labels.store(connection, made.id, LABELER, "0", said)
    [found] = _read(database)
    assert found.truth is None
    assert found.pseudo == Pseudo("negative", 0.6, "positive", 0.9, agreed=False)  # its passes differ


def test_clips_of_which_nothing_is_known_and_clips_of_the_test_split_are_left_out(database: Database) -> None:
    with database.write() as connection:
        clips.add(connection, new_clip(1))
        clips.add(connection, new_clip(2, gold="positive", test=True))
        made = clips.add(connection, new_clip(3, gold="positive"))
    assert [one.clip_id for one in _read(database)] == [made.id]
