"""How a person talks of a match, whatever the result: the little that words give away.

Each clip has a tone. An upbeat one is somewhat more frequent after a win and a subdued one after a loss; most people are
even either way, and many speak against their result. Beside that, a small share of clips tells the result in a sentence.
"""

TONES = ("upbeat", "even", "subdued")
_EVEN_SHARE = 0.4


def tone_shares(lean: float, *, won: bool) -> tuple[float, float, float]:
    """Shares of `TONES`; `lean` (0..0.3) moves that much from one end to the other."""
    ends = (1 - _EVEN_SHARE) / 2
    shift = lean / 2 if won else -lean / 2
    return (ends + shift, _EVEN_SHARE, ends - shift)
