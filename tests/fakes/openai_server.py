"""A server that speaks OpenAI's chat protocol as Ollama does: `python -m tests.fakes.openai_server`."""

import argparse
import base64
import binascii
import hashlib
import json
import math
import re
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import cv2
import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.actor import Asked, UnanswerableError, act, spoils, within
from tests.fakes.faults import FAILING, UNPAID, Fault, FaultPlan
from tests.fakes.manners import Manner, mannered
from tests.fakes.served import Journal, Received, hang, served

MODEL = "fake-vl"
_LASTS = re.compile(r"lasts (\d+(?:\.\d+)?) s")


class _RefusedError(Exception):
    """A request that OpenAI would turn away with 400."""


@dataclass
class FakeOpenAI:
    """Without `key` it needs none, as a server in the building; `keys` are the authorizations that it was sent.

    `manners` are how the next answers are given, one each.
    `pictures` are the heights and widths of all pictures, in pixels; each counts as `picture_tokens`.
    """

    plan: FaultPlan = field(default_factory=FaultPlan)
    journal: Journal = field(default_factory=Journal)
    keys: set[str] = field(default_factory=set)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    verbose: bool = False
    key: str | None = None
    picture_tokens: int = 85
    pause_s: float = 0.0
    manners: deque[Manner] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._guarded(self.complete), methods=["POST"]),
                Route("/v1/models", self._guarded(self.models), methods=["GET"]),
            ]
        )

    def _guarded(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            sent = request.headers.get("authorization", "")
            with self._lock:
                self.keys.add(sent)
            if self.key is not None and sent != f"Bearer {self.key}":
                return _error(401, "Incorrect API key provided.", code="invalid_api_key")
            try:
                return await handler(request)
            except _RefusedError as refused:
                self._log(f"{request.method} {request.url.path}: 400, {refused}")
                return _error(400, str(refused))

        return answer

    async def models(self, request: Request) -> Response:
        facts = {"id": MODEL, "object": "model", "created": 0, "owned_by": "telltale"}
        return JSONResponse({"object": "list", "data": [facts]})

    async def complete(self, request: Request) -> Response:
        self.journal.enter()
        try:
            try:
                body = await request.json()
            except json.JSONDecodeError as error:
                raise _RefusedError("The body is no JSON.") from error
            received, answer = await anyio.to_thread.run_sync(self._complete, request.url.path, body)
            await hang(request, self.plan.hang_s if received.fault is Fault.TIMEOUT else self.pause_s)
            response = self._response(received, answer)
            if self.manners:
                return await mannered(self.manners.popleft(), request, response, self.plan.hang_s)
            return response
        finally:
            self.journal.leave()

    def _complete(self, path: str, body: dict[str, Any]) -> tuple[Received, str]:
        system = "".join(_texts(message) for message in body["messages"] if message["role"] == "system")
        users = [message for message in body["messages"] if message["role"] == "user"]
        text = "\n".join(_texts(message) for message in users)
        pictures = [_picture(address) for message in users for address in _addresses(message)]
        with self._lock:
            self.pictures += [(picture.shape[0], picture.shape[1]) for picture in pictures]
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        if schema is None:
            raise _RefusedError("This server answers by a schema alone; send one in response_format.")
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        lasts = _LASTS.search(text)
        asked = Asked(digest, text, schema, float(lasts[1]) if lasts and pictures else None)
        try:
            shape = asked.shape
            drawn = self.plan.next(digest)
            fault = drawn if spoils(drawn, shape) else None
            answer = within(act(asked, fault), fault, body.get("max_tokens"))
        except UnanswerableError as lacking:
            raise _RefusedError(str(lacking)) from lacking
        input_tokens = math.ceil((len(system) + len(text)) / 4) + self.picture_tokens * len(pictures)
        silent = fault in UNPAID or fault in {Fault.SAFETY_BLOCK, Fault.EMPTY_CANDIDATE}
        received = Received(
            digest=digest,
            shape=shape,
            model=body["model"],
            fault=fault,
            input_tokens=0 if fault in UNPAID else input_tokens,
            output_tokens=0 if silent else math.ceil(len(answer) / 4),
            thinking_tokens=0,
            text=text,
            path=path,
        )
        self.journal.keep(received)
        self._log(f"{body['model']} {shape:<9} {len(pictures)} pictures, {fault or 'answered'}")
        return received, answer

    def _response(self, received: Received, answer: str) -> Response:
        fault = received.fault
        if fault is Fault.RATE_LIMIT:
            headers = {"retry-after": str(self.plan.retry_delay_s)}
            return _error(429, "Too many requests.", code="rate_limit_exceeded", headers=headers)
        if fault is Fault.SERVER_ERROR:
            return _error(500, "Internal error.")
        if fault is Fault.TIMEOUT:
            return _error(504, "The request timed out.")
        choices = [] if fault is Fault.EMPTY_CANDIDATE else [{"index": 0, **_choice(received, answer)}]
        usage = {
            "prompt_tokens": received.input_tokens,
            "completion_tokens": received.output_tokens,
            "total_tokens": received.input_tokens + received.output_tokens,
        }
        facts = {"id": "fake", "object": "chat.completion", "created": 0, "model": received.model}
        return JSONResponse({**facts, "choices": choices, "usage": usage})

    def _log(self, line: str) -> None:
        if self.verbose:
            print(line, flush=True)


def _choice(received: Received, answer: str) -> dict[str, Any]:
    if received.fault is Fault.SAFETY_BLOCK and received.shape in {"watch", "observe"}:
        refusal = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
        return {"message": refusal, "finish_reason": "stop"}
    if received.fault is Fault.SAFETY_BLOCK:
        return {"message": {"role": "assistant", "content": None}, "finish_reason": "content_filter"}
    reason = "length" if received.fault in {Fault.CUT_JSON, Fault.TOO_LONG} else "stop"
    return {"message": {"role": "assistant", "content": answer}, "finish_reason": reason}


def _texts(message: dict[str, Any]) -> str:
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _addresses(message: dict[str, Any]) -> list[str]:
    content = message["content"]
    return [] if isinstance(content, str) else [part["image_url"]["url"] for part in content if "image_url" in part]


def _picture(address: str) -> np.ndarray[Any, Any]:
    try:
        encoded = np.frombuffer(base64.b64decode(address.split(",", 1)[-1], validate=True), dtype=np.uint8)
    except binascii.Error as error:
        raise _RefusedError("A picture is no base64.") from error
    picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    if picture is None:
        raise _RefusedError("A picture cannot be decoded.")
    return picture


def _error(status: int, message: str, *, code: str | None = None, headers: dict[str, str] | None = None) -> Response:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


def main() -> None:
    parser = argparse.ArgumentParser(description="A server that speaks OpenAI's protocol, as Ollama does.")
    parser.add_argument("--port", type=int, default=8602)
    parser.add_argument("--fail-share", type=float, default=0.0, help="Share of the requests that fail, in mixed ways.")
    parser.add_argument("--pause-s", type=float, default=0.5, help="How long each answer takes.")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    fake = FakeOpenAI(FaultPlan(given.fail_share, FAILING, given.seed), verbose=True, pause_s=given.pause_s)
    with served(fake.app, given.port) as address:
        print(address)
        variables = {"BASE_URL": f"{address}/v1", "MODEL": MODEL}
        print(
            "export", *(f"TELLTALE_LABELING__OPENAI__{name}={value}" for name, value in variables.items()), flush=True
        )
        threading.Event().wait()


if __name__ == "__main__":
    main()
