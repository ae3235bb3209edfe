"""Reading all frames of a clip from one file, in bounded memory. Three forms:

- .json, a list of OpenPose's frame objects: [{"version": 1.3, "people": [...]}, ...]; the first is frame 0
- .json, an object of frame files by name: {"clip_000000000000_keypoints.json": {"people": [...]}, ...}; the name may
  lack its suffix, or be only the frame's number
- .jsonl (or any other .json), one frame object per line; the first line is frame 0, an empty line a frame without key points
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from core.pose.openpose.frame import UnreadableFileError
from core.pose.openpose.frame_source import Frame, FrameSource
from core.pose.openpose.limits import MAX_FRAME_BYTES, Allowance

JSON_SUFFIXES = (".json", ".jsonl")

_BLOCK_BYTES = 2**20
_MAX_MARKS = 100_000  # brackets and texts of a frame; 1,000 people have 20,000
_MAX_DEPTH = 64  # of brackets; OpenPose's frames in a list are 4 deep
_FRAME_KEY = re.compile(rb"(?:^|_)(\d{1,12})(?:_keypoints)?(?:\.json)?$")
_FIRST_KEY = re.compile(rb'\{\s*"([^"\\]*)"\s*:')
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_OUTER = re.compile(rb'["\[\]{}:,]')
_INNER = re.compile(rb'["\[\]{}]')  # commas are skipped, as there are thousands between numbers
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _BrokenError(Exception):
    """Reading cannot continue; the message is the reason, to be appended after a colon."""


def json_frames(source: FrameSource, file: BinaryIO) -> Iterator[Frame]:
    """Yields the frames of the open file; a frame with invalid JSON does not end the reading.

    Raises KeypointError if there are none, ExhaustedError beyond the source's allowance.
    """
    beginning = file.read(_BLOCK_BYTES).removeprefix(_BYTE_ORDER_MARK).lstrip()
    file.seek(0)
    first_key = _FIRST_KEY.match(beginning)
    try:
        if source.path.suffix.lower() == ".jsonl" or not beginning:
            yield from _lines(source, file)
        elif beginning.startswith(b"["):
            yield from _listed(source, file)
        elif first_key is not None and _FRAME_KEY.search(first_key[1]):
            yield from _named(source, file)
        else:
            yield from _lines(source, file)
    except _BrokenError as problem:
        source.damage = str(problem)
    source.refuse_empty()


def _lines(source: FrameSource, file: BinaryIO) -> Iterator[Frame]:
    number = -1
    while line := file.readline(MAX_FRAME_BYTES + 1):
        number += 1
        source.allowance.take(len(line))
        content: bytes | UnreadableFileError = line.removeprefix(_BYTE_ORDER_MARK) if number == 0 else line
        if len(line) > MAX_FRAME_BYTES:
            content = UnreadableFileError(f"it is larger than {MAX_FRAME_BYTES // 2**20} MiB")
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_FRAME_BYTES)
                source.allowance.take(len(line))
        if isinstance(content, bytes) and not content.strip():
            continue
        yield _frame(source, number, f"line {number + 1} of {source.path.name}", content)


def _listed(source: FrameSource, file: BinaryIO) -> Iterator[Frame]:
    for number, (_, content) in enumerate(_items(file, source.allowance)):
        yield _frame(source, number, f"frame {number} of {source.path.name}", content)


def _named(source: FrameSource, file: BinaryIO) -> Iterator[Frame]:
    for key, content in _items(file, source.allowance):
        name = key.decode("utf-8", errors="replace")
        match = _FRAME_KEY.search(key)
        if match is None:
            source.ignore(name)
        else:
            yield _frame(source, int(match[1]), name, content)


def _frame(source: FrameSource, number: int, name: str, content: bytes | UnreadableFileError) -> Frame:
    number -= source.first
    source.refuse_beyond_video(number, name)
    source.add(number, name)
    return Frame(number, name, content)


def _items(file: BinaryIO, allowance: Allowance) -> Iterator[tuple[bytes, bytes]]:
    """Yields key (empty in a list) and raw value of each item of the outermost list or object. Raises _BrokenError.

    Only brackets and strings are parsed, so that an item with invalid JSON inside its brackets does not end the reading.
    """
    data = file.read(_BLOCK_BYTES)
    allowance.take(len(data))
    at = start = len(data) - len(data.removeprefix(_BYTE_ORDER_MARK).lstrip()) + 1
    depth, key, marks = 1, b"", 0
    while True:
        mark = (_OUTER if depth == 1 else _INNER).search(data, at)
        string = _STRING.match(data, mark.start()) if mark and mark[0] == b'"' else None
        if mark is None or (mark[0] == b'"' and string is None):
            block = file.read(_BLOCK_BYTES)
            allowance.take(len(block))
            if not block:
                raise _BrokenError("it ends in the middle")
            if len(data) - start > MAX_FRAME_BYTES:
                raise _BrokenError(f"it holds a frame larger than {MAX_FRAME_BYTES // 2**20} MiB")
            at = (mark.start() if mark else len(data)) - start
            data, start = data[start:] + block, 0
            continue
        marks += 1
        if marks > _MAX_MARKS:
            raise _BrokenError(f"it holds a frame of more than {_MAX_MARKS:,} brackets and texts")
        at = string.end() if string else mark.end()
        if mark[0] == b"[" and (end := _end_of_numbers(data, at)):
            at = end
        elif mark[0] in b"[{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise _BrokenError(f"its brackets are more than {_MAX_DEPTH} deep")
        elif mark[0] in b"]}":
            depth -= 1
        if (depth == 1 and mark[0] == b",") or depth == 0:
            value = data[start : mark.start()].strip()
            if value or key or depth == 1:
                yield key, value
            start, key, marks = at, b"", 0
        elif depth == 1 and mark[0] == b":":
            key, start = data[start : mark.start()].strip().strip(b'"'), at
        if depth == 0:
            return


def _end_of_numbers(data: bytes, at: int) -> int:
    """The end of the list that begins at `at`, if it holds no lists, objects or strings; else 0."""
    end = data.find(b"]", at)
    nested = end < 0 or any(data.find(mark, at, end) >= 0 for mark in (b'"', b"[", b"{"))
    return 0 if nested else end + 1
