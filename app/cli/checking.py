"""The command that looks for damage."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.shared import JsonOption, WorkspaceOption, app
from app.cli.terminal import tell
from core.errors import InputError

if TYPE_CHECKING:
    from app.workspace_check.finding import Finding

_MOST_TOLD = 20  # of one kind


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", show_default=False, help="The same as --workspace.")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended; decisions and labels are never touched.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for damage: database, files, jobs, runs, uploads. Exits 1 if something is left to mend."""
    from app.cli.terminal import print_json
    from app.opened_workspace import workspace_path
    from app.workspace_check.check import check_workspace

    if folder is not None and workspace is not None:
        raise InputError("Two workspaces are named; leave out --workspace or the folder.")
    root = workspace_path(workspace or folder)
    report = check_workspace(root, repair=repair)
    if as_json:
        mended = {id(finding) for finding in report.mended}
        found = [finding.as_json(mended=id(finding) in mended) for finding in report.found]
        print_json({"workspace": str(root), "whole": report.is_whole, "findings": found})
    else:
        _print(root, report.found, repaired=repair)
    if not report.is_whole:
        raise typer.Exit(1)


def _print(root: Path, found: "Sequence[Finding]", *, repaired: bool) -> None:
    told = Counter[str]()
    for finding in found:
        told[finding.kind] += 1
        if told[finding.kind] > _MOST_TOLD and not repaired:  # what is removed is always named
            continue
        tell(finding.sentence)
        if finding.mend:
            tell(f"    {'Mended: it' if repaired else '--repair'} {finding.mend}.")
    for kind, count in told.items() if not repaired else ():
        if count > _MOST_TOLD:
            tell(f"... and {count - _MOST_TOLD:,} more findings of the kind {kind}; --json lists all.")
    if not found:
        tell(f"The workspace {root} is whole.")
