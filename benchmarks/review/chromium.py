"""The browser of the benchmarks: the system's Chromium or Chrome, else Playwright's own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import InputError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
VIEWPORT = {"width": 1366, "height": 768}
PATIENCE_MS = 60_000
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HOW_TO_GET = (
    "telltale bench review drives a browser with Playwright, which is not there: "
    "pip install playwright, then apt-get install chromium or playwright install chromium."
)
# Chromium puts a socket into the temporary folder, and a socket's path may have at most 107 bytes.
_LONGEST_TEMPORARY = 107 - len("/org.chromium.Chromium.XXXXXX/SingletonSocket")
_TOO_LONG = "The browser did not start: the temporary folder {} has too long a path for its socket. Set TMPDIR to a shorter one."


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A headless browser. Raises InputError, with the install command, where Playwright or a browser is missing."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise InputError(_HOW_TO_GET) from error
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        except Error as error:
            if len(tempfile.gettempdir()) > _LONGEST_TEMPORARY:
                raise InputError(_TOO_LONG.format(tempfile.gettempdir())) from error
            raise InputError(f"{_HOW_TO_GET} Playwright says: {error.message.splitlines()[0]}") from error
        yield browser
        browser.close()


@contextmanager
def page_of(browser: "Browser") -> Iterator["Page"]:
    """A page in a new browser context, with the size of a laptop's screen."""
    context = browser.new_context(viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()
