"""The table of job kinds. It imports no kind, so that every module of jobs may import it."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from core.progress import Progress
from core.settings.loader import with_changes
from core.workspace import Workspace
from db.engine import Database

Arguments = Mapping[str, Any]
Result = dict[str, Any]
Work = Callable[[Workspace, Database, Arguments, Progress], Result]
WORK: dict[str, Work] = {}
Check = Callable[[Workspace, Arguments], object]
CHECKS: dict[str, Check] = {}


def job_kind(name: str, *, check: Check | None = None) -> Callable[[Work], Work]:
    """Registers a function as the work of a kind of job.

    The function takes workspace, database, JSON arguments and a progress reporter; its result is JSON and stored in
    the job's row. `check` raises the error of arguments with which no job of this kind can begin.
    """

    def register(work: Work) -> Work:
        if name in WORK:
            raise ValueError(f"Two kinds of job are called {name!r}.")
        WORK[name] = work
        if check is not None:
            CHECKS[name] = check
        return work

    return register


def with_settings(workspace: Workspace, section: str, changes: Mapping[str, Any]) -> Workspace:
    """The workspace with settings of a section replaced for one job; they are validated as usual."""
    if not changes:
        return workspace
    changed = with_changes(section, getattr(workspace.settings, section), changes)
    return dataclasses.replace(workspace, settings=workspace.settings.model_copy(update={section: changed}))
