"""The server while the app is still being imported."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from app.loading_app import Loaded, LoadingApp
from app.streamlit_files import StreamlitFiles


class SlowApp:
    """Stands for the app: answers "page" everywhere, and notes that it was started and stopped."""

    def __init__(self) -> None:
        self.may_load = threading.Event()
        self.lived: list[str] = []
        self._app = Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("page"))])

    def load(self) -> Loaded:
        self.may_load.wait()
        return self

    def lifespan(self) -> Callable[[Any], AbstractAsyncContextManager[None]]:
        @asynccontextmanager
        async def live(_: Any) -> AsyncIterator[None]:
            self.lived.append("started")
            yield
            self.lived.append("stopped")

        return live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


@asynccontextmanager
async def served(app: LoadingApp) -> AsyncIterator[httpx.AsyncClient]:
    told: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    living = asyncio.create_task(app({"type": "lifespan"}, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    assert (await said.get())["type"] == "lifespan.startup.complete"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
        yield client
    await told.put({"type": "lifespan.shutdown"})
    await living
    assert (await said.get())["type"] == "lifespan.shutdown.complete"


def raised(error: Exception) -> None:
    raise error


def test_files_of_the_page_are_answered_before_the_app_is_there() -> None:
    async def check() -> None:
        slow = SlowApp()
        async with served(LoadingApp(slow.load, StreamlitFiles, raised)) as client:
            assert "modulepreload" in (await client.get("/")).text
            slow.may_load.set()

    asyncio.run(check())


def test_other_requests_wait_for_the_app() -> None:
    async def check() -> None:
        slow = SlowApp()
        async with served(LoadingApp(slow.load, StreamlitFiles, raised)) as client:
            asked = asyncio.create_task(client.get("/_stcore/health"))
            await client.get("/")
            assert not asked.done()
            slow.may_load.set()
            assert (await asked).text == "page"

    asyncio.run(check())


def test_the_app_is_started_and_stopped_with_the_server() -> None:
    slow = SlowApp()
    slow.may_load.set()

    async def check() -> None:
        async with served(LoadingApp(slow.load, StreamlitFiles, raised)) as client:
            await client.get("/_stcore/health")
            assert slow.lived == ["started"]

    asyncio.run(check())
    assert slow.lived == ["started", "stopped"]


def test_what_keeps_the_app_from_loading_is_told() -> None:
    def load() -> Loaded:
        raise ModuleNotFoundError("No module named 'streamlit'")

    met: list[Exception] = []

    async def check() -> None:
        async with served(LoadingApp(load, StreamlitFiles, met.append)) as client:
            with pytest.raises(asyncio.CancelledError):
                await client.get("/_stcore/health")

    asyncio.run(check())
    assert [str(error) for error in met] == ["No module named 'streamlit'"]
