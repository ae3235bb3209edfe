"""How many windows a slow model may see in its time."""

from pathlib import Path

import pytest

from core.errors import TrainingError
from core.settings.training import StgcnSettings
from training.fit.window_budget import BUDGET_FILE, WindowBudget, window_budget

SETTINGS = StgcnSettings(budget_s=1000, predict_windows=2)


def never() -> tuple[float, float]:
    raise AssertionError("measured again")


def test_time_enough_leaves_the_plan_as_it_was() -> None:
    assert WindowBudget(1000, 1.0, 0.1).steps(20, batch=4) == 20


def test_less_time_means_fewer_steps() -> None:
    assert WindowBudget(70, 1.0, 0.1).steps(20, batch=4) == 17


def test_too_little_for_one_batch_is_refused_with_what_to_do() -> None:
    with pytest.raises(TrainingError, match=r"not enough for one batch of 4\. Raise training\.stgcn\.budget_s"):
        WindowBudget(3, 1.0, 0.1).steps(20, batch=4)


def test_the_predictions_are_set_aside_and_the_fits_share_the_rest(tmp_path: Path) -> None:
    budget = window_budget(tmp_path, SETTINGS, fits=5, predictions=100, measure=lambda: (2.0, 0.5))
    assert budget == WindowBudget((1000 - 100 * 2 * 0.5) / 5, 2.0, 0.5)


def test_a_resumed_run_keeps_the_budget_it_began_with(tmp_path: Path) -> None:
    first = window_budget(tmp_path, SETTINGS, fits=5, predictions=100, measure=lambda: (2.0, 0.5))
    assert (tmp_path / BUDGET_FILE).is_file()
    assert window_budget(tmp_path, SETTINGS, fits=5, predictions=100, measure=never) == first


def test_a_budget_below_the_answers_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"1200 s for its answers alone, and training\.stgcn\.budget_s is 1000\."):
        window_budget(tmp_path, SETTINGS, fits=5, predictions=1200, measure=lambda: (2.0, 0.5))
    assert not (tmp_path / BUDGET_FILE).exists()
