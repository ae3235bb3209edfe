"""Entry point of the installed command `telltale`; the wheel contains this file as `telltale/__init__.py`.

The packages `app`, `core`, `db` and so on lie beside it. It adds them to the path of Telltale's own processes only,
because such common names must not be importable by other programs.
"""

import sys
from pathlib import Path


def main() -> None:
    """Runs one command. In a checkout, the folders are on the path already."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from app.cli.main import main as run_command

    run_command()
