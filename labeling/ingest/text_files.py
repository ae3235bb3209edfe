"""Reading text that people wrote or exported: tables, transcripts, lists of ids."""

import codecs
from pathlib import Path

from core.errors import InputError
from core.guarded_files import open_regular

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT = 4096  # bytes checked for UTF-16 without a mark: in European text every second byte is zero


def read_text(path: Path, error: type[InputError], most_bytes: int, *, utf16: bool = True) -> str:
    r"""The text of a UTF-8 file, or also of a UTF-16 one, without a byte-order mark, line ends as `\n`.

    Raises `error`, one sentence naming the file, if it cannot be read, is larger than `most_bytes`, or is no text.
    """
    try:
        if not path.is_file():  # a pipe would be waited for
            path.stat()
            raise error(f"{path.name} is not a file.")
        with open_regular(path) as file:
            data = file.read(most_bytes + 1)
    except OSError as problem:
        raise error(f"{path.name} cannot be read: {problem.strerror}.") from problem
    if len(data) > most_bytes:
        raise error(f"{path.name} is larger than {most_bytes // 2**20} MiB, which is more than a study has to say.")
    no_text = error(f"{path.name} is {'neither UTF-8 nor UTF-16' if utf16 else 'not UTF-8'} text.")
    try:
        text = data.decode(_encoding(data) if utf16 else "utf-8-sig")
    except UnicodeDecodeError as problem:
        raise no_text from problem
    if "\0" in text:
        raise no_text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding(data: bytes) -> str:
    if data.startswith(_UTF16):
        return "utf-16"
    first = data[:_LOOKED_AT]
    if b"\0" not in first:
        return "utf-8-sig"
    return "utf-16-le" if first[1::2].count(0) >= first[0::2].count(0) else "utf-16-be"
