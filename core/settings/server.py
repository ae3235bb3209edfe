"""[server]: address, login and tokens of the app."""

import re
from typing import Literal

from pydantic import Field, field_validator

from core.settings.section import Section

_BARE_NAME = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\]?")


class ServerSettings(Section):
    """Where the app listens, and who may log in."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all of this machine's.")
    port: int = Field(8501, ge=1, le=65535, description="Port to listen on.")
    names: tuple[str, ...] = Field(
        (),
        description="Names at which browsers reach the app, beside localhost and the address above; it answers to no others.",
    )
    token_hours: float = Field(
        12, gt=0, description="How long a reviewer's page may post decisions before it must be reloaded."
    )
    login: Literal["names", "oidc"] = Field(
        "names",
        description="names: whoever opens the app says who they are. oidc: everybody logs in with the provider of secrets.toml.",
    )
    members: tuple[str, ...] = Field(
        (),
        description='E-mail addresses that may log in, or "@example.org" for a whole domain; empty: everybody of the provider.',
    )
    leads: tuple[str, ...] = Field(
        (), description="E-mail addresses of the leads, who adjudicate disputes, if login is oidc."
    )

    @field_validator("names")
    @classmethod
    def _are_bare(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _BARE_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a host alone: leave out https://, the port and the path")
        return names
