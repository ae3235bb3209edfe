"""Commands for background jobs."""

from typing import Annotated

import typer

from app.cli.shared import JsonOption, WorkspaceOption, jobs_app, say

JobArgument = Annotated[int, typer.Argument(metavar="JOB", help="Number of the job, as `telltale jobs` lists it.")]


@jobs_app.callback()
def jobs(context: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the jobs, newest first."""
    if context.invoked_subcommand:
        return
    from app.cli.terminal import print_json, print_table
    from app.jobs.processes import list_jobs
    from app.opened_workspace import opened_workspace
    from app.queries.status import job_facts

    found = [job_facts(job) for job in list_jobs(opened_workspace(workspace).database)]
    if as_json:
        print_json(found)
        return
    columns = ("id", "kind", "state", "progress", "message", "notes", "error", "started_at")
    print_table(columns, [[job[column] for column in columns] for job in found])


@jobs_app.command("cancel")
def cancel(job_id: JobArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Ask a job to stop."""
    from app.jobs.processes import cancel_job
    from app.opened_workspace import opened_workspace

    cancel_job(opened_workspace(workspace).database, job_id)
    say({"job": job_id, "asked": "to stop"}, as_json)


@jobs_app.command("resume")
def resume(job_id: JobArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Go on with a job that failed, was cancelled or was interrupted."""
    from app.jobs.processes import resume_job
    from app.opened_workspace import opened_workspace

    opened = opened_workspace(workspace)
    say({"job": resume_job(opened.workspace, opened.database, job_id).id, "resumes": job_id}, as_json)
