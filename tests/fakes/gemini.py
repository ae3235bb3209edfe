"""A server that speaks Gemini's REST protocol: `python -m tests.fakes.gemini`.

generateContent with a response schema, countTokens, files with resumable upload, get and delete, models. Tokens are counted
by Google's published rules; prompts are answered by tests.fakes.actor; whatever fails does so in Google's form of errors.
"""

import argparse
import base64
import binascii
import hashlib
import io
import json
import math
import threading
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import av
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.actor import Asked, UnanswerableError, act, spoils, within
from tests.fakes.faults import FAILING, UNPAID, Fault, FaultPlan
from tests.fakes.manners import Manner, mannered
from tests.fakes.served import Journal, Received, hang, served

KEY = "fake-key"
MODELS = ("gemini-2.5-pro", "gemini-2.5-flash")
_STATUS = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    504: "DEADLINE_EXCEEDED",
}
_TOKENS_PER_FRAME = {"MEDIA_RESOLUTION_LOW": 66}
_DEFAULT_TOKENS_PER_FRAME = 258
_TOKENS_PER_SECOND_OF_SOUND = 32

Handler = Callable[[Request], Awaitable[Response]]


class _RefusedError(Exception):
    """A request that Google would turn away with this code."""

    def __init__(self, code: int, message: str, *, status: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass
class FakeGemini:
    """`files` maps the names of uploaded files to their contents, `deleted` counts those that were deleted."""

    plan: FaultPlan = field(default_factory=FaultPlan)
    thinking_tokens: int = 600
    pause_s: float = 0.0
    journal: Journal = field(default_factory=Journal)
    files: dict[str, bytes] = field(default_factory=dict)
    deleted: int = 0
    verbose: bool = False
    refuses_deletes: bool = False
    manners: deque[Manner] = field(default_factory=deque)
    """How the next answers are given, one each; the others come whole and in time."""
    completed: list[str] = field(default_factory=list)
    """The digests of the requests whose response was sent to its end."""

    def __post_init__(self) -> None:
        self._types: dict[str, str] = {}
        self._polled: set[str] = set()
        self._lock = threading.Lock()
        self.app = Starlette(
            routes=[
                Route("/{version}/models/{model}:generateContent", self._guarded(self.generate), methods=["POST"]),
                Route("/{version}/models/{model}:countTokens", self._guarded(self.count), methods=["POST"]),
                Route("/{version}/models", self._guarded(self.models), methods=["GET"]),
                Route("/{version}/models/{model}", self._guarded(self.model), methods=["GET"]),
                Route("/upload/{version}/files", self._guarded(self.start_upload), methods=["POST"]),
                # The address of an upload is a secret of its own: Google asks for no key there.
                Route("/uploads/{name}", self._answering(self.upload), methods=["POST", "PUT"]),
                Route("/{version}/files/{name}", self._guarded(self.file), methods=["GET", "DELETE"]),
            ]
        )

    def _guarded(self, handler: Handler) -> Handler:
        """Only with the key."""

        async def with_key(request: Request) -> Response:
            key = request.headers.get("x-goog-api-key")
            if not key:
                return _error(403, "Method doesn't allow unregistered callers (callers without established identity).")
            if key != KEY:
                return _error(400, "API key not valid. Please pass a valid API key.", details=[_WRONG_KEY])
            return await handler(request)

        return self._answering(with_key)

    def _answering(self, handler: Handler) -> Handler:
        """What is turned away is said in Google's form."""

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except _RefusedError as refused:
                self._log(f"{request.method} {request.url.path}: {refused.code}, {refused.message}")
                return _error(refused.code, refused.message, status=refused.status)

        return answer

    async def generate(self, request: Request) -> Response:
        self.journal.enter()
        try:
            body = await _json(request)
            received, answer = await anyio.to_thread.run_sync(
                self._generate, request.path_params["model"], request.url.path, body
            )
            await hang(request, self.plan.hang_s if received.fault is Fault.TIMEOUT else self.pause_s)
            response = self._response(received, answer)
            if self.manners:
                return await mannered(self.manners.popleft(), request, response, self.plan.hang_s)
            response.background = BackgroundTask(self.completed.append, received.digest)
            return response
        finally:
            self.journal.leave()

    async def count(self, request: Request) -> Response:
        body = await _json(request)
        whole = body.get("generateContentRequest", body)
        counted = await anyio.to_thread.run_sync(_Content, whole, self._contents)
        return JSONResponse({"totalTokens": counted.tokens})

    async def models(self, request: Request) -> Response:
        return JSONResponse({"models": [_model(name) for name in MODELS]})

    async def model(self, request: Request) -> Response:
        return JSONResponse(_model(request.path_params["model"]))

    async def start_upload(self, request: Request) -> Response:
        told = await _json(request)
        wanted = told.get("file", {}).get("name", "").removeprefix("files/")
        name = wanted or uuid.uuid4().hex[:12]
        with self._lock:
            if name in self.files:
                raise _RefusedError(409, f"The file {name} exists already.")
            self._types[name] = request.headers.get("x-goog-upload-header-content-type", "application/octet-stream")
        address = f"{_origin(request)}/uploads/{name}"
        return Response(headers={"x-goog-upload-url": address, "x-goog-upload-status": "active"})

    async def upload(self, request: Request) -> Response:
        name = request.path_params["name"]
        contents = await request.body()
        with self._lock:
            if name not in self._types:
                raise _RefusedError(404, "The upload was not started.")
            held = self.files.get(name, b"")
            if int(request.headers.get("x-goog-upload-offset", len(held))) != len(held):
                raise _RefusedError(400, f"The upload goes on at byte {len(held)}.")
            self.files[name] = held + contents
            self.journal.hold_files(len(self.files))
        if "finalize" not in request.headers.get("x-goog-upload-command", ""):
            return Response(headers={"x-goog-upload-status": "active"})
        self._log(f"files/{name} uploaded, {len(self.files[name]):,} bytes")
        return JSONResponse({"file": self._facts(name, request)}, headers={"x-goog-upload-status": "final"})

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        with self._lock:
            if name not in self.files:
                raise _no_file(name)
            if request.method == "DELETE" and self.refuses_deletes:
                raise _RefusedError(500, "An internal error has occurred.")
            if request.method == "DELETE":
                del self.files[name]
                self.deleted += 1
                self.journal.hold_files(len(self.files))
                self._log(f"files/{name} deleted")
                return JSONResponse({})
            facts = self._facts(name, request)
            self._polled.add(name)
        return JSONResponse(facts)

    def _facts(self, name: str, request: Request) -> dict[str, Any]:
        return {
            "name": f"files/{name}",
            "uri": f"{_origin(request)}/v1beta/files/{name}",
            "mimeType": self._types[name],
            "sizeBytes": str(len(self.files[name])),
            "state": "ACTIVE" if name in self._polled else "PROCESSING",
        }

    def _generate(self, model: str, path: str, body: dict[str, Any]) -> tuple[Received, str]:
        content = _Content(body, self._contents)
        config = body.get("generationConfig", {})
        schema = config.get("responseJsonSchema") or config.get("responseSchema")
        if schema is None:
            raise _RefusedError(400, "This server answers by a schema alone; send one in generationConfig.")
        digest = content.digest(model)
        asked = Asked(digest, content.text, schema, content.film_s)
        try:
            shape = asked.shape
            drawn = self.plan.next(content.body_digest(model))
            fault = drawn if spoils(drawn, shape) else None
            # What is thought counts towards the limit too.
            limit = config.get("maxOutputTokens")
            answer = within(act(asked, fault), fault, None if limit is None else limit - self.thinking_tokens)
        except UnanswerableError as lacking:
            raise _RefusedError(400, str(lacking)) from lacking
        silent = fault in UNPAID or fault in {Fault.SAFETY_BLOCK, Fault.EMPTY_CANDIDATE}
        received = Received(
            digest=digest,
            shape=shape,
            model=model,
            fault=fault,
            input_tokens=0 if fault in UNPAID else content.tokens,
            output_tokens=0 if silent else math.ceil(len(answer) / 4),
            thinking_tokens=0 if silent else self.thinking_tokens,
            text=content.text,
            path=path,
            files_alive=self.journal.files_alive,
        )
        self.journal.keep(received)
        self._log(f"{model} {shape:<9} {content.tokens:>7} tokens in, {fault or 'answered'}")
        return received, answer

    def _response(self, received: Received, answer: str) -> Response:
        fault = received.fault
        if fault is Fault.RATE_LIMIT:
            delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{self.plan.retry_delay_s}s"}
            return _error(429, "You exceeded your current quota.", details=[delay])
        if fault is Fault.SERVER_ERROR:
            return _error(500, "An internal error has occurred.")
        if fault is Fault.TIMEOUT:
            return _error(504, "The request timed out. Please try again.")
        usage = {
            "promptTokenCount": received.input_tokens,
            "candidatesTokenCount": received.output_tokens,
            "thoughtsTokenCount": received.thinking_tokens,
            "totalTokenCount": received.input_tokens + received.output_tokens + received.thinking_tokens,
        }
        facts = {"usageMetadata": usage, "modelVersion": received.model}
        if fault is Fault.EMPTY_CANDIDATE:
            return JSONResponse({"candidates": [], **facts})
        if fault is Fault.SAFETY_BLOCK and received.shape in {"watch", "observe"}:
            return JSONResponse({"promptFeedback": {"blockReason": "SAFETY"}, **facts})
        if fault is Fault.SAFETY_BLOCK:
            # Words alone pass Google's first look; it is the answer that is held back.
            return JSONResponse({"candidates": [{"finishReason": "SAFETY", "index": 0}], **facts})
        reason = "MAX_TOKENS" if fault in {Fault.CUT_JSON, Fault.TOO_LONG} else "STOP"
        content = {"role": "model", "parts": [{"text": answer}]}
        return JSONResponse({"candidates": [{"content": content, "finishReason": reason, "index": 0}], **facts})

    def _contents(self, uri: str) -> bytes:
        name = uri.rsplit("/", 1)[-1]
        with self._lock:
            if name not in self.files:
                raise _no_file(name)
            if name not in self._polled:
                message = f"The File {name} is not in an ACTIVE state and usage is not allowed."
                raise _RefusedError(400, message, status="FAILED_PRECONDITION")
            return self.files[name]

    def _log(self, line: str) -> None:
        if self.verbose:
            print(line, flush=True)


class _Content:
    """What a request says and shows, and how many tokens that is. Raises _RefusedError."""

    def __init__(self, body: dict[str, Any], file: Callable[[str], bytes]) -> None:
        parts = [part for content in body.get("contents", []) for part in content.get("parts", [])]
        config = body.get("generationConfig", {})
        system = body.get("systemInstruction", {}).get("parts", [])
        self.system = "".join(part.get("text", "") for part in system)
        self.text = "".join(part.get("text", "") for part in parts)
        # One entry a part, None for those without a film, so that the body's digest can put each in its place.
        self._films = [_film(part, file) for part in parts]
        self.films = [film for film in self._films if film is not None]
        self._body, self._parts = body, parts
        per_frame = _TOKENS_PER_FRAME.get(config.get("mediaResolution", ""), _DEFAULT_TOKENS_PER_FRAME)
        words = math.ceil((len(self.system) + len(self.text)) / 4)
        self.tokens = words + sum(film.tokens(per_frame) for film in self.films)

    @property
    def film_s(self) -> float | None:
        return self.films[0].watched_s if self.films else None

    def digest(self, model: str) -> str:
        """Of media and text: what the answer depends on."""
        return _sha256("/".join([model, self.system, self.text, *(film.digest for film in self.films)]))

    def body_digest(self, model: str) -> str:
        """Of the whole body, a film by its contents: an upload has another name each time."""
        shown = [
            {key: value for key, value in part.items() if key not in {"inlineData", "fileData"}}
            | ({"film": film.digest} if film else {})
            for part, film in zip(self._parts, self._films, strict=True)
        ]
        return _sha256(json.dumps([model, {**self._body, "contents": shown}], sort_keys=True))


class _Film:
    """An mp4 as the server sees it: opened, counted, never trusted to be what the request says."""

    def __init__(self, contents: bytes, watched: dict[str, Any]) -> None:
        self.digest = hashlib.sha256(contents).hexdigest()
        try:
            with av.open(io.BytesIO(contents)) as container:
                video = container.streams.video[0]
                if video.duration is None or video.time_base is None:
                    raise _RefusedError(400, "The video has no duration.")
                duration_s = float(video.duration * video.time_base)
                has_sound = bool(container.streams.audio)
        except (av.error.FFmpegError, IndexError) as error:
            raise _RefusedError(400, "Unable to process input video.") from error
        # As with `fileData`: Google takes both spellings, and the SDK sends this one in its own.
        start_s = _seconds(watched.get("startOffset") or watched.get("start_offset", "0s"))
        end_s = min(duration_s, _seconds(watched.get("endOffset") or watched.get("end_offset", f"{duration_s}s")))
        self.watched_s = max(0.0, end_s - start_s)
        self.sound_s = self.watched_s if has_sound else 0.0
        # Rounded first: 2.0 s at 6 a second are 12 frames, whatever floats make of it.
        self.frames = math.ceil(self.watched_s * float(watched.get("fps", 1.0)) - 1e-6)

    def tokens(self, per_frame: int) -> int:
        return self.frames * per_frame + math.ceil(self.sound_s * _TOKENS_PER_SECOND_OF_SOUND)


_WRONG_KEY = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    "reason": "API_KEY_INVALID",
    "domain": "googleapis.com",
    "metadata": {"service": "generativelanguage.googleapis.com"},
}


