"""Commands that bring clips into a study: import, import-imigue, relink."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.shared import JsonOption, WorkspaceOption, app, failures, say, work
from app.cli.terminal import tell
from core.errors import InputError
from core.printable import first_of_each_kind


@app.command("import")
def import_(
    *,
    folder: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="Folder with the videos, or with key points alone; or one .npz of these."),
    ],
    openpose: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="One folder or .zip of OpenPose frame files a clip, or a table of OpenFace, DeepLabCut or SLEAP.",
        ),
    ] = None,
    transcripts: Annotated[Path | None, typer.Option(metavar="DIR", help="One text file a clip.")] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Columns clip, subject, label, split, transcript, fps.")
    ] = None,
    labels_from_data: Annotated[
        bool, typer.Option("--labels-from-data", help="Take labels over that the study does not have yet.")
    ] = False,
    task: Annotated[
        str | None, typer.Option("--task", metavar="NAME", help="Whose labels to read, where an .npz names several.")
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="List what labels, transcripts and key points of clips that are there would become, ask, and take them over.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take over what --update lists without asking.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import videos with key points, transcripts and a table; or key points without videos."""
    paths = {"folder": folder, "openpose": openpose, "transcripts": transcripts, "table": table}
    arguments = (
        _absolute(paths) | ({"task": task} if task else {}) | ({"labels_from_data": True} if labels_from_data else {})
    )
    if update and not yes:
        listed = work("import", arguments | {"update": "list"}, workspace, as_json)
        if as_json:
            say(listed, as_json)
            return
        if not _is_wanted(listed):
            return
    result = work("import", arguments | ({"update": "apply"} if update else {}), workspace, as_json)
    if as_json:
        say(result, as_json)
    else:
        _print_import(result)
    _fail_where_inputs_failed(result)


def _is_wanted(listed: dict[str, Any]) -> bool:
    """Prints what an update would change, and asks for it. Raises InputError where nobody can be asked."""
    for sentence in first_of_each_kind(listed["warnings"]):
        tell(f"warning: {sentence}")
    for sentence in first_of_each_kind(listed["changes"]):
        tell(sentence)
    if not listed["changes"]:
        tell("Nothing would change.")
        return False
    if not sys.stdin.isatty():
        raise InputError(f"{len(listed['changes'])} changes are listed and none was made; --yes takes them over.")
    if not typer.confirm(f"Take over these {len(listed['changes'])} changes?", default=False):
        tell("Nothing was changed.")
        return False
    return True


@app.command("import-imigue")
def import_imigue(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the release.")],
    speech: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of iMiGUE-Speech, for the words.")] = None,
    table: Annotated[Path | None, typer.Option(metavar="CSV", help="Label table; else the one in the folder.")] = None,
    emotion_ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Which videos train and test in the emotion protocol.")
    ] = None,
    micro_gestures: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rows of micro-gestures; else those of the label table.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import iMiGUE's own folder layout, labels and protocols."""
    paths = {
        "folder": folder,
        "speech": speech,
        "table": table,
        "emotion_ids": emotion_ids,
        "micro_gestures": micro_gestures,
    }
    result = work("import-imigue", _absolute(paths), workspace, as_json)
    if as_json:
        say(result, as_json)
    else:
        _print_import(result)
        for sentence in result["counts"]:
            tell(sentence)
    _fail_where_inputs_failed(result)


@app.command()
def relink(
    *,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder or file where the videos were.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder or file where they are now.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell where videos are after they were moved; each is compared with the clip's own to the byte."""
    places = {"old": str(old.expanduser().absolute()), "new": str(new.expanduser().resolve())}
    result = work("relink", places, workspace, as_json)
    if as_json:
        say(result, as_json)
    else:
        for sentence in first_of_each_kind(result["refused"]):
            tell(f"refused: {sentence}")
        tell(f"{len(result['relinked'])} clips relinked, {len(result['refused'])} left as they were.")
    if result["refused"]:
        raise InputError(f"Not every video was found: {failures(result)}; the others are known at their new place.")


def _absolute(paths: Mapping[str, Path | None]) -> dict[str, Any]:
    """The paths that were given, as arguments of a job, which may be resumed from another folder."""
    return {key: str(path.expanduser().resolve()) for key, path in paths.items() if path}


def _print_import(result: dict[str, Any]) -> None:
    for sentence in result["notes"]:
        tell(sentence)
    for kind in ("warnings", "refused"):
        for sentence in first_of_each_kind(result[kind]):
            tell(f"{kind.removesuffix('s')}: {sentence}")
    for sentence in first_of_each_kind(result["changes"]):
        tell(f"changed: {sentence}")
    unreadable = f", {result['unreadable']} other inputs could not be read" if result["unreadable"] else ""
    tell(f"{len(result['imported'])} clips imported, {len(result['refused'])} refused{unreadable}.")


def _fail_where_inputs_failed(result: dict[str, Any]) -> None:
    """Raises InputError, for the exit status, where no clip of the folder is in the workspace now, or an input failed."""
    if not result["imported"] and not result["known"]:
        raise InputError("No clip was imported, and none of them had been before.")
    if result["refused"] or result["unreadable"]:
        raise InputError(f"Not everything was imported: {failures(result)}; the rest is in the workspace.")
