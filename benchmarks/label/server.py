"""A small server that answers as Gemini does and counts what it was asked, answered and holds.

It knows two requests, watching and reflecting, and answers each with the least that is of the schema. It answers after a
random pause and now and then refuses to delete an upload.
"""

import base64
import hashlib
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LONGEST_PAUSE_S = 0.4
_REFUSED_DELETES = 0.25
_INDEX = re.compile(r'"id": (\d+)')


@dataclass
class Ledger:
    """`received` and `completed`: by request, how often it came, and how often its answer was written to the end.

    `files`: uploads that were not deleted, by name, with the digest of their contents.
    """

    seed: int
    received: Counter[str] = field(default_factory=Counter)
    completed: Counter[str] = field(default_factory=Counter)
    uploads: int = 0
    files: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  # not a secret: reproducible pauses

    def drawn(self) -> float:
        """A random number from 0 to 1."""
        with self.lock:
            return self._chance.random()


@contextmanager
def serving(ledger: Ledger) -> Iterator[str]:
    """The server's address while the block runs."""

    class Handler(_Handler):
        kept = ledger

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of clients that were killed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kept: Ledger

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # its sender was killed before it had sent the whole
            return
        if self.path.startswith("/upload/"):
            name = json.loads(body)["file"]["name"].removeprefix("files/")
            address = f"http://{self.headers['host']}/uploads/{name}"
            self._say({}, headers={"x-goog-upload-url": address, "x-goog-upload-status": "active"})
        elif self.path.startswith("/uploads/"):
            self._upload(self.path.rpartition("/")[2], body)
        else:
            self._generate(json.loads(body))

    def do_GET(self) -> None:
        self._say(self._file(self.path.rpartition("/")[2]))

    def do_DELETE(self) -> None:
        if self.kept.drawn() < _REFUSED_DELETES:
            self._say({"error": {"code": 500, "message": "Not now.", "status": "INTERNAL"}}, 500)
            return
        with self.kept.lock:
            known = self.kept.files.pop(self.path.rpartition("/")[2], None)
        if known is None:
            self._say({"error": {"code": 404, "message": "No such file.", "status": "NOT_FOUND"}}, 404)
        else:
            self._say({})

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing."""

    def _upload(self, name: str, contents: bytes) -> None:
        with self.kept.lock:
            self.kept.uploads += 1
            self.kept.files[name] = hashlib.sha256(contents).hexdigest()
        self._say({"file": self._file(name)}, headers={"x-goog-upload-status": "final"})

    def _file(self, name: str) -> dict[str, Any]:
        uri = f"http://{self.headers['host']}/v1beta/files/{name}"
        return {"name": f"files/{name}", "uri": uri, "mimeType": "video/mp4", "state": "ACTIVE"}

    def _generate(self, asked: dict[str, Any]) -> None:
        parts = asked["contents"][0]["parts"]
        text = "".join(part.get("text", "") for part in parts)
        temperature = str(asked["generationConfig"]["temperature"])
        digest = hashlib.sha256("\n".join([temperature, text, *map(self._shown, parts)]).encode()).hexdigest()
        with self.kept.lock:
            self.kept.received[digest] += 1
        time.sleep(self.kept.drawn() * _LONGEST_PAUSE_S)
        schema = asked["generationConfig"]["responseJsonSchema"]
        answer = json.dumps(_reflected(text, schema) if "verdicts" in schema["properties"] else _watched(schema))
        usage = {"promptTokenCount": 1000, "candidatesTokenCount": len(answer) // 4, "thoughtsTokenCount": 0}
        content = {"role": "model", "parts": [{"text": answer}]}
        self._say(
            {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage},
            digest=digest,
        )

    def _shown(self, part: dict[str, Any]) -> str:
        if "inlineData" in part:
            return hashlib.sha256(base64.urlsafe_b64decode(part["inlineData"]["data"])).hexdigest()
        if "fileData" in part:
            data = part["fileData"]
            with self.kept.lock:
                return self.kept.files[(data.get("fileUri") or data["file_uri"]).rpartition("/")[2]]
        return ""

    def _say(
        self, content: dict[str, Any], status: int = 200, *, headers: dict[str, str] | None = None, digest: str = ""
    ) -> None:
        body = json.dumps(content).encode("utf-8")
        with suppress(ConnectionError):  # the client was killed: nobody is there to be told
            self.send_response(status)
            for name, value in {"content-type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if digest:
                with self.kept.lock:
                    self.kept.completed[digest] += 1


def _watched(schema: dict[str, Any]) -> dict[str, Any]:
    labels = schema["properties"]["label"]["enum"]
    seen = {"start_s": 0.2, "end_s": 0.8, "cue": "smile", "region": "face", "seen": "A smile.", "clarity": 0.8}
    argued = [{"label": label, "argument": "The smile.", "strength": 0.6, "observations": [0]} for label in labels]
    return {"observations": [seen], "arguments": argued, **_judged(labels[0])}


def _reflected(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    label = schema["properties"]["label"]["enum"][0]
    numbers = sorted({int(number) for number in _INDEX.findall(text)})
    verdict = {"verdict": "keep", "why": "It was seen.", "start_s": 0.2, "end_s": 0.8, "seen": "A smile."}
    claim = {"observation": numbers[0], "speaks_for": label, "weight": 0.5, "text": "A smile."}
    return {
        "verdicts": [{"observation": number, **verdict} for number in numbers],
        "errors": [],
        "claims": [claim],
        "label_changes": False,
        **_judged(label),
    }


def _judged(label: str) -> dict[str, Any]:
    return {"label": label, "confidence": 0.7, "reasoning": "One smile."}
