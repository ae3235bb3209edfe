"""`telltale serve` in a process that a benchmark starts, measures and kills."""

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.child_processes import own_command, own_environment
from core.errors import TelltaleError

PATIENCE_S = 120.0
_KIB = 1024


class ServerError(TelltaleError):
    """The server of a benchmark did not start or ended early."""


class Server:
    """The app on a workspace; restarts use the same port."""

    def __init__(self, workspace: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.url = f"http://localhost:{self._port}"
        self._workspace = workspace
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Starts it and returns the seconds until it answered. Raises ServerError with what it printed."""
        began_s = time.monotonic()
        command = own_command("app", "serve", "--workspace", str(self._workspace), "--port", str(self._port))
        with self._log.open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=own_environment())  # noqa: S603  # ours
        self._process = process
        while time.monotonic() - began_s < PATIENCE_S and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=PATIENCE_S):  # noqa: S310  # our own http address
                    return time.monotonic() - began_s
            except urllib.error.URLError:
                time.sleep(0.02)
        self.stop()
        raise ServerError(f"The app did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def resident_mib(self) -> float:
        """Resident memory of the process in MiB."""
        pid = self._running().pid
        printed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)  # noqa: S603, S607  # ps alone
        return int(printed.stdout) / _KIB

    def kill(self) -> None:
        """kill -9."""
        process = self._running()
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Asks the process to end and waits for it."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            raise ServerError("The app of this bench does not run.")
        return self._process


@contextmanager
def serving(workspace: Path, log: Path) -> Iterator[Server]:
    """A server that the block starts by `start`; it is stopped at the end of the block."""
    server = Server(workspace, log)
    try:
        yield server
    finally:
        server.stop()
