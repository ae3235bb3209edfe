"""Bad manners of a server that has done its work: it answers late, twice, in part, or lies about what it sends."""

import time
from collections.abc import AsyncIterator
from enum import StrEnum

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse


class Manner(StrEnum):
    """One way to give an answer that was paid for."""

    LATE = "late"
    TWICE = "twice"
    CUT = "cut"
    WRONG_TYPE = "wrong type"
    SLOW = "slow"


async def mannered(manner: Manner, request: Request, response: Response, hang_s: float) -> Response:
    """The response in that manner. `hang_s`: how late it is."""
    body = bytes(response.body)
    if manner is Manner.LATE:
        until_s = time.monotonic() + hang_s
        while time.monotonic() < until_s and not await request.is_disconnected():
            await anyio.sleep(0.05)
        return response
    if manner is Manner.TWICE:
        return Response(body + body, response.status_code, media_type="application/json")
    if manner is Manner.CUT:
        # More is announced than comes: the connection closes in the middle.
        return StreamingResponse(
            _parts(body[: len(body) // 2]),
            headers={"content-length": str(len(body)), "content-type": "application/json"},
        )
    if manner is Manner.SLOW:
        return StreamingResponse(_dripping(body), media_type="application/json")
    return Response(body, response.status_code, media_type="text/html; charset=utf-16")


async def _parts(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _dripping(body: bytes) -> AsyncIterator[bytes]:
    """A byte now and then, so that no time-out of a single read is ever reached."""
    for byte in body:
        yield bytes([byte])
        await anyio.sleep(0.1)
