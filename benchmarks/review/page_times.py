"""Latencies of the Review screen, measured inside the page from the time stamp of a key or click.

"durable" is when the page shows saved, which is after the commit; "drawn" is when the canvas shows the frame.
"""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from websockets.typing import Origin, Subprotocol

from benchmarks.review.review_page import ReviewScreen
from core.errors import TelltaleError

# Pause before a decision: faster than any person, and long enough for the page's background work.
LOOK_MS, READ_MS = 500, 700
_PATIENCE_S = 60.0
_COMMITS_APART_S = 0.02
CLIP_RATE = 25  # frames/s of the simulated cohort

_ARM_DECISION = """
(root, kind) => {
  const before = root.dataset.clipId;
  const times = {pressed: null, saved: null, drawn: null};
  const note = (event) => { times.pressed = event.timeStamp; };
  window.addEventListener('keydown', note, {capture: true, once: true});
  window.measured = new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      if (times.pressed === null) return;
      const data = root.dataset;
      const passed = performance.now() - times.pressed;
      const kindSaved = data.savedKind === 'blind' ? 'blind' : 'final';
      if (data.saved === 'saved' && data.savedClip === before && kindSaved === kind) times.saved ??= passed;
      if (data.shownClip !== before && data.shownClip === data.clipId && data.clipId) times.drawn ??= passed;
      if (data.step === 'empty') times.drawn ??= NaN;
      if (times.saved === null || (kind === 'final' && times.drawn === null)) return;
      watch.disconnect();
      resolve(times);
    });
    watch.observe(root, {attributes: true});
  });
}
"""
_ARM_CLICK = """
(root) => {
  const before = root.dataset.videoFrame;
  let pressed = null;
  window.addEventListener('click', (event) => { pressed = event.timeStamp; }, {capture: true, once: true});
  window.measured = new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      if (pressed === null || root.dataset.videoFrame === before) return;
      watch.disconnect();
      resolve({drawn: performance.now() - pressed, frame: Number(root.dataset.videoFrame)});
    });
    watch.observe(root, {attributes: true, attributeFilter: ['data-video-frame']});
  });
}
"""


class BenchError(TelltaleError):
    """A page of a bench was not served."""


@dataclass(slots=True)
class Times:
    """Milliseconds of all inputs of one kind."""

    durable_ms: list[float] = field(default_factory=list)
    drawn_ms: list[float] = field(default_factory=list)
    claim_ms: list[float] = field(default_factory=list)
    wrong_frames: int = 0


def percentile(values: list[float], share: float) -> float:
    """The `share` quantile (0 to 1); NaN for an empty list."""
    return float(np.quantile(values, share)) if values else float("nan")


def decide(screen: ReviewScreen, number: int, *, claims: bool) -> Times:
    """Judges `number` clips blind and keeps each answer, at a fixed pace; opens every claim with `claims`."""
    found = Times()
    page = screen.page
    for _ in range(number):
        screen.wait_for_clip()
        page.wait_for_timeout(LOOK_MS)
        page.keyboard.press("2")
        found.durable_ms.append(_press(screen, "3", "blind")["saved"])
        screen.wait_for(
            "data.step === 'reveal' && root.querySelector('[data-testid=rationale]').dataset.open === 'true'"
        )
        if claims:
            _open_claims(screen, found)
        page.wait_for_timeout(READ_MS)
        screen.wait_for("data.ready === 'true'")
        times = _press(screen, "a", "final")
        found.durable_ms.append(times["saved"])
        found.drawn_ms.append(times["drawn"])
    return found


def _press(screen: ReviewScreen, key: str, kind: str) -> dict[str, float]:
    screen.root.evaluate(_ARM_DECISION, kind)
    screen.page.keyboard.press(key)
    times: dict[str, float] = screen.page.evaluate("() => window.measured")
    return times


def _open_claims(screen: ReviewScreen, found: Times) -> None:
    for head in screen.page.locator('[data-testid="rationale"] .claim').all():
        start_s = float(head.get_attribute("data-start-s") or 0)
        wanted = int(start_s * CLIP_RATE + 1e-3)
        screen.wait_for("data.playing !== 'true' && data.seeking === 'false'")
        if screen.data("videoFrame") == str(wanted):
            continue
        screen.root.evaluate(_ARM_CLICK)
        head.locator(".claim-head").click()
        times = screen.page.evaluate("() => window.measured")
        found.claim_ms.append(times["drawn"])
        found.wrong_frames += times["frame"] != wanted
        screen.page.keyboard.press("Escape")
        screen.page.keyboard.press(",")  # stops it: a claim plays its span


def bare_commit_ms(folder: Path, journal_mode: str, number: int) -> list[float]:
    """Milliseconds of SQLite commits of one row in this folder: the lower bound of saving a decision."""
    taken = []
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal_mode}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (value INTEGER)")
        for value in range(number):
            time.sleep(_COMMITS_APART_S)
            began_s = time.perf_counter()
            connection.execute("INSERT INTO rows VALUES (?)", (value,))
            taken.append((time.perf_counter() - began_s) * 1000)
    return taken


def server_ms(url: str, page: str) -> float:
    """Milliseconds from requesting a page until its script has run and all its elements are sent.

    Measured on Streamlit's socket without a browser, whose own work would be included otherwise.
    """
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    asked, told = BackMsg(), ForwardMsg()
    asked.rerun_script.page_name = page
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(address, origin=Origin(url), subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        began_s = time.perf_counter()
        socket.send(asked.SerializeToString())
        while told.WhichOneof("type") != "script_finished":
            told.ParseFromString(socket.recv(timeout=_PATIENCE_S, decode=False))
        if told.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
            raise BenchError(f"The page {page or 'overview'} was not drawn to its end.")
        return (time.perf_counter() - began_s) * 1000
