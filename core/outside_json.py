"""Reading JSON written by others (models, their servers, files): within limits, and every refusal is one sentence."""

import json
import math
from dataclasses import dataclass
from typing import Any

from core.errors import InputError
from core.printable import printable
from core.storable import storable

_SHOWN_CHARACTERS = 40


class JsonError(InputError):
    """JSON that is not read: not whole, ambiguous, or beyond a limit."""


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """`size`: bytes, or characters of text; `depth`: objects and lists within each other; `digits`: characters of a number."""

    size: int = 8 * 2**20
    depth: int = 64
    digits: int = 100


DEFAULT_LIMITS = JsonLimits()


def read_json(data: str | bytes | bytearray, what: str, limits: JsonLimits = DEFAULT_LIMITS) -> Any:
    """The value of a JSON text; `what` begins the sentence of a refusal ("The answer").

    Text in it is storable (see `core.storable`). Raises JsonError for JSON that is not whole, not UTF-8 or beyond the
    limits, for NaN and infinity, and for an object that names a key twice.
    """
    if len(data) > limits.size:
        raise JsonError(f"{what} is larger than {limits.size / 2**20:.3g} MiB.")
    reading = _Reading(what, limits)
    text = data if isinstance(data, str) else reading.decoded(bytes(data))
    try:
        value = json.loads(
            text,
            parse_int=reading.integer,
            parse_float=reading.number,
            object_pairs_hook=reading.object,
        )
    except json.JSONDecodeError as error:
        raise JsonError(
            f"{what} is no complete JSON: {error.msg} at character {error.pos:,} of {len(text):,}."
        ) from error
    except RecursionError as error:
        raise reading.too_deep() from error
    return reading.cleaned(value)


@dataclass(frozen=True, slots=True)
class _Reading:
    what: str
    limits: JsonLimits

    def decoded(self, data: bytes) -> str:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise JsonError(f"{self.what} is not UTF-8: byte {error.start:,} is {data[error.start]:#04x}.") from error

    def integer(self, written: str) -> int:
        self._check_digits(written)
        return int(written)

    def number(self, written: str) -> float:
        self._check_digits(written)
        return float(written)

    def _check_digits(self, written: str) -> None:
        if len(written) > self.limits.digits:
            raise JsonError(
                f"{self.what} has a number of {len(written):,} characters; up to {self.limits.digits} are read."
            )

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            name = storable(key)
            if name in found:
                raise JsonError(f"{self.what} has {printable(name, _SHOWN_CHARACTERS)!r} twice in one object.")
            found[name] = value
        return found

    def too_deep(self) -> JsonError:
        return JsonError(f"{self.what} nests deeper than {self.limits.depth} levels.")

    def cleaned(self, value: Any) -> Any:
        """`value` with storable strings. Iterative, as the depth is checked here."""
        top = [value]
        waiting: list[tuple[dict[str, Any] | list[Any], int]] = [(top, 0)]
        while waiting:
            holder, depth = waiting.pop()
            if depth > self.limits.depth:
                raise self.too_deep()
            for place, inner in holder.items() if isinstance(holder, dict) else enumerate(holder):
                if isinstance(inner, str):
                    holder[place] = storable(inner)  # type: ignore[index]  # the place is the holder's own
                elif isinstance(inner, dict | list):
                    waiting.append((inner, depth + 1))
                elif isinstance(inner, float) and not math.isfinite(inner):
                    where = f" as {printable(place, _SHOWN_CHARACTERS)!r}" if isinstance(place, str) else ""
                    raise JsonError(f"{self.what} has {inner}{where}, which is no number.")
        return top[0]
