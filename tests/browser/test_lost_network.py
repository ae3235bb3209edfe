"""The network goes away in the middle of a decision and comes back: the page says so, keeps the input, saves once."""

import pytest
from playwright.sync_api import Page

from core.types.clips import Clip
from db import decisions
from tests.browser.conftest import ServedWorkspace
from tests.browser.review_page import ReviewPage

CUT_S = 2


@pytest.fixture
def clip(served_workspace: ServedWorkspace) -> Clip:
    return served_workspace.study.add_clips(2)[0]


@pytest.mark.parametrize("answer", ["blind", "final"])
def test_a_decision_during_a_cut_is_kept_and_saved_once_when_the_network_is_back(
    page: Page, served_workspace: ServedWorkspace, clip: Clip, answer: str
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    page.get_by_test_id("note").fill("the jaw")
    page.keyboard.press("Escape")
    if answer == "final":
        review.judge_blind("1", 2)
    page.context.set_offline(True)
    for key in ("1", "2") if answer == "blind" else ("a",):
        page.keyboard.press(key)
    page.get_by_text("Not saved: The server cannot be reached.").wait_for()
    review.wait_for_clip(clip)
    page.wait_for_timeout(CUT_S * 1000)
    assert page.get_by_test_id("note").input_value() == "the jaw"
    assert len(_log(served_workspace, clip)) == (answer == "final")
    page.context.set_offline(False)
    page.keyboard.press("r")
    if answer == "blind":
        review.wait_for_rationale()
        page.keyboard.press("a")
    review.wait_for_decided(clip)
    assert _log(served_workspace, clip) == ["blind", "correct"]


@pytest.mark.parametrize("answer", ["blind", "final"])
def test_when_the_network_is_back_the_answer_is_saved_by_itself_and_the_clip_stays(
    page: Page, served_workspace: ServedWorkspace, clip: Clip, answer: str
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    if answer == "final":
        review.judge_blind("1", 2)
    page.context.set_offline(True)
    for key in ("1", "2") if answer == "blind" else ("a",):
        page.keyboard.press(key)
    page.get_by_text("sent by itself once the server answers again").wait_for()
    page.context.set_offline(False)
    if answer == "blind":
        review.wait_for_rationale()
    else:
        page.get_by_text("Decided: Positive").wait_for()
    assert page.get_by_test_id("problem").is_hidden()
    review.wait_for_clip(clip)
    page.get_by_text("not reserved").wait_for(state="hidden")
    assert _log(served_workspace, clip) == (["blind"] if answer == "blind" else ["blind", "correct"])


def _log(served: ServedWorkspace, clip: Clip) -> list[str]:
    with served.database.read() as connection:
        return [row.kind.value for row in decisions.history(connection, clip.id)]
