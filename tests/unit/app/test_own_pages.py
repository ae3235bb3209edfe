"""Which requests are answered: those to the app's own names, from the app's own pages."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.own_pages import FOREIGN, OwnPages, own_names, refusal

OWN = frozenset({"localhost", "127.0.0.1", "::1", "study.example.org"})


def asking(
    method: str = "GET", *, kind: str = "http", scheme: str = "http", host: str = "localhost:8501", **told: str
) -> Scope:
    """A request with these headers; `_` stands for `-` in their names."""
    headers = [(b"host", host.encode()), *((k.replace("_", "-").encode(), v.encode()) for k, v in told.items())]
    scope = {"type": kind, "scheme": scheme, "path": "/", "headers": headers}
    return {**scope, "method": method} if kind == "http" else scope


OWN_PAGE = {"origin": "http://localhost:8501", "sec_fetch_site": "same-origin"}


@pytest.mark.parametrize(
    "host",
    ["localhost:8501", "127.0.0.1", "[::1]:8501", "[0:0:0:0:0:0:0:1]", "LOCALHOST:9000", "Study.Example.org"],
)
def test_the_apps_own_names_are_answered_at_whatever_port_a_tunnel_has(host: str) -> None:
    assert refusal(asking(host=host), OWN) is None


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "localhost.", "127.0.0.1.nip.io", "127.0.0.2", "example.org", "[::2]"],
)
def test_another_name_is_refused_and_the_sentence_says_which_and_where_names_are_added(host: str) -> None:
    assert refusal(asking(host=f"{host}:8501"), OWN) == (
        f"Telltale does not answer to the name {host}; server.names in telltale.toml adds names."
    )


@pytest.mark.parametrize("host", ["", "a b", "localhost:8501, evil.example", "user@localhost", "localhost:x", "[::1"])
def test_what_is_no_host_is_refused(host: str) -> None:
    assert "does not say in one Host header" in str(refusal(asking(host=host), OWN))


def test_two_hosts_are_refused() -> None:
    scope = asking()
    scope["headers"].append((b"host", b"evil.example"))
    assert "does not say in one Host header" in str(refusal(scope, OWN))


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_foreign_name_is_refused_also_where_the_page_is_of_that_name(kind: str) -> None:
    scope = asking("POST", kind=kind, host="evil.example:8501", origin="http://evil.example:8501")
    assert refusal(scope, OWN) is not None


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "told",
    [
        {},
        {"origin": "http://localhost:9000", "sec_fetch_site": "same-site"},
        {"origin": "http://localhost:9000"},
        {"origin": "http://127.0.0.1:8501"},
        {"origin": "https://localhost:8501"},
        {"origin": "http://localhost"},
        {"origin": "null"},
        {"origin": "http://localhost:8501", "sec_fetch_site": "cross-site"},
    ],
)
def test_a_change_and_a_socket_must_come_from_the_same_scheme_name_and_port(kind: str, told: dict[str, str]) -> None:
    assert refusal(asking("POST", kind=kind, **told), OWN) == FOREIGN


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_whatever_is_no_plain_reading_counts_as_a_change(method: str) -> None:
    assert refusal(asking(method), OWN) == FOREIGN
    assert refusal(asking(method, **OWN_PAGE), OWN) is None


@pytest.mark.parametrize(("kind", "scheme"), [("http", "https"), ("websocket", "wss")], ids=["a change", "a socket"])
def test_a_page_behind_a_proxy_with_a_certificate_is_its_own(kind: str, scheme: str) -> None:
    scope = asking("POST", kind=kind, scheme=scheme, host="study.example.org", origin="https://study.example.org")
    assert refusal(scope, OWN) is None


@pytest.mark.parametrize(
    "told",
    [
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "script"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "cors", "origin": "http://evil.example"},
        {"origin": "http://localhost:9000"},
    ],
)
def test_another_page_reads_nothing(told: dict[str, str]) -> None:
    assert refusal(asking(**told), OWN) == FOREIGN


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
    ],
)
def test_an_address_typed_a_link_followed_and_the_own_page_are_answered(told: dict[str, str]) -> None:
    assert refusal(asking(**told), OWN) is None


def test_the_bound_host_and_the_names_of_the_settings_are_own_names() -> None:
    names = own_names("192.0.2.7", ("Study.Example.org", "[2001:DB8::1]"), asking())
    assert {"192.0.2.7", "study.example.org", "2001:db8::1", "localhost"} <= names


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_listening_everywhere_answers_to_the_address_that_the_request_arrived_at(host: str) -> None:
    assert "192.0.2.7" in own_names(host, (), {**asking(), "server": ("192.0.2.7", 8501)})


def test_listening_everywhere_answers_to_no_name_of_its_own_accord() -> None:
    names = own_names("0.0.0.0", (), {**asking(), "server": ("evil.example", 8501)})
    assert names == {"localhost", "127.0.0.1", "::1"}


def test_a_query_that_is_no_text_reaches_the_app_written_out() -> None:
    seen: list[bytes] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["query_string"])

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        return None

    served = OwnPages(app, lambda _scope: OWN)
    for query in (b"clip=1%20", b"clip=\x9e&t=2"):
        asyncio.run(served({**asking(**OWN_PAGE), "query_string": query}, receive, send))
    assert seen == [b"clip=1%20", b"clip=%9E&t=2"]
