"""axe-core on every page, light and dark: no serious or critical violation."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServedWorkspace
from tests.browser.test_pages import PAGES, heading

GRAVE = {"serious", "critical"}


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A page of a laptop's size on a machine that asks for the theme."""
    scheme: Literal["light", "dark"] = request.param
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def grave_violations(page: Page) -> list[str]:
    """One line a violation: the rule, what it asks for, and where it is broken."""
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['failureSummary'].splitlines()[-1].strip()} {node['html'][:160]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("path", "title"), PAGES.items())
def test_a_page_has_no_grave_violation(themed: Page, served_workspace: ServedWorkspace, path: str, title: str) -> None:
    themed.goto(f"{served_workspace.url}/{path}")
    heading(themed, title)
    assert grave_violations(themed) == []
