"""`telltale bench review`: latencies of the Review screen with 1,000, 100,000 and 1,000,000 clips, alone and under
load.
"""

import math
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.jobs.processes import cancel_job, list_jobs, start_job
from app.opened_workspace import OpenedWorkspace
from app.queries.curated_sets import set_by_name
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from benchmarks.review import page_times as timing
from benchmarks.review.chromium import chromium, page_of
from benchmarks.review.review_page import ReviewScreen
from benchmarks.review.server import Server, serving
from benchmarks.review.workspaces import ORIGINALS, ORIGINALS_PARTS, TRAINING_SET, grow, make_originals
from core.types.jobs import Job
from db.jobs import UNFINISHED

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZES = (1_000, 100_000, 1_000_000)
MOST_CLIPS_WITH_MEDIA = 100_000
CLIP_S = 30.0
PAGES = {
    "": "Overview",
    "review": "Review",
    "library": "Library",
    "pseudo-labels": "Pseudo-labels",
    "train": "Train",
    "reviewers": "Reviewers",
    "settings": "Settings",
}
DURABLE_MS, DRAWN_MS, CLAIM_MS, BESIDE_WORK_MS, PAGE_MS = 25, 150, 150, 300, 300
START_S, START_MIB, GROWTH_MIB = 3, 300, 50
_VISITS = 20
_PHASES = 3  # alone, beside a training job, beside another page
_SPARE_CLIPS = 8  # preloaded clips after the last decision, and clips of the test split


def bench_review(
    sizes: Sequence[int], decisions: int, parts: Parts, *, clip_s: float = CLIP_S, visits: int = _VISITS
) -> list[BenchRow]:
    """The rows for a database of each size, with `decisions` in each phase."""
    rows: list[BenchRow] = []
    parts.expect(ORIGINALS_PARTS + sum(2 + (_PHASES if size <= MOST_CLIPS_WITH_MEDIA else 0) for size in sizes))
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as folder, chromium() as browser:
        originals = make_originals(Path(folder) / "originals", clip_s, parts)
        for size in sizes:
            parts.begin(f"a database of {size:,} clips")
            with_media = size <= MOST_CLIPS_WITH_MEDIA
            visited = 2 * _PHASES * decisions + _SPARE_CLIPS if with_media else 0
            opened = grow(originals, Path(folder) / f"{size}-clips", size, visited)
            os.sync()  # flushes gigabytes just written, which would slow the measurement
            with serving(opened.workspace.root, Path(folder) / f"{size}.log") as server:
                parts.begin(f"start and pages at {size:,} clips")
                rows += _start(browser, server, size)
                rows += _pages(server, size, visits)
                if with_media:
                    rows += _decisions(browser, server, opened, size, decisions, parts=parts)
            opened.database.dispose()
        originals.database.dispose()
    return rows


def left_out(sizes: Sequence[int]) -> tuple[str, ...]:
    """What was not measured at these numbers of clips."""
    sentences = [
        "Network latency: browser and server are on one machine.",
        "More than one reviewer.",
        "Other browsers than Chromium, and what a graphics card adds: it runs without a window.",
        "People: a program presses the keys, and looks for as long at every clip.",
        f"Clips that differ: all are copies of {ORIGINALS} simulated ones of {CLIP_S:g} s.",
        "PostgreSQL: the database is SQLite.",
        "Label Studio: its times in the budgets were taken once and are not taken again here.",
    ]
    if any(size > MOST_CLIPS_WITH_MEDIA for size in sizes):
        sentences.append(f"Decisions at more than {MOST_CLIPS_WITH_MEDIA:,} clips, where only the pages are timed.")
    return tuple(sentences)


def _start(browser: "Browser", server: Server, size: int) -> list[BenchRow]:
    answers_s = server.start()
    with page_of(browser) as page:
        began_s = time.monotonic()
        page.goto(server.url)
        page.get_by_role("heading", name="Overview", exact=True, level=1).wait_for()
        drawn_s = answers_s + time.monotonic() - began_s
    at = f"{size:,} clips"
    return [
        BenchRow(f"start until it answers, {at}", answers_s, "s"),
        _at_most(f"start until the first page is on the screen, {at}", drawn_s, "s", START_S),
        _at_most(f"resident memory after the first page, {at}", server.resident_mib(), "MiB", START_MIB),
    ]


