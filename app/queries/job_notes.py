"""What is worth knowing of a job beside its progress: where it was started, what time was promised, and how long it has been
silent.
"""

from datetime import datetime

from app.queries.training_time import promise_note
from core.process_identity import this_host
from core.types.jobs import Job
from db.jobs import STALE_AFTER_S, UNFINISHED


def job_notes(job: Job, now: datetime) -> str:
    """The notes, joined by semicolons; "" for most jobs."""
    notes = ["started in a terminal"] if job.in_terminal else []
    notes += filter(None, [promise_note(job, now)])
    if job.state in UNFINISHED:
        if job.host not in (None, this_host()):
            notes.append(f"on {job.host}")
        silent_s = (now - (job.heartbeat_at or job.created_at)).total_seconds()
        if silent_s > STALE_AFTER_S:
            notes.append(f"no word for {round(silent_s / 60)} minutes")
    return "; ".join(notes)
