"""Whether a process still runs, by its id and start, because process ids are reused; and on which machine it was."""

import platform
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import psutil

_CLOCK_STEP_S = 60.0  # start times come from the wall clock, which may be adjusted while a process runs
_PROC = Path("/proc")
_STATE_FIELD, _START_FIELD = 0, 19  # of /proc/<pid>/stat behind the name; the start is in ticks since the machine's
_HIDDEN = "hidden"  # another user's process, where the system shows only one's own


class Liveness(StrEnum):
    """What this machine can tell of a process."""

    RUNNING = "running"
    GONE = "gone"
    UNKNOWN = "unknown"  # another machine's, or a number without a start, which may be another process's by now


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process that was seen running.

    `started_at_s`: seconds since 1970, moved by every step of the clock; None where it is not known. `host`: name of the
    machine; None for rows of older versions, which knew one machine only. `mark`: on Linux, the machine's start, the
    namespace of process ids and the start in ticks, which no clock moves; None elsewhere.
    """

    pid: int
    started_at_s: float | None
    host: str | None
    mark: str | None


def identity_of(pid: int) -> ProcessIdentity:
    """The process of this machine that has this id now."""
    return ProcessIdentity(pid, started_at_s(pid), this_host(), _mark(pid))


def liveness(seen: ProcessIdentity) -> Liveness:
    """Whether that very process runs; a stopped one does, a zombie does not."""
    place, _, ticks = (seen.mark or "").rpartition(" ")
    if place:
        if place != _place():
            return Liveness.GONE if _is_from_before_restart(seen, place) else Liveness.UNKNOWN
        now = _start_ticks(seen.pid)
        if now == _HIDDEN:
            return Liveness.UNKNOWN
        return Liveness.RUNNING if now == ticks else Liveness.GONE
    if seen.host not in (None, this_host()):
        return Liveness.UNKNOWN
    if not is_running(seen.pid, seen.started_at_s):
        return Liveness.GONE
    return Liveness.UNKNOWN if seen.started_at_s is None else Liveness.RUNNING


def _is_from_before_restart(seen: ProcessIdentity, place: str) -> bool:
    """Whether it ran on this machine, which was started again since; told by the clock, too, as two may have one name.

    A start that lies ahead is one of before the clock was set back.
    """
    boot, here = place.partition(" ")[0], (_place() or "").partition(" ")[0]
    if boot == here or seen.host != this_host() or not seen.started_at_s:
        return False
    return not psutil.boot_time() <= seen.started_at_s <= time.time() + _CLOCK_STEP_S


def this_host() -> str:
    """The name of this machine, or of this container."""
    return platform.node() or "this machine"


def started_at_s(pid: int) -> float | None:
    """Start of the process, in seconds since 1970; None if there is none, or if it is a zombie."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.NoSuchProcess, ValueError):
        return None
    except psutil.AccessDenied:  # another user's process, hidden by the system: it exists, its start is unknown
        return 0.0


def is_running(pid: int, seen_start_s: float | None) -> bool:
    """Whether the process with this id that started at `seen_start_s` still runs; None checks the id only."""
    start_s = started_at_s(pid)
    if start_s is None or not start_s or seen_start_s is None:
        return start_s is not None
    return abs(start_s - seen_start_s) <= _CLOCK_STEP_S


def was_running(pid: int, at_s: float) -> bool:
    """Whether the process that now has this id already ran at `at_s` (seconds since 1970)."""
    start_s = started_at_s(pid)
    return start_s is not None and start_s <= at_s + _CLOCK_STEP_S


def _mark(pid: int) -> str | None:
    place, ticks = _place(), _start_ticks(pid)
    return f"{place} {ticks}" if place and ticks not in (None, _HIDDEN) else None


@lru_cache(maxsize=1)
def _place() -> str | None:
    """This start of this machine, and the namespace that process ids are counted in; None but on Linux."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return None


def _start_ticks(pid: int) -> str | None:
    """None where there is no such process or only a zombie."""
    try:
        told = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _HIDDEN if psutil.pid_exists(pid) else None
    fields = told.rpartition(")")[2].split()  # the name before it may hold spaces and parentheses
    return None if fields[_STATE_FIELD] in {"Z", "X"} else fields[_START_FIELD]
