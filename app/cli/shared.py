"""What the commands share: the application, common options, running a job in this process, printing results."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.terminal import tell

app = typer.Typer(
    help="Turns weak video labels into strong ones: browse rationales, correct labels, retrain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
jobs_app = typer.Typer(
    help="Long work: list it, cancel it, resume it.", invoke_without_command=True, rich_markup_mode=None
)
app.add_typer(jobs_app, name="jobs")
models_app = typer.Typer(
    help="Weights of models: list, get, verify, remove.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(models_app, name="models")


def _tell_version(wanted: bool) -> None:
    if wanted:
        tell(f"telltale {version('telltale')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Turns weak video labels into strong ones: browse rationales, correct labels, retrain."""


WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", metavar="DIR", help="Folder of the study; else TELLTALE_WORKSPACE, else ./workspace."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
PortOption = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port; else the settings' (8501).")]


def work(kind: str, arguments: dict[str, Any], workspace: Path | None, as_json: bool) -> dict[str, Any]:
    """Runs a kind of job in this process, with a progress bar; the app lists it and can cancel it."""
    from app.cli.terminal import shown_progress
    from app.jobs.in_terminal import do_in_terminal
    from app.opened_workspace import opened_workspace

    opened = opened_workspace(workspace)
    with shown_progress(as_json) as progress:
        return do_in_terminal(opened.workspace, opened.database, kind, arguments, progress)


def say(facts: dict[str, Any], as_json: bool) -> None:
    """Prints facts as JSON or one per line."""
    from app.cli.terminal import print_facts, print_json

    if as_json:
        print_json(facts)
    else:
        print_facts(facts)


def failures(result: dict[str, Any]) -> str:
    """How many inputs failed, and the first of them: "2 refused, first: a.mp4 is an empty file"."""
    refused, unreadable = result.get("refused", []), result.get("unreadable", 0)
    counted = [f"{len(refused)} refused"] * bool(refused) + [f"{unreadable} could not be read"] * bool(unreadable)
    first = f", first: {refused[0].rstrip('.')}" if refused else ""
    return " and ".join(counted) + first
