"""Starting Python processes that run Telltale's own modules, from a checkout or an installed wheel.

In a wheel, only the command `telltale` has the package's folders on its import path, so a child process must be given them.
"""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds `app`, `core`, `db` and the rest: the checkout, or `telltale` in site-packages."""


_LOOK_S = 0.5  # how soon a child follows its parent
_MAKE = "ENDS_WITH_MAKE"


def own_command(module: str, *arguments: str) -> list[str]:
    """The command that runs one of Telltale's modules; `-P` keeps a folder `app` in the working directory from shadowing ours."""
    return [sys.executable, "-P", "-m", module, *arguments]


def own_environment(**more: str) -> dict[str, str]:
    """This process's environment and the variables of `more`, with Telltale's folders first in PYTHONPATH."""
    search_path = os.pathsep.join(filter(None, (str(SOURCE_ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": search_path, **more}


def end_with_pool() -> None:
    """Called first in a process of a pool: ends it when the process that made the pool has ended, in whatever way.

    Without this, `kill` and `kill -9` leave the processes of a pool waiting for work for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        _end_after(parent.join)


def end_with_make() -> None:
    """Ends this process when the `make` that started it has ended; ENDS_WITH_MAKE is its id."""
    parent = os.environ.get(_MAKE, "")
    if parent.isdecimal() and int(parent) == os.getppid():
        _end_after(lambda: _wait_for_end(int(parent)))


def _wait_for_end(parent_pid: int) -> None:
    while os.getppid() == parent_pid:  # who has lost its parent gets another one
        time.sleep(_LOOK_S)


def _end_after(wait: Callable[[], object]) -> None:
    """Nothing is kept back at this end: what counts is written at once."""

    def watch() -> None:
        wait()
        os._exit(1)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()
