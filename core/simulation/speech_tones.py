"""Tone in which a person talks about a match, which reveals little of its result.

Each clip has one tone: upbeat is somewhat more frequent after a win, subdued after a loss, and even is independent of the
result. Besides, a small share of clips (`telling_share`) has a sentence that tells the result.
"""

TONES = ("upbeat", "even", "subdued")
_EVEN_SHARE = 0.4


def tone_shares(lean: float, *, won: bool) -> tuple[float, float, float]:
    """Probabilities of `TONES`; `lean` (0..0.3) is moved from subdued to upbeat if won, the other way if lost."""
    ends = (1 - _EVEN_SHARE) / 2
    shift = lean / 2 if won else -lean / 2
    return (ends + shift, _EVEN_SHARE, ends - shift)
