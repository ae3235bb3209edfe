"""Accepting pseudo-labels unviewed, from the Library."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.types.decisions import ReviewMode
from core.types.pseudo_labels import Labeler
from core.workspace import open_workspace
from db import bulk_accepts, clips, pseudo_labels, reviewers
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, serving, settle
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import ANSWER, ReviewStudy

SURE = 6


@pytest.fixture
def unjudged(tmp_path: Path) -> Iterator[ServedWorkspace]:
    """Six clips that a labeler is sure of, one that it is not, and one of the reliability sample; one reviewer."""
    workspace = open_workspace(tmp_path / "workspace")
    database = open_database(workspace)
    (tmp_path / "videos").mkdir()
    study = ReviewStudy(workspace, database, tmp_path / "videos")
    made = [*study.add_clips(SURE + 1, labeled=False, video=False)]
    sampled = study.add_clips(1, labeled=False, video=False, reliability_sample=True)
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
        for number, clip in enumerate([*made, *sampled]):
            confidence = 0.6 if number == SURE else 0.95
            answer = replace(ANSWER, confidence=confidence, claims=ANSWER.claims[:1])
            pseudo_labels.store(connection, clip.id, Labeler("test", "rules", "1", "d", True), "s", answer)
    with serving(workspace.root, tmp_path / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, study, reviewer.id)
    database.dispose()


def test_a_preview_a_reason_and_one_step_back(page: Page, unjudged: ServedWorkspace) -> None:
    page.goto(f"{unjudged.url}/library")
    page.get_by_text("Accept pseudo-labels in bulk").click()
    expect(page.get_by_text("6 clips would be accepted.")).to_be_visible()
    settle(page)
    page.get_by_text("Show answers before judging").click()
    expect(page.get_by_text("6 clips would be accepted: 6 Negative (lost)")).to_be_visible()
    expect(page.get_by_text("1 less sure than 0.90; 1 of the reliability sample")).to_be_visible()
    settle(page)
    page.get_by_label("Reason").fill("ten looked at, all right")
    page.get_by_role("button", name="Accept 6 unviewed").click()
    expect(page.get_by_text("Ada accepted 6 clips, 6 not taken back: ten looked at, all right")).to_be_visible()
    assert _by_people(unjudged) == SURE
    settle(page)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Ada accepted 6 clips, all taken back: ten looked at, all right")).to_be_visible()
    assert _by_people(unjudged) == 0


def test_one_key_in_review_takes_a_whole_bulk_back_after_what_came_later(page: Page, unjudged: ServedWorkspace) -> None:
    with unjudged.database.write() as connection:
        ids = clips.all_ids(connection)
        sure = {clip_id: pseudo_labels.of_clip(connection, clip_id)[0].id for clip_id in ids[:SURE]}
        other = clips.get(connection, ids[SURE])
        bulk_accepts.accept(
            connection, unjudged.reviewer_id, sure, reason="all right", mode=ReviewMode.BLIND, token="b"
        )
    review = ReviewPage.open(page, unjudged, other)
    undo = page.get_by_test_id("undo")
    expect(undo).to_have_attribute("title", "Take back: 6 clips accepted in bulk (U)")
    page.keyboard.press("s")
    review.wait_for("data.savedKind === 'skip'")
    page.keyboard.press("u")
    review.wait_for("data.savedKind === 'undo' && data.ready === 'true'")
    assert _by_people(unjudged) == SURE
    page.keyboard.press("u")
    page.get_by_text("Taken back: 6 clips accepted in bulk").wait_for()
    assert _by_people(unjudged) == 0
    expect(undo).to_have_attribute("title", "Nothing to take back (U)")


def _by_people(served: ServedWorkspace) -> int:
    with served.database.read() as connection:
        labels = clips.labels(connection, clips.all_ids(connection))
    return sum(one.source.value == "human" for one in labels.values())