def _pages(server: Server, size: int, visits: int) -> list[BenchRow]:
    rows = []
    for path, name in PAGES.items():
        timing.server_ms(server.url, path)  # warm-up: the first request imports what the page needs
        taken = [timing.server_ms(server.url, path) for _ in range(visits)]
        worst = timing.percentile(taken, 0.95)
        rows.append(_at_most(f"{name} on the server, p95 of {visits}, {size:,} clips", worst, "ms", PAGE_MS))
    return rows


def _decisions(
    browser: "Browser", server: Server, opened: OpenedWorkspace, size: int, number: int, *, parts: Parts
) -> list[BenchRow]:
    rows = []
    with page_of(browser) as page:
        parts.begin(f"{number} decisions at {size:,} clips")
        screen = ReviewScreen.open(page, server.url)
        commits_ms = timing.bare_commit_ms(opened.workspace.root, opened.database.journal_mode(), 2 * number)
        floor_ms = timing.percentile(commits_ms, 0.95)
        rows.append(BenchRow(f"a bare commit on the same disk, p95 of {2 * number}, {size:,} clips", floor_ms, "ms"))
        before_mib = server.resident_mib()
        alone = timing.decide(screen, number, claims=True)
        growth = server.resident_mib() - before_mib
        rows += _phase(alone, size, "", DURABLE_MS, DRAWN_MS, CLAIM_MS)
        rows.append(_at_most(f"growth of memory over {number} clips, {size:,} clips", growth, "MiB", GROWTH_MIB))
        parts.begin(f"{number} decisions beside a training job")
        with _Training(opened) as training:
            beside = timing.decide(screen, number, claims=False)
            lasted = training.under_way
        row = BenchRow(
            f"training job still under way at the end, {size:,} clips", float(lasted), "yes is 1", "1", lasted
        )
        rows += [*_phase(beside, size, " beside a training job", None, BESIDE_WORK_MS, None), row]
        parts.begin(f"{number} decisions beside a page that is asked for again and again")
        with page_of(browser) as other:
            other.add_init_script("addEventListener('load', () => setTimeout(() => location.reload(), 1500))")
            other.goto(f"{server.url}/library")
            page.bring_to_front()
            queried = timing.decide(screen, number, claims=False)
        rows += _phase(queried, size, " beside a page that is asked for again and again", None, BESIDE_WORK_MS, None)
    return rows


def _phase(  # noqa: PLR0917  # one call each, side by side
    found: timing.Times, size: int, beside: str, durable_ms: float | None, drawn_ms: float, claim_ms: float | None
) -> list[BenchRow]:
    at = f"{size:,} clips{beside}"
    rows = []
    for what, values, budget, peer in (
        ("key pressed until durable", found.durable_ms, durable_ms, "Label Studio 50"),
        ("key pressed until the next clip's first frame is drawn", found.drawn_ms, drawn_ms, "Label Studio 592"),
        ("claim clicked until a frame of it is drawn", found.claim_ms, claim_ms, ""),
    ):
        drawn = [value for value in values if value is not None and not math.isnan(value)]
        if not drawn:
            continue
        rows.append(BenchRow(f"{what}, p50, {at}", timing.percentile(drawn, 0.5), "ms"))
        p95 = timing.percentile(drawn, 0.95)
        name = f"{what}, p95 of {len(drawn)}, {at}"
        rows.append(BenchRow(name, p95, "ms") if budget is None else _at_most(name, p95, "ms", budget, peer))
    if found.claim_ms:
        wrong = found.wrong_frames
        rows.append(BenchRow(f"claims that showed another frame first, {at}", wrong, "claims", "0", wrong == 0))
    return rows


class _Training:
    """Runs a training job on the originals during the block."""

    def __init__(self, opened: OpenedWorkspace) -> None:
        self._opened = opened

    def __enter__(self) -> "_Training":
        chosen = {"curated_set_id": set_by_name(self._opened.database, TRAINING_SET).id}
        self._job = start_job(self._opened.workspace, self._opened.database, "train", chosen)
        for _ in range(600):
            if self._found().progress > 0 or not self.under_way:
                break
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self.under_way:
            cancel_job(self._opened.database, self._job.id)

    @property
    def under_way(self) -> bool:
        """Whether the job has neither ended nor failed."""
        return self._found().state in UNFINISHED

    def _found(self) -> Job:
        return next(job for job in list_jobs(self._opened.database) if job.id == self._job.id)


def _at_most(what: str, value: float, unit: str, most: float, peer: str = "") -> BenchRow:
    budget = f"at most {most:g}" + (f" ({peer})" if peer else "")
    return BenchRow(what, value, unit, budget, value <= most)
