"""kill -9 of the server while a browser decides: what was shown as saved is there, once, and the page comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.opened_workspace import OpenedWorkspace
from benchmarks.review.kills import decide_and_kill
from benchmarks.review.review_page import ReviewScreen
from benchmarks.review.server import serving
from core.workspace import open_workspace
from db import reviewers
from db.engine import open_database
from tests.integration.app.review_study import ReviewStudy

KILLS = 1


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    workspace = open_workspace(tmp_path / "study")
    database = open_database(workspace)
    ReviewStudy(workspace, database, tmp_path).add_clips(40)
    with database.write() as connection:
        reviewers.ensure(connection, "Ada")
    yield OpenedWorkspace(workspace, database)
    database.dispose()


# Of ten points along an element, those at which another lies over it.
_COVERED = """
(element) => {
  const box = element.getBoundingClientRect();
  const top = (x, y, root = document) => {
    const found = root.elementFromPoint(x, y);
    return found?.shadowRoot && found.shadowRoot !== root ? top(x, y, found.shadowRoot) : found;
  };
  return [...Array(10).keys()]
    .map((tenth) => top(box.x + box.width * (tenth + 0.5) / 10, box.y + box.height / 2))
    .filter((found) => !(element.contains(found) || found?.contains(element)))
    .map((found) => found?.outerHTML.slice(0, 200) ?? "nothing");
}
"""
_NOTE_DIALOGS = """
window.dialogs = 0;
new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]);
  window.dialogs += added.filter((node) => node.dataset?.testid === "stDialog").length;
}).observe(document, {childList: true, subtree: true});
"""


@pytest.mark.long
def test_no_message_of_the_framework_lies_over_what_is_not_saved_or_over_the_answers(
    page_of_its_own: Page, opened: OpenedWorkspace, tmp_path: Path
) -> None:
    page = page_of_its_own
    page.add_init_script(_NOTE_DIALOGS)
    with serving(opened.workspace.root, tmp_path / "log") as server:
        server.start()
        ReviewScreen.open(page, server.url)
        page.locator('[data-testid="review-root"][data-ready="true"]').wait_for()
        server.kill()
        page.keyboard.press("1")
        page.keyboard.press("2")
        page.get_by_text("Not saved: The server cannot be reached.").wait_for()
        page.wait_for_function("window.dialogs > 0")
        gone = page.get_by_text("The server does not answer. This page goes on by itself once it does.")
        expect(gone).to_be_visible()
        for name in ("problem", "save-again", "save-state", "decision-bar"):
            assert page.get_by_test_id(name).evaluate(_COVERED) == [], name
        server.start()
        page.get_by_test_id("problem").wait_for(state="hidden")
        expect(gone).to_be_hidden()


def test_what_was_said_to_be_saved_survives_the_server(
    chromium: Browser, opened: OpenedWorkspace, tmp_path: Path
) -> None:
    with serving(opened.workspace.root, tmp_path / "log") as server:
        server.start()
        found = decide_and_kill(chromium, server, opened, KILLS)
    assert found.said_saved > KILLS
    assert (found.lost, found.doubled, found.elsewhere, found.integrity) == (0, 0, 0, "ok")
