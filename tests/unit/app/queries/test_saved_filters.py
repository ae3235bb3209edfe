"""Filters that people keep by name, and the queue that each is."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters
from app.queries.saved_filters import all_saved, clips_to_review, delete, rename, save, saved
from core.errors import InputError, NotFoundError
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.cues import Cue, CueMeasurement
from core.types.decisions import DecisionKind, NewDecision, Reviewer, ReviewMode
from core.types.features import FeatureKind, Producer
from core.workspace import open_workspace
from db import clips, cues, decisions, leases, pseudo_labels, reviewers
from db.engine import open_database
from tests.integration.db.log_oracle import LABELER, answer, new_clip

PERSON_1 = Filters(state=ClipState.LABELED, subject="person 1")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    """Clips 1 to 4 with an answer each, positive for the odd ones; 4 is of the test split, 3 of the reliability sample."""
    workspace = open_workspace(tmp_path)
    opened = OpenedWorkspace(workspace, open_database(workspace))
    with opened.database.write() as connection:
        for number in range(1, 5):
            made = clips.add(connection, new_clip(number, test=number == 4, reliability_sample=number == 3))
            if number != 4:
                said = answer("positive" if number % 2 else "negative", 0.7)
                pseudo_labels.store(connection, made.id, LABELER, "1", said)
    yield opened
    opened.database.dispose()


@pytest.fixture
def ada(study: OpenedWorkspace) -> Reviewer:
    with study.database.write() as connection:
        return reviewers.ensure(connection, "Ada")


def test_a_saved_filter_comes_back_as_it_was(study: OpenedWorkspace) -> None:
    save(study.workspace, "  doubtful,  one person ", PERSON_1, "Ada")
    (found,), problems = all_saved(study.workspace)
    assert (found.name, found.filters, found.saved_by, problems) == ("doubtful, one person", PERSON_1, "Ada", [])


def test_renamed_it_is_the_same_under_the_new_name_alone(study: OpenedWorkspace) -> None:
    save(study.workspace, "old", PERSON_1)
    assert rename(study.workspace, "old", "new").filters == PERSON_1
    assert [one.name for one in all_saved(study.workspace)[0]] == ["new"]


def test_deleted_it_is_missed_by_name(study: OpenedWorkspace) -> None:
    save(study.workspace, "gone", PERSON_1)
    delete(study.workspace, "gone")
    with pytest.raises(NotFoundError, match="no saved filter 'gone'"):
        saved(study.workspace, "gone")


@pytest.mark.parametrize(("name", "sentence"), [(" ", "needs a name"), ("taken", "already"), ("x" * 81, "at most 80")])
def test_a_name_that_cannot_be_is_one_sentence_and_overwrites_nothing(
    study: OpenedWorkspace, name: str, sentence: str
) -> None:
    save(study.workspace, "taken", PERSON_1)
    with pytest.raises(InputError, match=sentence):
        save(study.workspace, name, Filters(search="other"))
    assert saved(study.workspace, "taken").filters == PERSON_1


def test_a_name_like_a_path_stays_in_the_workspace(study: OpenedWorkspace) -> None:
    save(study.workspace, "../../etc/passwd", PERSON_1)
    assert [path.parent.name for path in study.workspace.root.rglob("*.json")] == ["filters"]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_there(study: OpenedWorkspace) -> None:
    save(study.workspace, "good", PERSON_1)
    broken = study.workspace.root / "filters" / "broken.json"
    broken.write_text('{"name": "bad", "state": "asleep", "saved_at": "2026-11-23T12:00:00Z"}')
    found, (problem,) = all_saved(study.workspace)
    assert ([one.name for one in found], str(broken) in problem, "state" in problem) == (["good"], True, True)


def test_its_queue_holds_the_training_clips_that_fit_with_those_judged_last(
    study: OpenedWorkspace, ada: Reviewer
) -> None:
    one = save(study.workspace, "all", Filters(search="clip"))
    with study.database.write() as connection:
        decisions.record(connection, NewDecision("a", 1, ada.id, DecisionKind.UNCLEAR, ReviewMode.BLIND))
    assert clips_to_review(study.workspace, study.database, one, ada) == [2, 3, 1]


def test_what_somebody_else_has_open_is_left_out(study: OpenedWorkspace, ada: Reviewer) -> None:
    one = save(study.workspace, "picked", Filters(among=(1, 2)))
    with study.database.write() as connection:
        ben = reviewers.ensure(connection, "Ben")
        leases.take(connection, [1], ben.id, timedelta(minutes=5))
    assert clips_to_review(study.workspace, study.database, one, ada) == [2]


def test_a_filter_by_label_tells_nothing_of_clips_to_be_judged_blind(study: OpenedWorkspace, ada: Reviewer) -> None:
    one = save(study.workspace, "positive ones", Filters(label="positive"))
    assert clips_to_review(study.workspace, study.database, one, ada) == []
    with study.database.write() as connection:
        decisions.record(connection, NewDecision("a", 1, ada.id, DecisionKind.BLIND, ReviewMode.BLIND, "negative", 2))
    assert clips_to_review(study.workspace, study.database, one, ada) == [1]


def test_a_filter_by_cue_tells_nothing_of_clips_to_be_judged_blind(study: OpenedWorkspace, ada: Reviewer) -> None:
    one = save(study.workspace, "nods", Filters(cue="nodding"))
    with study.database.write() as connection:
        for clip_id in (1, 2):
            measured = CueMeasurement((Cue("nodding", 1.0, 2.0, 0.5, ()),), (), 30.0)
            cues.store(connection, clip_id, measured, Producer("test", "1", "none"))
    assert clips_to_review(study.workspace, study.database, one, ada) == []
    with study.database.write() as connection:
        decisions.record(connection, NewDecision("a", 2, ada.id, DecisionKind.BLIND, ReviewMode.BLIND, "negative", 2))
    assert clips_to_review(study.workspace, study.database, one, ada) == [2]


def test_every_filter_of_the_library_is_kept(study: OpenedWorkspace) -> None:
    every = Filters(
        state=ClipState.REVIEWED,
        label="positive",
        source=LabelSource.HUMAN,
        split=Split.TRAIN,
        subject="person 1",
        search="fought",
        said="nods",
        lacks=FeatureKind.IMAGE,
        judged_by="Ada",
        labeler=1,
        cue="nodding",
        dispute=Dispute.REVIEWERS,
        among=(1, 2),
    )
    assert all(getattr(every, one.name) is not None for one in fields(every))
    save(study.workspace, "every", every)
    assert saved(study.workspace, "every").filters == every


def test_a_filter_that_was_saved_before_there_were_lists_of_people_and_cues_is_read(study: OpenedWorkspace) -> None:
    folder = study.workspace.root / "filters"
    save(study.workspace, "old", PERSON_1)
    (file,) = folder.glob("*.json")
    file.write_text('{"name": "old", "state": "labeled", "subject": "person 1", "saved_at": "2026-10-01T12:00:00Z"}')
    assert saved(study.workspace, "old").filters == PERSON_1


def test_too_many_picked_clips_are_refused(study: OpenedWorkspace) -> None:
    with pytest.raises(InputError, match="at most 2,000 clips, not 2,001"):
        save(study.workspace, "many", Filters(among=tuple(range(1, 2002))))


def test_a_filter_that_was_saved_when_labeled_was_spelled_otherwise_is_read(study: OpenedWorkspace) -> None:
    save(study.workspace, "old", PERSON_1)
    (file,) = (study.workspace.root / "filters").glob("*.json")
    file.write_text(file.read_text(encoding="utf-8").replace('"labeled"', '"labelled"'), encoding="utf-8")
    assert saved(study.workspace, "old").filters == PERSON_1
