"""What a model wrote is text, whatever it contains: on the Review screen and on the Pseudo-labels page."""

import pytest
from playwright.sync_api import Page

from app.queries.coding_manual import write_manual
from core.storable import storable
from core.types.cues import BodyRegion
from core.types.pseudo_labels import Claim, Labeler, LabelerAnswer
from db import pseudo_labels, reviewers
from tests.browser.conftest import ServedWorkspace
from tests.browser.review_page import ReviewPage
from tests.fakes import actor
from tests.fakes.raw_server import RawServer
from tests.fakes.served import served

HOSTILE = storable(actor.HOSTILE)
HOSTILE_LABELER = Labeler("hostile", "m <b>bold</b>", "1", "0" * 16)


def hostile_answer() -> LabelerAnswer:
    """As it would be stored without any cleaning: nothing that shows it may rely on that."""
    claim = Claim(
        0.2,
        0.4,
        "other",
        BodyRegion.FACE,
        HOSTILE,
        "positive",
        0.5,
        reflection=HOSTILE,
        check_note=HOSTILE,
        leak=HOSTILE,
    )
    return LabelerAnswer(
        "positive",
        0.6,
        HOSTILE,
        "positive",
        0.7,
        HOSTILE + "word " * 20_000,
        (claim,),
        leak=HOSTILE,
        review_reason=HOSTILE,
    )


def test_hostile_text_in_a_rationale_is_shown_as_text(page: Page, served_workspace: ServedWorkspace) -> None:
    clip = served_workspace.study.add_clips(1, labeled=False)[0]
    with served_workspace.database.write() as connection:
        pseudo_labels.store(connection, clip.id, HOSTILE_LABELER, "0", hostile_answer())
    review = ReviewPage.open(page, served_workspace, clip)
    review.judge_blind("1", 2)
    rationale = page.get_by_test_id("rationale")
    assert "<script>window.hacked = true</script>" in rationale.inner_text()
    assert rationale.locator("script, img, a").count() == 0
    assert page.evaluate("window.hacked") is None
    assert rationale.evaluate("node => node.scrollWidth <= node.clientWidth + 1")


def test_hostile_text_on_the_pseudo_labels_page_is_shown_as_text(page: Page, served_workspace: ServedWorkspace) -> None:
    clip = served_workspace.study.add_clips(1)[0]
    with served_workspace.database.write() as connection:
        pseudo_labels.store(connection, clip.id, HOSTILE_LABELER, "1", hostile_answer())
        pseudo_labels.fail(connection, clip.id, HOSTILE_LABELER, "1", HOSTILE)
    page.goto(f"{served_workspace.url}/pseudo-labels")
    page.get_by_text("Failed answers").wait_for()
    page.get_by_text("hostile 1").first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("main img[onerror]").count() == 0


@pytest.mark.long
def test_a_picture_in_a_name_or_in_the_manual_is_loaded_from_nowhere(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    elsewhere = RawServer([b""])
    with served(elsewhere.app) as address:
        picture = f"![x]({address}/x.png) <img src={address}/y.png> :red[{address}]"
        with served_workspace.database.write() as connection:
            reviewers.ensure(connection, picture)
        write_manual(served_workspace.workspace, f"# Labels\n\n{picture}\n")
        page.goto(f"{served_workspace.url}/reviewers")
        page.get_by_text("Roles", exact=True).click()
        page.get_by_text(f"![x]({address}/x.png)").first.wait_for()
        page.goto(f"{served_workspace.url}/settings")
        page.get_by_role("tab", name="Coding manual").click()
        page.get_by_role("heading", name="Labels").wait_for()
        assert page.locator(f"img[src^='{address}']").count() == 0
    assert elsewhere.requests == 0
