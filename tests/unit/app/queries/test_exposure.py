"""Who can reach the app, and when that is worth a warning."""

import pytest

from app.queries.exposure import exposure_warning, served_sentence
from core.settings.server import ServerSettings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.1.1", "localhost", "::1", "[::1]"])
def test_this_machine_alone_is_no_reason_to_warn(host: str) -> None:
    assert exposure_warning(host, ServerSettings()) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "study.example.org"])
def test_without_a_login_the_network_is_warned_of(host: str) -> None:
    warning = exposure_warning(host, ServerSettings())
    assert warning.startswith(f"Warning: {host} can be reached from other machines, and there is no login")
    assert served_sentence(ServerSettings(host=host)) == f"{host}:8501, for everybody who reaches it: there is no login"


def test_with_a_login_it_is_not() -> None:
    assert exposure_warning("0.0.0.0", ServerSettings(login="oidc")) == ""
    assert served_sentence(ServerSettings(login="oidc")) == "127.0.0.1:8501, for those who log in"
