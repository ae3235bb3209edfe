"""Logging in with a provider: nothing is shown before, every answer carries the address, strangers stay outside."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from app.login import SECRETS_FILE
from core.workspace import open_workspace
from db import decisions, reviewers
from db.engine import Database, open_database
from tests.browser.conftest import ServedWorkspace, free_port, serving
from tests.browser.review_page import ReviewPage
from tests.browser.test_accessibility import grave_violations
from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, Provider, oidc_provider
from tests.integration.app.review_study import ReviewStudy


@dataclass(frozen=True)
class Guarded:
    served: ServedWorkspace
    provider: Provider
    database: Database


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The app on a workspace that asks for a login."""
    folder = tmp_path_factory.mktemp("guarded")
    root = folder / "workspace"
    root.mkdir()
    (root / "telltale.toml").write_text('[server]\nlogin = "oidc"\nmembers = ["ada@example.org"]\n')
    (folder / "videos").mkdir()
    port = free_port()
    with oidc_provider() as provider:
        (root / SECRETS_FILE).write_text(
            "[auth]\n"
            f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            'cookie_secret = "a secret of this test alone"\n'
            f'client_id = "{CLIENT_ID}"\n'
            f'client_secret = "{CLIENT_SECRET}"\n'
            f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
        )
        workspace = open_workspace(root)
        database = open_database(workspace)
        study = ReviewStudy(workspace, database, folder / "videos")
        study.add_clips(2)
        with serving(root, folder / "server.log", port) as url:
            yield Guarded(ServedWorkspace(url, workspace, database, study, 0), provider, database)
        database.dispose()


@pytest.fixture
def page(page_of_its_own: Page) -> Page:
    """The provider's own host has cookies too."""
    return page_of_its_own


def _log_in(page: Page, guarded: Guarded, **claims: object) -> None:
    guarded.provider.person = {"email_verified": True, **claims}
    page.goto(guarded.served.url)
    page.get_by_role("button", name="Log in").click()


def test_nothing_of_the_study_is_shown_before_the_login(page: Page, guarded: Guarded) -> None:
    page.goto(f"{guarded.served.url}/library")
    page.get_by_role("button", name="Log in").wait_for()
    assert "clip-001" not in page.content()


def test_the_page_of_the_login_has_no_grave_violation(page: Page, guarded: Guarded) -> None:
    page.goto(guarded.served.url)
    page.get_by_role("button", name="Log in").wait_for()
    assert grave_violations(page) == []


def test_who_has_logged_in_judges_under_their_address(page: Page, guarded: Guarded) -> None:
    _log_in(page, guarded, email="ada@example.org")
    page.get_by_text("ada@example.org").wait_for()
    clip = guarded.served.study.add_clips(1)[0]
    review = ReviewPage.open(page, guarded.served, clip)
    review.judge_blind("1", 2)
    with guarded.database.read() as connection:
        names = {one.id: one.name for one in reviewers.all(connection)}
        assert [names[row.reviewer_id] for row in decisions.history(connection, clip.id)] == ["ada@example.org"]


def test_a_stranger_is_told_and_sees_nothing(page: Page, guarded: Guarded) -> None:
    _log_in(page, guarded, email="eve@example.org")
    page.get_by_text("eve@example.org is not among server.members of this workspace").wait_for()
    assert "clip-001" not in page.content()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in").wait_for()
