"""Who may be here, asked anew at each request and at each run of a page: the settings of this moment decide.

With a login, a reviewer's name is the e-mail address that the provider vouched for; without one, it is a name that
anybody may choose.
"""

from app.opened_workspace import OpenedWorkspace
from core.errors import InputError
from core.settings.server import ServerSettings
from core.types.decisions import LEAD, MEMBER, Reviewer
from db import reviewers


def may_enter(settings: ServerSettings, address: str) -> bool:
    """Whether the address is a lead or a member, itself or by "@domain"; without members everybody may enter."""
    named = {one.strip().lower() for one in (*settings.members, *settings.leads)}
    return not settings.members or address in named or f"@{address.rpartition('@')[2]}" in named


def refuse_stranger(settings: ServerSettings, name: str) -> None:
    """Raises InputError where there is a login and the reviewer of this name is no member, or was named before it."""
    if settings.login == "oidc" and not ("@" in name and may_enter(settings, name)):
        raise InputError(f"{name} is not among server.members of this workspace; ask its lead.")


def role_of(settings: ServerSettings, address: str) -> str:
    """The role that the settings give to an address."""
    return LEAD if address in {one.strip().lower() for one in settings.leads} else MEMBER


def follow_leads(opened: OpenedWorkspace) -> None:
    """With a login, gives every known reviewer the role of the settings: who is no lead there is none here either."""
    settings = opened.workspace.settings.server
    if settings.login != "oidc":
        return
    with opened.database.write() as connection:
        for one in reviewers.all(connection):
            if one.role != (role := role_of(settings, one.name)):
                reviewers.set_role(connection, one.id, role)


def shut_out(opened: OpenedWorkspace, reviewer: Reviewer | None) -> bool:
    """Whether this reviewer of an open page may no longer see it."""
    try:
        refuse_stranger(opened.workspace.settings.server, reviewer.name if reviewer else "")
    except InputError:
        return True
    return False
