"""Runs the app with uvicorn, reachable from this machine only unless told otherwise."""

import asyncio
import gc
import importlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from starlette.types import ASGIApp, Scope

from app.loading_app import Loaded, LoadingApp
from app.login import check_login
from app.opened_workspace import WORKSPACE_VARIABLE, is_new, opened_workspace
from app.own_pages import OwnPages, own_names
from app.queries.exposure import exposure_warning
from app.streamlit_files import StreamlitFiles
from core.child_processes import own_command, own_environment
from core.errors import TelltaleError
from core.settings.server import ServerSettings

_FIRST_PAGE_S = 3.0  # until then, what the first page does not need would only delay it
_SWITCH_S = 0.0005  # an import that holds Python for the usual 5 ms makes the browser wait as long for each small file


class AddressTakenError(TelltaleError):
    """The port is in use by another program."""


def check_port_is_free(host: str, port: int) -> None:
    """Raises AddressTakenError where host and port cannot be listened on."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise AddressTakenError(
            f"Port {port} on {host} cannot be used ({error.strerror}); name another one with --port."
        ) from error


@dataclass(slots=True)
class _Running:
    """The server of this process, if `serve` runs one, and whether a new one is to follow it."""

    server: Any = None  # a uvicorn.Server, which is imported only where it runs
    again: bool = False


_RUNNING = _Running()


def can_restart() -> bool:
    """Whether this process serves the app by `serve`; under `streamlit run` it does not."""
    return _RUNNING.server is not None


def as_served(settings: ServerSettings) -> ServerSettings:
    """The settings with the host and port on which this process listens: `--host` and `--port` come before the file."""
    if _RUNNING.server is None:
        return settings
    listening = _RUNNING.server.config
    return settings.model_copy(update={"host": listening.host, "port": listening.port})


def restart() -> None:
    """Ends the server once its requests are answered, and starts it again; open pages then connect anew.

    Call it only if `can_restart`. Jobs run in processes of their own and go on.
    """
    _RUNNING.again = True
    _RUNNING.server.should_exit = True


def serve_afresh(workspace_root: Path, port: int | None = None, host: str | None = None) -> NoReturn:
    """Replaces this process by one that serves the app: after training, this one holds torch, which the app never
    loads; after a change of settings, old ones.
    """
    command = own_command("app", "serve", "--workspace", str(workspace_root))
    if port is not None:
        command += ["--port", str(port)]
    if host is not None:
        command += ["--host", host]
    sys.stdout.flush()
    os.execve(sys.executable, command, own_environment())  # noqa: S606  # our own program with our own arguments; no shell is wanted


def serve(workspace_root: Path, host: str | None = None, port: int | None = None) -> None:
    """Serves until interrupted or restarted; prints the address once it answers, before the app is imported.

    Raises AddressTakenError, WorkspaceError or SettingsError before anything is served.
    """
    made_now = ", new, empty" if is_new(workspace_root) else ""  # a mistyped --workspace would look like lost work
    workspace = opened_workspace(workspace_root).workspace
    check_login(workspace)
    workspace.signing_key()  # refused before anything is served
    settings = workspace.settings.server
    given_host, given_port = host, port
    host, port = host or settings.host, port or settings.port
    check_port_is_free(host, port)
    if warning := exposure_warning(host, settings):
        print(warning, file=sys.stderr, flush=True)
    os.environ[WORKSPACE_VARIABLE] = str(workspace_root)

    import uvicorn

    from app.waiting_clients import WaitingClients, most_waiting, patient_protocol

    class AnnouncingServer(uvicorn.Server):
        """Prints its address once it accepts requests."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host  # noqa: S104  # compared, not bound
                print(
                    f"Telltale answers at http://{shown}:{port} "
                    f"(workspace {workspace_root}{made_now}); Ctrl+C stops it.",
                    flush=True,
                )

    failures: list[Exception] = []

    def failed(error: Exception) -> None:
        failures.append(error)
        server.should_exit = True

    config = uvicorn.Config(
        application(_load, failed, host),
        host=host,
        port=port,
        http=patient_protocol(WaitingClients(most_waiting())),
        access_log=False,
        log_level="warning",
        ws_max_size=64 * 2**20,
        timeout_graceful_shutdown=2,  # open pages must not delay Ctrl+C
    )
    server = AnnouncingServer(config)
    _RUNNING.server = server
    try:
        asyncio.run(server.serve())
    except KeyboardInterrupt:
        return
    for error in failures:
        raise error
    if _RUNNING.again:
        serve_afresh(workspace_root, given_port, given_host)


def application(load: Callable[[], Loaded], failed: Callable[[Exception], None], host: str) -> ASGIApp:
    """All that is served: the app that `load` gives, the files of its page, and before them the check who asks.

    `host`: where it listens. The settings are those of the workspace that is open.
    """

    def names(scope: Scope) -> frozenset[str]:
        return own_names(host, opened_workspace().workspace.settings.server.names, scope)

    return OwnPages(LoadingApp(load, StreamlitFiles, failed), names)


def _load() -> Loaded:
    """Imports the app while the browser fetches the page's files; some seconds later, what other pages need."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        from app.main import app
    finally:
        sys.setswitchinterval(usual_s)
    later = threading.Timer(_FIRST_PAGE_S, _make_ready)
    later.daemon = True
    later.start()
    return app


def _make_ready() -> None:
    """Says where settings and database disagree, imports what charts need, and freezes the objects loaded so far.

    The garbage collector would otherwise scan them during each page: half of a page's time at 100,000 clips.
    """
    from app.queries.taxonomy_findings import findings

    for sentence in findings(opened_workspace()):
        print(sentence, file=sys.stderr, flush=True)
    importlib.import_module("app.charts.figures")
    gc.collect()
    gc.freeze()
