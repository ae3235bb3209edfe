"""Undoes a bulk accept, at once or, if it is large, by a job."""

from dataclasses import dataclass

from app.jobs.processes import start_job
from core.workspace import Workspace
from db import bulk_accepts
from db.engine import Database


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many clips have been, or will be, taken back; `job_id` of the job that does it."""

    clips: int
    job_id: int | None = None


def take_back(workspace: Workspace, database: Database, bulk_id: int, reviewer_id: int) -> TakenBack:
    """Undoes the decisions of a bulk accept that still stand, at once or by a job.

    Raises DecisionError where it is another reviewer's, InputError while such a job is running.
    """
    with database.write() as connection:
        one = bulk_accepts.get_own(connection, bulk_id, reviewer_id)
        if one.standing <= bulk_accepts.MOST_CLIPS:
            return TakenBack(bulk_accepts.take_back(connection, bulk_id, reviewer_id))
    job = start_job(workspace, database, "bulk take back", {"bulk_id": bulk_id, "reviewer_id": reviewer_id})
    return TakenBack(one.standing, job.id)
