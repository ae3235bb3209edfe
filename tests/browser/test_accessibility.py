"""axe-core on every page, light and dark: no serious or critical violation."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.types.clips import LabelSource
from core.types.runs import CuratedRow, Prediction
from core.workspace import open_workspace
from db import curated_sets, reviewers, runs
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, serving, settled
from tests.browser.review_page import ReviewPage
from tests.browser.test_pages import PAGES, heading
from tests.integration.app.review_study import ReviewStudy

GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def empty_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("empty")
    with serving(folder / "workspace", folder / "log") as url:
        yield url


@pytest.fixture(scope="module")
def trained_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two finished runs of other settings, which differ on every clip."""
    folder = tmp_path_factory.mktemp("trained")
    workspace = open_workspace(folder / "workspace")
    database = open_database(workspace)
    (folder / "videos").mkdir()
    found = ReviewStudy(workspace, database, folder / "videos").add_clips(4)
    figure = {"value": 0.7, "low": 0.5, "high": 0.9}
    metrics = {
        "table": [
            {
                "name": name,
                "n": 4,
                **dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece"), figure),
            }
            for name in ("majority", "logistic regression on cues", "fusion")
        ],
        "labels": [*workspace.settings.taxonomy.names],
        "scored_sentence": "4 of 4 held-out clips were scored.",
        "confusion": [[2, 0], [1, 1]],
        "reliability": [{"mean_confidence": 0.9, "right": 0.75, "interval": [0.3, 0.95], "n": 4}],
        "by_subject": {str(clip.subject_id): {"n": 1, "right": 1} for clip in found},
        "selection": {"selected": True, "sentence": "The first finished run is the current one."},
    }
    rows = [CuratedRow(clip.id, clip.subject_id, "positive", LabelSource.GOLD, 1.0) for clip in found]
    with database.write() as connection:
        reviewers.ensure(connection, "Ada")
        curated = curated_sets.store(connection, "first", {}, rows)
        for label, sure in (("positive", (0.9, 0.1)), ("negative", (0.1, 0.9))):
            run = runs.start(
                connection, curated_set_id=curated.id, job_id=None, settings={"said": label}, code_version="1"
            )
            runs.store_predictions(connection, [Prediction(run.id, clip.id, 0, sure, label) for clip in found])
            runs.finish(connection, run.id, metrics)
            runs.select(connection, run.id)
    with serving(workspace.root, folder / "log") as url:
        yield url
    database.dispose()


def grave_violations(page: Page) -> list[str]:
    """One line a violation in either theme: the rule, what it asks for, and where it is broken."""
    now = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    lines = _violations_in(page, now)
    other = "light" if now == "dark" else "dark"
    page.emulate_media(color_scheme=other)
    page.wait_for_timeout(
        300
    )  # until the run that a changed theme asks for has begun: what it redraws is pale meanwhile
    return lines + _violations_in(page, other)


