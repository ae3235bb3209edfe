"""Changes that make a valid input hostile: of its bytes, or of one value within what JSON or TOML hold."""

import copy
import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

HOSTILE_TEXTS = (
    "",
    "\0",
    "\ud800",  # a lone surrogate: no UTF-8
    "\u202egnp.exe",  # read from right to left
    "\x1b[2J\x1b]0;title\a",
    "a" * 100_000,
    "." * 40_000,
    "../" * 40 + "etc/passwd",
    "<img src=x onerror=alert(1)>",
    "![x](https://example.org/x.png)",
    "=HYPERLINK('https://example.org')",
    "'; DROP TABLE clips; --",
    "%s%n{0}{__class__}",
    "\N{COMBINING ACUTE ACCENT}" * 1000,
    "nul",
    "9" * 5000,
)
HOSTILE_NUMBERS = (
    0,
    -1,
    -0.0,
    2**31,
    2**53 + 1,
    2**63,
    -(2**63) - 1,
    10**400,
    1e308,
    -1e308,
    5e-324,
    math.nan,
    math.inf,
    -math.inf,
)
_DEEP = 5000


def hostile_value(chance: random.Random) -> Any:
    """Something that a careless reader does not expect: of another type, too large, too deep, or no number."""
    kinds: Sequence[Callable[[], Any]] = (
        lambda: None,
        lambda: chance.random() < 0.5,
        lambda: chance.choice(HOSTILE_NUMBERS),
        lambda: chance.choice(HOSTILE_TEXTS),
        lambda: [],
        lambda: {},
        lambda: [None] * chance.choice((1, 1000)),
        lambda: {chance.choice(HOSTILE_TEXTS): chance.choice(HOSTILE_NUMBERS)},
        lambda: nested(chance.choice((3, 50))),
    )
    return chance.choice(kinds)()


def nested(depth: int) -> list[Any]:
    """A list in a list, `depth` deep."""
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


def deep_json(chance: random.Random) -> bytes:
    """JSON whose nesting a recursive reader does not survive; half of the time it is never closed."""
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return opening * _DEEP + (b"1" + closing * _DEEP if chance.random() < 0.5 else b"")


def with_hostile_value(value: Any, chance: random.Random, times: int = 1) -> Any:
    """A copy in which some values, keys or items were replaced, left out or doubled."""
    changed = copy.deepcopy(value)
    for _ in range(times):
        changed = _changed_once(changed, chance)
    return changed


def _changed_once(root: Any, chance: random.Random) -> Any:
    places = list(_places(root))
    if not places:
        return hostile_value(chance)
    holder, key = chance.choice(places)
    change = chance.randrange(4)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, dict):
        holder[chance.choice(HOSTILE_TEXTS)] = holder.pop(key)
    elif change == 1:
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[key] = hostile_value(chance)
    return root


def _places(value: Any) -> Any:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield value, index
            yield from _places(inner)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes cut, flipped, repeated, mixed with others, or with a number in them made a monster."""
    changes: Sequence[Callable[[bytearray], bytes]] = (
        lambda held: bytes(held[: chance.randrange(len(held) + 1)]),
        lambda held: bytes(held[chance.randrange(len(held) + 1) :]),
        lambda held: _flipped(held, chance),
        lambda held: _flipped(held, chance),
        lambda held: _filled(held, chance),
        lambda held: _doubled(held, chance),
        lambda held: _with_other_number(held, chance),
        lambda held: bytes(held) + chance.randbytes(chance.randrange(1, 1000)),
        lambda held: chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\n\n", b"PK\x03\x04")) + bytes(held),
        lambda held: bytes(held).replace(b"\n", chance.choice((b"\r", b"\r\n", b"\0", b"\x85"))),
    )
    held = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        held = bytearray(chance.choice(changes)(held))
    return bytes(held)


def _flipped(held: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 3, 30)) if held else 0):
        held[chance.randrange(len(held))] ^= 1 << chance.randrange(8)
    return bytes(held)


def _filled(held: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(held) + 1)
    length = chance.choice((1, 16, 400))
    held[start : start + length] = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    return bytes(held)


def _doubled(held: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(held) + 1)
    end = min(len(held), start + chance.choice((1, 20, 2000)))
    return bytes(held[:start] + held[start:end] * chance.choice((2, 50)) + held[end:])


def _with_other_number(held: bytearray, chance: random.Random) -> bytes:
    digits = [index for index, one in enumerate(held) if 48 <= one <= 57]
    if not digits:
        return bytes(held)
    at = chance.choice(digits)
    other = chance.choice((b"-", b"1e308", b"NaN", b"Infinity", b"9" * 5000, b"0x1", b"1_0", b"", b"1e-400"))
    return bytes(held[:at] + other + held[at + 1 :])
