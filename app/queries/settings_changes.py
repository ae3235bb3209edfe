"""Changes of `telltale.toml` made in the app: what the file says beside what is in force, who may change it, and the writing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.membership import follow_leads
from app.opened_workspace import OpenedWorkspace, opened_workspace, put_in_force
from app.queries.reviewers import may_lead
from core.errors import InputError, SettingsError
from core.settings.loader import Settings, load_settings
from core.settings.writer import file_version, write_settings
from core.types.decisions import Reviewer
from db import reliability_sample, reviewers

NEED_RESTART = frozenset({"server.host", "server.port", "server.login", "server.token_hours"})
"""What the running server took over when it started."""


@dataclass(frozen=True, slots=True)
class FileState:
    """The settings file beside what is in force. `version`: of the file, "" without one. `problem`: why it cannot be used.

    `changed`: dotted keys with another value in the file that can hold at once; `after_restart`: those that a restart takes.
    """

    version: str
    changed: tuple[str, ...] = ()
    after_restart: tuple[str, ...] = ()
    problem: str = ""


def file_state(opened: OpenedWorkspace) -> FileState:
    """What the settings file says by now."""
    try:
        version = file_version(opened.workspace.root)
        found = load_settings(opened.workspace.root)
    except SettingsError as error:
        return FileState("", problem=str(error))
    keys = _differing(found, opened.workspace.settings)
    waiting = tuple(key for key in keys if key in NEED_RESTART)
    return FileState(version, tuple(key for key in keys if key not in NEED_RESTART), waiting)


def may_change(opened: OpenedWorkspace, reviewer: Reviewer | None) -> bool:
    """Whether this reviewer may change settings: a lead, or anybody where there is no lead."""
    with opened.database.read() as connection:
        return may_lead(reviewers.all(connection), reviewer)


def refuse_all_but_a_lead(opened: OpenedWorkspace, reviewer: Reviewer | None) -> None:
    """Raises InputError where this reviewer may not change settings."""
    if not may_change(opened, reviewer):
        raise InputError("Settings are changed by a lead; without a lead, by any reviewer.")


def take_over_file(opened: OpenedWorkspace) -> None:
    """Lets what the file says hold from now on, but for what needs a restart. Raises SettingsError."""
    put_in_force(opened, without_restart(opened, load_settings(opened.workspace.root)))
    follow_leads(opened_workspace(opened.workspace.root))


def change_review(opened: OpenedWorkspace, reviewer: Reviewer | None, changes: Mapping[str, Any], *, read: str) -> int:
    """Writes changes of [review], values by key, draws what the reliability sample lacks, and puts them in force.

    `read`: the version of the file on which they were chosen. Returns the number of clips drawn. Raises InputError for who is
    no lead, SettingsError where the file is refused; then nothing has changed.
    """
    refuse_all_but_a_lead(opened, reviewer)
    dotted = {f"review.{key}": value for key, value in changes.items()}
    with opened.database.write() as connection:  # the file is written last: where it is refused, nothing is drawn
        drawn = 0
        if changes.get("reliability_fraction", 0) > opened.workspace.settings.review.reliability_fraction:
            drawn = reliability_sample.draw_more(connection, changes["reliability_fraction"])
        settings = write_settings(opened.workspace.root, dotted, read=read)
    put_in_force(opened, without_restart(opened, settings))
    return drawn


def without_restart(opened: OpenedWorkspace, settings: Settings) -> Settings:
    """`settings` with the values that the running server cannot give up before a restart."""
    server = opened.workspace.settings.server
    kept = {key: getattr(server, key) for key in (one.removeprefix("server.") for one in NEED_RESTART)}
    return settings.model_copy(update={"server": settings.server.model_copy(update=kept)})


def _differing(found: Settings, now: Settings) -> tuple[str, ...]:
    """Dotted keys, section and name, whose values differ."""
    sections = ((name, getattr(found, name), getattr(now, name)) for name in Settings.model_fields)
    return tuple(
        f"{section}.{key}"
        for section, one, other in sections
        for key in type(one).model_fields
        if getattr(one, key) != getattr(other, key)
    )
