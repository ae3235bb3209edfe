"""`telltale bench start`: seconds from the command until the first page's content is painted, beside Label Studio."""

import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from benchmarks.review.chromium import PATIENCE_MS, VIEWPORT, chromium
from benchmarks.review.workspaces import ORIGINALS_PARTS, make_originals
from benchmarks.start import label_studio
from benchmarks.start.program import Program, Start, running, started
from core.child_processes import own_command, own_environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, StorageState

BUDGET_S, AIM_S = 3.0, 2.0
_CLIP_S = 4.0
_CONTENT = "Last run against the baselines"  # the last thing on the Overview


def bench_start(parts: Parts, *, starts: int, peer: Path | None = None) -> list[BenchRow]:
    """Medians over so many starts of each program, with an empty and a filled cache of the browser.

    The programs take turns, so that a busy minute meets both. `peer` is Label Studio's program; without one, and none on
    the path, its rows are left out.
    """
    found = label_studio.found(peer)
    parts.expect(ORIGINALS_PARTS + 1 + (1 if found else 0))
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as folder, chromium() as browser:
        make_originals(Path(folder) / "study", _CLIP_S, parts).database.dispose()
        programs: list[tuple[Program, StorageState | None]] = [(_telltale(Path(folder) / "study"), None)]
        if found:
            parts.begin("a store of Label Studio")
            other = label_studio.with_store(found, Path(folder) / "label-studio")
            with running(other):
                programs.append((other, label_studio.logged_in(browser, other)))
        parts.begin(f"{starts} starts with an empty cache and {starts} with a filled one, of {len(programs)} programs")
        measured = _measured(browser, programs, starts, parts)
    return _rows(measured, starts)


def left_out(peer: Path | None) -> tuple[str, ...]:
    """What was not measured."""
    told = [
        "Network latency: browser and server are on one machine.",
        "The start of the browser, which is open already.",
    ]
    if label_studio.found(peer) is None:
        told.append("Label Studio, which is not installed: name its program with --label-studio FILE.")
    return tuple(told)


def _telltale(workspace: Path) -> Program:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = own_command("app", "serve", "--workspace", str(workspace), "--port", str(port))
    return Program(
        "Telltale", command, own_environment(), f"http://localhost:{port}", _CONTENT, workspace / "bench-log.txt"
    )


def _measured(
    browser: "Browser", programs: "Sequence[tuple[Program, StorageState | None]]", starts: int, parts: Parts
) -> dict[tuple[str, str], list[Start]]:
    found: dict[tuple[str, str], list[Start]] = {}
    filled = {program.name: _context(browser, state) for program, state in programs}
    for program, _ in programs:
        started(program, filled[program.name])  # fills the cache, and compiles what was never run
    for number in range(starts):
        for program, state in programs:
            empty = _context(browser, state)
            for cache, context in (("an empty", empty), ("a filled", filled[program.name])):
                found.setdefault((program.name, cache), []).append(started(program, context))
            empty.close()
        parts.report((number + 1) / starts, f"{number + 1} of {starts}")
    return found


def _context(browser: "Browser", state: "StorageState | None") -> "BrowserContext":
    context = browser.new_context(
        viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]}, storage_state=state
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


def _rows(measured: dict[tuple[str, str], list[Start]], starts: int) -> list[BenchRow]:
    rows = []
    for (name, cache), taken in measured.items():
        rows.append(
            BenchRow(
                f"{name}: command until it answers, {cache} cache, p50 of {starts}",
                median(one.answers_s for one in taken),
                "s",
            )
        )
        what = f"{name}: command until the first page is painted, {cache} cache, p50 of {starts}"
        painted_s = median(one.painted_s for one in taken)
        rows.append(_held(what, painted_s, cache, measured) if name == "Telltale" else BenchRow(what, painted_s, "s"))
    return rows


def _held(what: str, painted_s: float, cache: str, measured: dict[tuple[str, str], list[Start]]) -> BenchRow:
    peer = measured.get(("Label Studio", cache))
    most_s = min(BUDGET_S, median(one.painted_s for one in peer)) if peer else BUDGET_S
    beside = ", not slower than Label Studio" if peer else ""
    return BenchRow(what, painted_s, "s", f"at most {most_s:.2f}{beside}; aim {AIM_S:g}", painted_s <= most_s)
