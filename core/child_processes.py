"""Starting Python processes that run Telltale's own modules, from a checkout or an installed wheel.

In a wheel, only the command `telltale` has the package's folders on its import path, so a child process must be given them.
"""

import os
import sys
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds `app`, `core`, `db` and the rest: the checkout, or `telltale` in site-packages."""


def own_command(module: str, *arguments: str) -> list[str]:
    """The command that runs one of Telltale's modules; `-P` keeps a folder `app` in the working directory from shadowing ours."""
    return [sys.executable, "-P", "-m", module, *arguments]


def own_environment(**more: str) -> dict[str, str]:
    """This process's environment and the variables of `more`, with Telltale's folders first in PYTHONPATH."""
    search_path = os.pathsep.join(filter(None, (str(SOURCE_ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": search_path, **more}
