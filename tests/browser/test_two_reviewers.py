"""Two people with a browser each on one workspace."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.review.review_page import ReviewScreen
from core.types.decisions import DecisionKind
from core.workspace import open_workspace
from db import clips, decisions, reviewers
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, serving
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import ReviewStudy

CLIPS = 16
CLIPS_AT_ONCE, DECISIONS_AT_ONCE = 24, 20


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[ServedWorkspace]:
    """The app on a workspace of its own with two reviewers and clips that nobody has judged."""
    workspace = open_workspace(tmp_path / "workspace")
    database = open_database(workspace)
    (tmp_path / "videos").mkdir()
    study = ReviewStudy(workspace, database, tmp_path / "videos")
    study.add_clips(CLIPS)
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada")
        reviewers.ensure(connection, "Grace")
    with serving(workspace.root, tmp_path / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, study, ada.id)
    database.dispose()


def _opened(chromium: Browser, served: ServedWorkspace, name: str) -> ReviewPage:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{served.url}/review")
    page.get_by_role("combobox", name="Reviewer").click()
    page.get_by_role("option", name=name).click()
    root = page.get_by_test_id("review-root").element_handle()
    review = ReviewPage(page, root)
    review.wait_for("data.ready === 'true'")
    return review


def _judge(review: ReviewPage) -> int:
    """Judges the clip on screen to the end and gives its id."""
    review.wait_for("data.ready === 'true' && data.step === 'label'")
    clip = int(review.data("clipId"))
    review.judge_blind("1", 2)
    review.page.keyboard.press("a")
    review.wait_for("data.savedClip === String(argument) && data.savedKind !== 'blind' && data.saved === 'saved'", clip)
    return clip


def test_two_who_judge_the_same_queue_get_different_clips_and_nothing_is_lost(
    chromium: Browser, shared: ServedWorkspace
) -> None:
    ada, grace = _opened(chromium, shared, "Ada"), _opened(chromium, shared, "Grace")
    by_ada, by_grace = [], []
    for _ in range(CLIPS // 2 - 2):
        by_ada.append(_judge(ada))
        by_grace.append(_judge(grace))
    assert set(by_ada).isdisjoint(by_grace)
    with shared.database.read() as connection:
        logged = [decisions.history(connection, clip) for clip in (*by_ada, *by_grace)]
    kinds = [[row.kind for row in rows] for rows in logged]
    assert kinds == [[DecisionKind.BLIND, DecisionKind.CORRECT]] * len(kinds)
    assert len({rows[0].reviewer_id for rows in logged[: len(by_ada)]}) == 1
    for review in (ada, grace):
        review.page.context.close()


def test_what_both_decide_at_once_as_fast_as_they_can_is_there_once_and_under_their_own_names(
    chromium: Browser, shared: ServedWorkspace
) -> None:
    shared.study.add_clips(CLIPS_AT_ONCE - CLIPS)
    opened = [_opened(chromium, shared, name) for name in ("Ada", "Grace")]
    screens = [ReviewScreen(review.page, review.root) for review in opened]
    for screen in screens:
        screen.decide_by_itself()
    while sum(_decided(shared).values()) < DECISIONS_AT_ONCE:
        screens[0].page.wait_for_timeout(100)
    told = [screen.stop_deciding() for screen in screens]
    for screen in screens:
        screen.wait_for("data.saved !== 'saving'")
    with shared.database.read() as connection:
        ids = {reviewer.name: reviewer.id for reviewer in reviewers.all(connection)}
        stored = [
            (row.reviewer_id, row.clip_id, row.kind.value)
            for clip in clips.all_ids(connection)
            for row in decisions.history(connection, clip)
        ]
    assert len(stored) == len(set(stored))
    for name, said in zip(("Ada", "Grace"), told, strict=True):
        assert {(ids[name], clip, kind) for clip, kind in said} <= set(stored)
        assert said
    for review in opened:
        review.page.context.close()


def _decided(shared: ServedWorkspace) -> dict[str, int]:
    with shared.database.read() as connection:
        return clips.counts(connection).decisions


def test_a_reload_of_review_does_not_ask_again_who_reviews_and_another_browser_does(
    chromium: Browser, shared: ServedWorkspace
) -> None:
    grace = _opened(chromium, shared, "Grace")
    clip = grace.data("clipId")
    grace.page.reload()
    grace.page.get_by_test_id("review-root").wait_for()
    expect(grace.page.get_by_role("combobox", name="Reviewer")).to_have_value("Grace")
    stranger = chromium.new_context().new_page()
    stranger.goto(f"{shared.url}/review?queue=unreviewed&clip={clip}")
    stranger.get_by_text("Who reviews?").wait_for()
    for page in (grace.page, stranger):
        page.context.close()


def test_a_clip_opened_by_its_address_says_who_else_has_it_open(chromium: Browser, shared: ServedWorkspace) -> None:
    ada = _opened(chromium, shared, "Ada")
    clip = ada.data("clipId")
    grace = _opened(chromium, shared, "Grace")
    page: Page = grace.page
    page.goto(f"{shared.url}/review?queue=unreviewed&clip={clip}")
    page.get_by_text("open at Ada's").wait_for()
    for review in (ada, grace):
        review.page.context.close()
