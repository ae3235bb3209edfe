"""Who may log in, as whom, and what is said to whom else."""

from pathlib import Path

import pytest

from app.login import SECRETS_FILE, address_of, logged_in, prepare_login
from app.membership import follow_leads, may_enter
from app.opened_workspace import OpenedWorkspace
from core.errors import InputError, WorkspaceError
from core.settings.server import ServerSettings
from core.workspace import open_workspace
from db import reviewers
from db.engine import open_database

OIDC = '[server]\nlogin = "oidc"\nmembers = ["ada@example.org"]\nleads = ["Lea@example.org"]\n'


@pytest.mark.parametrize(
    ("members", "address", "may"),
    [
        ((), "anybody@else.org", True),
        (("ada@example.org",), "ada@example.org", True),
        (("Ada@Example.org",), "ada@example.org", True),
        (("ada@example.org",), "eve@example.org", False),
        (("@example.org",), "eve@example.org", True),
        (("@example.org",), "eve@notexample.org", False),
        (("@example.org",), "lea@home.org", True),
    ],
)
def test_members_leads_and_whole_domains_may_enter(members: tuple[str, ...], address: str, *, may: bool) -> None:
    assert may_enter(ServerSettings(members=members, leads=("lea@home.org",)), address) is may


def test_an_address_is_told_in_small_letters() -> None:
    assert address_of({"email": " Ada@Example.org "}) == "ada@example.org"


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [({}, "tells no e-mail address"), ({"email": "a@b.org", "email_verified": False}, "has not verified")],
)
def test_an_account_without_a_vouched_address_is_nobody(claims: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        address_of(claims)


@pytest.fixture
def opened(tmp_path: Path) -> OpenedWorkspace:
    (tmp_path / "telltale.toml").write_text(OIDC)
    workspace = open_workspace(tmp_path)
    return OpenedWorkspace(workspace, open_database(workspace))


def test_the_settings_say_who_leads_also_of_somebody_known_before(opened: OpenedWorkspace) -> None:
    with opened.database.write() as connection:
        reviewers.ensure(connection, "lea@example.org")
    assert logged_in(opened, {"email": "lea@example.org"}).role == "lead"
    assert logged_in(opened, {"email": "ada@example.org"}).role == "reviewer"


def test_who_is_no_lead_in_the_settings_any_more_is_none_before_they_come_again(opened: OpenedWorkspace) -> None:
    logged_in(opened, {"email": "lea@example.org"})
    with opened.database.write() as connection:
        reviewers.ensure(connection, "ben@example.org", role="lead")
    follow_leads(opened)
    with opened.database.read() as connection:
        assert {one.name: one.role for one in reviewers.all(connection)} == {
            "ben@example.org": "reviewer",
            "lea@example.org": "lead",
        }


def test_who_is_no_member_gets_one_sentence_and_no_reviewer(opened: OpenedWorkspace) -> None:
    with pytest.raises(InputError, match=r"eve@example.org is not among server.members"):
        logged_in(opened, {"email": "eve@example.org"})
    with opened.database.read() as connection:
        assert reviewers.all(connection) == []


@pytest.mark.parametrize(
    ("secrets", "sentence"),
    [
        (None, r"secrets.toml is not there"),
        ("[auth\n", r"secrets.toml cannot be read"),
        ('[auth]\nclient_id = "x"\n', r"lacks redirect_uri, cookie_secret, client_secret, server_metadata_url"),
    ],
)
def test_a_login_that_cannot_work_is_told_before_anything_is_served(
    opened: OpenedWorkspace, secrets: str | None, sentence: str
) -> None:
    if secrets is not None:
        (opened.workspace.root / SECRETS_FILE).write_text(secrets)
    with pytest.raises(WorkspaceError, match=sentence):
        prepare_login(opened.workspace)
