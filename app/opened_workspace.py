"""The workspace and database of this process, opened once and shared by pages, routes and jobs.

The web process reads the workspace's path from the variable TELLTALE_WORKSPACE.
"""

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from core.settings.loader import Settings
from core.workspace import DATABASE_FILE, Workspace, open_workspace
from db.engine import Database, open_database

WORKSPACE_VARIABLE = "TELLTALE_WORKSPACE"
DEFAULT_WORKSPACE = Path("workspace")


@dataclass(frozen=True, slots=True)
class OpenedWorkspace:
    """An opened workspace: its settings and folders, and its database."""

    workspace: Workspace
    database: Database


def workspace_path(given: Path | None = None) -> Path:
    """The absolute path of the given folder, else of TELLTALE_WORKSPACE, else of ./workspace."""
    chosen = given or Path(os.environ.get(WORKSPACE_VARIABLE) or DEFAULT_WORKSPACE)
    return chosen.expanduser().resolve()


def is_new(root: Path) -> bool:
    """Whether no workspace is at `root` yet, so that opening it would make an empty one. Ask before opening."""
    return not (root / DATABASE_FILE).exists()


def opened_workspace(given: Path | None = None) -> OpenedWorkspace:
    """Opens workspace and database on the first call and returns the same ones later.

    Raises WorkspaceError or SettingsError.
    """
    return _open(workspace_path(given)).opened


def put_in_force(opened: OpenedWorkspace, settings: Settings) -> None:
    """Lets pages and routes of this process go by these settings from their next request on."""
    workspace = replace(opened.workspace, settings=settings)
    _open(workspace.root).opened = replace(opened, workspace=workspace)


@dataclass(slots=True)
class _Held:
    """The workspace as it is now: its settings may be replaced, its database stays."""

    opened: OpenedWorkspace


@lru_cache(maxsize=8)
def _open(root: Path) -> _Held:
    workspace = open_workspace(root)
    return _Held(OpenedWorkspace(workspace=workspace, database=open_database(workspace)))
