"""The HTTP client of the models' SDKs: what a server sends is bounded in bytes and seconds, and well-formed JSON.

The SDKs read a body whole, however long it is or takes, and fail on some bodies with errors of their parsers.
"""

import json
import time
from typing import Any

import httpx2

from core.outside_json import JsonError, read_json
from core.printable import printable

MOST_BYTES = 8 * 2**20
_SHOWN_CHARACTERS = 300
_OF_THE_ORIGINAL = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class UnreadableBodyError(httpx2.DecodingError):
    """A body that is no answer; the message is a sentence that begins with "Its answer"."""


class BoundedClient(httpx2.Client):
    """Raises UnreadableBodyError for a body of a successful response that is too large or no JSON, and ReadTimeout after
    `timeout_s`. The body of an error becomes JSON with a message. Redirects, which lead to another host, are not followed.
    """

    def __init__(self, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s, follow_redirects=False)
        self._timeout_s = timeout_s

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """See httpx2.Client; the body has been read."""
        deadline_s = time.monotonic() + self._timeout_s
        response = super().send(request, **{**options, "stream": True, "follow_redirects": False})
        try:
            body = _bounded_body(response, deadline_s)
        finally:
            response.close()
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_ORIGINAL]
        return httpx2.Response(
            response.status_code,
            headers=headers,
            content=_as_json(body, response) if body else b"",
            request=request,
            extensions={"reason_phrase": response.reason_phrase.encode("ascii", "replace")},
        )


def _bounded_body(response: httpx2.Response, deadline_s: float) -> bytes:
    """Of an error, no more than can be shown is needed; the rest is left."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise UnreadableBodyError(
                f"Its answer is larger than {MOST_BYTES / 2**20:g} MiB.", request=response.request
            )
        if time.monotonic() > deadline_s:
            raise httpx2.ReadTimeout("The body took too long.", request=response.request)
    return bytes(body)


def _as_json(body: bytes, response: httpx2.Response) -> bytes:
    try:
        content = read_json(body, "Its answer")
    except JsonError as error:
        if response.is_success:
            raise UnreadableBodyError(str(error), request=response.request) from error
        content = {"error": {"message": printable(body.decode("utf-8", "replace"), _SHOWN_CHARACTERS)}}
    return json.dumps(content).encode("ascii")
