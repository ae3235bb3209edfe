"""The command line: `telltale` and `python -m app`.

Commands exit 0, or print one sentence to standard error and exit 1. They are in app.cli and import big libraries
inside their functions, so that --help is fast.
"""

import io
import os
import sys

from app.cli import checking, clip_import, clips, jobs, model_weights, models, serving
from app.cli.shared import app
from app.cli.terminal import tell
from core.child_processes import end_with_make
from core.errors import NotYetError, TelltaleError
from core.machine_faults import storage_error
from core.private_files import PRIVATE_UMASK

app.registered_commands.sort(key=lambda one: getattr(one.callback, "__module__", ""))  # whichever was imported first

__all__ = ["app", "checking", "clip_import", "clips", "jobs", "main", "model_weights", "models", "serving"]

NOT_IN_THIS_VERSION = {
    "export": "Write clips, labels and decisions as parquet, CSV, Label Studio, ELAN or Hugging Face data.",
    "backup": "Copy the workspace into one file.",
    "restore": "Bring a workspace back from a backup.",
    "purge": "Withdraw the consent of a subject: remove all that is theirs, leave a tombstone.",
}


def _not_yet(name: str, what: str) -> None:
    def command() -> None:
        raise NotYetError(f"telltale {name} is part of the design but not in this version.")

    app.command(
        name,
        help=f"(not in this version) {what}",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(command)


for _name, _what in NOT_IN_THIS_VERSION.items():
    _not_yet(_name, _what)


_AFTER_CTRL_C = 130


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits: 0, 1 with one sentence, 2 for a wrong use, 130 after Ctrl+C."""
    os.umask(PRIVATE_UMASK)  # whatever a command writes is of a study, also where its user wants it elsewhere
    end_with_make()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that is not UTF-8, or that the terminal cannot show
    try:
        app(arguments, prog_name="telltale")
    except TelltaleError as error:
        tell(error, on_error=True)
        sys.exit(1)
    except Exception as error:
        told = storage_error(error)
        if told is None:
            raise
        tell(told, on_error=True)
        sys.exit(1)
    except KeyboardInterrupt:
        _stopped()
    except SystemExit as ended:  # Typer makes Ctrl+C one of these
        if ended.code == _AFTER_CTRL_C:
            _stopped()
        raise


def _stopped() -> None:
    tell("Stopped.", on_error=True)
    sys.exit(_AFTER_CTRL_C)
