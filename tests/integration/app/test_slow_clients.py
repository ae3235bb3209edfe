"""Clients that begin a request and do not end it, or do not take its answer, keep nobody else waiting."""

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

HALF_HEAD = b"GET /review HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_BODY = (
    b"POST /api/review/decisions HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nContent-Length: 9\r\n\r\n{"
)


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # The limit of open files that many machines give to a program.
    few_files = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"]  # as many machines have it
    command = [*few_files, sys.executable, "-m", "app", "serve", "--workspace", str(folder), "--port", str(port)]
    with (folder.parent / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            assert "answers at" in process.stdout.readline()
            yield port
        finally:
            process.kill()
            process.communicate()


def answered(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": "localhost"})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.long  # a server of its own
def test_six_hundred_half_requests_keep_no_page_waiting(tmp_path: Path) -> None:
    with serving(tmp_path / "study") as port:
        assert answered(port, "/_stcore/health") == 200
        for begun in (b"", HALF_HEAD, HALF_BODY):
            with ExitStack() as held:
                for _ in range(600):
                    client = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
                    client.sendall(begun)
                told = [answered(port, path) for path in ("/", "/review", "/_stcore/health")]
                assert (begun, told) == (begun, [200, 200, 200])
