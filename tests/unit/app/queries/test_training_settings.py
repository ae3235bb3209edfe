"""What the Train page tells of the settings that it does not show."""

from app.queries.training_settings import ON_THE_PAGE, difference_sentence
from core.settings.training import TrainingSettings


def test_settings_at_their_defaults_are_not_told() -> None:
    assert difference_sentence(TrainingSettings()) == ""


def test_what_the_page_shows_itself_is_not_told_again() -> None:
    shown = TrainingSettings(
        modalities=("pose",), keypoint_model="stgcn", fusion_method="gated", pseudo_weight=0.1, seed=3
    )
    assert {
        name for name in TrainingSettings.model_fields if getattr(shown, name) != getattr(TrainingSettings(), name)
    } == {*ON_THE_PAGE}
    assert difference_sentence(shown) == ""


def test_one_hidden_setting_is_told_as_the_file_writes_it() -> None:
    found = difference_sentence(TrainingSettings(loss="bootstrapping"))
    assert found == '1 other setting differs from its default: loss = "bootstrapping".'


def test_hidden_settings_are_counted_and_those_of_a_section_within_have_its_name() -> None:
    settings = TrainingSettings.model_validate({"measured_cues": False, "stgcn": {"budget_s": 60}})
    assert difference_sentence(settings) == (
        "2 other settings differ from their defaults: measured_cues = false, stgcn.budget_s = 60.0."
    )
