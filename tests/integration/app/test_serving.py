"""`telltale serve` as a process: it answers where it says, on this machine alone."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import open_workspace
from db.engine import open_database


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serving(workspace: Path, port: int, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--workspace", str(workspace), "--port", str(port), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    process = serving(tmp_path / "study", port)
    yield process
    process.kill()
    process.communicate()


def test_the_printed_address_answers(server: "subprocess.Popen[str]", port: int) -> None:
    assert server.stdout is not None
    line = server.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found is not None, line
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.status == 200
    assert found.group() == f"http://localhost:{port}"


def test_serving_a_folder_that_is_no_workspace_says_new_and_empty(
    server: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert server.stdout is not None
    assert f"(workspace {tmp_path / 'study'}, new, empty)" in server.stdout.readline()


def test_serving_a_workspace_does_not_call_it_new(tmp_path: Path, port: int) -> None:
    open_database(open_workspace(tmp_path)).dispose()
    process = serving(tmp_path, port)
    try:
        assert process.stdout is not None
        assert f"(workspace {tmp_path});" in process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def test_it_listens_on_this_machine_alone(server: "subprocess.Popen[str]", port: int) -> None:
    assert server.stdout is not None
    server.stdout.readline()
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    addresses = re.findall(rf": ([0-9A-F]{{8}}):{port:04X} 00000000:0000 0A", listening)
    assert addresses == ["0100007F"]


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False)])
def test_serving_the_network_without_a_login_is_warned_of(
    tmp_path: Path, port: int, host: str, *, warned: bool
) -> None:
    process = serving(tmp_path / "study", port, "--host", host)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    _, told = process.communicate()
    assert ("there is no login" in told) is warned


def test_an_interrupt_ends_it_without_a_traceback(server: "subprocess.Popen[str]") -> None:
    assert server.stdout is not None
    server.stdout.readline()
    os.kill(server.pid, signal.SIGINT)
    _, told = server.communicate()
    assert "Traceback" not in told


def test_a_taken_port_is_one_sentence(tmp_path: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        process = serving(tmp_path / "study", port)
        _, told = process.communicate()
    assert process.returncode == 1
    assert told.startswith(f"Port {port} on 127.0.0.1 cannot be used")
    assert told.count("\n") == 1


def test_a_wrong_settings_file_is_one_sentence(tmp_path: Path, port: int) -> None:
    (tmp_path / "telltale.toml").write_text("[review]\nmoed = 'blind'\n", encoding="utf-8")
    process = serving(tmp_path, port)
    _, told = process.communicate()
    assert process.returncode == 1
    assert "review.moed" in told
    assert told.count("\n") == 1


def test_serving_afresh_leaves_what_the_program_had_loaded(tmp_path: Path, port: int) -> None:
    script = (
        "from pathlib import Path; import torch; from app.serve import serve_afresh; "
        f"serve_afresh(Path({str(tmp_path)!r}), {port})"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert f"http://localhost:{port}" in process.stdout.readline()
        assert "torch" not in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.long  # two starts of the app
def test_a_restart_answers_again_at_the_same_port_in_the_same_process(tmp_path: Path, port: int) -> None:
    script = (
        "import threading, time; from pathlib import Path; from app import serve\n"
        "def once_it_answers():\n"
        "    while not (serve.can_restart() and serve._RUNNING.server.started): time.sleep(0.05)\n"
        "    serve.restart()\n"
        "threading.Thread(target=once_it_answers, daemon=True).start()\n"
        f"serve.serve(Path({str(tmp_path)!r}), port={port})"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        assert all(f"http://localhost:{port}" in line for line in lines)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200
    finally:
        process.kill()
        process.communicate()
