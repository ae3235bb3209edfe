"""How Telltale starts processes of its own code, the same way in a checkout and where it is installed from a wheel.

An installed Telltale's folders are on nobody's path but that of the command `telltale`, so a child must be told where they are.
"""

import os
import sys
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[1]
"""The folder in which `app`, `core`, `db` and the rest lie: the checkout, or `telltale` in site-packages."""


def own_command(module: str, *arguments: str) -> list[str]:
    """This interpreter and one of our modules; `-P`: a folder `app` where the user happens to stand is not ours."""
    return [sys.executable, "-P", "-m", module, *arguments]


def own_environment(**more: str) -> dict[str, str]:
    """This process's environment and the variables of `more`, with our folders first on the path of imports."""
    search_path = os.pathsep.join(filter(None, (str(SOURCE_ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": search_path, **more}
