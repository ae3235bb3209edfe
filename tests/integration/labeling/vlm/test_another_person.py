"""After another interviewee was chosen, answers on the old one are told as such and asked for again only where that is said."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.feature_store import FeatureStore
from core.types.features import FeatureKind, Producer
from core.types.interviewee import PersonPoint
from db import features, interviewees
from labeling.vlm.cost_plan import VlmPlan, plan_run
from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.served import served
from tests.integration.labeling.vlm.vlm_study import VlmStudy

DETECTOR = Producer("yolo", "1", "5e")  # its boxes follow what people choose
LEFT_PX = 40


@pytest.fixture
def study(made: Path, fake: FakeGemini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VlmStudy]:
    """All clips labeled, on boxes by a detector."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with served(fake.app) as address:
        made_of = VlmStudy(made, tmp_path / "workspace", base_url=address)
        for clip_id in made_of.ids():
            _box(made_of, clip_id, 0)
        made_of.label()
        yield made_of


def _box(study: VlmStudy, clip_id: int, shift_px: float) -> None:
    """Makes the clip's boxes anew, so far to the right, as `telltale perceive` would."""
    workspace = study.workspace()
    store = FeatureStore(workspace.features_dir)
    with store.open(clip_id, FeatureKind.PERSON) as file:
        arrays = {name: np.array(file.read(name)) for name in file.shapes}
    arrays["box_xyxy_px"] = (arrays["box_xyxy_px"] + np.float32([shift_px, 0, shift_px, 0])).astype(np.float32)
    path = store.write(clip_id, FeatureKind.PERSON, arrays, DETECTOR)
    with study.database() as database, database.write() as connection:
        features.record(connection, clip_id, FeatureKind.PERSON, DETECTOR, path)


def _choose(study: VlmStudy, clip_id: int) -> None:
    with study.database() as database, database.write() as connection:
        interviewees.pick(connection, clip_id, PersonPoint(1.0, 200.0, 100.0))


def _plan(study: VlmStudy, *, other_person: bool = False) -> VlmPlan:
    with study.database() as database:
        return plan_run(study.workspace(), database, "gemini", other_person=other_person)


def test_answers_on_another_person_are_told_and_not_asked_for_again_by_themselves(
    study: VlmStudy, fake: FakeGemini
) -> None:
    _choose(study, study.ids()[0])
    plan, again = _plan(study), _plan(study, other_person=True)
    assert (plan.already_labeled, plan.other_person, plan.clips, again.clips) == (3, 1, 0, 1)
    report = study.label()
    assert (report.already, report.other_person, report.left, len(fake.journal.requests)) == (3, 1, 0, 8)


@pytest.mark.long
def test_a_clip_is_not_sent_before_its_boxes_follow_the_choice(study: VlmStudy, fake: FakeGemini) -> None:
    _choose(study, study.ids()[0])
    report = study.label(other_person=True)
    assert len(fake.journal.requests) == 8
    assert (
        "another interviewee was chosen since its boxes and cues were made; run `telltale perceive`"
        in (report.failed[0])
    )


@pytest.mark.long
def test_the_chosen_person_is_paid_for_once_beside_the_old_answer(study: VlmStudy, fake: FakeGemini) -> None:
    first = study.ids()[0]
    _choose(study, first)
    _box(study, first, LEFT_PX)
    assert len(study.label(other_person=True).labeled) == 1
    assert len(study.answers()) == 5
    asked = len(fake.journal.requests)
    assert asked > 8, "the new person was shown"
    assert (study.label(other_person=True).labeled, len(fake.journal.requests)) == ((), asked)


@pytest.mark.long
def test_a_choice_that_is_taken_back_costs_nothing(study: VlmStudy, fake: FakeGemini) -> None:
    first = study.ids()[0]
    _choose(study, first)
    with study.database() as database, database.write() as connection:
        interviewees.forget(connection, first)
    _box(study, first, 0)
    assert len(study.label(other_person=True).labeled) == 1
    assert len(fake.journal.requests) == 8
