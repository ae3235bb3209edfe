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
from db import features, model_calls
from db.engine import Database
from db.sent_requests import NewSent, Outcome
from labeling.settings_digest import normalized, spellings
from labeling.vlm.answers.schema import AnswerError
from labeling.vlm.deliveries import SendingDesk, SentOnce
from labeling.vlm.prompting.questions import PERSON
from labeling.vlm.providers.interface import RETRYABLE, FailureKind, ModelError, Reply, Request, Usage, VisionModel
from labeling.vlm.providers.prices import Price

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
LONGEST_KEPT_ANSWER = 200_000  # characters of a refused answer that are stored

_FLOATS = ("temperature", "frames_per_s")  # settings that may be whole numbers

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
    desk: SendingDesk
    ask_again: bool = False

    def answer(
        self, request: Request, video_identity: Mapping[str, Any], clip_id: int, parse: Callable[[str], Parsed]
    ) -> tuple[Parsed, Answered]:
        """The parsed answer, stored or new. If `parse` raises AnswerError on a new one, the request is sent again.

        Raises LabelingError for a stored answer that cannot be used; ModelError after the last attempt or a failure that a
        retry cannot solve; BudgetReachedError; JobCancelledError.

        An answer of an earlier version, which did not note who was shown, counts if it is newer than the clip's boxes.
        """
        digest = request_digest(self.model, request, video_identity)
        with self.database.read() as connection:
            known = model_calls.answered(connection, digest)
            if known is None:
                since = features.newest(connection, clip_id) if PERSON in video_identity else None
                earlier = earlier_digests(self.model, request, video_identity)
                known = model_calls.answered_before(connection, earlier, since)
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
            sleep=self.desk.limiter.wait,
            retry=retry_if_exception(_is_retryable),
            wait=_pause_s,
            stop=self._must_stop,
            before_sleep=self._hold_others,
            retry_error_callback=self._give_up,
        )
        return attempts(self._attempt, request, row, parse, known)

    def _attempt(
        self, request: Request, row: ModelCall, parse: Callable[[str], Parsed], unusable: ModelCall | None
    ) -> tuple[Parsed, Answered]:
        """Sends the request once and stores the outcome, even if it is a ModelError; only then cleans up after it.

        `unusable`: a stored answer that is paid for again.
        """
        self.desk.limiter.wait()
        worst_usd = self.price.usd(Usage(self.model.input_tokens(request), self.limits.output_tokens), _today())
        with self.desk.budget.reserved(worst_usd):
            sent = NewSent(row.clip_id, self.labeler, row.step, row.request_digest, worst_usd)
            claimed = self.desk.claim(sent, unusable)
            if isinstance(claimed, ModelCall):
                return _from_store(claimed, parse)
            return self._deliver(claimed, request, row, parse)

    def _deliver(
        self, delivery: SentOnce, request: Request, row: ModelCall, parse: Callable[[str], Parsed]
    ) -> tuple[Parsed, Answered]:
        started_s = time.monotonic()
        try:
            reply, parsed = self._asked(delivery, request, parse)
        except ModelError as error:
            failed = replace(row, failure=str(error), answer=error.answer[:LONGEST_KEPT_ANSWER])
            self._keep(delivery, failed, error.usage, started_s)
            raise
        cost_usd = self._keep(delivery, replace(row, answered=True, answer=reply.text), reply.usage, started_s)
        return parsed, Answered(reply.usage, cost_usd)

    def _asked(self, delivery: SentOnce, request: Request, parse: Callable[[str], Parsed]) -> tuple[Reply, Parsed]:
        """The reply and what it says. Whatever a response does to those who read it fails this request alone."""
        try:
            reply = self.model.ask(request, delivery)
            return reply, _parsed(parse, reply)
        except ModelError:
            raise
        except Exception as error:
            if delivery.outcome is Outcome.RECEIVED:
                kind = type(error).__name__
                raise ModelError(FailureKind.UNUSABLE, f"The response cannot be read ({kind}).") from error
            if delivery.outcome is Outcome.NOT_SENT:
                self.desk.withdraw(delivery)
            raise

    def _must_stop(self, state: RetryCallState) -> bool:
        asked_s = _error_of(state).retry_after_s or 0.0
        return state.attempt_number == self.limits.attempts or asked_s > self.limits.longest_wait_s

    def _hold_others(self, state: RetryCallState) -> None:
        """Makes all threads wait for a pause that the server asked for."""
        wanted_s = _error_of(state).retry_after_s
        if wanted_s is not None:
            self.desk.limiter.hold(wanted_s)

    def _give_up(self, state: RetryCallState) -> NoReturn:
        error, attempt = _error_of(state), state.attempt_number
        if attempt == self.limits.attempts:
            why = f"It was asked {'once' if attempt == 1 else f'{attempt} times'}."
        else:
            why = f"The server asks to wait {error.retry_after_s:.0f} s, longer than labeling.longest_wait_s allows."
        raise ModelError(error.kind, f"{error} {why}", usage=error.usage) from error

    def _keep(self, delivery: SentOnce, call: ModelCall, usage: Usage, started_s: float) -> float:
        """Stores the call, counts its cost before its reservation ends, and only then cleans up; returns the cost in USD."""
        cost_usd = self.price.usd(usage, _today())
        counted = replace(
            call,
            input_tokens=usage.input,
            output_tokens=usage.output,
            thinking_tokens=usage.thinking,
            cost_usd=cost_usd,
            seconds=time.monotonic() - started_s,
        )
        self.desk.close(delivery, counted)
        self.desk.budget.spend(cost_usd)
        if delivery.outcome is Outcome.UNANSWERED:
            self.desk.budget.count_unanswered(delivery.worst_usd)
        self.desk.delete_uploads(delivery, self.model)
        return cost_usd


def request_digest(model: VisionModel, request: Request, video_identity: Mapping[str, Any]) -> str:
    """Hex SHA-256 of all that determines an answer, so that no request is paid for twice."""
    return _digest(model, request, normalized(model.settings), _shown(video_identity, normalized(video_identity)))


def earlier_digests(model: VisionModel, request: Request, video_identity: Mapping[str, Any]) -> frozenset[str]:
    """The digests that earlier versions gave the same request: they wrote 6 or 6.0, and did not say who is shown."""
    of_nobody = {name: value for name, value in video_identity.items() if name != PERSON}
    return frozenset(
        _digest(model, request, settings, _shown(of_nobody, spelled))
        for settings in spellings(model.settings, _FLOATS)
        for spelled in spellings(of_nobody, _FLOATS)
    )


def _shown(video_identity: Mapping[str, Any], spelled: Mapping[str, Any]) -> dict[str, Any]:
    """The identity with its settings as they are spelled; what was measured stays as it is."""
    return {**video_identity, **{name: spelled[name] for name in _FLOATS if name in spelled}}


def _digest(
    model: VisionModel, request: Request, settings: Mapping[str, Any], video_identity: Mapping[str, Any]
) -> str:
    sent = {
        "model": model.model_id,
        "settings": dict(settings),
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