def _film(part: dict[str, Any], file: Callable[[str], bytes]) -> _Film | None:
    watched = part.get("videoMetadata", {})
    if "inlineData" in part:
        encoded = part["inlineData"]["data"].replace("+", "-").replace("/", "_")
        try:
            return _Film(base64.urlsafe_b64decode(encoded), watched)
        except binascii.Error as error:
            raise _RefusedError(400, "Base64 decoding failed.") from error
    if "fileData" in part:
        data = part["fileData"]
        # Google takes both spellings, and the SDK sends this one in its own.
        return _Film(file(data.get("fileUri") or data["file_uri"]), watched)
    return None


def _seconds(offset: str) -> float:
    return float(offset.removesuffix("s"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _model(name: str) -> dict[str, Any]:
    return {
        "name": f"models/{name}",
        "displayName": f"Fake {name}",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def _no_file(name: str) -> _RefusedError:
    return _RefusedError(403, f"You do not have permission to access the File {name} or it may not exist.")


async def _json(request: Request) -> dict[str, Any]:
    try:
        body: dict[str, Any] = await request.json()
    except json.JSONDecodeError as error:
        raise _RefusedError(400, "Invalid JSON payload received.") from error
    return body


def _error(code: int, message: str, *, status: str = "", details: list[dict[str, Any]] | None = None) -> Response:
    error = {"code": code, "message": message, "status": status or _STATUS[code], "details": details or []}
    return JSONResponse({"error": error}, status_code=code)


def main() -> None:
    parser = argparse.ArgumentParser(description="A server that speaks Gemini's protocol and knows one key.")
    parser.add_argument("--port", type=int, default=8601)
    parser.add_argument("--fail-share", type=float, default=0.0, help="Share of the requests that fail, in mixed ways.")
    parser.add_argument("--pause-s", type=float, default=0.5, help="How long each answer takes.")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    fake = FakeGemini(FaultPlan(given.fail_share, FAILING, given.seed), pause_s=given.pause_s, verbose=True)
    with served(fake.app, given.port) as address:
        print(address)
        # Telltale's own variable, not the SDK's: consent then names this server, and none is stored for Google.
        print(f"export GEMINI_API_KEY={KEY} TELLTALE_LABELING__GEMINI__BASE_URL={address}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
