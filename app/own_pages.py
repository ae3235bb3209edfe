"""Answers to the app's own names, for the app's own pages, and tells the browser that no other page may frame them.

A browser sends along what it knows of who asks: the name it looked up (`Host`), the page that asks (`Origin`), and how far
that page is from here (`Sec-Fetch-Site`). No script can change these. Checked here, before anything else sees the request:

- the name. A page of another name may point that name to this machine, and is then of one origin with whatever answers;
- the page, by scheme, name and port, of each WebSocket and of each request that is no plain reading. Another port of this
  machine is another page, though browsers call it "same-site" and send it the same cookies;
- that nothing is read by other pages; a link that leads here is followed.
"""

import ipaddress
import logging
import re
from collections.abc import Callable, Collection, Iterable
from urllib.parse import quote

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger("telltale.server")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_HERE = ("localhost", "127.0.0.1", "::1")
_READING = frozenset({"GET", "HEAD"})
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
FOREIGN = "This request comes from another site and is refused."
# Streamlit needs inline and blob scripts; nothing is fetched from elsewhere, or sent there.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "connect-src 'self' data: blob: {sockets}; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_DOCUMENTS = ("text/html", "image/svg+xml")
_ON_ALL = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class OwnPages:
    """ASGI middleware that lets through to `app` what its own pages ask of it under one of its names.

    `names` is asked at each request: the settings may change. It stands outside everything else.
    """

    def __init__(self, app: ASGIApp, names: Callable[[Scope], Collection[str]]) -> None:
        self._app = app
        self._names = names
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refused = refusal(scope, self._names(scope))
        if refused is None:
            await self._app(_in_text(scope), receive, _told_to_browsers(scope, send))
            return
        self._tell(refused)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            response = JSONResponse({"error": refused}, status_code=403, headers={"Cache-Control": "no-store"})
            await response(scope, receive, _told_to_browsers(scope, send))

    def _tell(self, refused: str) -> None:
        """Each sentence once: whoever serves the app behind a proxy learns why its pages stay empty."""
        if refused not in self._told and len(self._told) < 100:
            self._told.add(refused)
            _LOG.warning("%s", refused)


def own_names(host: str, more: Iterable[str], scope: Scope) -> frozenset[str]:
    """The names that the app answers to where it listens on `host`, and to `more`; lower case, IPv6 without brackets.

    Where it listens on every address of the machine, the one at which this request arrived is among them: an address,
    unlike a name, cannot be pointed elsewhere.
    """
    names = {*_HERE, *(plain_name(name) for name in more)}
    if not is_wildcard(host):
        return frozenset({*names, plain_name(host)})
    arrived = (scope.get("server") or ("",))[0]
    return frozenset({*names, arrived} if is_address(arrived) else names)


def plain_name(name: str) -> str:
    """A name of a host as names are compared: lower case, an IPv6 address in its shortest form and without brackets."""
    name = name.strip().lower().removeprefix("[").removesuffix("]")
    return str(ipaddress.ip_address(name)) if is_address(name) else name


def is_address(name: str) -> bool:
    """Whether this is an IP address and no name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_wildcard(host: str) -> bool:
    """Whether listening there means listening on every address of the machine."""
    return host == "" or (is_address(host) and ipaddress.ip_address(host).is_unspecified)


def refusal(scope: Scope, names: Collection[str]) -> str | None:
    """Why the request is refused, in one sentence; None where it is not."""
    hosts = _values(scope, b"host")
    found = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
    if found is None:
        return "This request does not say in one Host header which server it is for."
    if plain_name(found["name"]) not in names:
        return f"Telltale does not answer to the name {found['name'][:80]}; server.names in telltale.toml adds names."
    return FOREIGN if is_foreign(scope, links=True) else None


def is_foreign(scope: Scope, *, links: bool = False) -> bool:
    """Whether something else than a page of this server asks. `links`: following a link that leads here is no such thing."""
    origins, site = _values(scope, b"origin"), _value(scope, b"sec-fetch-site")
    if scope["type"] == "http" and scope["method"] in _READING:
        followed = links and (_value(scope, b"sec-fetch-mode"), _value(scope, b"sec-fetch-dest")) == (
            "navigate",
            "document",
        )
        return not (followed or site in {None, "same-origin", "none"}) or not set(origins) <= {own_origin(scope)}
    return site not in {None, "same-origin"} or origins != [own_origin(scope)]


def own_origin(scope: Scope) -> str:
    """What a browser calls this server, from the request's scheme and Host."""
    told: str = scope["scheme"]
    scheme = {"ws": "http", "wss": "https"}.get(told, told)
    host = (_value(scope, b"host") or "").lower()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"


def _in_text(scope: Scope) -> Scope:
    """The request with the bytes of its query written out, as browsers do: what is no UTF-8 would be no address."""
    query: bytes = scope.get("query_string", b"")
    if query.isascii():
        return scope
    return {**scope, "query_string": query_in_text(query).encode("ascii")}


def query_in_text(query: bytes) -> str:
    """The query of an address with its bytes written out; what browsers send stays as it is."""
    return quote(query, safe="%/:=&?~#+!$,;'@()*[]")


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _value(scope: Scope, name: bytes) -> str | None:
    return next(iter(_values(scope, name)), None)


def _told_to_browsers(scope: Scope, send: Send) -> Send:
    """`send`, with what browsers are told of every answer."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            there = {name.lower(): value for name, value in headers}
            headers += [(name, value) for name, value in _ON_ALL if name not in there]
            if there.get(b"content-type", b"").decode("latin-1").startswith(_DOCUMENTS):
                host = _value(scope, b"host")
                policy = _POLICY.format(
                    sockets=f"ws://{host} wss://{host}"
                )  # older browsers do not count them as 'self'
                headers.append((b"content-security-policy", policy.encode("latin-1")))
            message = {**message, "headers": headers}
        await send(message)

    return told
