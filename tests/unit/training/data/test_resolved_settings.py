"""What the settings leave open is decided by the clips and the machine."""

import pytest

from core.settings.training import TrainingSettings
from training.data.resolved_settings import Machine, resolved_values
from training.data.training_time import modeled_s

LAPTOP = Machine(16 * 2**30, gpu=False)
SHORT, INTERVIEWS = [40] * 300, [8_700] * 359


def test_short_clips_are_read_whole_many_a_step_in_fine_tokens() -> None:
    found = resolved_values(TrainingSettings(), SHORT, LAPTOP)
    assert (found.batch_clips, found.patch_frames) == (32, 2)
    assert found.step_frames // found.batch_clips > 500


def test_interviews_are_read_in_windows_in_coarser_tokens() -> None:
    found = resolved_values(TrainingSettings(), INTERVIEWS, LAPTOP)
    assert (found.batch_clips, found.patch_frames) == (16, 5)
    assert found.step_frames // found.batch_clips < 8_700
    assert found.reads_parts


def test_coarse_tokens_do_not_make_clips_long() -> None:
    assert not resolved_values(TrainingSettings(patch_frames=5), SHORT, LAPTOP).reads_parts


def test_cues_that_are_taught_are_promised_more_time() -> None:
    settings = resolved_values(TrainingSettings(), INTERVIEWS, LAPTOP)
    untaught = settings.model_copy(update={"taught_cues": False})
    assert modeled_s(untaught, INTERVIEWS, ["pose"]) < modeled_s(settings, INTERVIEWS, ["pose"])


def test_more_clips_take_more_steps_and_few_take_no_fewer_than_anything_learns_in() -> None:
    steps = [
        resolved_values(TrainingSettings(), [40] * clips, LAPTOP).stage1_steps for clips in (10, 300, 1_000, 100_000)
    ]
    assert steps == [400, 400, 1_250, 2_000]


def test_little_memory_means_fewer_frames_a_step() -> None:
    small = resolved_values(TrainingSettings(), SHORT, Machine(2**30, gpu=False))
    assert small.step_frames < resolved_values(TrainingSettings(), SHORT, LAPTOP).step_frames


def test_what_the_settings_say_stands() -> None:
    said = TrainingSettings(
        clip_length="long",
        batch_clips=3,
        step_frames=700,
        patch_frames=4,
        stage1_steps=5,
        stage2_steps=6,
        max_threads=7,
    )
    assert resolved_values(said, SHORT, LAPTOP) == said


def test_nothing_is_left_open() -> None:
    found = resolved_values(TrainingSettings(), [], LAPTOP)
    assert all(
        (
            found.batch_clips,
            found.step_frames,
            found.patch_frames,
            found.stage1_steps,
            found.stage2_steps,
            found.max_threads,
        )
    )


@pytest.mark.parametrize(
    ("changes", "times"),
    [({"stage1_steps": 800}, 2.0), ({"folds": 11, "selection_folds": 2}, 2.0), ({"steps_by_folds": True}, 8.0)],
)
def test_more_work_is_promised_more_time(changes: dict[str, int], times: float) -> None:
    settings = resolved_values(TrainingSettings(stage1_steps=400), SHORT, LAPTOP)
    more = settings.model_copy(update=changes)
    assert modeled_s(more, SHORT, ["pose"]) == pytest.approx(times * modeled_s(settings, SHORT, ["pose"]), rel=0.1)


def test_predictions_of_clip_and_mirror_image_are_promised_more_time_and_none_at_all_less() -> None:
    settings = resolved_values(TrainingSettings(), INTERVIEWS, LAPTOP)
    never, usual, both = (
        modeled_s(settings.model_copy(update={"mirror": mirror}), INTERVIEWS, ["pose"])
        for mirror in ("never", "auto", "both")
    )
    assert never < usual < both


def test_st_gcn_is_promised_its_budget() -> None:
    settings = TrainingSettings.model_validate({"keypoint_model": "stgcn", "stgcn": {"budget_s": 77}})
    assert modeled_s(resolved_values(settings, SHORT, LAPTOP), SHORT, ["pose"]) == 77
