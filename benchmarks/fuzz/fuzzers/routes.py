"""Requests to every route: hostile methods, addresses, headers, tokens and bodies, asked of two studies at once.

The studies differ in nothing but labels that the reviewer is not to be told yet. A fault is a status of 500, an error in the
log, and an answer that differs between the two before the reviewer's own.
"""

import asyncio
import json
import logging
import random
import re
import shutil
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette

from app.opened_workspace import OpenedWorkspace
from app.own_pages import OwnPages, own_names
from app.routes import review_routes
from app.tokens import Tokens
from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import (
    HOSTILE_NUMBERS,
    HOSTILE_TEXTS,
    damaged,
    deep_json,
    with_hostile_value,
)
from benchmarks.fuzz.twin_studies import ADA, KINDS, LABELS, MAX, SAVED, made
from core.errors import InputError
from core.workspace import DATABASE_FILE
from db.queues import Queue

HOST = b"localhost:8501"
_GETS = (
    "/api/review/queue?kind={queue}",
    "/api/review/queues?kind={queue}",
    "/api/review/queues",
    "/api/review/manual",
    "/api/review/clips/{clip}",
    "/api/review/clips/{clip}/rationale",
    "/api/review/clips/{clip}/rationale?pseudo_label={number}",
    "/api/review/clips/{clip}/words",
    "/api/review/clips/{clip}/times",
    "/api/review/clips/{clip}/keypoints/{number}",
    "/api/review/clips/{clip}/confidence",
    "/api/review/clips/{clip}/person",
    "/api/media/{clip}/thumbnail?signature={text}",
    "/api/media/{clip}/video?signature={text}",
    "/review/assets/{text}/{text}",
    "/pseudo_labels?{text}",
)
_POSTS = ("/api/review/decisions", "/api/review/leases", "/api/review/bulks/{number}/take-back")
_METHODS = ("HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "BREW", "")
_VARYING = re.compile(rb"signature=[\w.=%-]+|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: method, address with query, headers, and the parts in which its body comes."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: tuple[bytes, ...] = ()


@dataclass(slots=True)
class _Served:
    """A study with its application; `kept` is its database as it was made."""

    opened: OpenedWorkspace
    kept: Path
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        workspace = self.opened.workspace
        routes = review_routes(lambda: workspace, self.opened.database, workspace.signing_key())
        self.app = OwnPages(Starlette(routes=routes), lambda scope: own_names("localhost", (), scope))

    def restore(self) -> None:
        """Puts the database back as it was made."""
        self.opened.database.dispose()
        path = self.opened.workspace.root / DATABASE_FILE
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        shutil.copyfile(self.kept, path)


class _Heard(logging.Handler):
    """Errors that were logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.said.append(f"{record.getMessage()}: {error!r}")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Both studies, and what was logged while they answered."""

    twins: tuple[_Served, ...]
    heard: _Heard


def _prepare(folder: Path) -> Prepared:
    heard = _Heard()
    logging.getLogger("telltale").addHandler(heard)
    logging.getLogger("telltale.server").setLevel(logging.ERROR)  # each hostile name is told there
    twins = []
    for number, exchanged in enumerate((frozenset[str](), frozenset(KINDS))):
        opened = made(folder / f"study-{number}", exchanged)
        (opened.workspace.media_dir / "1.jpg").write_bytes(bytes(2000))
        (opened.workspace.media_dir / "1.mp4").write_bytes(bytes(50_000))
        opened.database.dispose()
        kept = folder / f"kept-{number}.db"
        shutil.copyfile(opened.workspace.root / DATABASE_FILE, kept)
        twins.append(_Served(opened, kept))
    return Prepared(tuple(twins), heard)


def _requests(_prepared: Prepared, chance: random.Random, _folder: Path) -> list[Asked]:
    return [_request(chance) for _ in range(chance.choice((1, 1, 2, 4)))]


def _request(chance: random.Random) -> Asked:
    posts = chance.random() < 0.4
    target = _filled(chance.choice(_POSTS if posts else _GETS), chance)
    method = "POST" if posts else "GET"
    if chance.random() < 0.1:
        method = chance.choice(_METHODS)
    body = _body(target, chance) if posts or chance.random() < 0.05 else b""
    if chance.random() < 0.1:
        target = damaged(target, chance)
    cuts = sorted(chance.randrange(len(body) + 1) for _ in range(chance.choice((0, 0, 1, 5))))
    parts = tuple(body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True))
    return Asked(method, target, _headers(chance), parts)


def _filled(template: str, chance: random.Random) -> bytes:
    values: dict[str, Callable[[], str]] = {
        "clip": lambda: str(_number(chance, 2 * len(KINDS) + 2)),
        "number": lambda: str(_number(chance, 50)),
        "queue": lambda: chance.choice(
            (*Queue, *(f"saved:{name}" for name in SAVED), "saved:", chance.choice(HOSTILE_TEXTS))
        ),
        "text": lambda: chance.choice(HOSTILE_TEXTS),
    }
    filled = re.sub(r"\{(\w+)\}", lambda found: values[found[1]](), template)
    return filled.encode(errors="surrogatepass")[:60_000]


def _number(chance: random.Random, usual: int) -> object:
    return (
        chance.randrange(1, usual + 1) if chance.random() < 0.8 else chance.choice((*HOSTILE_NUMBERS, *HOSTILE_TEXTS))
    )


def _body(target: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.05:
        return deep_json(chance)
    clip_id = chance.randrange(1, 2 * len(KINDS) + 3)
    decision = {
        "token": f"{chance.getrandbits(128):032x}",
        "clip_id": clip_id,
        "kind": chance.choice(("practice", "blind", "repeat", "final", "unclear", "skip", "undo")),
        "label": chance.choice((*LABELS, None)),
        "rater_confidence": chance.choice((1, 2, 3, None)),
        "pseudo_label_id": chance.choice((None, 2 * clip_id - 1, 2 * clip_id, 7)),
        "undoes_id": chance.choice((None, None, None, 1, 40)),
        "claim_verdicts": chance.choice(({}, {}, {"1": "false"}, {str(2 * clip_id): "true"})),
        "note": chance.choice(("", *HOSTILE_TEXTS)),
        "seconds_spent": chance.choice((None, 3.5, *HOSTILE_NUMBERS)),
        "queue": chance.choice((None, *Queue)),
        "asked": chance.random() < 0.5,
    }
    value: object = {"clip_ids": [clip_id, 2]} if b"leases" in target else decision
    if chance.random() < 0.5:
        value = with_hostile_value(value, chance, times=chance.choice((1, 3)))
    written = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")
    return damaged(written, chance) if chance.random() < 0.2 else written


def _headers(chance: random.Random) -> list[tuple[bytes, bytes]]:
    headers = [(b"host", HOST), (b"origin", b"http://" + HOST), (b"authorization", b"Bearer ADA")]
    headers += [(b"content-type", b"application/json")] if chance.random() < 0.5 else []
    hostile = (
        lambda: (b"authorization", chance.choice((b"", b"Bearer", b"Bearer MAX", b"Bearer FORGED", b"Basic QWRh"))),
        lambda: (b"authorization", b"Bearer " + _text(chance)),
        lambda: (b"origin", chance.choice((b"null", b"https://example.org", b"http://localhost:9", _text(chance)))),
        lambda: (b"host", chance.choice((b"", b"example.org", b"[::1", _text(chance)))),
        lambda: (b"sec-fetch-site", chance.choice((b"cross-site", b"same-site", b"none", _text(chance)))),
        lambda: (b"range", chance.choice((b"bytes=0-0,2-9", b"bytes=-5", b"bytes=9-1", b"bytes=" + b"0-1," * 2000))),
        lambda: (b"content-length", chance.choice((b"-1", b"9" * 5000, b"nan"))),
        lambda: (b"if-range", _text(chance)),
        lambda: (b"accept-encoding", _text(chance)),
    )
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        name, value = chance.choice(hostile)()
        if chance.random() < 0.7:
            headers = [one for one in headers if one[0] != name]
        headers.append((name, value))
    return headers


def _text(chance: random.Random) -> bytes:
    return chance.choice(HOSTILE_TEXTS).encode("utf-8", "surrogatepass")[:8000]


def _answer(prepared: Prepared, asked: list[Asked]) -> None:
    """Asks both studies. Raises AssertionError for a fault, and InputError with the sentence where the last one was refused."""
    changed, refused = False, ""
    try:
        for one in asked:
            answers = [asyncio.run(_sent(served, one)) for served in prepared.twins]
            if prepared.heard.said:
                raise AssertionError(prepared.heard.said.pop())
            (status, content), (other_status, other) = answers
            if status >= 500:
                raise AssertionError(f"{one.method} {one.target[:80]!r}: {status}")
            changed = changed or (status == 200 and one.method == "POST" and b"leases" not in one.target)
            if not changed and (status, _plain(content)) != (other_status, _plain(other)):
                raise AssertionError(
                    f"{one.method} {one.target[:80]!r} tells a label: {content[:300]!r} {other[:300]!r}"
                )
            refused = _refusal(status, content)
    finally:
        prepared.heard.said.clear()
        if changed:
            for served in prepared.twins:
                served.restore()
    if refused:
        raise InputError(refused)


def _refusal(status: int, content: bytes) -> str:
    """The sentence of an answer that refuses; the server's own words where no route was asked."""
    if status < 400:
        return ""
    try:
        return str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError):
        return f"No route, or not so: {status}."


def _plain(content: bytes) -> bytes:
    return _VARYING.sub(b"*", content)


async def _sent(served: _Served, asked: Asked) -> tuple[int, bytes]:
    """Status and content of the answer, as a server of HTTP/1.1 would hand the request to the application."""
    path, _, query = asked.target.partition(b"?")
    tokens = Tokens(served.opened.workspace.signing_key(), 1)
    known = {
        b"ADA": tokens.reviewer_token(ADA),
        b"MAX": tokens.reviewer_token(MAX),
        b"FORGED": tokens.reviewer_token(999),
    }
    headers = []
    for name, value in asked.headers:
        token = value.removeprefix(b"Bearer ")
        headers.append((name, b"Bearer " + known[token].encode() if token in known else value))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8501),
    }
    parts = iter(asked.body or (b"",))
    sent: list[MutableMapping[str, Any]] = []
    left = len(asked.body) or 1

    async def receive() -> dict[str, Any]:
        nonlocal left
        left -= 1
        part = next(parts, None)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": left > 0}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await served.app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


FUZZER = Fuzzer("routes", _prepare, _requests, _answer)
