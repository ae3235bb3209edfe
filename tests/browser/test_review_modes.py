"""Assisted review, the reliability sample, and a page whose time has run out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.types.clips import Split
from core.types.decisions import DecisionKind, ReviewMode
from core.workspace import open_workspace
from db import decisions, reviewers
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, serving
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import SECRET_REASON, ReviewStudy


@pytest.fixture(scope="module")
def assisted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWorkspace]:
    """The app on a workspace that is set to assisted review."""
    with _set_to(tmp_path_factory.mktemp("assisted"), 'mode = "assisted"') as served:
        yield served


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWorkspace]:
    """The app on a workspace in which every clip comes back to its reviewer at once."""
    with _set_to(tmp_path_factory.mktemp("twice"), "repeat_share = 1\nrepeat_after_days = 0") as served:
        yield served


@contextmanager
def _set_to(folder: Path, review: str) -> Iterator[ServedWorkspace]:
    root = folder / "workspace"
    root.mkdir()
    (root / "telltale.toml").write_text(f"[review]\n{review}\n")
    workspace = open_workspace(root)
    database = open_database(workspace)
    (folder / "videos").mkdir()
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
    study = ReviewStudy(workspace, database, folder / "videos")
    study.add_clips(1)
    with serving(root, folder / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, study, reviewer.id)
    database.dispose()


def test_assisted_review_shows_the_rationale_at_once_and_a_accepts_it(page: Page, assisted: ServedWorkspace) -> None:
    clip = assisted.study.add_clips(1)[0]
    review = ReviewPage.open(page, assisted, clip)
    page.get_by_text(SECRET_REASON).wait_for()
    page.keyboard.press("a")
    review.wait_for_decided(clip)
    with assisted.database.read() as connection:
        stored = decisions.history(connection, clip.id)
    assert [(row.kind, row.mode, row.label) for row in stored] == [
        (DecisionKind.ACCEPT, ReviewMode.ASSISTED, "negative")
    ]


def test_a_label_key_corrects_in_assisted_review(page: Page, assisted: ServedWorkspace) -> None:
    clip = assisted.study.add_clips(1)[0]
    review = ReviewPage.open(page, assisted, clip)
    page.get_by_text(SECRET_REASON).wait_for()
    page.keyboard.press("1")
    review.wait_for_decided(clip)
    with assisted.database.read() as connection:
        stored = decisions.history(connection, clip.id)
    assert [(row.kind, row.label) for row in stored] == [(DecisionKind.CORRECT, "positive")]


def test_a_clip_of_the_reliability_sample_is_judged_blind_in_assisted_review(
    page: Page, assisted: ServedWorkspace
) -> None:
    clip = assisted.study.add_clips(1, reliability_sample=True)[0]
    review = ReviewPage.open(page, assisted, clip)
    assert (review.data("step"), SECRET_REASON in review.root.inner_text()) == ("label", False)
    review.judge_blind("2", 2)
    assert SECRET_REASON in review.root.inner_text()


def test_an_expired_page_says_so_and_keeps_the_input_through_a_reload(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    clip = served_workspace.study.add_clips(1)[0]
    ReviewPage.open(page, served_workspace, clip)
    expired = {"error": "This page's access has expired; reload the page to go on."}
    page.route("**/api/review/decisions", lambda route: route.fulfill(status=401, json=expired))
    page.get_by_test_id("note").fill("lips pressed")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("3")
    page.get_by_text("Not saved: This page's access has expired; reload the page to go on.").wait_for()
    page.unroute("**/api/review/decisions")
    again = ReviewPage.open(page, served_workspace, clip)
    assert page.get_by_test_id("note").input_value() == "lips pressed"
    assert "Positive" in page.get_by_test_id("decision-bar").inner_text()
    assert again.data("step") == "label"


def test_a_clip_that_comes_back_is_judged_unseen_and_then_tells_both_answers(
    page: Page, twice: ServedWorkspace
) -> None:
    clip = twice.study.add_clips(1)[0]
    review = ReviewPage.open(page, twice, clip)
    review.judge_blind("1", 3)
    page.keyboard.press("a")
    review.wait_for_decided(clip)
    review = ReviewPage.open(page, twice, clip)
    bar = page.get_by_test_id("decision-bar")
    bar.get_by_text("A second time, without your first answer").wait_for()
    assert (review.data("step"), SECRET_REASON in review.root.inner_text()) == ("label", False)
    assert bar.get_by_test_id("unclear").count() == 0
    page.keyboard.press("2")
    page.keyboard.press("1")
    bar.get_by_text("You said Positive (won) at first, Negative (lost) the second time, before any model").wait_for()
    with twice.database.read() as connection:
        assert [row.kind for row in decisions.history(connection, clip.id)] == [
            DecisionKind.BLIND,
            DecisionKind.CORRECT,
            DecisionKind.REPEAT,
        ]


def test_a_clip_of_the_test_split_can_be_watched_and_not_judged(page: Page, assisted: ServedWorkspace) -> None:
    clip = assisted.study.add_clips(1, labeled=False, split=Split.TEST)[0]
    ReviewPage.open(page, assisted, clip)
    expect(page.get_by_test_id("decision-bar")).to_contain_text("no decision on it is kept")
    for key in ("1", "2", "x", "s"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("decision-bar").get_by_role("button")).to_have_count(0)
    with assisted.database.read() as connection:
        assert decisions.history(connection, clip.id) == []


def test_a_label_against_gold_is_told_beside_the_clip_once_it_is_given(page: Page, assisted: ServedWorkspace) -> None:
    clip = assisted.study.add_clips(1, gold="positive")[0]
    review = ReviewPage.open(page, assisted, clip)
    page.get_by_text(SECRET_REASON).wait_for()
    expect(page.get_by_text("differs from gold", exact=True)).to_have_count(0)
    page.keyboard.press("a")
    review.wait_for_decided(clip)
    ReviewPage.open(page, assisted, clip, queue="gold-differs")
    expect(page.get_by_text("differs from gold", exact=True)).to_be_visible()
