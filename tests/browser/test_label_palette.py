"""Beyond nine labels, the label is typed: with the keyboard alone from the first look to the saved answer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.workspace import open_workspace
from db import decisions, reviewers
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, serving
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import ReviewStudy

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def many_labels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWorkspace]:
    folder = tmp_path_factory.mktemp("many")
    root, videos = folder / "workspace", folder / "videos"
    root.mkdir()
    videos.mkdir()
    labels = "".join(
        f'[[taxonomy.labels]]\nname = "step-{n}"\ntitle = "Step {n}"\ncolor = "#1B7F79"\n' for n in range(1, 81)
    )
    (root / "telltale.toml").write_text(labels)
    workspace = open_workspace(root)
    database = open_database(workspace)
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
    study = ReviewStudy(workspace, database, videos)
    with serving(root, folder / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, study, reviewer.id)
    database.dispose()


def test_a_label_is_typed_walked_to_and_taken_and_the_skeleton_is_shown_without_a_video(
    page: Page, many_labels: ServedWorkspace
) -> None:
    clip = many_labels.study.add_clips(1, video=False, labeled=False)[0]
    review = ReviewPage.open(page, many_labels, clip)
    assert review.skeleton_pixels() > 0
    expect(page.get_by_test_id("palette-more")).to_have_text("20 more: type on")
    page.keyboard.press("/")
    page.keyboard.type("7")
    field = page.get_by_test_id("label-palette")
    expect(page.get_by_test_id("decision-bar").get_by_role("option")).to_have_count(17)  # 7, 17 to 67 and 70 to 79
    expect(page.get_by_test_id("choose-label-step-7")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_count(0)
    page.keyboard.press("3")
    review.wait_for("data.saved === 'saved'")
    with many_labels.database.read() as connection:
        row = decisions.blind_row(connection, clip.id, many_labels.reviewer_id)
    assert row is not None
    assert (row.label, row.rater_confidence) == ("step-70", 3)