def _violations_in(page: Page, theme: str) -> list[str]:
    page.wait_for_function(
        "(theme) => getComputedStyle(document.querySelector('.stApp') ?? document.body).colorScheme === theme",
        arg=theme,
    )
    settled(page)
    found = Axe().run(page).response["violations"]
    return [
        f"{theme}: {one['id']}: {node['failureSummary'].splitlines()[-1].strip()} {node['html'][:160]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("path", "title"), PAGES.items())
def test_a_page_has_no_grave_violation(page: Page, served_workspace: ServedWorkspace, path: str, title: str) -> None:
    page.goto(f"{served_workspace.url}/{path}")
    heading(page, title)
    assert grave_violations(page) == []


@pytest.mark.parametrize(("path", "title"), {**PAGES, "review": "Review"}.items())
def test_a_page_of_an_empty_workspace_has_no_grave_violation(
    page: Page, empty_workspace: str, path: str, title: str
) -> None:
    page.goto(f"{empty_workspace}/{path}")
    heading(page, title)
    assert grave_violations(page) == []


def test_two_runs_side_by_side_have_no_grave_violation(page: Page, trained_workspace: str) -> None:
    page.goto(f"{trained_workspace}/train")
    heading(page, "Train")
    page.get_by_role("heading", name="Side by side").wait_for()
    page.get_by_text("4 clips changed their label").wait_for()
    assert grave_violations(page) == []


def test_the_form_for_a_new_reviewer_has_no_grave_violation(page: Page, served_workspace: ServedWorkspace) -> None:
    page.goto(f"{served_workspace.url}/library")
    page.get_by_test_id("stSidebar").get_by_test_id("stPopoverButton").click()
    page.get_by_role("button", name="Add", exact=True).wait_for()
    assert grave_violations(page) == []


@pytest.mark.long
def test_the_tabs_of_settings_have_no_grave_violation(page: Page, served_workspace: ServedWorkspace) -> None:
    page.goto(f"{served_workspace.url}/settings")
    found = {}
    for tab in ("Reviewing", "Taxonomy", "Coding manual", "Reviewers", "Machine"):
        page.get_by_role("tab", name=tab).click()
        found[tab] = grave_violations(page)
    assert not any(found.values()), found


def test_review_has_no_grave_violation_at_any_step(page: Page, served_workspace: ServedWorkspace) -> None:
    review = ReviewPage.open(page, served_workspace, served_workspace.study.add_clips(1)[0])
    found = {"blind": grave_violations(page)}
    page.keyboard.press("1")
    page.get_by_test_id("rater-confidence-2").wait_for()
    found["rater_confidence"] = grave_violations(page)
    page.keyboard.press("2")
    review.wait_for_rationale()
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("t")
    review.wait_for("data.lit !== ''")
    page.get_by_test_id("history").locator("summary").click()
    found["revealed, with its history"] = grave_violations(page)
    assert not any(found.values()), found


@pytest.mark.parametrize(("key", "drawer"), [("?", "help"), ("y", "manual")])
def test_the_drawers_of_review_have_no_grave_violation(
    page: Page, served_workspace: ServedWorkspace, key: str, drawer: str
) -> None:
    ReviewPage.open(page, served_workspace, served_workspace.study.add_clips(1)[0])
    page.keyboard.press(key)
    page.get_by_test_id(drawer).get_by_role("heading").nth(1).wait_for()
    assert grave_violations(page) == []


def test_an_empty_queue_and_a_failed_clip_have_no_grave_violation(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    ReviewPage.open(page, served_workspace, served_workspace.study.add_clips(1)[0])
    page.get_by_test_id("queue").select_option("run-differs")
    page.get_by_text("Nothing waits in this queue.").wait_for()
    found = grave_violations(page)
    page.route("**/api/review/queue*", lambda route: route.abort())
    page.get_by_test_id("queue").select_option("uncertain")
    page.get_by_text("The clip cannot be shown.").wait_for()
    assert found + grave_violations(page) == []


def test_the_checker_finds_what_is_wrong(page: Page, served_workspace: ServedWorkspace) -> None:
    page.goto(f"{served_workspace.url}/_stcore/health")
    page.set_content("<html lang='en' style='color-scheme: light dark'><title>x</title><button></button></html>")
    page.add_style_tag(
        content="body { color-scheme: light } @media (prefers-color-scheme: dark) { body { color-scheme: dark } }"
    )
    assert [line.split(":")[1].strip() for line in grave_violations(page)] == ["button-name"] * 2


def test_the_page_goes_with_the_machines_theme_charts_included(page: Page, served_workspace: ServedWorkspace) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{served_workspace.url}/pseudo-labels")
    tick = page.get_by_test_id("stPlotlyChart").locator(".xtick text").first
    expect(tick).to_have_css("fill", "rgb(223, 233, 231)")
    page.emulate_media(color_scheme="light")
    expect(tick).to_have_css("fill", "rgb(29, 43, 42)")
