"""Text features: one hashed vector a sentence, the embedded counterpart of BERT. Nothing is fitted."""

import re

import numpy as np
import numpy.typing as npt

from core.records import Producer
from labeling.digest import settings_digest

_SETTINGS = {"n_features": 256, "ngram_range": [1, 2], "norm": "l2", "alternate_sign": True}
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])\s*|\n+")


class HashingText:
    """Words and word pairs hashed into 256 signed counts of unit length (Weinberger et al., ICML 2009)."""

    width = 256

    def __init__(self) -> None:
        self.producer = Producer("hashing", "1", settings_digest(_SETTINGS))

    def encode(self, sentences: list[str]) -> npt.NDArray[np.float16]:
        """(S,) sentences to (S, 256); a sentence without words is a row of zeros."""
        if not sentences:
            return np.zeros((0, self.width), dtype=np.float16)
        # Imported here: the web process imports this package and must stay small.
        from sklearn.feature_extraction.text import HashingVectorizer

        vectorizer = HashingVectorizer(n_features=self.width, ngram_range=(1, 2), norm="l2", alternate_sign=True)
        return np.asarray(vectorizer.transform(sentences).toarray(), dtype=np.float16)


def sentences_of(transcript: str) -> list[str]:
    """The transcript cut after full stops, question and exclamation marks, and at line ends; empty ones left out."""
    return [sentence.strip() for sentence in _SENTENCE_END.split(transcript) if sentence.strip()]
