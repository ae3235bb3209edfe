"""Prices from a dated file, tokens by published rules, and a budget that is never overdrawn."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.settings.labeling import LabelingSettings
from labeling.vlm.limits import BudgetGuard, BudgetReachedError
from labeling.vlm.providers.interface import Usage
from labeling.vlm.providers.prices import Price, load_prices
from labeling.vlm.providers.token_counts import model_settings, takes_a_thinking_budget, text_tokens, video_tokens

TODAY = date(2026, 11, 23)


def usd(model: str, usage: Usage, today: date = TODAY) -> float:
    price = load_prices(Path("/nowhere")).of(model)
    assert price is not None
    return price.usd(usage, today)


def test_thinking_is_paid_as_output() -> None:
    assert usd("gemini-2.5-pro", Usage(100_000, 1_000, 2_000)) == pytest.approx(0.125 + 0.03)


def test_a_long_request_costs_the_long_price_as_a_whole() -> None:
    assert usd("gemini-2.5-pro", Usage(300_000, 1_000)) == pytest.approx(0.75 + 0.015)


def test_an_introductory_price_ends_on_its_day() -> None:
    assert usd("gemini-3.8-flash", Usage(1_000_000), date(2026, 12, 31)) == pytest.approx(0.75)
    assert usd("gemini-3.8-flash", Usage(1_000_000), date(2027, 1, 1)) == pytest.approx(1.50)


def test_a_dated_preview_of_a_model_costs_what_the_model_costs() -> None:
    assert usd("models/gemini-2.5-flash-preview-09-25", Usage(1_000_000)) == pytest.approx(0.30)


@pytest.mark.parametrize("model", ["gemini-9-ultra", "gemini-2.5-pro-tts", "gemini-2.5"])
def test_a_model_that_is_not_listed_has_no_price(model: str) -> None:
    assert load_prices(Path("/nowhere")).of(model) is None


def test_a_workspace_may_have_prices_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(
        'date = 2026-11-20\nsource = "invoice"\n[models."mine"]\ninput = 1\noutput = 2\n', encoding="utf-8"
    )
    prices = load_prices(tmp_path)
    assert prices.day == date(2026, 11, 20)
    assert prices.of("mine") == Price(input=1, output=2)


@pytest.mark.parametrize(
    ("text", "sentence"), [("date = ", "cannot be read"), ('date = 2026-11-20\nsource = "x"\nmodels = 3', "models")]
)
def test_a_broken_price_file_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "prices.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=sentence) as caught:
        load_prices(tmp_path)
    assert "prices.toml" in str(caught.value)


def test_a_minute_of_the_default_settings_is_what_the_settings_say() -> None:
    settings = LabelingSettings()
    tokens = video_tokens(settings, "gemini", round(60 * settings.frames_per_s), 60)
    assert tokens == 25_680
    assert usd("gemini-2.5-pro", Usage(tokens)) == pytest.approx(0.0321)


def test_a_token_is_four_characters() -> None:
    assert (text_tokens(0), text_tokens(1), text_tokens(8), text_tokens(9)) == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("model", "budget"),
    [("gemini-2.5-pro", True), ("models/gemini-2.5-flash", True), ("gemini-3-pro", False), ("gemini-3.8-flash", False)],
)
def test_models_up_to_2_5_take_a_budget_and_later_ones_a_level(model: str, budget: bool) -> None:
    assert takes_a_thinking_budget(model) is budget
    settings = LabelingSettings.model_validate({"gemini": {"model": model}})
    assert set(model_settings(settings, "gemini")["thinking"]) == {"budget" if budget else "level"}


def test_a_purse_refuses_what_could_pass_the_budget() -> None:
    budget = BudgetGuard(1.0)
    budget.spend(0.7)
    with (
        pytest.raises(BudgetReachedError, match=r"1\.00 USD would be passed: 0\.7000 USD are spent"),
        budget.reserved(0.4),
    ):
        pytest.fail("nothing may be sent")


def test_money_set_aside_by_others_counts() -> None:
    budget = BudgetGuard(1.0)
    with budget.reserved(0.6), pytest.raises(BudgetReachedError), budget.reserved(0.6):
        pytest.fail("nothing may be sent")
    with budget.reserved(0.9):
        budget.spend(0.9)
    assert budget.spent_usd == pytest.approx(0.9)


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 1)), max_size=30), st.floats(0, 3))
def test_no_order_of_requests_passes_the_budget(requests: list[tuple[float, float]], budget_usd: float) -> None:
    budget = BudgetGuard(budget_usd)
    for worst_usd, share in requests:
        try:
            with budget.reserved(worst_usd):
                budget.spend(worst_usd * share)
        except BudgetReachedError:
            continue
    assert budget.spent_usd <= budget_usd + 1e-9
