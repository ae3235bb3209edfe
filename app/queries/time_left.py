"""The remaining time of a job, estimated from its progress so far."""

from datetime import datetime

from core.types.jobs import Job, JobState

_LEAST_PROGRESS, _LEAST_S = 0.05, 10.0  # before that, the estimate would rest on the first clip alone


def time_left(job: Job, now: datetime) -> str:
    """The remaining time in words; "" where there is no estimate. Too short at first for a resumed job."""
    if job.state is not JobState.RUNNING or job.started_at is None or not _LEAST_PROGRESS <= job.progress < 1:
        return ""
    taken_s = (now - job.started_at).total_seconds()
    if taken_s < _LEAST_S:
        return ""
    left_s = taken_s * (1 - job.progress) / job.progress
    if left_s < 60:
        return "less than a minute left"
    if left_s < 5400:
        return f"about {round(left_s / 60)} min left"
    return f"about {round(left_s / 3600)} h left"
