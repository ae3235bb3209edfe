"""The workspace and database of this process, opened once and shared by pages, routes and jobs.

The web process is told its workspace by the variable TELLTALE_WORKSPACE.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.workspace import Workspace, open_workspace
from db.engine import Database, open_database

WORKSPACE_VARIABLE = "TELLTALE_WORKSPACE"
DEFAULT_WORKSPACE = Path("workspace")


@dataclass(frozen=True, slots=True)
class OpenedWorkspace:
    """What every page and route works on."""

    workspace: Workspace
    database: Database


def workspace_path(given: Path | None = None) -> Path:
    """The folder that was named on the command line, else in TELLTALE_WORKSPACE, else ./workspace; absolute."""
    chosen = given or Path(os.environ.get(WORKSPACE_VARIABLE) or DEFAULT_WORKSPACE)
    return chosen.expanduser().resolve()


def opened_workspace(given: Path | None = None) -> OpenedWorkspace:
    """Opens workspace and database on first use and hands out the same ones after.

    Raises WorkspaceError or SettingsError with one sentence.
    """
    return _open(workspace_path(given))


@lru_cache(maxsize=8)
def _open(root: Path) -> OpenedWorkspace:
    workspace = open_workspace(root)
    return OpenedWorkspace(workspace=workspace, database=open_database(workspace))
