"""Whether a process of this machine that was seen before still runs: told by its id and its start, as ids are used again."""

import psutil

_CLOCK_STEP_S = 60.0  # the start is told by the wall clock, which may be set while a process runs


def started_at_s(pid: int) -> float | None:
    """When the process was started, in seconds since 1970; None where there is none, or where it has ended but was not reaped."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.NoSuchProcess, ValueError):
        return None
    except psutil.AccessDenied:  # somebody else's on a system that hides it: there, and no more is known
        return 0.0


def is_running(pid: int, seen_start_s: float | None) -> bool:
    """Whether the process with this id that started at `seen_start_s` still runs; None asks for the id alone."""
    start_s = started_at_s(pid)
    if start_s is None or not start_s or seen_start_s is None:
        return start_s is not None
    return abs(start_s - seen_start_s) <= _CLOCK_STEP_S


def was_running(pid: int, at_s: float) -> bool:
    """Whether the process that now has this id was there at `at_s` (seconds since 1970) already."""
    start_s = started_at_s(pid)
    return start_s is not None and start_s <= at_s + _CLOCK_STEP_S
