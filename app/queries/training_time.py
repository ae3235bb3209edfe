"""How long a training will take, as it is told before the start, and beside it how long it took.

What was promised stands in the job's arguments as `expected_s`.
"""

from datetime import datetime

from core.types.jobs import Job, JobState

EXPECTED = "expected_s"


def promise(seconds: float) -> str:
    """The sentence before the start."""
    return f"Training will take {_about(seconds)} on this machine."


def promise_note(job: Job, now: datetime) -> str:
    """What was promised for a job and what it took, as a note; "" for a job without a promise, and for one that continues
    another, whose promise was for the whole.
    """
    expected_s = job.arguments.get(EXPECTED)
    if expected_s is None or job.started_at is None or "resumes" in job.arguments:
        return ""
    if job.state is JobState.RUNNING:
        return f"{_about(expected_s)} promised, {_duration((now - job.started_at).total_seconds())} so far"
    if job.state is JobState.SUCCEEDED and job.finished_at is not None:
        return f"{_about(expected_s)} promised, {_duration((job.finished_at - job.started_at).total_seconds())} taken"
    return ""


def _about(seconds: float) -> str:
    if seconds < 45:
        return "less than a minute"
    if seconds < 90:
        return "about a minute"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {round(seconds / 3600, 1):g} hours"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
