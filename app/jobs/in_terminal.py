"""Work that a command does in its own process; it is a job like those that the app starts."""

import os
from typing import Any

from app.jobs.carry_out import carry_out
from app.jobs.kinds import WORK
from app.jobs.processes import log_path
from app.jobs.registry import CHECKS, Result
from core.progress import Progress
from core.workspace import Workspace
from db import jobs
from db.engine import Database


def do_in_terminal(
    workspace: Workspace, database: Database, kind: str, arguments: dict[str, Any], shown: Progress
) -> Result:
    """Does the work of a kind of job here and now, and returns its result; the app sees it and can cancel it.

    Raises InputError while a job like it is under way, JobCancelledError after a cancel, and what ends the work. Mistaken
    arguments are refused before there is a job: a page would offer to resume it.
    """
    if kind in CHECKS:
        CHECKS[kind](workspace, arguments)
    with database.write() as connection:
        job = jobs.enqueue(connection, kind, arguments, in_terminal=True)
        jobs.spawned(connection, job.id, os.getpid())
    with log_path(workspace, job.id).open("a", encoding="utf-8") as log:

        def tell(line: str) -> None:
            print(line, file=log, flush=True)

        tell(f"job {job.id}, process {os.getpid()}, in a terminal")
        return carry_out(workspace, database, job.id, tell=tell, shown=shown, work=WORK)
