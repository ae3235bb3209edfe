"""The HTTP client of the models' SDKs: what a server sends is bounded in bytes and seconds, and well-formed JSON.

The SDKs read a body whole, however long it is or takes, and fail on some bodies with errors of their parsers.
What belongs to a delivery is kept as it came before anybody reads it. A response that reached an earlier run, which was
killed before it stored the answer, is read again instead of sending.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from core.outside_json import JsonError, read_json
from core.printable import printable
from labeling.vlm.providers.interface import Delivery, RawResponse

MOST_BYTES = 8 * 2**20
_SHOWN_CHARACTERS = 300
_OF_THE_ORIGINAL = frozenset({"content-encoding", "content-length", "content-type", "transfer-encoding"})
_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class UnreadableBodyError(httpx2.DecodingError):
    """A body that is no answer; the message is a sentence that begins with "Its answer"."""


def why_unreadable(error: BaseException | None) -> str | None:
    """A sentence on a server that answered, and not in a way that can be read; None for other errors."""
    if isinstance(error, UnreadableBodyError):
        return str(error)
    if isinstance(error, httpx2.DecodingError | httpx2.RemoteProtocolError):
        return "It broke off, or is not what its head says."
    return None


class BoundedClient(httpx2.Client):
    """Raises UnreadableBodyError for a body of a successful response that is too large or no JSON, and ReadTimeout after
    `timeout_s`. The body of an error becomes JSON with a message. Redirects, which lead to another host, are not followed.
    """

    def __init__(self, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s, follow_redirects=False)
        self._timeout_s = timeout_s
        self._thread = threading.local()

    @contextmanager
    def delivering(self, delivery: Delivery) -> Iterator[None]:
        """Requests of this thread belong to the delivery until the block ends."""
        self._thread.delivery = delivery
        try:
            yield
        finally:
            self._thread.delivery = None

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """See httpx2.Client; the body has been read."""
        delivery: Delivery | None = getattr(self._thread, "delivery", None)
        if delivery is not None and delivery.received is not None:
            return _for_the_sdk(delivery.received, request)
        received = self._received(request, delivery, {**options, "stream": True, "follow_redirects": False})
        if delivery is not None:
            delivery.keep(received)
        if len(received.body) > MOST_BYTES:
            raise UnreadableBodyError(f"Its answer is larger than {MOST_BYTES / 2**20:g} MiB.", request=request)
        return _for_the_sdk(received, request)

    def _received(self, request: httpx2.Request, delivery: Delivery | None, options: dict[str, Any]) -> RawResponse:
        deadline_s = time.monotonic() + self._timeout_s
        if delivery is not None:
            delivery.leaves()
        try:
            response = super().send(request, **options)
        except _NEVER_LEFT:
            if delivery is not None:
                delivery.never_left()
            raise
        try:
            body = _bounded_body(response, deadline_s)
        finally:
            response.close()
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_ORIGINAL]
        return RawResponse(response.status_code, tuple(headers), body)


def _for_the_sdk(received: RawResponse, request: httpx2.Request) -> httpx2.Response:
    """One document of JSON, whatever the server calls it and however often it sent it."""
    response = httpx2.Response(received.status, request=request)
    body = _as_json(_once(received.body), response) if received.body else b""
    headers = [*received.headers, ("content-type", "application/json")]
    return httpx2.Response(received.status, headers=headers, content=body, request=request)


def _once(body: bytes) -> bytes:
    """The body, or its half if that was sent twice."""
    half, odd = divmod(len(body), 2)
    return body[:half] if half and not odd and body[:half] == body[half:] else body


def _bounded_body(response: httpx2.Response, deadline_s: float) -> bytes:
    """The body, or a little more of it than is read at most."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            break
        if time.monotonic() > deadline_s:
            raise httpx2.ReadTimeout("The body took too long.", request=response.request)
    return bytes(body[: MOST_BYTES + 1])


def _as_json(body: bytes, response: httpx2.Response) -> bytes:
    try:
        content = read_json(body, "Its answer")
    except JsonError as error:
        if response.is_success:
            raise UnreadableBodyError(str(error), request=response.request) from error
        content = {"error": {"message": printable(body.decode("utf-8", "replace"), _SHOWN_CHARACTERS)}}
    return json.dumps(content).encode("ascii")
