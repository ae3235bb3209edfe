"""What is asked of a `.zip` of unknown origin before its contents are read."""

import zipfile
from typing import IO

__all__ = ["UNPACKED", "directory_bytes"]

UNPACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The packings that are read; the others unpack without a bound, or into 4 GiB."""


def directory_bytes(file: IO[bytes]) -> int:
    """The size of the list of entries, which zipfile reads at once, some kilobyte each; 0 for what is no `.zip`."""
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # its public functions read the directory
    return int(end[zipfile._ECD_SIZE]) if end else 0  # type: ignore[attr-defined]
