"""A browser, and the app served on a small workspace of its own."""

import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from app.tokens import Tokens
from core.workspace import Workspace, open_workspace
from db import reviewers
from db.engine import Database, open_database
from tests.integration.app.review_study import ReviewStudy

START_TIMEOUT_S = 60
# Name, memory and address for the only reviewer of each served workspace.
_MEMORIES: list[tuple[str, str, str]] = []
_scripted: WeakKeyDictionary[BrowserContext, set[str]] = WeakKeyDictionary()  # what each writes into its storage
_browsers: list[Browser] = []
expect.set_options(timeout=30_000)  # as everything else here: a busy machine is no reason to fail
ROOT = Path(__file__).parents[2]
_RUNNING = '.stApp:not([data-test-script-state="notRunning"])'


@dataclass(frozen=True)
class ServedWorkspace:
    """`url` answers; `study` adds clips while it does."""

    url: str
    workspace: Workspace
    database: Database
    study: ReviewStudy
    reviewer_id: int


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium or Chrome, else Playwright's own.

    Not for the whole session: Playwright keeps an event loop running, beside which no later test could have its own.
    """
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        _browsers.append(browser)
        yield browser
        _browsers.remove(browser)
        browser.close()


def remember(context: BrowserContext) -> None:
    """Lets a browser know the only reviewer of each served workspace, as after they were chosen there once."""
    for name, value, url in _MEMORIES:
        if value not in _scripted.setdefault(context, set()):
            _scripted[context].add(value)
            context.add_init_script(
                f"if (location.origin === '{url}') localStorage.getItem('{name}') ?? localStorage.setItem('{name}', '1 {value}')"
            )
    context.add_cookies([{"name": name, "value": "1", "url": url} for name, _, url in _MEMORIES])


@contextmanager
def _remembered(root: Path, url: str) -> Iterator[None]:
    """Meanwhile every browser knows the reviewer of the workspace, if there is just one."""
    workspace = open_workspace(root)
    database = open_database(workspace)
    with database.read() as connection:
        known = reviewers.all(connection)
    database.dispose()
    tokens = Tokens(workspace.signing_key(), workspace.settings.server.token_hours)
    memories = [(tokens.cookie, tokens.memory(one.id), url) for one in known] if len(known) == 1 else []
    _MEMORIES.extend(memories)
    for context in (context for browser in _browsers for context in browser.contexts):
        remember(context)
    try:
        yield
    finally:
        for memory in memories:
            _MEMORIES.remove(memory)


@contextmanager
def new_page(chromium: Browser) -> Iterator[Page]:
    """A page in a context of its own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
    remember(context)
    yield context.new_page()
    context.close()


@contextmanager
def _without_errors(page: Page) -> Iterator[None]:
    """An uncaught error in the page meanwhile fails the test."""
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    page.on("pageerror", note)
    yield
    page.remove_listener("pageerror", note)
    assert errors == []


@pytest.fixture(scope="package")
def _tab(chromium: Browser) -> Iterator[Page]:
    with new_page(chromium) as opened:
        yield opened


@pytest.fixture
def page(_tab: Page) -> Iterator[Page]:
    """A tab that remembers only the reviewer and the files it has loaded, which saves most of the time of opening a page."""
    remember(_tab.context)
    with _without_errors(_tab):
        yield _tab
        _forget(_tab)


@pytest.fixture
def page_of_its_own(chromium: Browser) -> Iterator[Page]:
    """As `page`, for tests that need an empty cache, several hosts, listeners or scripts that stay."""
    with new_page(chromium) as opened, _without_errors(opened):
        yield opened


def _forget(page: Page) -> None:
    """Leaves the page and takes away what it stored, cookies included, and what the test had set."""
    page.route(
        "**/*", lambda route: route.fulfill(body="")
    )  # the last page sends nothing, and the server may have ended
    page.context.set_offline(False)
    if page.url.startswith("http"):
        page.goto(urljoin(page.url, "/nothing"))
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.goto("about:blank")
    page.unroute_all()
    page.context.clear_cookies()
    page.emulate_media(color_scheme="light")
    page.mouse.move(0, 0)


@pytest.fixture(scope="session")
def served_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWorkspace]:
    """The app on a workspace with one reviewer and three clips; tests add clips of their own."""
    folder = tmp_path_factory.mktemp("served")
    workspace = open_workspace(folder / "workspace")
    database = open_database(workspace)
    videos = folder / "videos"
    videos.mkdir()
    study = ReviewStudy(workspace, database, videos)
    study.add_clips(3)
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
    with serving(workspace.root, folder / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, study, reviewer.id)
    database.dispose()


def settle(page: Page) -> None:
    """Waits until Streamlit's script is not running: a press meanwhile can meet an element that is about to be replaced."""
    page.wait_for_function(f"() => !document.querySelector('{_RUNNING}')")


def settled(page: Page) -> None:
    """Waits until the script has ended and nothing waits to be drawn."""
    page.wait_for_function(
        f'() => !document.querySelector(\'{_RUNNING}, [data-testid="stSkeleton"], [data-stale="true"]\')'
    )


def choose(page: Page, box: str, option: str) -> None:
    """Picks an option of a select box; a list that is opened while the script still draws can shut itself."""
    page.get_by_role("combobox", name=box).wait_for()
    settle(page)
    page.get_by_role("combobox", name=box).click()
    page.get_by_role("option", name=option).click()


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(workspace: Path, log: Path, port: int | None = None) -> Iterator[str]:
    """Runs `telltale serve` on this or a free port until the block ends."""
    port = port or free_port()
    command = [sys.executable, "-m", "app", "serve", "--workspace", str(workspace), "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        try:
            url = f"http://localhost:{port}"
            _wait_until_healthy(process, url, log)
            with _remembered(workspace, url):
                yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(START_TIMEOUT_S * 10):
        try:
            with urllib.request.urlopen(
                f"{url}/_stcore/health", timeout=START_TIMEOUT_S
            ):  # it waits until the app is there
                return
        except (urllib.error.URLError, TimeoutError):  # a busy machine connects, and answers late
            try:
                process.wait(timeout=0.1)  # a pause that ends at once when the server dies
            except subprocess.TimeoutExpired:
                continue
            break
    pytest.fail(f"The app did not start:\n{log.read_text()}")
