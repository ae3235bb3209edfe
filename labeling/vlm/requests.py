"""Sending a request: looks up a stored answer, else sends, retries within limits, validates, prices and records it."""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NoReturn, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential

from core.errors import LabelingError
from core.types.pseudo_labels import ModelCall
from db import model_calls
from db.engine import Database
from labeling.vlm.answers.schema import AnswerError
from labeling.vlm.limits import BudgetGuard, RateLimiter
from labeling.vlm.providers.interface import RETRYABLE, FailureKind, ModelError, Reply, Request, Usage, VisionModel
from labeling.vlm.providers.prices import Price

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
LONGEST_KEPT_ANSWER = 200_000  # characters of a refused answer that are stored

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Limits:
    """`attempts`: most times that a request is sent; `longest_wait_s`: a longer pause asked by the server fails the request;
    `output_tokens`: most tokens of one answer, including thinking."""

    attempts: int
    longest_wait_s: float
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Usage and cost of a usable answer, now or when it was stored."""

    usage: Usage
    cost_usd: float


@dataclass(frozen=True, slots=True)
class RequestCache:
    """Sends and stores the requests of one labeler. Thread-safe; each call is stored in its own transaction.

    `ask_again`: a request whose stored answer cannot be used is sent again.
    """

    database: Database
    model: VisionModel
    labeler: str
    limits: Limits
    price: Price
    limiter: RateLimiter
    budget: BudgetGuard
    ask_again: bool = False

    def answer(
        self, request: Request, video_identity: Mapping[str, Any], clip_id: int, parse: Callable[[str], Parsed]
    ) -> tuple[Parsed, Answered]:
        """The parsed answer, stored or new. If `parse` raises AnswerError on a new one, the request is sent again.

        Raises LabelingError for a stored answer that cannot be used; ModelError after the last attempt or a failure that a
        retry cannot solve; BudgetReachedError; JobCancelledError.
        """
        digest = request_digest(self.model, request, video_identity)
        with self.database.read() as connection:
            known = model_calls.answered(connection, digest)
        if known is not None:
            try:
                return _from_store(known, parse)
            except AnswerError as error:
                if not self.ask_again:
                    raise LabelingError(
                        f"The stored answer cannot be used: {error} `telltale label --ask-again` pays for a new one."
                    ) from error
        row = ModelCall(
            clip_id=clip_id,
            labeler=self.labeler,
            model_id=self.model.model_id,
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
        attempts = Retrying(
            sleep=self.limiter.wait,
            retry=retry_if_exception(_is_retryable),
            wait=_pause_s,
            stop=self._must_stop,
            before_sleep=self._hold_others,
            retry_error_callback=self._give_up,
        )
        return attempts(self._attempt, request, row, parse)

    def _attempt(self, request: Request, row: ModelCall, parse: Callable[[str], Parsed]) -> tuple[Parsed, Answered]:
        """Sends the request once and records the outcome, even if it is a ModelError."""
        self.limiter.wait()
        started_s = time.monotonic()
        try:
            reply = self._send(request)
            parsed = _parsed(parse, reply)
        except ModelError as error:
            failed = replace(row, failure=str(error), answer=error.answer[:LONGEST_KEPT_ANSWER])
            self._keep(failed, error.usage, started_s)
            raise
        cost_usd = self._keep(replace(row, answered=True, answer=reply.text), reply.usage, started_s)
        return parsed, Answered(reply.usage, cost_usd)

    def _send(self, request: Request) -> Reply:
        """Sends the request and adds its cost, also of a failed one, before its reservation ends."""
        worst = Usage(self.model.input_tokens(request), self.limits.output_tokens)
        with self.budget.reserved(self.price.usd(worst, _today())):
            try:
                reply = self.model.ask(request)
            except ModelError as error:
                self.budget.spend(self.price.usd(error.usage, _today()))
                raise
            self.budget.spend(self.price.usd(reply.usage, _today()))
        return reply

    def _must_stop(self, state: RetryCallState) -> bool:
        asked_s = _error_of(state).retry_after_s or 0.0
        return state.attempt_number == self.limits.attempts or asked_s > self.limits.longest_wait_s

    def _hold_others(self, state: RetryCallState) -> None:
        """Makes all threads wait for a pause that the server asked for."""
        wanted_s = _error_of(state).retry_after_s
        if wanted_s is not None:
            self.limiter.hold(wanted_s)

    def _give_up(self, state: RetryCallState) -> NoReturn:
        error, attempt = _error_of(state), state.attempt_number
        if attempt == self.limits.attempts:
            why = f"It was asked {'once' if attempt == 1 else f'{attempt} times'}."
        else:
            why = f"The server asks to wait {error.retry_after_s:.0f} s, longer than labeling.longest_wait_s allows."
        raise ModelError(error.kind, f"{error} {why}", usage=error.usage) from error

    def _keep(self, call: ModelCall, usage: Usage, started_s: float) -> float:
        """Stores the call; returns its cost in USD."""
        cost_usd = self.price.usd(usage, _today())
        counted = replace(
            call,
            input_tokens=usage.input,
            output_tokens=usage.output,
            thinking_tokens=usage.thinking,
            cost_usd=cost_usd,
            seconds=time.monotonic() - started_s,
        )
        with self.database.write() as connection:
            model_calls.record(connection, counted)
        return cost_usd


def request_digest(model: VisionModel, request: Request, video_identity: Mapping[str, Any]) -> str:
    """Hex SHA-256 of all that determines an answer, so that no request is paid for twice."""
    sent = {
        "model": model.model_id,
        "settings": dict(model.settings),
        "step": request.step,
        "system": request.system,
        "text": request.text,
        "schema": request.schema,
        "film": dict(video_identity),
    }
    return hashlib.sha256(json.dumps(sent, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def _from_store(known: ModelCall, parse: Callable[[str], Parsed]) -> tuple[Parsed, Answered]:
    usage = Usage(known.input_tokens, known.output_tokens, known.thinking_tokens)
    return parse(known.answer), Answered(usage, known.cost_usd)


def _error_of(state: RetryCallState) -> ModelError:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, ModelError)  # only ModelErrors are retried
    return error


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, ModelError) and error.kind in RETRYABLE


def _pause_s(state: RetryCallState) -> float:
    """The pause that the server asks for; 0 after an unusable answer; else growing exponentially."""
    error = _error_of(state)
    if error.retry_after_s is not None:
        return error.retry_after_s
    if error.kind in {FailureKind.UNUSABLE, FailureKind.CUT, FailureKind.EMPTY}:
        return 0.0
    # Random, so that threads that failed together do not retry together.
    spread = random.uniform(0.5, 1.0)  # noqa: S311  # not used for security
    return spread * wait_exponential(multiplier=FIRST_PAUSE_S, max=LONGEST_PAUSE_S)(state)


def _parsed(parse: Callable[[str], Parsed], reply: Reply) -> Parsed:
    try:
        return parse(reply.text)
    except AnswerError as error:
        raise ModelError(FailureKind.UNUSABLE, str(error), usage=reply.usage, answer=reply.text) from error


def _today() -> date:
    return datetime.now(UTC).date()
