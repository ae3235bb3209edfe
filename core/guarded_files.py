"""Opening files that somebody else may have made: regular files only, of bounded size, within the folder that was given.

A device or a FIFO under a file's name would be read for ever, a link or `../` in a name would lead to a file that nobody
handed in. Every error here is an OSError whose `strerror` says why in words, so that a caller who handles a file that
cannot be read handles these too.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["inside", "open_regular", "read_bounded", "read_descriptor", "reason_of"]

MIB = 2**20
# Without O_NONBLOCK, opening a FIFO waits for somebody to write to it. On Windows, files are text without O_BINARY.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a FIFO, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)
_LONGEST_READ = 2**30


def open_descriptor(path: str | Path, *, follow_link: bool = True) -> int:
    """A descriptor of a regular file, opened for reading; the caller closes it. Raises OSError for anything else."""
    try:
        descriptor = os.open(path, _FLAGS if follow_link else _FLAGS | _NO_LINK)
    except ValueError as error:  # a NUL in the name, or a character that no file name has
        raise OSError(errno.EINVAL, "it has no name that a file can have", str(path)) from error
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.EINVAL, "it is a socket, not a file", str(path)) from error
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "it is no regular file")
        raise OSError(errno.EINVAL, kind, str(path))
    return descriptor


def open_regular(path: Path) -> BinaryIO:
    """A regular file, opened for reading in binary. Raises OSError for anything else."""
    return os.fdopen(open_descriptor(path), "rb")


def read_descriptor(descriptor: int, most_bytes: int) -> bytes:
    """All that is left of an open file. Raises OSError if it is more than `most_bytes`."""
    size = os.fstat(descriptor).st_size
    if size > most_bytes:
        raise _too_large(most_bytes)
    data = os.read(descriptor, size + 1)
    parts = [data]
    held = len(data)
    while data and held < size + 1:  # a read may give less than was asked for
        data = os.read(descriptor, min(size + 1 - held, _LONGEST_READ))
        parts.append(data)
        held += len(data)
    if held > size:
        raise OSError(errno.EBUSY, "it grows while it is read")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_bounded(path: str | Path, most_bytes: int, *, follow_link: bool = True) -> bytes:
    """The content of a regular file. Raises OSError for anything else, or if it is larger than `most_bytes`."""
    descriptor = open_descriptor(path, follow_link=follow_link)
    try:
        return read_descriptor(descriptor, most_bytes)
    finally:
        os.close(descriptor)


def inside(folder: Path, name: str | Path) -> Path:
    """The path called `name` in `folder`, all links resolved; it need not exist.

    For every name that comes from a table, a manifest, an archive or a JSON file. Raises OSError if it lies outside
    `folder`: by `..`, as an absolute path, or by a link.
    """
    try:
        root = folder.resolve()
        found = (root / name).resolve()
    except (ValueError, RuntimeError) as error:  # a NUL in the name; links in a circle
        raise OSError(errno.EINVAL, "it has no name that a file can have", str(name)) from error
    if not found.is_relative_to(root):
        raise OSError(errno.EPERM, f"it lies outside the folder {folder}", str(name))
    return found


def reason_of(error: Exception) -> str:
    """Why a file could not be read, in words that follow a colon."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _too_large(most_bytes: int) -> OSError:
    size = f"{most_bytes // MIB} MiB" if most_bytes >= MIB else f"{most_bytes:,} bytes"
    return OSError(errno.EFBIG, f"it is larger than {size}")
