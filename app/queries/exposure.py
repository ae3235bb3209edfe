"""Who can reach the app where it listens, for `telltale serve`, `telltale doctor` and the Settings page."""

from app.own_pages import is_address, plain_name
from core.settings.server import ServerSettings


def is_this_machine(host: str) -> bool:
    """Whether only programs of this machine reach what listens on `host`."""
    name = plain_name(host)
    return name == "localhost" or (is_address(name) and name.startswith(("127.", "::1")))


def served_sentence(settings: ServerSettings) -> str:
    """Where the app listens, and for whom."""
    where = f"{settings.host}:{settings.port}"
    if settings.login == "oidc":
        return f"{where}, for those who log in"
    if is_this_machine(settings.host):
        return f"{where}, for everybody on this machine"
    return f"{where}, for everybody who reaches it: there is no login"


def exposure_warning(host: str, settings: ServerSettings) -> str:
    """A sentence where anybody of the network is let in; "" elsewhere."""
    if settings.login == "oidc" or is_this_machine(host):
        return ""
    return (
        f"Warning: {host} can be reached from other machines, and there is no login (server.login): whoever reaches it reads "
        "this study, judges under any name, leads, and starts work that costs money. Listen on 127.0.0.1, or set up a login: "
        "docs/how-to/serve.md says how."
    )
