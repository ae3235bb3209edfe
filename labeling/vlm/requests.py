"""One request to its end: looked up in the journal, else sent, tried again within limits, checked, priced and written down."""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from core.types.pseudo_labels import ModelCall
from db import model_calls
from db.engine import Database
from labeling.vlm.answers.schema import AnswerError
from labeling.vlm.limits import BudgetGuard, RateLimiter
from labeling.vlm.providers.prices import Price
from labeling.vlm.providers.protocol import (
    WORTH_ANOTHER_TRY,
    FailureKind,
    ModelError,
    Reply,
    Request,
    Usage,
    VisionModel,
)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
LONGEST_KEPT_ANSWER = 200_000  # characters of a refused answer that the journal keeps

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Limits:
    """`attempts`: how often one request is sent at most; `longest_wait_s`: a server's longer pause fails it;
    `output_tokens`: the most that one answer, thinking included, can be."""

    attempts: int
    longest_wait_s: float
    output_tokens: int
    first_pause_s: float = FIRST_PAUSE_S


@dataclass(frozen=True, slots=True)
class Answered:
    """A usable answer and what it cost, now or when it was first given."""

    usage: Usage
    cost_usd: float


class RequestCache:
    """All requests of one labeler. Used by several threads; each row of the journal is a transaction of its own."""

    def __init__(
        self,
        database: Database,
        model: VisionModel,
        labeler: str,
        limits: Limits,
        price: Price,
        *,
        limiter: RateLimiter,
        budget: BudgetGuard,
    ) -> None:
        self._database = database
        self._model = model
        self._labeler = labeler
        self._limits = limits
        self._price = price
        self._limiter = limiter
        self._budget = budget

    def answer(
        self, request: Request, video_identity: Mapping[str, Any], clip_id: int, parse: Callable[[str], Parsed]
    ) -> tuple[Parsed, Answered]:
        """The checked answer. `parse` raises AnswerError for one that cannot be used, which is then asked for again.

        Raises ModelError when the attempts are used up or another try is no use, BudgetReachedError, JobCancelledError.
        """
        digest = self._digest(request, video_identity)
        with self._database.read() as connection:
            known = model_calls.answered(connection, digest)
        if known is not None:
            usage = Usage(known.input_tokens, known.output_tokens, known.thinking_tokens)
            return parse(known.answer), Answered(usage, known.cost_usd)
        worst = Usage(self._model.input_tokens(request), self._limits.output_tokens)
        row = ModelCall(
            clip_id=clip_id,
            labeler=self._labeler,
            model_id=self._model.model_id,
            step=request.step,
            request_digest=digest,
            answered=False,
            answer="",
            failure="",
            input_tokens=0,
            output_tokens=0,
            thinking_tokens=0,
            cost_usd=0.0,
            seconds=0.0,
        )
        pause_s, attempt = 0.0, 0
        while True:
            attempt += 1
            self._limiter.wait(pause_s)
            started_s = time.monotonic()
            reply: Reply | None = None
            try:
                with self._budget.reserved(self._price.usd(worst, _today())):
                    reply = self._model.ask(request)
                    cost_usd = self._book(reply.usage)
                parsed = _parsed(parse, reply)
            except ModelError as error:
                failed = replace(row, failure=str(error), seconds=time.monotonic() - started_s)
                if reply is None:
                    cost_usd = self._book(error.usage)
                else:
                    failed = replace(failed, answer=reply.text[:LONGEST_KEPT_ANSWER])
                self._keep(_with_usage(failed, error.usage, cost_usd))
                pause_s = self._pause_after(error, attempt)
                continue
            done = replace(row, answered=True, answer=reply.text, seconds=time.monotonic() - started_s)
            self._keep(_with_usage(done, reply.usage, cost_usd))
            return parsed, Answered(reply.usage, cost_usd)

    def _book(self, usage: Usage) -> float:
        cost_usd = self._price.usd(usage, _today())
        self._budget.spend(cost_usd)
        return cost_usd

    def _pause_after(self, error: ModelError, attempt: int) -> float:
        """How long to wait before the next attempt; raises the error where there is none."""
        if error.kind not in WORTH_ANOTHER_TRY:
            raise error
        if attempt == self._limits.attempts:
            times = "once" if attempt == 1 else f"{attempt} times"
            raise ModelError(error.kind, f"{error} It was asked {times}.", usage=error.usage) from error
        wanted_s = error.retry_after_s
        if wanted_s is not None:
            if wanted_s > self._limits.longest_wait_s:
                raise ModelError(
                    error.kind,
                    f"{error} The server asks to wait {wanted_s:.0f} s, longer than labeling.longest_wait_s allows.",
                    usage=error.usage,
                ) from error
            self._limiter.hold(wanted_s)
            return wanted_s
        if error.kind in {FailureKind.UNUSABLE, FailureKind.CUT, FailureKind.EMPTY}:
            return 0.0  # the server is well; it is the answer that was not
        # Threads that failed together should not come back together.
        spread = random.uniform(0.5, 1.0)  # noqa: S311  # no secret hangs on it
        return spread * min(LONGEST_PAUSE_S, self._limits.first_pause_s * 2.0 ** (attempt - 1))

    def _keep(self, call: ModelCall) -> None:
        with self._database.write() as connection:
            model_calls.record(connection, call)

    def _digest(self, request: Request, video_identity: Mapping[str, Any]) -> str:
        sent = {
            "model": self._model.model_id,
            "settings": dict(self._model.settings),
            "step": request.step,
            "system": request.system,
            "text": request.text,
            "schema": request.schema,
            "film": dict(video_identity),
        }
        return hashlib.sha256(json.dumps(sent, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def _parsed(parse: Callable[[str], Parsed], reply: Reply) -> Parsed:
    try:
        return parse(reply.text)
    except AnswerError as error:
        raise ModelError(FailureKind.UNUSABLE, str(error), usage=reply.usage) from error


def _with_usage(call: ModelCall, usage: Usage, cost_usd: float) -> ModelCall:
    return replace(
        call,
        input_tokens=usage.input,
        output_tokens=usage.output,
        thinking_tokens=usage.thinking,
        cost_usd=cost_usd,
    )


def _today() -> date:
    return datetime.now(UTC).date()
