"""A program with pages, as a benchmark starts it, looks at its first page, and stops it."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.review.chromium import PATIENCE_MS
from core.errors import TelltaleError

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

PATIENCE_S = 120.0
_ASKED_EVERY_S = 0.01
_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


class StartError(TelltaleError):
    """A program of this benchmark did not start."""


@dataclass(frozen=True, slots=True)
class Program:
    """`content` is the text of the first page that comes last; `log` collects what it prints."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    url: str
    content: str
    log: Path


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the command until the address answers, and until the first page's content is painted."""

    answers_s: float
    painted_s: float


def started(program: Program, context: "BrowserContext") -> Start:
    """Starts the program, opens its address in a page of `context` as soon as it answers, and stops it again.

    The page is there beforehand: people have a browser. Raises StartError with what the program printed.
    """
    page = context.new_page()
    began_s = time.monotonic()
    with running(program):
        answers_s = time.monotonic() - began_s
        page.goto(program.url, wait_until="commit")
        wait_for_content(page, program.content)
        painted_s = time.monotonic() - began_s
        page.close()
    return Start(answers_s, painted_s)


@contextmanager
def running(program: Program) -> Iterator[None]:
    """The program from when its address answers. Raises StartError with what it printed."""
    with program.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # the program that is measured
            list(program.command), stdout=log, stderr=log, env=dict(program.environment), start_new_session=True
        )
    try:
        _wait_for_answer(program, process)
        yield
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for_content(page: "Page", content: str) -> None:
    """Until the text is there and a frame with it has been painted."""
    page.get_by_text(content, exact=True).first.wait_for(timeout=PATIENCE_MS)
    page.evaluate(_PAINTED)


def _wait_for_answer(program: Program, process: "subprocess.Popen[bytes]") -> None:
    began_s = time.monotonic()
    while time.monotonic() - began_s < PATIENCE_S and process.poll() is None:
        try:
            with urllib.request.urlopen(program.url, timeout=PATIENCE_S):  # noqa: S310  # our own http address
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(_ASKED_EVERY_S)
    raise StartError(f"{program.name} did not start: {program.log.read_text(errors='replace')[-2000:]}")
