"""The pages around Review, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.tokens import Tokens
from core.workspace import open_workspace
from db import reviewers
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, choose, serving

PAGES = {
    "": "Overview",
    "library": "Library",
    "pseudo-labels": "Pseudo-labels",
    "reviewers": "Reviewers",
    "train": "Train",
    "settings": "Settings",
}


def heading(page: Page, title: str) -> None:
    script = "(title) => [...document.querySelectorAll('h1')].some((one) => one.checkVisibility() && one.textContent === title)"
    page.wait_for_function(script, arg=title)


@pytest.fixture(scope="module")
def empty_study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the app on an empty workspace, and the workspace's folder."""
    folder = tmp_path_factory.mktemp("empty")
    with serving(folder / "study", folder / "log") as url:
        yield url, folder / "study"


def test_the_first_page_asked_for_after_the_start_has_the_sidebar(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path / "study", tmp_path / "log") as url:
        page.goto(f"{url}/library")
        heading(page, "Library")
        expect(page.get_by_test_id("stSidebar").get_by_text("Pseudo-labels")).to_be_visible()


def test_the_first_page_asks_at_once_for_every_module_that_it_runs(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    page.goto(served_workspace.url)
    heading(page, "Overview")
    expect(page.get_by_role("button", name="New reviewer")).to_be_visible()
    late = page.evaluate("""() => {
      const head = [...document.head.querySelectorAll('link[rel=modulepreload], script[src]')];
      const asked = new Set(head.map((one) => one.href || one.src));
      const loaded = performance.getEntriesByType('resource').map((one) => one.name);
      return loaded.filter((name) => name.endsWith('.js') && !asked.has(name));
    }""")
    assert late == []


@pytest.mark.parametrize("spelled", ["pseudo-labels", "pseudo_labels"])
def test_a_page_is_found_by_its_address_with_a_hyphen_or_an_underscore(
    page: Page, empty_study: tuple[str, Path], spelled: str
) -> None:
    page.goto(f"{empty_study[0]}/{spelled}")
    heading(page, "Pseudo-labels")
    assert urlsplit(page.url).path == "/pseudo-labels"


def test_an_empty_workspace_says_how_to_begin(page: Page, empty_study: tuple[str, Path]) -> None:
    url, study = empty_study
    page.goto(url)
    expect(page.get_by_text("This workspace is empty")).to_be_visible()
    expect(page.get_by_text(f"--workspace {study}")).to_be_visible()


def test_a_retrain_that_cannot_be_is_refused_before_it_is_pressed(page: Page, empty_study: tuple[str, Path]) -> None:
    page.goto(f"{empty_study[0]}/train")
    expect(page.get_by_text("Training needs clips with labels.")).to_be_visible()
    expect(page.get_by_role("button", name="Retrain")).to_have_count(0)


def test_a_new_reviewer_is_chosen_at_once(page: Page, empty_study: tuple[str, Path]) -> None:
    page.goto(empty_study[0])
    page.get_by_test_id("stPopoverButton").click()
    page.get_by_label("Name").fill("Grace")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value("Grace")


def test_the_reviewer_chosen_on_a_page_is_known_after_a_reload_and_in_a_new_tab(
    page: Page, empty_study: tuple[str, Path]
) -> None:
    url, study = empty_study
    workspace = open_workspace(study)
    cookie = Tokens(workspace.signing_key(), workspace.settings.server.token_hours).cookie
    database = open_database(workspace)
    with database.write() as connection:
        for name in ("Ada", "Ben"):
            reviewers.ensure(connection, name)
    database.dispose()
    page.goto(f"{url}/library")
    who = page.get_by_test_id("stSidebar").get_by_role("combobox")
    choose(page, "Reviewer", "Ben")
    page.wait_for_function("(name) => document.cookie.includes(name + '=')", arg=cookie)  # cookies know no ports
    page.reload()
    expect(who).to_have_value("Ben")
    second = page.context.new_page()
    second.goto(f"{url}/train")
    expect(second.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value("Ben")
    second.close()


def test_pages_open_by_their_addresses_and_ask_no_other_host(
    page_of_its_own: Page, served_workspace: ServedWorkspace
) -> None:
    hosts: set[str | None] = set()
    page_of_its_own.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    for path, title in PAGES.items():
        page_of_its_own.goto(f"{served_workspace.url}/{path}")
        heading(page_of_its_own, title)
        page_of_its_own.wait_for_load_state("networkidle")
        assert (path, hosts - {None}) == (path, {"localhost"})


def test_the_library_leads_to_the_clip_in_review(page: Page, served_workspace: ServedWorkspace) -> None:
    page.goto(f"{served_workspace.url}/library")
    page.get_by_role("button", name="Open in Review").click()
    page.wait_for_url("**/review?clip=*")


def test_the_model_of_an_unjudged_clip_is_not_on_the_library_page(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    page.goto(f"{served_workspace.url}/library")
    expect(page.get_by_text("Its labels are hidden until you have judged it.")).to_be_visible()


def test_the_librarys_filters_are_a_link(page: Page, served_workspace: ServedWorkspace) -> None:
    clip = served_workspace.study.add_clips(1, labeled=False)[0]
    page.goto(f"{served_workspace.url}/library?library-subject={clip.subject}&library-state=imported")
    expect(page.get_by_role("combobox", name="Subject")).to_have_value(f"{clip.subject} (1)")
    expect(page.get_by_text("Page 1, 1 clip")).to_be_visible()
    expect(page.get_by_text("1 of ", exact=False)).to_contain_text("clips")
    page.get_by_role("textbox", name="Search", exact=True).fill("nowhere said")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No clip fits these filters")).to_be_visible()
    assert "library-search=nowhere" in page.url
