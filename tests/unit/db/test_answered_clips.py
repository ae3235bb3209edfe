"""Whether an answer is about the person who is the interviewee now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.steady_time import SteadyTime
from core.types.features import FeatureKind, Producer
from core.types.interviewee import PersonPoint
from core.workspace import open_workspace
from db import clips, features, interviewees, jobs, pseudo_labels
from db.answered_clips import AnsweredClips, Interviewee, answered_clips, answers_on_others, interviewee_of
from db.engine import open_database
from tests.fakes.wall_clock import wall_clock
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from tests.unit.db.conftest import Desk

CHOSEN = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Interviewee("ada", stale=False, boxes_made_at=CHOSEN + HOUR, chosen_at=CHOSEN)
BY_THE_RULE = Interviewee("", stale=False)


@pytest.mark.parametrize(
    ("who", "key", "answered_after", "same"),
    [
        (BY_THE_RULE, "s", -9 * HOUR, True),
        (BY_THE_RULE, "s.ada", 9 * HOUR, False),
        (ADA, "s.ada", -9 * HOUR, True),
        (ADA, "s.bob", 9 * HOUR, False),
        # Of earlier versions, which did not note the choice: made before it, before its boxes, on them.
        (ADA, "s", -1 * HOUR, False),
        (ADA, "s", HOUR / 2, False),
        (ADA, "s", 2 * HOUR, True),
        (Interviewee("ada", stale=True, boxes_made_at=CHOSEN - HOUR, chosen_at=CHOSEN), "s", HOUR, False),
    ],
)
def test_an_answer_is_about_the_person_whose_choice_it_notes_or_whose_boxes_it_was_made_on(
    who: Interviewee, key: str, answered_after: timedelta, same: bool
) -> None:
    assert who.is_of(key, CHOSEN + answered_after) is same


def test_a_choice_makes_the_answers_those_of_another_person_unless_boxes_follow_the_key_points(desk: Desk) -> None:
    with desk.database.write() as connection:
        chosen, by_keypoints, plain = (clips.add(connection, new_clip(number)).id for number in (91, 92, 93))
        for clip_id in (chosen, by_keypoints, plain):
            pseudo_labels.store(connection, clip_id, LABELER, "s", answer("positive", 0.5))
            name = "keypoint-box" if clip_id == by_keypoints else "yolo"
            features.record(connection, clip_id, FeatureKind.PERSON, Producer(name, "1", "0"), "somewhere")
        for clip_id in (chosen, by_keypoints):
            interviewees.pick(connection, clip_id, PersonPoint(1.0, 2.0, 3.0))
        assert answered_clips(connection, LABELER, {"s"}) == AnsweredClips(
            frozenset({by_keypoints, plain}), frozenset({chosen})
        )
        assert (interviewee_of(connection, chosen).stale, interviewee_of(connection, plain).stale) == (True, False)
        assert [answers_on_others(connection, clip_id) for clip_id in (chosen, by_keypoints, plain)] == [1, 0, 0]
        key = interviewee_of(connection, chosen).key("s")
        pseudo_labels.store(connection, chosen, LABELER, key, answer("positive", 0.5))
        assert answered_clips(connection, LABELER, {"s"}).other_person == frozenset()


def test_boxes_are_older_than_a_choice_made_after_the_clock_was_set_back(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_id = desk.clip()
    with desk.database.write() as connection:
        features.record(connection, clip_id, FeatureKind.PERSON, Producer("yolo", "1", "0"), "somewhere")
        jobs.enqueue(connection, "perceive", {})  # each that writes boxes has its row
    with wall_clock() as clock:
        clock.set_back(timedelta(hours=1))
        began_afterwards = SteadyTime()
        for module in ("tables", "engine"):
            monkeypatch.setattr(f"db.{module}.STEADY_TIME", began_afterwards)
        again = open_database(open_workspace(tmp_path))
        with again.write() as connection:
            interviewees.pick(connection, clip_id, PersonPoint(1.0, 2.0, 3.0))
            assert interviewee_of(connection, clip_id).stale
        again.dispose()
