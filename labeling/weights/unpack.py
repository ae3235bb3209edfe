"""Taking one file out of a .zip of known name, within bounds."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.durable_files import replacing
from core.errors import DownloadError
from core.guarded_zips import UNPACKED, directory_bytes
from core.progress import Progress
from labeling.weights.catalog import Member
from labeling.weights.download import digest_of

_BLOCK = 2**20
_MOST_DIRECTORY_BYTES = 2**20
_ROUGH_FACTOR = 2


def unpack(archive: Path, member: Member, target: Path, progress: Progress) -> str:
    """Writes the only file of the archive whose name ends with the member's to `target`; returns its hex SHA-256.

    Raises DownloadError if the archive is none, has no such file or several, or holds other bytes than were published.
    """
    try:
        with archive.open("rb") as file:
            if directory_bytes(file) > _MOST_DIRECTORY_BYTES:
                raise DownloadError(f"{target.name}: the archive that was fetched lists too many files.")
            with zipfile.ZipFile(file) as opened, replacing(target) as partial:
                with opened.open(_entry(opened, member, target)) as source, partial.open("wb") as copy:
                    for block in _bounded(source, member, target):
                        progress.raise_if_cancelled()
                        copy.write(block)
                found = digest_of(partial, progress.raise_if_cancelled)
                if member.sha256 not in (None, found):
                    raise DownloadError(f"{target.name}: the {member.name} of the archive is not the publisher's.")
                return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DownloadError(f"{target.name}: the archive that was fetched cannot be unpacked ({error}).") from error


def _entry(opened: zipfile.ZipFile, member: Member, target: Path) -> zipfile.ZipInfo:
    found = [one for one in opened.infolist() if Path(one.filename).name == member.name and not one.is_dir()]
    if len(found) != 1:
        raise DownloadError(f"{target.name}: the archive that was fetched has {len(found)} files named {member.name}.")
    if found[0].compress_type not in UNPACKED:
        raise DownloadError(f"{target.name}: {member.name} is packed in a way that is not read.")
    return found[0]


def _bounded(source: IO[bytes], member: Member, target: Path) -> Iterator[bytes]:
    """The blocks of a file of the archive, as long as it is not larger than it can be."""
    most = member.size if member.sha256 else _ROUGH_FACTOR * member.size
    read = 0
    while block := source.read(_BLOCK):
        read += len(block)
        if read > most:
            raise DownloadError(f"{target.name}: {member.name} of the archive is larger than {most:,} bytes.")
        yield block
