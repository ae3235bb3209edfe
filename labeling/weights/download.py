"""Fetching one file over HTTP so that it lands whole or not at all, and goes on where it stopped.

What has come lies beside the target as `.NAME.download`, with a note of which version of the file it is part (RFC 9110:
`Range`, `If-Range`, `Content-Range`). It stays after a kill and is used by the next try. No statement of a server is
believed where the catalog knows better.
"""

import hashlib
import json
import shutil
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import httpx

from core.durable_files import replacing
from core.errors import DownloadError
from core.json_files import read_json
from core.progress import Progress
from labeling.weights.catalog import megabytes
from labeling.weights.http_answers import (
    answer_in_words,
    content_length,
    content_range,
    cut_in_words,
    is_packed,
    is_web_page,
    length_beyond,
    marks_its_end,
    validator_of,
    wait_asked_s,
)

_MOST_REDIRECTS = 10
_MOST_RESTARTS = 2
_ROUGH_FACTOR = 2  # a size known roughly may be wrong by it
_ROOM_KEPT = 64 * 2**20  # bytes that stay free on the disk
_STEPS = 20  # messages of the progress for a file, each of which is a line of the job's log
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_ALLOWED = frozenset({401, 403, 451})
_NOT_THERE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is believed in: `tries` with less than `worth_bytes` gained between them, and waits that double.

    A connection that gives fewer than `worth_bytes` in `silence_s` counts as cut: at a drip the work would take years.
    """

    silence_s: float = 30.0
    tries: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    worth_bytes: int = 2**14


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch. `addresses` are tried in order; `headers` has more header fields for some of them.

    `size` in bytes is known roughly if not `exact`; `sha256` in hex is None where it is not known. `not_allowed` says what
    to do where a server wants a login; `called` names the file in sentences, else its own name does.
    """

    addresses: tuple[str, ...]
    target: Path
    size: int
    exact: bool
    sha256: str | None
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_allowed: str = "it wants a login"
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or self.target.name

    @property
    def most_bytes(self) -> int:
        return self.size if self.exact else _ROUGH_FACTOR * self.size

    @property
    def part(self) -> Path:
        return part_of(self.target)

    @property
    def part_note(self) -> Path:
        return self.part.with_name(f"{self.part.name}.json")


@dataclass(frozen=True, slots=True)
class _Version:
    """Of what the part on disk is a part: an address, and the server's validator of the file there."""

    address: str = ""
    validator: str = ""


class _CutError(Exception):
    """The connection ended early, and asking again may help. `counts` as so many tries."""

    def __init__(self, what: str, *, wait_s: float = 0.0, counts: int = 1) -> None:
        super().__init__(what)
        self.wait_s, self.counts = wait_s, counts


class _RefusedError(Exception):
    """This server does not give the file; the text follows its name."""


class _RestartError(Exception):
    """What is on disk is no beginning of what the server has; the text follows its name."""


def part_of(target: Path) -> Path:
    """Where what has come of a file waits."""
    return target.with_name(f".{target.name}.download")


def fetch(wanted: Wanted, progress: Progress, patience: Patience | None = None) -> str:
    """Fetches the file to `wanted.part`, whole and with the right digest; returns its hex SHA-256.

    Nothing is asked of a server if it lies there so already. Raises DownloadError, one sentence that names each server and
    why it did not do, and JobCancelledError; what has come stays for the next try.
    """
    patience = patience or Patience()
    reasons = []
    with _client(patience) as client:
        for address in wanted.addresses:
            try:
                return _Server(wanted, address, client, progress, patience).fetch()
            except _RefusedError as error:
                reasons.append(f"{httpx.URL(address).netloc.decode()}: {error}")
    raise DownloadError(f"{wanted.name} could not be fetched. {'; '.join(reasons)}.")


def discard(wanted: Wanted) -> None:
    """Removes what has come of the file."""
    wanted.part.unlink(missing_ok=True)
    wanted.part_note.unlink(missing_ok=True)


def check_room(folder: Path, needed_bytes: int) -> None:
    """Raises DownloadError if the disk of `folder` has no room for so many bytes and a little more."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes + _ROOM_KEPT:
        raise DownloadError(
            f"The disk of {folder} has {megabytes(free)} free, and {megabytes(needed_bytes)} are needed; make room first."
        )


def digest_of(path: Path, meanwhile: Callable[[], None] = lambda: None) -> str:
    """Hex SHA-256 of a file; `meanwhile` is called between its blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**22):
            digest.update(block)
            meanwhile()
    return digest.hexdigest()


