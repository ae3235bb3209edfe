"""Label Studio, started on a store of its own that exists already."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.start.program import Program, StartError, wait_for_content

if TYPE_CHECKING:
    from playwright.sync_api import Browser, StorageState

_EMAIL, _WORD = "bench@example.org", "bench-of-telltale"
_PROJECT = "demo"


def found(given: Path | None) -> Path | None:
    """The program `label-studio`: the given one, else that on the path; None where there is none."""
    on_path = shutil.which("label-studio")
    return given or (Path(on_path) if on_path else None)


def with_store(program: Path, folder: Path) -> Program:
    """Makes a store with one project and one account, and says how it is started. Raises StartError."""
    folder.mkdir(parents=True)
    quiet = {"LATEST_VERSION_CHECK": "false", "COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": ""}
    environment = {**os.environ, **quiet, "LABEL_STUDIO_BASE_DATA_DIR": str(folder)}
    store = ["--data-dir", str(folder), "--no-browser"]
    made = subprocess.run(  # noqa: S603  # the program that is measured
        [str(program), "init", _PROJECT, "--username", _EMAIL, "--password", _WORD, *store],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if made.returncode:
        raise StartError(f"Label Studio made no store: {made.stderr[-2000:]}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return Program(
        "Label Studio",
        [str(program), "start", "--port", str(port), *store],
        environment,
        f"http://localhost:{port}",
        _PROJECT,
        folder / "log.txt",
    )


def logged_in(browser: "Browser", program: Program) -> "StorageState":
    """The cookies of somebody who has logged in. The program must run."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(program.url)
    page.locator("input[name=email]").fill(_EMAIL)
    page.locator("input[name=password]").fill(_WORD)
    page.locator("button[type=submit]").click()
    wait_for_content(page, program.content)
    state = context.storage_state()
    context.close()
    return state
