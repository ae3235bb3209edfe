"""Deciding on the Review screen: blind first, one row for each answer, nothing lost."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from core.types.clips import Clip
from core.types.decisions import ClaimVerdict, DecisionKind, ReviewMode
from db import clips, decisions
from tests.browser.conftest import ServedWorkspace
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import SECRET_REASON

POSTS = "**/api/review/decisions"


@pytest.fixture
def pair(served_workspace: ServedWorkspace) -> list[Clip]:
    """Two fresh clips, one after the other in the queue."""
    return served_workspace.study.add_clips(2)


@pytest.fixture
def review(page: Page, served_workspace: ServedWorkspace, pair: list[Clip]) -> ReviewPage:
    return ReviewPage.open(page, served_workspace, pair[0])


def rows(served: ServedWorkspace, clip: Clip) -> list[tuple[DecisionKind, str | None]]:
    """Kind and label of the clip's rows in the log, oldest first."""
    with served.database.read() as connection:
        return [(row.kind, row.label) for row in decisions.history(connection, clip.id)]


def test_the_rationale_is_not_in_the_page_before_the_blind_answer(page: Page, review: ReviewPage) -> None:
    assert SECRET_REASON not in review.root.evaluate("root => root.textContent")
    review.judge_blind("1", 2)
    assert SECRET_REASON in review.root.evaluate("root => root.textContent")


