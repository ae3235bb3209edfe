"""A small HTTP server of files that can be told to misbehave."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FileServer:
    """`files` by path. `misbehave`, if set, gets each request first, and answers it itself by returning True."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.misbehave: Callable[[Any, bytes], bool] | None = None

    @property
    def ranges(self) -> list[str]:
        """The `Range` of each request, empty for none."""
        return [fields.get("Range", "") for _, fields in self.requests]


def begin_of(request: Any) -> int:
    """First byte that a request asks for."""
    asked = request.headers.get("Range")
    return int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0


def say(request: Any, status: int, **fields: object) -> None:
    """Status and head fields; `Content_Length` is Content-Length."""
    request.send_response(status)
    for name, value in fields.items():
        request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()


def serve_well(request: Any, whole: bytes, tag: str) -> None:
    """As a good server does: ranges, `If-Range`, 416."""
    begin = begin_of(request)
    if begin and request.headers.get("If-Range") not in (None, tag):
        begin = 0
    if begin >= len(whole) > 0:
        say(request, 416, Content_Range=f"bytes */{len(whole)}", Content_Length=0)
        return
    fields = {"ETag": tag, "Content_Length": len(whole) - begin, "Content_Type": "application/octet-stream"}
    if begin:
        fields["Content_Range"] = f"bytes {begin}-{len(whole) - 1}/{len(whole)}"
    say(request, 206 if begin else 200, **fields)
    request.wfile.write(whole[begin:])


@contextmanager
def served() -> Iterator[FileServer]:
    """A server on a free port of this machine, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.removeprefix("http://models.invalid")
            server.requests.append((self.path, dict(self.headers)))
            whole = server.files.get(path)
            self.close_connection = True
            if server.misbehave is not None and server.misbehave(self, whole or b""):
                return
            if whole is None:
                say(self, 404, Content_Length=0)
            else:
                serve_well(self, whole, server.tags.get(path, '"1"'))

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        server = FileServer(f"http://127.0.0.1:{listening.server_port}")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
