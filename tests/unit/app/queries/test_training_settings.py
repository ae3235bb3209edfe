"""The settings of a run, read off the pydantic model: names, bounds, differences, sentences."""

import pytest

from app.queries.training_settings import changes_of, problem_with, setting_fields
from core.settings.training import TrainingSettings

USUAL = TrainingSettings()


def field(name: str):
    return next(one for one in setting_fields(USUAL) if one.name == name)


def test_every_setting_is_there_once_but_what_is_chosen_beside_the_button():
    names = [one.name for one in setting_fields(USUAL)]
    own = set(TrainingSettings.model_fields) - {"modalities", "stgcn"}
    assert len(names) == len(set(names))
    assert {name for name in names if "." not in name} == own
    assert "stgcn.budget_s" in names


def test_every_setting_says_what_it_does():
    assert [one.name for one in setting_fields(USUAL) if not one.description] == []


@pytest.mark.parametrize(
    ("name", "title", "allowed"),
    [
        ("folds", "Folds", "Allowed: 2 to 20."),
        ("window_frames", "Window (frames)", "Allowed: 25 or more."),
        ("stgcn.budget_s", "Stgcn: budget (s)", "Allowed: above 0."),
        ("learning_rate", "Learning rate", "Allowed: above 0."),
    ],
)
def test_a_setting_has_a_name_in_words_its_unit_and_its_range(name: str, title: str, allowed: str):
    assert field(name).title == title
    assert field(name).hint.endswith(allowed)


def test_a_choice_knows_its_choices():
    assert field("keypoint_joints").choices == (137, 25)


def test_what_is_as_usual_is_no_change():
    fields = setting_fields(USUAL)
    chosen = {one.name: one.usual for one in fields} | {"width": 64}
    assert changes_of(fields, chosen) == {"width": 64}


def test_a_value_out_of_its_range_is_told_with_its_name():
    assert problem_with(USUAL, {"width": 12}) == "training.width: Input should be a multiple of 8."
    assert "width (32) must be a multiple of twice the heads (3)" in problem_with(USUAL, {"heads": 3})
    assert problem_with(USUAL, {"stgcn.channels": 2}).startswith("training.stgcn.channels: Input should be greater")
    assert not problem_with(USUAL, {"width": 64, "stgcn.budget_s": 60})
