"""[server]: address, login and tokens of the app."""

from typing import Literal

from pydantic import Field

from core.settings.section import Section


class ServerSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(8501, ge=1, le=65535)
    token_hours: float = Field(
        12, gt=0, description="How long a reviewer's page may post decisions before it must be reloaded."
    )
    login: Literal["names", "oidc"] = Field(
        "names",
        description="names: whoever opens the app says who they are. oidc: everybody logs in with the provider of secrets.toml.",
    )
    members: tuple[str, ...] = Field(
        (), description='Addresses that may log in, or "@example.org" for all of a domain; none: all of the provider.'
    )
    leads: tuple[str, ...] = Field((), description="Addresses of the leads, who settle disputes, where login is oidc.")
