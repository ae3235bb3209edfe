"""Whether a process still runs, by its id and start time, because process ids are reused."""

import psutil

_CLOCK_STEP_S = 60.0  # start times come from the wall clock, which may be adjusted while a process runs


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