def _client(patience: Patience) -> httpx.Client:
    try:
        return httpx.Client(verify=_certificates(), timeout=patience.silence_s, headers={"User-Agent": "telltale"})
    except (ValueError, httpx.InvalidURL, ImportError) as error:  # of the variables of the environment
        raise DownloadError(f"The proxy that the environment names cannot be used ({error}).") from error


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that this machine trusts; reading them takes longer than a small file."""
    return httpx.create_ssl_context()


class _Server:
    """The tries at one address."""

    def __init__(
        self, wanted: Wanted, address: str, client: httpx.Client, progress: Progress, patience: Patience
    ) -> None:
        self._wanted = wanted
        self._address = address
        self._client = client
        self._progress = progress
        self._patience = patience
        self._whole = wanted.size if wanted.exact else None
        self._is_own = False  # whether all that is on disk came from this server just now
        self._told = ""

    def fetch(self) -> str:
        """Returns the hex SHA-256. Raises _RefusedError."""
        tries, restarts, best = 0, 0, self._size()
        while True:
            try:
                self._go_on()
                return self._checked()
            except _RestartError as error:
                own, restarts = self._is_own, restarts + 1
                self._begin_anew()
                if own and (restarts > _MOST_RESTARTS or self._wanted.sha256 is not None):
                    raise _RefusedError(str(error)) from error
            except _CutError as error:
                worth = self._size() - best >= self._patience.worth_bytes
                best = max(best, self._size())
                tries = error.counts if worth else tries + error.counts
                if tries >= self._patience.tries:
                    raise _RefusedError(str(error)) from error
                self._wait(error.wait_s or self._patience.first_wait_s * 2 ** (tries - 1), str(error))

    def _size(self) -> int:
        return self._wanted.part.stat().st_size if self._wanted.part.is_file() else 0

    def _begin_anew(self) -> None:
        discard(self._wanted)
        self._is_own = True

    def _wait(self, wait_s: float, why: str) -> None:
        until = time.monotonic() + min(wait_s, self._patience.longest_wait_s)
        self._tell(self._size(), f"waiting, as {why}")
        while (left := until - time.monotonic()) > 0:
            self._progress.raise_if_cancelled()
            time.sleep(min(left, 0.2))

    def _go_on(self) -> None:
        """One request, whose answer is appended to what is there."""
        have = self._usable_bytes()
        if have and have == self._whole:
            return
        try:
            response = self._answer(self._fields(have))
            try:
                self._receive(response, have)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise _CutError(f"it was silent for {self._patience.silence_s:g} s") from error
        except httpx.ConnectError as error:
            raise _CutError(cut_in_words(error), counts=2) from error
        except httpx.TransportError as error:
            raise _CutError(cut_in_words(error)) from error
        except httpx.InvalidURL as error:
            raise _RefusedError(f"it leads to an address that is none ({error})") from error

    def _usable_bytes(self) -> int:
        """How much of what is on disk may be continued here; the rest of it is removed.

        With a known digest any part may be tried, as the digest decides in the end. Without one it must be of a known
        version at the same address.
        """
        have, version = self._size(), self._version()
        known = self._wanted.sha256 is not None or (version.address == self._address and version.validator != "")
        if have > self._wanted.most_bytes or not known:
            discard(self._wanted)
            have = 0
        self._is_own = self._is_own or have == 0
        return have

    def _version(self) -> _Version:
        try:
            return read_json(self._wanted.part_note, _Version, raises=DownloadError, remedy="it is written anew")
        except DownloadError:
            return _Version()  # so that what is on disk is not continued without a digest

    def _fields(self, have: int) -> dict[str, str]:
        fields = {"Accept-Encoding": "identity", **self._wanted.headers.get(self._address, {})}
        if have:
            fields["Range"] = f"bytes={have}-"
            if self._wanted.sha256 is None:
                fields["If-Range"] = self._version().validator
        return fields

    def _answer(self, fields: Mapping[str, str]) -> httpx.Response:
        """The answer at the end of all redirects, its body not read yet."""
        request = self._client.build_request("GET", self._address, headers=fields)
        for _ in range(_MOST_REDIRECTS):
            response = self._client.send(request, stream=True)
            following = response.next_request
            if following is None:
                return response
            response.close()
            if following.url.scheme not in ("https", request.url.scheme):
                raise _RefusedError(
                    f"it leads from {request.url.scheme} to {following.url.scheme}://{following.url.host}"
                )
            request = following
        raise _RefusedError(f"it leads from one address to the next, more than {_MOST_REDIRECTS} times")

    def _receive(self, response: httpx.Response, have: int) -> None:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and length_beyond(response) == have > 0:
            return  # a kill came between the last byte and the file's name
        self._check_status(response, have)
        begins_at = self._begins_at(response, have)
        if not begins_at:
            self._begin_anew()
            with replacing(self._wanted.part_note) as note:
                version = _Version(self._address, validator_of(response))
                note.write_text(json.dumps(asdict(version)), encoding="utf-8")
        with self._wanted.part.open("ab") as part:
            self._append(response, part.write, begins_at)
        self._check_end(response)

    def _check_status(self, response: httpx.Response, have: int) -> None:
        status, said = response.status_code, answer_in_words(response)
        if status in _AGAIN:
            raise _CutError(f"it answers {said}", wait_s=wait_asked_s(response))
        if status in _NOT_ALLOWED:
            raise _RefusedError(f"it answers {said}; {self._wanted.not_allowed}")
        if status in _NOT_THERE:
            raise _RefusedError(f"it does not have the file ({said})")
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            raise _RestartError(f"it has no more than {have:,} bytes of the file, and these are not all")
        if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise _RefusedError(f"it answers {said}")
        if is_web_page(response):
            raise _RefusedError("it answers with a web page, as a login or a proxy does, and not with the file")
        if is_packed(response):
            raise _RefusedError("it packs the file although it was asked not to")

    def _begins_at(self, response: httpx.Response, have: int) -> int:
        """At which byte of the file the answer begins; sets the length of the whole where the server says it."""
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            part = content_range(response)
            other_version = self._wanted.sha256 is None and validator_of(response) != self._version().validator
            if part is None or part[0] != have or not have or other_version:
                raise _RestartError("it gives another part of the file than it was asked for")
            begins_at, whole = part
        else:  # it ignores ranges, or has another version by now
            begins_at, whole = 0, content_length(response)
        if whole is not None and (
            whole > self._wanted.most_bytes or (self._wanted.exact and whole != self._wanted.size)
        ):
            raise _RefusedError(f"it has {whole:,} bytes under this name, and {self._size_in_words()} are right")
        self._whole = self._wanted.size if self._wanted.exact else whole
        return begins_at

    def _size_in_words(self) -> str:
        return f"{'' if self._wanted.exact else 'about '}{self._wanted.size:,}"

    def _append(self, response: httpx.Response, write: Callable[[bytes], object], size: int) -> None:
        since, then = size, time.monotonic()
        for block in response.iter_raw():
            self._progress.raise_if_cancelled()
            size += len(block)
            if size > self._wanted.most_bytes:
                raise _RestartError(f"it sends more bytes than the {self._size_in_words()} of the file")
            write(block)
            self._tell(size)
            if size - since >= self._patience.worth_bytes:
                since, then = size, time.monotonic()
            elif time.monotonic() - then > self._patience.silence_s:
                raise _CutError(f"it sent no more than {size - since:,} bytes in {self._patience.silence_s:g} s")

    def _tell(self, size: int, what: str | None = None) -> None:
        whole = self._whole or self._wanted.size
        step = min(whole, whole * (_STEPS * size // whole) // _STEPS)
        what = what or f"{megabytes(step)} of {megabytes(whole)}"
        if what != self._told:
            self._told = what
            self._progress.report(min(1.0, size / whole), f"{self._wanted.name}: {what}")

    def _check_end(self, response: httpx.Response) -> None:
        size = self._size()
        if self._whole is not None and size < self._whole:
            raise _CutError(f"it stopped after {size:,} of {self._whole:,} bytes")
        if self._whole is None and self._wanted.sha256 is None and not marks_its_end(response):
            raise _RefusedError(
                "it does not say how long the file is, and a cut one could not be told from a whole one"
            )

    def _checked(self) -> str:
        self._tell(self._size(), "checking")
        found = digest_of(self._wanted.part, self._progress.raise_if_cancelled)
        if self._wanted.sha256 not in (None, found):
            raise _RestartError(
                f"its file is not the publisher's (its SHA-256 begins with {found[:12]}, the publisher's with "
                f"{str(self._wanted.sha256)[:12]})"
            )
        return found
