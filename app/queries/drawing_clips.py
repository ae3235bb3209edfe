"""Which clip goes to which coder: drawn by a seed, and dealt so that everybody gets as many."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from core.types.assignments import Assignment


def drawn(clip_ids: Iterable[int], number: int | None, seed: int) -> list[int]:
    """`number` of the clips, or all, in a random order that the seed repeats."""
    every = sorted(clip_ids)
    return random.Random(seed).sample(  # noqa: S311  # a draw, not a secret
        every, len(every) if number is None else min(number, len(every))
    )


def dealt(
    clip_ids: Iterable[int],
    coders: Sequence[int],
    known: Mapping[int, Collection[int]],
    number: int | None = None,
    load: Counter[int] | None = None,
    *,
    each: int = 1,
    without: Mapping[int, int] | None = None,
) -> list[Assignment]:
    """Gives each clip, in this order, to the `each` coders that have fewest so far and do not know it.

    `known`: clips by coder that the coder is not to get; `without`: by clip, one coder who is not to get it. A clip for which
    there are too few coders is left out; with `number`, that many clips are dealt. `load`, the clips of each coder, is kept
    up to date.
    """
    load = Counter() if load is None else load
    found: list[Assignment] = []
    for clip_id in clip_ids:
        if number is not None and len(found) >= number * each:
            break
        free = [one for one in coders if clip_id not in known[one] and (without or {}).get(clip_id) != one]
        if len(free) < each:
            continue
        for coder_id in sorted(free, key=lambda one: load[one])[
            :each
        ]:  # sorting is stable: the first named comes first
            load[coder_id] += 1
            found.append(Assignment(clip_id, coder_id))
    return found
