"""Who may make whom a lead where names are free."""

from app.opened_workspace import OpenedWorkspace
from app.queries.reviewers import may_lead
from core.errors import InputError
from core.types.decisions import LEAD, MEMBER, Reviewer
from db import reviewers

ROLES = (MEMBER, LEAD)
NOT_A_LEAD = "Roles are given by a lead; while there is none, any reviewer names the first."
FREE_NAMES = (
    "Nobody is asked here who they are: whoever opens the app may choose a lead's name. Roles keep people from doing by mistake "
    "what a lead does; only a login (server.login) keeps them from doing it on purpose."
)


def give_role(opened: OpenedWorkspace, giver: Reviewer | None, reviewer_id: int, role: str) -> None:
    """Gives a reviewer this role. Raises InputError for a giver who may not, and with a login, where the settings name leads."""
    if opened.workspace.settings.server.login == "oidc":
        raise InputError("Everybody logs in here: server.leads in telltale.toml names the leads.")
    if role not in ROLES:
        raise InputError(f"There is no role {role!r}.")
    with opened.database.write() as connection:
        people = reviewers.all(connection)
        now = next((one for one in people if giver is not None and one.id == giver.id), None)
        if not may_lead(people, now):  # by the role of this moment, not by that of when the page was drawn
            raise InputError(NOT_A_LEAD)
        reviewers.set_role(connection, reviewer_id, role)
