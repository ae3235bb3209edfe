"""Connections that wait for their client: bounded in time and number, so that slow clients keep nobody else waiting.

uvicorn waits without end for the rest of a request, and each such connection holds one of the files that the system lets a
program open. Here the head of a request may take 10 s and 64 KiB, and its body may pause for 30 s. Where more connections
wait than is good, the one that has waited longest is closed: a browser is done with a head in milliseconds, and asks anew
for a video that it had stopped to read.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0
BODY_PAUSE_S = 30.0
HEAD_BYTES = 64 * 1024
FILES_WANTED = 4096
_MOST = 256


def most_waiting() -> int:
    """How many connections may wait, after raising what the system lets this program open: a quarter of it at most."""
    try:
        import resource  # not on Windows, which knows no such limit
    except ModuleNotFoundError:
        return _MOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return _MOST if soft == resource.RLIM_INFINITY else max(16, min(_MOST, soft // 4))


@dataclass(slots=True)
class _Wait:
    """Since when a connection waits, and how long it may; None: as long as there is room."""

    since_s: float
    limit_s: float | None


class WaitingClients:
    """The connections of one server that wait for their client, the longest waiting first."""

    def __init__(self, most: int, head_s: float = HEAD_S, body_pause_s: float = BODY_PAUSE_S) -> None:
        self.head_s = head_s
        self.body_pause_s = body_pause_s
        self._most = most
        self._waits: dict[Any, _Wait] = {}
        self._sweeping = False

    def begin(self, connection: "PatientProtocol", limit_s: float | None) -> None:
        """From now on the connection waits for its client."""
        loop = asyncio.get_running_loop()
        self._waits.pop(connection, None)
        self._waits[connection] = _Wait(loop.time(), limit_s)
        while len(self._waits) > self._most:
            self._drop(next(iter(self._waits)))
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(self.head_s / 10, self._sweep, loop)

    def end(self, connection: "PatientProtocol") -> None:
        """The connection waits no longer: it is the server's turn, or it is closed."""
        self._waits.pop(connection, None)

    def is_timed(self, connection: "PatientProtocol") -> bool:
        """Whether the connection waits, and not for as long as there is room."""
        wait = self._waits.get(connection)
        return wait is not None and wait.limit_s is not None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now_s = loop.time()
        late = [
            one for one, wait in self._waits.items() if wait.limit_s is not None and now_s - wait.since_s > wait.limit_s
        ]
        for one in late:
            self._drop(one)
        self._sweeping = bool(self._waits)
        if self._sweeping:
            loop.call_later(self.head_s / 10, self._sweep, loop)

    def _drop(self, connection: "PatientProtocol") -> None:
        self.end(connection)
        connection.transport.abort()


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's reading of requests, which says when it waits for its client."""

    clients: WaitingClients  # of the server; set in a class of its own for each
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.clients.begin(self, self.clients.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self.clients.end(self)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self.clients.end(self)
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self.clients.end(self)
        elif self._answers():
            self._head_bytes = 0
            if self.cycle.more_body:
                self.clients.begin(self, self.clients.body_pause_s)
            else:
                self.clients.end(self)
        else:
            self._wait_for_head(len(data))

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and not self._answers():
            # An answer that was ready at once is still on its way: over a slow line, for longer than a head may take.
            self.clients.begin(self, None if self.transport.get_write_buffer_size() else self.clients.head_s)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.clients.begin(self, None)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._answers():
            self.clients.end(self)
        elif not self.clients.is_timed(self):
            self.clients.begin(self, self.clients.head_s)

    def _answers(self) -> bool:
        """Whether the head of a request is there that is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self, more_bytes: int) -> None:
        """The time runs from the beginning, however slowly the head goes on."""
        self._head_bytes += more_bytes
        if self._head_bytes > HEAD_BYTES:
            self.clients.end(self)
            self.transport.abort()
        elif not self.clients.is_timed(self):
            self.clients.begin(self, self.clients.head_s)


def patient_protocol(clients: WaitingClients) -> type[PatientProtocol]:
    """The protocol of one server, for `uvicorn.Config(http=...)`."""
    return type("ServersProtocol", (PatientProtocol,), {"clients": clients})
