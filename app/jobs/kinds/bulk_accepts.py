"""Jobs for bulk accepts that are too large for one transaction. They write in parts, so that reviewers hardly wait.

All parts belong to one bulk accept, which is undone as a whole, even if it did not finish.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from app.jobs.registry import Arguments, Result, job_kind
from core.progress import Progress
from core.types.decisions import ReviewMode
from core.workspace import Workspace
from db import bulk_accepts
from db.bulk_accepts import BulkRule
from db.engine import Database

PART_CLIPS = 50  # blocks other writers for about a tenth of a second
_OLD_KEYS = {"doubtful_too": "needing_review_too"}


def rule_as_json(rule: BulkRule) -> dict[str, Any]:
    """The rule as arguments of a job."""
    return {**asdict(rule), "among": None if rule.among is None else sorted(rule.among)}


def rule_of_json(values: Mapping[str, Any]) -> BulkRule:
    """The rule that `rule_as_json` wrote, also before version 0.2."""
    rule = BulkRule(**{_OLD_KEYS.get(key, key): value for key, value in values.items()})
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
    """Accepts the pseudo-labels that the rule matches now; called again with the same token, it continues.

    Clips that get a decision or a newer pseudo-label meanwhile are skipped. Raises JobCancelledError between parts.
    """
    with database.write() as connection:
        one = bulk_accepts.begin(connection, reviewer_id, reason, token)
    with database.read() as connection:
        wanted = list(bulk_accepts.preview(connection, rule, reader_id=reviewer_id).accepted.items())
    accepted = 0
    for start in range(0, len(wanted), PART_CLIPS):
        progress.raise_if_cancelled()
        progress.report(start / len(wanted), f"{start:,} of {len(wanted):,} clips")
        with database.write() as connection:
            accepted += bulk_accepts.accept_part(connection, one.id, dict(wanted[start : start + PART_CLIPS]), mode)
    return {"bulk_id": one.id, "accepted": accepted, "left_alone": len(wanted) - accepted}


def take_back_in_parts(database: Database, bulk_id: int, reviewer_id: int, progress: Progress) -> dict[str, int]:
    """Undoes the decisions of a bulk accept that still stand; may be repeated. Raises JobCancelledError between
    parts.
    """
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


@job_kind("bulk accept")
def bulk_accept(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`rule` (`rule_as_json`), `reviewer_id`, `reason`, `token`: accepts pseudo-labels without viewing, in parts."""
    return accept_in_parts(
        database,
        rule_of_json(arguments["rule"]),
        progress,
        reviewer_id=int(arguments["reviewer_id"]),
        reason=str(arguments["reason"]),
        mode=workspace.settings.review.mode,
        token=str(arguments["token"]),
    )


@job_kind("bulk take back")
def bulk_take_back(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:  # noqa: ARG001
    """`bulk_id`, `reviewer_id`: undoes a bulk accept, in parts."""
    return take_back_in_parts(database, int(arguments["bulk_id"]), int(arguments["reviewer_id"]), progress)
