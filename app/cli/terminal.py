"""Output of the commands: a progress bar on terminals, tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from core.printable import printable
from core.progress import Progress, SilentProgress


class BarProgress:
    """Shows progress as a bar on standard error."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (BarColumn(bar_width=30), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
        self.drawn = RichProgress(
            *columns, TextColumn("{task.description}", markup=False), console=Console(stderr=True)
        )
        self._task = self.drawn.add_task("", total=1.0)

    def report(self, fraction: float, message: str) -> None:
        """Moves the bar."""
        self.drawn.update(self._task, completed=fraction, description=printable(message))

    def raise_if_cancelled(self) -> None:
        """Does nothing: Ctrl+C cancels a command."""


@contextmanager
def shown_progress(as_json: bool) -> Iterator[Progress]:
    """A bar on a terminal; silent in pipes and with `--json`."""
    if as_json or not sys.stderr.isatty():
        yield SilentProgress()
        return
    bar = BarProgress()
    with bar.drawn:
        yield bar


def tell(text: object = "", *, on_error: bool = False) -> None:
    """Prints lines in which nothing steers the terminal; `on_error`: on standard error. Every command prints by this."""
    lines = [printable(line) for line in str(text).split("\n")]
    print("\n".join(lines), file=sys.stderr if on_error else sys.stdout, flush=True)


def print_json(value: Any) -> None:
    """Prints one JSON document on standard output; what a terminal would obey is escaped as JSON escapes it."""
    written = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    print("".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in written))


def print_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Prints columns as wide as their contents; lines are never wrapped or cut, so that they can be copied and
    searched.
    """
    cells = [[printable(str(cell)) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for number, row in enumerate(cells):
        tell("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            tell("  ".join("-" * width for width in widths))


def print_facts(facts: Mapping[str, Any], indent: int = 0) -> None:
    """Prints one fact per line, nested ones indented."""
    for key, value in facts.items():
        name = " " * indent + str(key).replace("_", " ")
        if isinstance(value, Mapping) and value:
            tell(name)
            print_facts(value, indent + 2)
        elif isinstance(value, Mapping) or value == []:
            tell(f"{name}: none")
        elif isinstance(value, list) and isinstance(value[0], Mapping):
            tell(name)
            for item in value:
                tell(" " * (indent + 2) + ", ".join(f"{part} {item[part]}" for part in item))
        elif isinstance(value, list):
            tell(f"{name}: {'; '.join(str(item) for item in value)}")
        else:
            tell(f"{name}: {value}")
