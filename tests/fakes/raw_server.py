"""A model's server that answers every request with bytes of the test's choice."""

import threading
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class RawServer:
    """Answers with `bodies` in turn, the last one again and again. `requests`: how many came."""

    bodies: list[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    requests: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"])])

    async def _answer(self, request: Request) -> Response:
        await request.body()
        with self._lock:
            body = self.bodies[min(self.requests, len(self.bodies) - 1)]
            self.requests += 1
        return Response(body, self.status, headers=self.headers)
