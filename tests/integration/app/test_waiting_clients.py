"""A real server on a small application: what becomes of clients that do not go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.waiting_clients import HEAD_BYTES, WaitingClients, patient_protocol

Connected = Callable[[bytes], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
HALF_BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n123"


async def _page(request: Request) -> PlainTextResponse:
    try:
        await request.body()
    except ClientDisconnect:
        return PlainTextResponse("gone")
    return PlainTextResponse("page" + "x" * (20 * 2**20 if "large" in request.query_params else 0))


@asynccontextmanager
async def server(clients: WaitingClients) -> AsyncIterator[Connected]:
    app = Starlette(routes=[Route("/", _page, methods=["GET", "POST"])])
    config = uvicorn.Config(app, port=0, http=patient_protocol(clients), log_level="critical", lifespan="off")
    config.load()
    running = uvicorn.Server(config)
    running.lifespan = config.lifespan_class(config)
    await running.startup()
    port = running.servers[0].sockets[0].getsockname()[1]
    writers = []

    async def connected(begun: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        writer.write(begun)
        await writer.drain()
        return reader, writer

    yield connected
    for writer in writers:
        writer.transport.abort()
    await running.shutdown()


async def closed(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the server closes the connection."""
    told = b""
    with suppress(ConnectionResetError):  # an aborted connection is closed as well
        while part := await reader.read(2**16):
            told += part
    return told


@pytest.mark.parametrize("begun", [b"", HALF_HEAD, HALF_BODY], ids=["nothing", "half a head", "half a body"])
def test_who_does_not_go_on_is_hung_up_on(begun: bytes) -> None:
    async def check() -> None:
        async with server(WaitingClients(100, head_s=0.1, body_pause_s=0.1)) as connected:
            reader, _ = await connected(begun)
            assert await closed(reader) == b""

    asyncio.run(check())


def test_a_head_that_goes_on_drop_by_drop_is_given_no_more_time_by_that() -> None:
    async def check() -> None:
        async with server(WaitingClients(100, head_s=0.2, body_pause_s=60)) as connected:
            reader, writer = await connected(HALF_HEAD)
            ended = asyncio.create_task(closed(reader))
            while not ended.done():
                writer.write(b"X: y\r\n")
                await asyncio.sleep(0.02)
            assert ended.result() == b""

    asyncio.run(check())


def test_a_head_without_end_is_not_kept() -> None:
    async def check() -> None:
        async with server(WaitingClients(100, head_s=3600)) as connected:
            reader, _ = await connected(HALF_HEAD + b"X: y\r\n" * (HEAD_BYTES // 3))
            assert await closed(reader) == b""

    asyncio.run(check())


@pytest.mark.parametrize("begun", [b"", HALF_HEAD, HALF_BODY, GET.replace(b"/ ", b"/?large ")])
def test_where_more_wait_than_is_good_the_one_that_waits_longest_makes_room(begun: bytes) -> None:
    async def check() -> None:
        async with server(WaitingClients(3, head_s=3600, body_pause_s=3600)) as connected:
            waiting = [await connected(begun) for _ in range(4)]
            reader, _ = await connected(GET)
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
            await closed(waiting[0][0])

    asyncio.run(check())


def test_an_answer_that_is_ready_at_once_is_sent_to_its_end_over_a_slow_line() -> None:
    async def check() -> None:
        async with server(WaitingClients(100, head_s=0.1)) as connected:
            reader, _ = await connected(GET.replace(b"/ ", b"/?large "))
            await asyncio.sleep(1)  # the answer waits in the server
            await reader.readuntil(b"\r\n\r\npage")
            assert len(await reader.readexactly(20 * 2**20)) == 20 * 2**20

    asyncio.run(check())


def test_who_takes_an_answer_and_begins_a_head_is_given_no_more_time_by_that() -> None:
    async def check() -> None:
        async with server(WaitingClients(100, head_s=0.2)) as connected:
            reader, writer = await connected(GET.replace(b"/ ", b"/?large "))
            writer.write(HALF_HEAD)
            assert len(await closed(reader)) > 0

    asyncio.run(check())


def test_a_body_that_comes_in_parts_is_read_to_its_end() -> None:
    async def check() -> None:
        async with server(WaitingClients(100)) as connected:
            reader, writer = await connected(HALF_BODY)
            writer.write(b"4567890")
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")

    asyncio.run(check())
