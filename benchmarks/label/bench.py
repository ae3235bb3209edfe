"""kill -9 of two terminals that label the same clips, at random moments: nothing that arrived is paid for again.

The real command and the real SDK talk to a server of ours. When all clips are answered, the terminals go on with another
temperature, for which every clip is asked anew.
"""

import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.label.server import Ledger, serving
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.child_processes import own_command, own_environment
from core.errors import LabelingError
from core.progress import SilentProgress
from core.simulation import PRESETS, sample_cohort, write_cohort
from core.workspace import Workspace, open_workspace
from db import sending_consents
from db.engine import Database, open_database
from labeling.ingest.import_folder import import_folder
from labeling.perception.extract_features import extract_features
from labeling.vlm.leftover_uploads import delete_leftover_uploads
from labeling.vlm.response_files import ResponseFiles
from labeling.vlm.sending_consent import sending

DEFAULT_KILLS = 100
LEFT_OUT = (
    "A loss of power: only the terminals are killed, and the system still writes what it was given.",
    "The app: its job does the same work in the same way.",
    "Other servers' protocols, PostgreSQL, and workspaces that two machines share.",
)
TERMINALS = 2
_CLIPS, _CLIP_S = 24, 2.0
_LONGEST_WORK_S = 1.5
_PATIENCE_S = 120.0
_LOOK_S = 0.02
_INTEGRITY = "PRAGMA integrity_check"
_ASKED_AGAIN = """
    SELECT count(*) FROM sent_requests AS again JOIN model_calls AS known
    ON known.request_digest = again.request_digest AND known.answered
    WHERE again.id > (SELECT min(id) FROM sent_requests AS first
        WHERE first.request_digest = again.request_digest AND first.outcome = 'received')
"""
_BOOKED_TWICE = "SELECT count(*) FROM (SELECT 1 FROM model_calls GROUP BY request_digest HAVING count(*) > 1)"
_COUNTS = {
    "sent": "SELECT count(*) FROM sent_requests",
    "unanswered": "SELECT count(*) FROM sent_requests WHERE outcome = 'unanswered'",
    "open": "SELECT count(*) FROM sent_requests WHERE outcome IS NULL",
    "stored": "SELECT count(*) FROM model_calls WHERE answered",
    "labels": "SELECT count(*) FROM pseudo_labels",
    "again": _ASKED_AGAIN,
    "doubled": _BOOKED_TWICE,
}


@dataclass(slots=True)
class Kills:
    """What was done. `under_way`: requests of killed terminals whose response had not arrived; `replayed`: whose had."""

    kills: int = 0
    under_way: int = 0
    replayed: int = 0
    temperatures: int = 0


@dataclass(slots=True)
class _Terminals:
    """Two terminals at a time on one workspace."""

    workspace: Workspace
    address: str
    log: Path
    found: Kills
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def fill(self) -> None:
        """Starts terminals until there are two. When one has found all clips answered, the temperature changes."""
        for ended in [one for one in self.running if one.poll() is not None]:
            self.running.remove(ended)
            if ended.returncode not in {0, -signal.SIGKILL}:
                raise LabelingError(f"A terminal ended with {ended.returncode}:\n{self.log.read_text()[-2000:]}")
        if (
            _rows(self.workspace, _COUNTS["labels"])[0][0] == (self.found.temperatures + 1) * _CLIPS
            and not self.running
        ):
            self.found.temperatures += 1
        while len(self.running) < TERMINALS:
            self.running.append(self._started())

    def kill(self, victim: subprocess.Popen[bytes]) -> None:
        """kill -9, and what was under way then."""
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        files = ResponseFiles(self.workspace.responses_dir)
        query = "SELECT id FROM sent_requests WHERE (outcome IS NULL OR outcome = 'unanswered') AND owner_pid = ?"
        left = [sent_id for (sent_id,) in _rows(self.workspace, query, victim.pid)]
        arrived = sum(files.find(sent_id) is not None for sent_id in left)
        self.found.kills += 1
        self.found.replayed += arrived
        self.found.under_way += len(left) - arrived

    def finish(self) -> None:
        """Lets the terminals end by themselves, and one more that finds what they left."""
        for one in self.running:
            one.wait(_PATIENCE_S)
        self._started().wait(_PATIENCE_S)

    def _started(self) -> subprocess.Popen[bytes]:
        environment = own_environment(
            GEMINI_API_KEY="none",
            TELLTALE_LABELING__GEMINI__BASE_URL=self.address,
            TELLTALE_LABELING__GEMINI__INLINE_MB="0.0001",
            TELLTALE_LABELING__TEMPERATURE=f"{0.01 * (self.found.temperatures + 1):.2f}",
            TELLTALE_LABELING__CONCURRENCY="3",
            TELLTALE_LABELING__PICTURE_PX="64",
            TELLTALE_LABELING__FRAMES_PER_S="2",
            TELLTALE_LABELING__SHOWN="skeleton",
        )
        command = own_command("app", "label", "--labeler", "gemini", "--workspace", str(self.workspace.root))
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)  # noqa: S603


def bench_label(kills: int, parts: Parts) -> list[BenchRow]:
    """The rows of so many kills, in a temporary workspace."""
    parts.expect(2)
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as folder:
        parts.begin(f"{_CLIPS} clips")
        workspace = perceived_cohort(Path(folder), clips=_CLIPS, clip_s=_CLIP_S, test_fraction=0.0)
        ledger = Ledger(seed=0)
        with serving(ledger) as address:
            parts.begin(f"{kills} kills of {TERMINALS} terminals")
            workspace = _sent_to(workspace, address)
            began_s = time.monotonic()
            found = _label_and_kill(workspace, address, kills, parts)
            took_s = time.monotonic() - began_s
            _delete_uploads(workspace)
        return _rows_of(workspace, found, ledger, took_s)


