"""Whether a picture or video file is there and whole, told from a few of its bytes, so that 100,000 take seconds."""

import struct
from pathlib import Path
from typing import BinaryIO

from core.guarded_files import open_regular, reason_of

_ISO = frozenset({".mp4", ".mov", ".m4v"})
_LONGEST_WALK = 10_000  # boxes of one file


def why_not_whole(path: Path) -> str:
    """Why the file cannot be used, in words that follow its name; "" if it looks whole.

    JPEG, MP4 and MOV are looked into; of other formats, only the size is.
    """
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            if not size:
                return "is empty"
            if path.suffix.lower() in {".jpg", ".jpeg"}:
                return "" if _is_whole_jpeg(file) else "is cut or no picture"
            if path.suffix.lower() in _ISO:
                return _why_not_whole_iso(file, size)
            return ""
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({reason_of(error)})"


def _is_whole_jpeg(file: BinaryIO) -> bool:
    file.seek(0)
    begins = file.read(2)
    file.seek(-2, 2)
    return begins == b"\xff\xd8" and file.read(2) == b"\xff\xd9"


def _why_not_whole_iso(file: BinaryIO, size: int) -> str:
    """Walks the boxes of the top level (ISO/IEC 14496-12): each must end within the file, and one must describe the video."""
    place, described = 0, False
    for _box in range(_LONGEST_WALK):
        if place == size:
            break
        file.seek(place)
        header = file.read(16)
        if len(header) < 8:
            return "is cut"
        length, kind = struct.unpack(">I4s", header[:8])
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:])[0]
        if length == 0:  # to the end of the file
            length = size - place
        if length < 8 or not kind.isascii():
            return "is damaged"
        if place + length > size:
            return "is cut"
        described |= kind == b"moov"
        place += length
    return "" if described else "is cut: it does not say what it holds"
