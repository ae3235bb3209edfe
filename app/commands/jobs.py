"""Long work that runs in processes of its own."""

import typer

from app.commands.shared import JsonOption, WorkspaceOption, jobs_app, say


@jobs_app.callback()
def jobs(context: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the jobs, newest first."""
    if context.invoked_subcommand:
        return
    from app.jobs import list_jobs
    from app.services import services
    from app.status import job_facts
    from app.terminal import print_json, print_table

    found = [job_facts(job) for job in list_jobs(services(workspace).database)]
    if as_json:
        print_json(found)
        return
    columns = ("id", "kind", "state", "progress", "message", "error", "started_at")
    print_table(columns, [[job[column] for column in columns] for job in found])


@jobs_app.command("cancel")
def cancel(job_id: int, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Ask a job to stop."""
    from app.jobs import cancel_job
    from app.services import services

    cancel_job(services(workspace).database, job_id)
    say({"job": job_id, "asked": "to stop"}, as_json)


@jobs_app.command("resume")
def resume(job_id: int, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Go on with a job that failed, was cancelled or was interrupted."""
    from app.jobs import resume_job
    from app.services import services

    opened = services(workspace)
    say({"job": resume_job(opened.workspace, opened.database, job_id).id, "resumes": job_id}, as_json)