def test_the_rationale_is_never_asked_for_before_the_blind_answer(
    page_of_its_own: Page, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    asked: list[str] = []
    page_of_its_own.on("request", lambda request: asked.append(request.url))
    review = ReviewPage.open(page_of_its_own, served_workspace, pair[0])
    review.wait_for_prefetch()
    assert [url for url in asked if url.endswith("/rationale")] == []


def test_keeping_the_labelers_label_is_an_accept(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("2", 3)
    page.keyboard.press("a")
    review.wait_for_decided(pair[0])
    assert rows(served_workspace, pair[0]) == [(DecisionKind.BLIND, "negative"), (DecisionKind.ACCEPT, "negative")]


def test_keeping_another_label_than_the_labelers_is_a_correction(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("1", 1)
    page.keyboard.press("Enter")
    review.wait_for_decided(pair[0])
    assert rows(served_workspace, pair[0]) == [(DecisionKind.BLIND, "positive"), (DecisionKind.CORRECT, "positive")]


def test_changing_to_the_labelers_label_after_the_reveal_is_an_accept(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("1", 1)
    page.get_by_test_id("change-label-negative").click()
    review.wait_for_decided(pair[0])
    assert rows(served_workspace, pair[0]) == [(DecisionKind.BLIND, "positive"), (DecisionKind.ACCEPT, "negative")]


def test_x_calls_a_clip_unclear(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    page.keyboard.press("x")
    review.wait_for_decided(pair[0])
    assert rows(served_workspace, pair[0]) == [(DecisionKind.UNCLEAR, None)]


def test_s_skips_a_clip(page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]) -> None:
    page.keyboard.press("s")
    review.wait_for_decided(pair[0])
    assert rows(served_workspace, pair[0]) == [(DecisionKind.SKIP, None)]


def test_undo_takes_the_decision_back_and_returns_to_the_reveal_with_its_input(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("2", 3)
    page.get_by_test_id("note").fill("jaw, twice")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    review.wait_for_decided(pair[0])
    review.wait_for_clip(pair[1])
    page.keyboard.press("u")
    review.wait_for_clip(pair[0])
    assert [kind for kind, _ in rows(served_workspace, pair[0])] == [
        DecisionKind.BLIND,
        DecisionKind.ACCEPT,
        DecisionKind.UNDO,
    ]
    assert (review.data("step"), page.get_by_test_id("note").input_value()) == ("reveal", "jaw, twice")


def test_the_next_clip_shows_without_a_rerun(
    page_of_its_own: Page, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    sent: list[str] = []
    page_of_its_own.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append("frame")))
    review = ReviewPage.open(page_of_its_own, served_workspace, pair[0])
    assert sent  # the listener hears the socket
    sent.clear()
    review.root.evaluate("root => { root.mark = 'the same node'; }")
    review.show_skeleton()
    page_of_its_own.keyboard.press("s")
    review.wait_for_clip(pair[1])
    assert (review.root.evaluate("root => root.mark"), sent) == ("the same node", [])
    assert review.numbers_on_canvas() == (0, 0)


def test_a_key_pressed_twice_saves_once(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("2", 3)
    review.press_at_once("a", "a", "s", "s")
    review.wait_for_decided(pair[0])
    review.wait_for_clip(pair[1])
    kinds = [kind for clip in pair for kind, _ in rows(served_workspace, clip)]
    assert kinds == [DecisionKind.BLIND, DecisionKind.ACCEPT]


def test_verdicts_and_note_are_stored_with_the_decision(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("2", 2)
    page.get_by_test_id("claim-0").get_by_role("button", name="True").click()
    page.keyboard.press("Control+ArrowLeft")  # before the first claim comes the last
    page.keyboard.press("d")
    page.get_by_test_id("note").fill("arms are open")
    page.get_by_test_id("keep").click()
    review.wait_for_decided(pair[0])
    with served_workspace.database.read() as connection:
        last = decisions.history(connection, pair[0].id)[-1]
    assert (sorted(last.claim_verdicts.values()), last.note) == (
        [ClaimVerdict.FALSE, ClaimVerdict.TRUE],
        "arms are open",
    )


def test_a_claim_is_shown_by_a_click_anywhere_on_it_and_by_being_judged(page: Page, review: ReviewPage) -> None:
    review.judge_blind("1", 2)
    page.get_by_test_id("claim-0").get_by_text("For Negative").click()
    page.locator('[data-testid="claim-0"][data-active="true"]').wait_for()
    page.get_by_test_id("claim-1").get_by_role("button", name="True").click()
    page.locator('[data-testid="claim-1"][data-active="true"][data-verdict="true"]').wait_for()


def test_a_verdict_key_lights_the_first_claim_before_it_judges_it(page: Page, review: ReviewPage) -> None:
    review.judge_blind("2", 2)
    state = page.get_by_test_id("verdicts-state")
    page.keyboard.press("t")
    expect(page.get_by_test_id("claim-0")).to_have_attribute("data-active", "true")
    expect(state).to_have_text("Choose a claim to watch it, then judge it.")
    page.keyboard.press("t")
    expect(state).to_contain_text("1 of 2 judged; saved with your answer below.")


def test_a_decided_clip_says_that_its_verdicts_are_saved(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("2", 2)
    page.get_by_test_id("claim-0").get_by_role("button", name="True").click()
    page.keyboard.press("a")
    review.wait_for_decided(pair[0])
    ReviewPage.open(page, served_workspace, pair[0], queue="recent")
    expect(page.get_by_test_id("verdicts-state")).to_have_text("1 of 2 judged, and saved.")


def test_the_shut_panel_says_in_full_why_the_clip_is_here(page: Page, review: ReviewPage) -> None:
    expect(page.get_by_test_id("why")).to_have_text("Why this clip: Nobody has judged this clip yet.")


def test_keys_work_while_the_focus_is_elsewhere_on_the_page(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    page.get_by_role("button", name="New reviewer").click()
    page.keyboard.press("Escape")
    page.keyboard.press(".")
    review.wait_for_frame(1)


def test_a_decision_that_cannot_be_saved_comes_back_with_its_input(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("2", 3)
    page.get_by_test_id("note").fill("seen at 1 s")
    page.route(POSTS, lambda route: route.abort())
    page.get_by_test_id("keep").click()
    page.get_by_test_id("save-again").wait_for()
    review.wait_for_clip(pair[0])
    assert "Not saved: The server cannot be reached." in page.get_by_test_id("problem").inner_text()
    assert (review.data("step"), page.get_by_test_id("note").input_value()) == ("reveal", "seen at 1 s")
    assert rows(served_workspace, pair[0]) == [(DecisionKind.BLIND, "negative")]


def test_saving_again_after_a_lost_answer_saves_once(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    def commit_and_lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    review.judge_blind("2", 3)
    page.route(POSTS, commit_and_lose_the_answer)
    page.keyboard.press("a")
    page.get_by_test_id("save-again").wait_for()
    review.wait_for_clip(pair[0])
    page.unroute(POSTS)
    page.get_by_test_id("save-again").click()
    review.wait_for_decided(pair[0])
    assert rows(served_workspace, pair[0]) == [(DecisionKind.BLIND, "negative"), (DecisionKind.ACCEPT, "negative")]


def test_a_blind_answer_that_cannot_be_saved_reveals_nothing(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    page.route(POSTS, lambda route: route.fulfill(status=500, json={"error": "The disk is full."}))
    page.keyboard.press("2")
    page.keyboard.press("3")
    page.get_by_text("Not saved: The disk is full.").wait_for()
    assert (review.data("step"), SECRET_REASON in review.root.inner_text()) == ("label", False)
    assert rows(served_workspace, pair[0]) == []


def test_a_claim_seeks_to_its_start_and_lights_its_joints(page: Page, review: ReviewPage) -> None:
    review.judge_blind("2", 2)
    review.note_first_frame_after_click('[data-testid="claim-0"] .claim-head')
    assert int(review.root.evaluate("root => root.firstFrame")) == 25
    assert review.data("lit") == "0,4"
    review.wait_for("data.playing === 'false' && Number(data.timeS) >= 1.56 && Number(data.timeS) < 1.72")


def test_what_a_model_wrote_is_never_markup(page: Page, review: ReviewPage) -> None:
    review.judge_blind("2", 2)
    assert page.get_by_text("<b>The arms</b> are folded.").is_visible()


def test_a_clip_called_unclear_is_judged_blind_when_it_comes_again(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    page.keyboard.press("x")
    review.wait_for_decided(pair[0])
    again = ReviewPage.open(page, served_workspace, pair[0], queue="unclear")
    assert (again.data("step"), SECRET_REASON in again.root.inner_text()) == ("label", False)


def test_a_clip_without_an_answer_is_corrected_by_ones_own(page: Page, served_workspace: ServedWorkspace) -> None:
    clip = served_workspace.study.add_clips(1, labeled=False)[0]
    review = ReviewPage.open(page, served_workspace, clip)
    review.judge_blind("1", 2)
    page.keyboard.press("a")
    review.wait_for_decided(clip)
    assert rows(served_workspace, clip) == [(DecisionKind.BLIND, "positive"), (DecisionKind.CORRECT, "positive")]


def test_decisions_are_stored_as_blind(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("2", 1)
    page.keyboard.press("a")
    review.wait_for_decided(pair[0])
    with served_workspace.database.read() as connection:
        stored = decisions.history(connection, pair[0].id)
        label = clips.labels(connection, [pair[0].id])[pair[0].id]
    assert [(row.mode, row.blind_label) for row in stored[1:]] == [(ReviewMode.BLIND, "negative")]
    assert (label.label, label.source) == ("negative", "human")


def test_a_queue_that_is_done_says_what_comes_next(page: Page, served_workspace: ServedWorkspace) -> None:
    page.goto(f"{served_workspace.url}/review?queue=run-differs")
    empty = page.get_by_test_id("empty")
    empty.get_by_text("Nothing waits in this queue.").wait_for()
    assert "Train" in empty.inner_text()


def test_the_number_beside_a_queue_follows_what_was_judged_and_skipped(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    skipped = page.locator('[data-testid="queue"] option[value="skipped"]')
    expect(skipped).to_have_text(re.compile(r"\(\d+\)$"))  # the numbers come after the clip
    before = int(skipped.inner_text().removeprefix("Skipped by me (").removesuffix(")"))
    page.keyboard.press("s")
    review.wait_for_decided(pair[0])
    page.get_by_test_id("queue").hover()
    expect(skipped).to_have_text(f"Skipped by me ({before + 1})")


def test_the_mouse_reaches_the_head_of_review_under_the_frameworks_band(page: Page, review: ReviewPage) -> None:
    assert review.data("step") == "label"
    for control in ("queue", "previous", "next", "open-manual", "open-help"):
        page.get_by_test_id(control).click(trial=True, timeout=5_000)


def test_every_key_of_the_sheet_opens_with_a_question_mark(page: Page, review: ReviewPage) -> None:
    page.keyboard.press("?")
    assert page.get_by_test_id("help").get_by_text("Take the last decision back").is_visible()
    page.keyboard.press("s")
    assert review.data("step") == "label"


def test_a_decided_clip_can_be_decided_again_and_the_newer_answer_counts(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, pair: list[Clip]
) -> None:
    review.judge_blind("1", 2)
    page.keyboard.press("a")
    review.wait_for_decided(pair[0])
    again = ReviewPage.open(page, served_workspace, pair[0], queue="recent")
    page.get_by_text("Decided: Positive (won)").wait_for()
    page.get_by_text(SECRET_REASON).wait_for()
    page.keyboard.press("2")
    again.wait_for_decided(pair[0])
    with served_workspace.database.read() as connection:
        assert clips.labels(connection, [pair[0].id])[pair[0].id].label == "negative"
