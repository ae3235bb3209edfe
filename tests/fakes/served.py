"""A fake server in a thread of its own, and the journal of what it was asked."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request

from tests.fakes.faults import FAILING, Fault

_LOOK_S = 0.05


@dataclass(frozen=True)
class Received:
    """One request to a model. `files_alive`: how many uploaded files the server held when it came."""

    digest: str
    shape: str
    model: str
    fault: Fault | None
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    text: str
    path: str
    files_alive: int = 0
    at_s: float = field(default_factory=time.monotonic)

    @property
    def answered(self) -> bool:
        """Whether it got a usable answer."""
        return self.fault not in FAILING


@dataclass
class Journal:
    """All requests to a model so far. Requests that were turned away (a wrong key, an unreadable film) are not among them."""

    requests: list[Received] = field(default_factory=list)
    under_way: int = 0
    peak_concurrency: int = 0
    files_alive: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> None:
        with self.lock:
            self.under_way += 1
            self.peak_concurrency = max(self.peak_concurrency, self.under_way)

    def leave(self) -> None:
        with self.lock:
            self.under_way -= 1

    def keep(self, received: Received) -> None:
        with self.lock:
            self.requests.append(received)

    def hold_files(self, count: int) -> None:
        with self.lock:
            self.files_alive = count

    @property
    def answered(self) -> list[Received]:
        """Those that got a usable answer."""
        with self.lock:
            return [one for one in self.requests if one.answered]

    @property
    def calls_made(self) -> int:
        with self.lock:
            return len(self.requests)

    @property
    def calls_answered(self) -> int:
        return len(self.answered)

    @property
    def tokens_in(self) -> int:
        """All input tokens that were counted, those of unusable answers among them."""
        with self.lock:
            return sum(one.input_tokens for one in self.requests)

    @property
    def tokens_out(self) -> int:
        """All tokens that are paid as output: answers and thinking."""
        with self.lock:
            return sum(one.output_tokens + one.thinking_tokens for one in self.requests)


@contextmanager
def served(app: Starlette, port: int = 0) -> Iterator[str]:
    """The address of the app while it is served on this machine; port 0 takes a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            listener.close()
            raise RuntimeError("The fake server ended before it began.")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


async def hang(request: Request, seconds: float) -> None:
    """Waits, but not for a client that has hung up: nobody is left to answer, and the server can end."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s and not await request.is_disconnected():
        await anyio.sleep(_LOOK_S)
