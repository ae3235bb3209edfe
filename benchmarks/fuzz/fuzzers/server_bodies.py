"""What a model's server sends, through both SDKs: bodies, states, headers, packed bombs and bytes that are no HTTP."""

import gzip
import json
import os
import random
import socketserver
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import HOSTILE_TEXTS, damaged, deep_json, with_hostile_value
from core.settings.labeling import LabelingSettings
from labeling.vlm.providers.gemini import GeminiModel
from labeling.vlm.providers.interface import RawResponse, Request, VisionModel
from labeling.vlm.providers.openai_compatible import OpenAIModel

_TIMEOUT_S = 1.0
_MOST_TOKENS = 10**9
_ASKED = Request("watch", "You code behavior.", "Watch.", {"type": "object"}, video=None)
_OPENAI: Mapping[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "{}"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}
_GEMINI: Mapping[str, Any] = {
    "candidates": [{"content": {"parts": [{"text": "{}"}], "role": "model"}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 3, "thoughtsTokenCount": 2, "totalTokenCount": 12},
}
_ERROR: Mapping[str, Any] = {
    "error": {
        "code": 429,
        "message": "Wait.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}],
    }
}
_STATES = (200, 200, 200, 200, 201, 204, 301, 307, 400, 401, 403, 404, 408, 413, 429, 500, 503, 599, 999, 100)
_HEADERS = (
    "retry-after: nan",
    "retry-after: -1",
    "retry-after: " + "9" * 400,
    "retry-after: Wed, 21 Oct 2015 07:28:00 GMT",
    "content-type: text/html",
    "content-type: application/json; charset=utf-16",
    "content-type: ",
    "content-encoding: gzip",
    "content-encoding: deflate, gzip, br",
    "location: http://127.0.0.1:9/",
    "location: file:///etc/passwd",
    "x: \x1b[2J",
    "set-cookie: " + "a" * 4000,
)
_PACKED = gzip.compress(b'{"a": "' + b"a" * (200 * 2**20), compresslevel=1)


@dataclass
class _Servers:
    """A server that sends `answer`, pausing after each part, and both models at its address."""

    models: dict[str, VisionModel] = field(default_factory=dict)
    answer: Sequence[bytes] = ()
    pause_s: float = 0.0


class _Unkept:
    """A request on its way, of which nothing is kept."""

    received: RawResponse | None = None

    def upload_begins(self, name: str) -> None:
        """See Delivery."""

    def leaves(self) -> None:
        """See Delivery."""

    def never_left(self) -> None:
        """See Delivery."""

    def keep(self, response: RawResponse) -> None:
        """See Delivery."""


def _prepared(folder: Path) -> _Servers:
    servers = _Servers()

    class Answering(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            _read_request(self.request)
            try:
                for part in servers.answer:
                    self.request.sendall(part)
                    time.sleep(servers.pause_s)
            except OSError:
                return  # the client has enough

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    os.environ.setdefault("GEMINI_API_KEY", "key")
    usual = LabelingSettings(timeout_s=_TIMEOUT_S)
    openai = usual.openai.model_copy(update={"base_url": f"{address}/v1", "model": "m"})
    gemini = usual.gemini.model_copy(update={"base_url": address})
    servers.models["openai"] = OpenAIModel(usual.model_copy(update={"openai": openai}))
    servers.models["gemini"] = GeminiModel(usual.model_copy(update={"gemini": gemini}), folder, stopped=lambda: None)
    return servers


def _read_request(connection: Any) -> None:
    """Reads one request, as a client may be still sending."""
    held = b""
    while b"\r\n\r\n" not in held:
        part = connection.recv(65536)
        if not part:
            return
        held += part
    head, _, body = held.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = (lengths[0] if lengths else 0) - len(body)
    while left > 0:
        left -= len(connection.recv(65536)) or left


@dataclass(frozen=True, slots=True)
class _Made:
    name: str
    parts: Sequence[bytes]
    pause_s: float


def _made(_servers: _Servers, chance: random.Random, _folder: Path) -> _Made:
    name = chance.choice(("openai", "gemini"))
    state = chance.choice(_STATES)
    headers = [chance.choice(_HEADERS) for _ in range(chance.choice((0, 0, 0, 1, 2)))]
    if chance.random() < 0.005:
        body, headers = _PACKED, ["content-encoding: gzip"]
    else:
        body = _body(_ERROR if state >= 400 else {"openai": _OPENAI, "gemini": _GEMINI}[name], chance)
    length = len(body) if chance.random() < 0.95 else chance.choice((0, len(body) // 2, -1, 10**30))
    lines = [f"HTTP/1.1 {state} Fine", f"content-length: {length}", "connection: close", *headers, "", ""]
    sent = "\r\n".join(lines).encode("latin-1", "replace") + body
    if chance.random() < 0.03:
        sent = damaged(sent, chance)
    if chance.random() < 0.01:
        return _Made(name, [sent[place : place + 1] for place in range(0, len(sent), 1)][:200], 0.05)
    return _Made(name, [sent], 0.0)


def _body(valid: Mapping[str, Any], chance: random.Random) -> bytes:
    kind = chance.random()
    makers: tuple[Callable[[], bytes], ...] = (
        lambda: damaged(json.dumps(valid).encode(), chance),
        lambda: deep_json(chance),
        lambda: chance.choice(HOSTILE_TEXTS).encode("utf-8", "surrogatepass"),
        lambda: b"<!doctype html><html><title>Sign in</title></html>",
        lambda: chance.choice((b"", b" ", b"null", b"[]", b"7", b'"a"', b"9" * 5000, b"{}")),
        lambda: json.dumps(valid).encode(chance.choice(("utf-16", "utf-32", "utf-8-sig"))),
    )
    if kind < 0.65:
        changed = with_hostile_value(valid, chance, times=chance.choice((1, 1, 2, 4)))
        return json.dumps(changed, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    return chance.choice(makers)()


def _fed(servers: _Servers, made: _Made) -> None:
    servers.answer, servers.pause_s = made.parts, made.pause_s
    reply = servers.models[made.name].ask(_ASKED, _Unkept())
    assert reply.text.strip(), "an answer without text"
    reply.text.encode()
    for count in (reply.usage.input, reply.usage.output, reply.usage.thinking):
        assert 0 <= count <= _MOST_TOKENS, f"{count} tokens"


FUZZER = Fuzzer("server_bodies", _prepared, _made, _fed)
