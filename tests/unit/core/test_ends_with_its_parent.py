"""The processes of a pool, and what make started, end with who started them, also after kill -9."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60
POOL = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from core.child_processes import end_with_pool

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), initializer=end_with_pool)
    waiting = [pool.submit(time.sleep, 600) for _ in range(2)]
    while not all(future.running() for future in waiting):
        time.sleep(0.01)
    print("up", flush=True)
    time.sleep(600)
"""
COMMAND = """
import sys, time
from pathlib import Path
from core.child_processes import end_with_make
from core.workspace import open_workspace

end_with_make()
open_workspace(Path(sys.argv[1]))  # which refuses variables that look like settings and are none
print("up", flush=True)
time.sleep(600)
"""


def all_end(process: "subprocess.Popen[str]", number: signal.Signals) -> bool:
    """Whether everything below the process ends when that signal ends it."""
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    below = psutil.Process(process.pid).children(recursive=True)
    assert below
    process.send_signal(number)
    process.wait()
    until_s = time.monotonic() + PATIENCE_S
    while (alive := [one for one in below if works(one)]) and time.monotonic() < until_s:
        time.sleep(0.02)
    for one in alive:
        one.kill()
    process.communicate()
    return not alive


def works(process: psutil.Process) -> bool:
    """Whether it runs; who has ended and is not asked for by anybody, as in a container, does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_processes_of_a_pool_end_with_the_one_that_made_it(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment)
    assert all_end(process, number)


def test_a_command_of_make_ends_with_make(tmp_path: Path) -> None:
    """By the line of our own Makefile."""
    script = tmp_path / "command.py"
    script.write_text(COMMAND)
    (exported,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("demo: export")]
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"{exported}\ndemo:\n\t@{sys.executable} {script} {tmp_path / 'study'}\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = ["make", "-s", "-f", str(makefile), "demo"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert all_end(process, signal.SIGKILL)
