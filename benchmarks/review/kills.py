"""kill -9 of the server at random moments, while a browser makes decisions as fast as the page accepts them.

Every decision that the page has shown as saved must then be in an intact database, exactly once, and the page must
return to the same clip.
"""

import random
import sqlite3
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.opened_workspace import OpenedWorkspace
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from benchmarks.review.chromium import chromium, page_of
from benchmarks.review.review_page import ReviewScreen
from benchmarks.review.server import Server, serving
from benchmarks.review.workspaces import ORIGINALS_PARTS, grow, make_originals
from core.progress import Progress, SilentProgress
from core.types.decisions import DecisionKind
from db import decisions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LEFT_OUT = (
    "A loss of power: only the server is killed, and the system still writes what it was given.",
    "A browser that is killed, and a full disk.",
    "More than one reviewer.",
    "Decisions other than a blind answer that is kept: no undo, no correction, no skip.",
    "PostgreSQL: the database is SQLite.",
)
CLIP_S = 4.0
_CLIPS_A_KILL = 12
_LONGEST_WORK_S = 3.0
_NOTICED_MS = 20_000


@dataclass(frozen=True, slots=True)
class Kills:
    """Results. `lost`: shown as saved but missing; `doubled`: stored twice; `elsewhere`: the page returned to
    another clip.
    """

    kills: int
    said_saved: int
    stored: int
    lost: int
    doubled: int
    elsewhere: int
    integrity: str


def decide_and_kill(
    browser: "Browser",
    server: Server,
    opened: OpenedWorkspace,
    kills: int,
    *,
    seed: int = 0,
    progress: Progress = SilentProgress(),  # noqa: B008  # it has no state
) -> Kills:
    """Kills the running server repeatedly; every second time the page is reloaded, else the answer is sent again."""
    chance = random.Random(seed)  # noqa: S311  # not a secret: reproducible moments
    told: set[tuple[int, str]] = set()
    elsewhere = 0
    with page_of(browser) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        screen = ReviewScreen.open(page, server.url)
        for number in range(kills):
            progress.report(number / kills, f"kill {number + 1}")
            screen.decide_by_itself()
            page.wait_for_timeout(chance.uniform(0.2, _LONGEST_WORK_S) * 1000)
            server.kill()
            screen.root.evaluate(_WAIT_FOR_FAILURE, _NOTICED_MS)
            told |= screen.stop_deciding()
            before = screen.data("clipId")
            server.start()
            if number % 2:
                screen = _reloaded(page)
            elsewhere += bool(before) and screen.data("clipId") != before
            if number % 2 == 0:
                # While Streamlit's own notice of the lost connection is open, no key of the screen counts.
                page.get_by_test_id("stDialog").wait_for(state="hidden")
                _go_on(screen)
            screen.wait_for("data.ready === 'true' && data.saved !== 'failed'")
        screen.decide_by_itself()
        page.wait_for_timeout(1000)
        told |= screen.stop_deciding()
        page.wait_for_timeout(500)
    return _compared(opened, told, kills, elsewhere)


# Until the page has noticed: at the next decision, which it sends at once.
_WAIT_FOR_FAILURE = """
(root, patience) => new Promise((resolve) => {
  const end = performance.now() + patience;
  const looking = setInterval(() => {
    const problem = root.querySelector('[role="alert"]');
    const noticed = root.dataset.saved === 'failed' || root.dataset.step === 'failed' || !problem.hidden;
    if (!noticed && performance.now() < end) return;
    clearInterval(looking);
    setTimeout(resolve, 300);
  }, 20);
})
"""


def _go_on(screen: ReviewScreen) -> None:
    """Presses what a reviewer would: send the unsaved answer again, or load again."""
    if screen.data("saved") == "failed":
        screen.wait_for("data.ready === 'true'")
        screen.page.keyboard.press("r")
        return
    again = screen.page.get_by_role("button", name="Try again")
    if again.count():
        again.first.click()


def _reloaded(page: "Page") -> ReviewScreen:
    page.reload()
    return ReviewScreen.come(page)


def _compared(opened: OpenedWorkspace, told: set[tuple[int, str]], kills: int, elsewhere: int) -> Kills:
    clip_ids = sorted({clip for clip, _ in told})
    with opened.database.read() as connection:
        rows = [row for clip in clip_ids for row in decisions.history(connection, clip)]
    times = Counter((row.clip_id, row.kind.value) for row in rows)
    final = Counter(row.clip_id for row in rows if row.kind is not DecisionKind.BLIND)
    with sqlite3.connect(opened.workspace.database_path) as file:
        integrity = str(file.execute("PRAGMA integrity_check").fetchone()[0])
    file.close()
    return Kills(
        kills=kills,
        said_saved=len(told),
        stored=len(rows),
        lost=sum(times[one] == 0 for one in told),
        doubled=sum(number > 1 for number in (*times.values(), *final.values())),
        elsewhere=elsewhere,
        integrity=integrity,
    )


def bench_kills(kills: int, parts: Parts) -> list[BenchRow]:
    """The rows of so many kills, in a temporary workspace."""
    parts.expect(ORIGINALS_PARTS + 2)
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as folder, chromium() as browser:
        originals = make_originals(Path(folder) / "originals", CLIP_S, parts)
        parts.begin("their copies")
        wanted = (kills + 1) * _CLIPS_A_KILL
        opened = grow(originals, Path(folder) / "killed", wanted, wanted)
        with serving(opened.workspace.root, Path(folder) / "server.log") as server:
            server.start()
            parts.begin(f"{kills} kills of the server")
            began_s = time.monotonic()
            found = decide_and_kill(browser, server, opened, kills, progress=parts)
            took_s = time.monotonic() - began_s
        opened.database.dispose()
        originals.database.dispose()
    return [
        BenchRow("kill -9 of the server", found.kills, "kills"),
        BenchRow("seconds that took", took_s, "s"),
        BenchRow("decisions that the page said were saved", found.said_saved, "decisions"),
        BenchRow("of them not in the database", found.lost, "decisions", "0", found.lost == 0),
        BenchRow("stored twice", found.doubled, "decisions", "0", found.doubled == 0),
        BenchRow("pages that came back to another clip", found.elsewhere, "pages", "0", found.elsewhere == 0),
        BenchRow("integrity check", float(found.integrity == "ok"), "ok is 1", "1", found.integrity == "ok"),
    ]
