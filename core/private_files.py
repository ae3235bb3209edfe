"""Files and folders that only their owner may read: they hold recordings of people, what was said of them, and keys."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

PRIVATE_UMASK = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(folder: Path) -> None:
    """Makes the folder, and those above it as usual, if it is missing. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Makes an empty file if there is none; one that is there keeps its contents. Raises OSError."""
    path.touch(mode=0o600, exist_ok=True)


def shut(paths: Iterable[Path]) -> None:
    """Takes the rights of group and others from what is there and belongs to this user. Raises OSError.

    A link is left, and so is what it leads to: that is not the workspace's own.
    """
    for path in paths:
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        own = hasattr(os, "geteuid") and found.st_uid == os.geteuid()
        if own and not stat.S_ISLNK(found.st_mode) and found.st_mode & _OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