def _label_and_kill(workspace: Workspace, address: str, kills: int, parts: Parts) -> Kills:
    chance = random.Random(0)  # noqa: S311  # not a secret: reproducible moments
    found = Kills()
    terminals = _Terminals(workspace, address, workspace.root / "terminals.log", found)
    try:
        while found.kills < kills:
            parts.report(found.kills / kills, f"kill {found.kills + 1}")
            terminals.fill()
            victim = chance.choice(terminals.running)
            if _works(workspace, victim):
                time.sleep(chance.uniform(0, _LONGEST_WORK_S))
            if victim.poll() is None:
                terminals.kill(victim)
        terminals.fill()
        terminals.finish()
    finally:
        for one in terminals.running:
            if one.poll() is None:
                one.kill()
                one.wait()
    return found


def _works(workspace: Workspace, terminal: subprocess.Popen[bytes]) -> bool:
    """Waits until the terminal has sent its first request; False if it ended before."""
    until_s = time.monotonic() + _PATIENCE_S
    query = "SELECT count(*) FROM sent_requests WHERE owner_pid = ?"
    while terminal.poll() is None and time.monotonic() < until_s:
        if _rows(workspace, query, terminal.pid)[0][0]:
            return True
        time.sleep(_LOOK_S)
    return False


def _rows_of(workspace: Workspace, found: Kills, ledger: Ledger, took_s: float) -> list[BenchRow]:
    counts = {name: int(_rows(workspace, query)[0][0]) for name, query in _COUNTS.items()}
    received, needed = ledger.received.total(), len(ledger.received)
    again = received - needed
    integrity = _rows(workspace, _INTEGRITY)[0][0] == "ok"
    lost = found.under_way
    return [
        BenchRow("kill -9 of a terminal", found.kills, "kills"),
        BenchRow("seconds that took", took_s, "s"),
        BenchRow("requests needed", needed, "requests"),
        BenchRow("requests that the server received", received, "requests"),
        BenchRow("answers that it sent to the end", ledger.completed.total(), "answers"),
        BenchRow("answers stored", counts["stored"], "answers", f"{needed}", counts["stored"] == needed),
        BenchRow("pseudo-labels stored", counts["labels"], "labels", f"{needed // 2}", counts["labels"] * 2 == needed),
        BenchRow("responses that were read after their terminal was killed", found.replayed, "responses"),
        BenchRow("requests under way when their terminal was killed", lost, "requests"),
        BenchRow(
            "told as sent and unanswered", counts["unanswered"], "requests", f"{lost}", counts["unanswered"] == lost
        ),
        BenchRow("asked again", again, "requests", f"at most {lost}", again <= lost),
        BenchRow("asked again after the answer had arrived", counts["again"], "requests", "0", counts["again"] == 0),
        BenchRow("booked twice", counts["doubled"], "requests", "0", counts["doubled"] == 0),
        BenchRow("requests without an outcome", counts["open"], "requests", "0", counts["open"] == 0),
        BenchRow("videos uploaded", ledger.uploads, "videos"),
        BenchRow("videos left at the server", len(ledger.files), "videos", "0", not ledger.files),
        BenchRow("integrity check", float(integrity), "ok is 1", "1", integrity),
    ]


def perceived_cohort(folder: Path, *, clips: int, clip_s: float, test_fraction: float) -> Workspace:
    """A workspace of rendered clips with boxes, key points and cues, none of them labeled."""
    preset = replace(PRESETS["demo"], clip_s=clip_s, test_fraction=test_fraction)
    write_cohort(sample_cohort(preset, seed=3, clips=clips), folder / "cohort", SilentProgress())
    workspace = open_workspace(folder / "workspace")
    database = open_database(workspace)
    import_folder(workspace, database, folder / "cohort", progress=SilentProgress())
    extract_features(workspace, database, SilentProgress())
    database.dispose()
    return workspace


def _sent_to(workspace: Workspace, address: str) -> Workspace:
    """With consent to send to the server at the address, and settings that name it."""
    labeling = workspace.settings.labeling
    gemini = labeling.gemini.model_copy(update={"base_url": address})
    changed = labeling.model_copy(update={"gemini": gemini, "shown": "skeleton"})
    wanted = sending(changed, "gemini")
    assert wanted is not None
    with closing(_Opened(workspace)) as opened, opened.database.write() as connection:
        sending_consents.give(connection, replace(wanted, given_by="bench"))
    return replace(workspace, settings=workspace.settings.model_copy(update={"labeling": changed}))


class _Opened:
    def __init__(self, workspace: Workspace) -> None:
        self.database: Database = open_database(workspace)

    def close(self) -> None:
        self.database.dispose()


def _delete_uploads(workspace: Workspace) -> None:
    """As `telltale check --repair` does, until the server has refused none."""
    os.environ.setdefault("GEMINI_API_KEY", "none")
    with closing(_Opened(workspace)) as opened:
        for _ in range(20):
            if not delete_leftover_uploads(workspace, opened.database).left:
                return


def _rows(workspace: Workspace, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(workspace.database_path, timeout=30)) as file:
        return file.execute(query, values).fetchall()
