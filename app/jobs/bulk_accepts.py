"""Bulk accepts of more clips than one transaction should hold: in parts, so that the people who judge beside it hardly wait.

All parts belong to one bulk accept, which is taken back as one, however far it came.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.jobs.processes import start_job
from core.progress import Progress
from core.types.decisions import ReviewMode
from core.workspace import Workspace
from db import bulk_accepts
from db.bulk_accepts import BulkRule
from db.engine import Database

PART_CLIPS = 50  # about a tenth of a second in which nobody else can write


def rule_as_json(rule: BulkRule) -> dict[str, Any]:
    """For the arguments of a job."""
    return {**asdict(rule), "among": None if rule.among is None else sorted(rule.among)}


def rule_of_json(values: Mapping[str, Any]) -> BulkRule:
    """What `rule_as_json` wrote."""
    rule = BulkRule(**values)
    return rule if rule.among is None else replace(rule, among=frozenset(rule.among))


def accept_in_parts(
    database: Database,
    rule: BulkRule,
    progress: Progress,
    *,
    reviewer_id: int,
    reason: str,
    mode: ReviewMode,
    token: str,
) -> dict[str, int]:
    """Accepts what the rule takes now; a job that goes on under the same token takes what is left.

    A clip that somebody judges meanwhile, or that gets a newer answer, is left alone. JobCancelledError between parts.
    """
    with database.write() as connection:
        one = bulk_accepts.begin(connection, reviewer_id, reason, token)
    with database.read() as connection:
        wanted = list(bulk_accepts.preview(connection, rule).accepted.items())
    accepted = 0
    for start in range(0, len(wanted), PART_CLIPS):
        progress.raise_if_cancelled()
        progress.report(start / len(wanted), f"{start:,} of {len(wanted):,} clips")
        with database.write() as connection:
            accepted += bulk_accepts.accept_part(connection, one.id, dict(wanted[start : start + PART_CLIPS]), mode)
    return {"bulk_id": one.id, "accepted": accepted, "left_alone": len(wanted) - accepted}


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


def take_back_in_parts(database: Database, bulk_id: int, reviewer_id: int, progress: Progress) -> dict[str, int]:
    """Undoes what stands of one's own bulk accept. JobCancelledError between parts; begun again it goes on."""
    with database.read() as connection:
        of = max(1, bulk_accepts.get(connection, bulk_id).standing)
    undone = 0
    while True:
        progress.raise_if_cancelled()
        progress.report(min(1.0, undone / of), f"{undone:,} of {of:,} clips")
        with database.write() as connection:
            part = bulk_accepts.take_back(connection, bulk_id, reviewer_id, limit=PART_CLIPS)
        if not part:
            return {"bulk_id": bulk_id, "undone": undone}
        undone += part
