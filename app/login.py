"""Login with an OpenID Connect provider, where `server.login` is "oidc": who may enter, and as which reviewer.

Streamlit implements the protocol. It reads the section [auth] of the workspace's `secrets.toml`, as its
documentation says:

    [auth]
    redirect_uri = "https://telltale.example.org/oauth2callback"
    cookie_secret = "..."
    client_id = "..."
    client_secret = "..."
    server_metadata_url = "https://provider.example.org/.well-known/openid-configuration"
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from app.membership import refuse_stranger, role_of
from app.opened_workspace import OpenedWorkspace
from core.errors import InputError, WorkspaceError
from core.types.decisions import Reviewer
from core.workspace import Workspace
from db import reviewers

SECRETS_FILE = "secrets.toml"
_WANTED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def check_login(workspace: Workspace) -> None:
    """Does nothing without OIDC, where no secrets are needed. Raises WorkspaceError naming what is missing of them."""
    if workspace.settings.server.login != "oidc":
        return
    path = workspace.root / SECRETS_FILE
    try:
        auth = tomllib.loads(path.read_text(encoding="utf-8")).get("auth", {})
    except FileNotFoundError as error:
        raise WorkspaceError(
            f"server.login is oidc, and {path} is not there; it holds the [auth] section of the provider."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WorkspaceError(f"{path} cannot be read: {error}.") from error
    missing = [name for name in _WANTED if not auth.get(name)]
    if missing:
        raise WorkspaceError(f"{path} lacks {', '.join(missing)} in its section [auth].")


def prepare_login(workspace: Workspace) -> None:
    """Points Streamlit to the secrets of the login; does nothing without OIDC. Raises as `check_login`."""
    check_login(workspace)
    if workspace.settings.server.login != "oidc":
        return
    from streamlit import config  # st.set_option does not allow this option

    config.set_option("secrets.files", [str(workspace.root / SECRETS_FILE)])


def address_of(claims: Mapping[str, Any]) -> str:
    """The e-mail address in the provider's claims, lower case. Raises InputError where it is missing or not
    verified.
    """
    address = str(claims.get("email") or "").strip().lower()
    if not address:
        raise InputError(
            "The provider tells no e-mail address for this account, so nobody knows whose answers these are."
        )
    if claims.get("email_verified") is False:
        raise InputError(f"The provider has not verified the address {address}; verify it there and log in again.")
    return address


def logged_in(opened: OpenedWorkspace, claims: Mapping[str, Any]) -> Reviewer:
    """The reviewer with this address, created at the first login; its role follows the settings.

    Raises InputError for an address that may not enter.
    """
    settings = opened.workspace.settings.server
    address = address_of(claims)
    refuse_stranger(settings, address)
    role = role_of(settings, address)
    with opened.database.read() as connection:
        known = next((one for one in reviewers.all(connection) if one.name == address), None)
    if known is not None and known.role == role:
        return known
    with opened.database.write() as connection:
        made = reviewers.ensure(connection, address)
        return reviewers.set_role(connection, made.id, role)
