"""A .tar or .tar.gz as a stream that tarfile reads forward, each byte counted against an allowance.

tarfile's own streams unpack whatever they are given: gigabytes to pass over one entry, or into memory for a long name.
"""

import zlib
from typing import BinaryIO

from core.pose.openpose.limits import MAX_FRAME_BYTES, Allowance, ExhaustedError

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_BLOCK_BYTES = 2**16


class TarStream:
    """The part of a file that tarfile needs: `read`, `tell` and `seek` forward.

    Raises ExhaustedError beyond the allowance, zlib.error, EOFError or OSError for what is damaged.
    """

    def __init__(self, file: BinaryIO, allowance: Allowance) -> None:
        self._file = file
        self._allowance = allowance
        self._unpacked = b""
        self._position = 0
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        self._gzip = zlib.decompressobj(_GZIP_WINDOW) if packed else None
        self._packed = b""

    def tell(self) -> int:
        """The position in the unpacked stream."""
        return self._position

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end."""
        if size > MAX_FRAME_BYTES:
            raise ExhaustedError("an entry's name or header is larger than any can be")
        data = self._file.read(size) if self._gzip is None else self._unpack(size)
        self._allowance.take(len(data))
        self._position += len(data)
        return data

    def seek(self, position: int) -> int:
        """Goes forward to a position, or to the end if it lies before."""
        if position < self._position:
            raise OSError("its entries overlap")
        if self._gzip is None:
            self._allowance.check_time()
            self._position = self._file.seek(position)
        while self._position < position and self.read(min(position - self._position, _BLOCK_BYTES)):
            continue
        return self._position

    def _unpack(self, size: int) -> bytes:
        parts = [self._unpacked[:size]]
        held = len(parts[0])
        self._unpacked = self._unpacked[held:]
        while held < size:
            block = self._next_block()
            if not block:
                break
            parts.append(block[: size - held])
            self._unpacked = block[size - held :]
            held += len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _next_block(self) -> bytes:
        """The next unpacked bytes, at most `_BLOCK_BYTES`; none at the end. Raises EOFError where the file is cut."""
        while True:
            assert self._gzip is not None
            if self._gzip.eof:  # another part may follow, as of files that were appended
                self._allowance.check_time()
                self._packed = self._gzip.unused_data or self._file.read(_BLOCK_BYTES)
                if not self._packed.strip(b"\0"):
                    return b""
                self._gzip = zlib.decompressobj(_GZIP_WINDOW)
            packed = self._packed or self._file.read(_BLOCK_BYTES)
            if not packed:
                raise EOFError("it is cut")
            block = self._gzip.decompress(packed, _BLOCK_BYTES)
            self._packed = self._gzip.unconsumed_tail
            if block:
                return block
