"""Takes a bulk accept back: at once, or by a job where it is large."""

from dataclasses import dataclass

from app.jobs.processes import start_job
from core.workspace import Workspace
from db import bulk_accepts
from db.engine import Database


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many clips have been given back, or will be by the job of this number."""

    clips: int
    job_id: int | None = None


def take_back(workspace: Workspace, database: Database, bulk_id: int, reviewer_id: int) -> TakenBack:
    """Undoes what stands of one's own bulk accept, at once or, where it is large, by a job.

    DecisionError where it is another's; InputError while a job of the kind is under way.
    """
    with database.write() as connection:
        one = bulk_accepts.get_own(connection, bulk_id, reviewer_id)
        if one.standing <= bulk_accepts.MOST_CLIPS:
            return TakenBack(bulk_accepts.take_back(connection, bulk_id, reviewer_id))
    job = start_job(workspace, database, "bulk take back", {"bulk_id": bulk_id, "reviewer_id": reviewer_id})
    return TakenBack(one.standing, job.id)
