"""Reading what a server says of a file: its head fields (RFC 9110), and its errors in words."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_ERROR_NUMBER = re.compile(r"^\[Errno -?\d+\] ")
_PHRASE_CHARACTERS = 60


def content_range(response: httpx.Response) -> tuple[int, int | None] | None:
    """First byte and length of the whole file (None for `*`) of a 206; None if the field is missing or says nothing."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
    if found is None:
        return None
    return int(found.group(1)), None if found.group(3) == "*" else int(found.group(3))


def length_beyond(response: httpx.Response) -> int | None:
    """The length of the whole file that a 416 states; None if it does not."""
    found = re.fullmatch(r"bytes \*/(\d{1,18})", response.headers.get("content-range", "").strip())
    return None if found is None else int(found.group(1))


def content_length(response: httpx.Response) -> int | None:
    """`Content-Length`; None if there is none."""
    said = response.headers.get("content-length", "")
    return int(said) if re.fullmatch(r"\d{1,18}", said) else None


def marks_its_end(response: httpx.Response) -> bool:
    """Whether a cut answer can be told from a whole one by HTTP itself."""
    return content_length(response) is not None or "chunked" in response.headers.get("transfer-encoding", "").lower()


def validator_of(response: httpx.Response) -> str:
    """What `If-Range` takes: the strong entity tag, else the date of the last change; empty if there is neither."""
    tag = str(response.headers.get("etag", ""))
    return tag if tag.startswith('"') else str(response.headers.get("last-modified", ""))


def wait_asked_s(response: httpx.Response) -> float:
    """`Retry-After` in seconds; 0 if there is none that can be read."""
    said = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,6}", said):
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0


def is_web_page(response: httpx.Response) -> bool:
    """Whether the answer is a page for people, as of a login or a proxy."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml")


def is_packed(response: httpx.Response) -> bool:
    """Whether the bytes are not those of the file itself."""
    return response.headers.get("content-encoding", "").strip().lower() not in ("", "identity")


def answer_in_words(response: httpx.Response) -> str:
    """Number and phrase of a status: "404 Not Found"."""
    return f"{response.status_code} {response.reason_phrase[:_PHRASE_CHARACTERS]}".strip()


def cut_in_words(error: httpx.TransportError) -> str:
    """Why a connection was not made or ended, to follow the server's name."""
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refuses ({error})"
    if isinstance(error, httpx.ConnectError):
        return f"it cannot be reached ({_ERROR_NUMBER.sub('', str(error))})"
    return f"it broke off ({error or type(error).__name__})"
