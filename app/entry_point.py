"""What the command `telltale` starts; where Telltale is installed, this file is `telltale/__init__.py` in site-packages.

`app`, `core`, `db` and the rest lie beside it there, and only Telltale's own processes see them: names as common as these
must stay free for everybody else.
"""

import sys
from pathlib import Path


def main() -> None:
    """Runs one command. In a checkout nothing lies beside the installed file, and the folders are on the path anyway."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from app.cli.main import main as run_command

    run_command()
