"""Answers while the app is still being imported: the browser fetches the page's files meanwhile, the rest waits."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send


class Loaded(Protocol):
    """The part of `st.App` that is used."""

    def lifespan(self) -> Callable[[Any], AbstractAsyncContextManager[None]]: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class LoadingApp:
    """An ASGI application that calls `load` in a thread when the server starts, and `failed` where that raises.

    Requests wait until it is there; those for files that `early` answers do not.
    """

    def __init__(
        self, load: Callable[[], Loaded], early: Callable[[ASGIApp], ASGIApp], failed: Callable[[Exception], None]
    ) -> None:
        self._load = load
        self._failed = failed
        self._answer = early(self._when_loaded)
        self._stopping = asyncio.Event()
        self._app: asyncio.Future[Loaded]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _when_loaded(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await asyncio.shield(self._app))(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._app = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(self._run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._stopping.set()
        await running
        await send({"type": "lifespan.shutdown.complete"})

    async def _run(self) -> None:
        try:
            app = await asyncio.to_thread(self._load)
            async with app.lifespan()(app):
                self._app.set_result(app)
                await self._stopping.wait()
        except Exception as error:  # whatever it is, the command ends with it
            self._app.cancel()
            self._failed(error)
