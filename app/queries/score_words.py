"""A labeler's own score in words: it is no probability until it is calibrated against people's blind judgments."""

_WORDS = ((0.9, "very sure"), (0.75, "sure"), (0.6, "fairly sure"))


def score_in_words(score: float) -> str:
    """How sure a labeler says that it is, by its score (0..1)."""
    return next((words for least, words in _WORDS if score >= least), "unsure")
