"""Text features, one vector per sentence, and their built-in backend: hashed words, without training."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.settings.perception import PerceptionSettings
from core.types.features import Producer
from core.types.transcript import TranscriptSegment
from labeling.interfaces import TextEncoder
from labeling.outcome_masking import mask_outcome_words
from labeling.settings_digest import settings_digest

_SETTINGS = {"n_features": 256, "ngram_range": [1, 2], "norm": "l2", "alternate_sign": True}


class HashingText:
    """Words and word pairs hashed into 256 signed counts of unit length (Weinberger et al., ICML 2009)."""

    width = 256

    def __init__(self, settings: PerceptionSettings) -> None:
        self._masked = settings.outcome_words if settings.mask_outcome_words else ()
        self.producer = Producer("hashing", "2", settings_digest({**_SETTINGS, "masked": list(self._masked)}))

    def encode(self, sentences: Sequence[str]) -> npt.NDArray[np.float16]:
        """(S,) sentences to (S, 256); a sentence without words, or with masked words only, gives zeros."""
        if not sentences:
            return np.zeros((0, self.width), dtype=np.float16)
        # Imported here, as the web process imports this package and must stay small.
        from sklearn.feature_extraction.text import HashingVectorizer

        vectorizer = HashingVectorizer(n_features=self.width, ngram_range=(1, 2), norm="l2", alternate_sign=True)
        shown = sentences
        if self._masked:
            shown = [mask_outcome_words(sentence, self._masked, " ") for sentence in sentences]
        return np.asarray(vectorizer.transform(shown).toarray(), dtype=np.float16)


def text_features(segments: Sequence[TranscriptSegment], encoder: TextEncoder) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a clip's TEXT file.

    features: float16 (S, D), of S sentences. start_s, end_s: float64 (S,), NaN if the transcript has no times. clip: float32
    (D,), the mean over sentences weighted by their numbers of words.
    """
    features = encoder.encode([segment.text for segment in segments])
    words = np.array([max(len(segment.text.split()), 1) for segment in segments], dtype=np.float32)
    pooled = np.average(features.astype(np.float32), axis=0, weights=words) if len(features) else features.sum(axis=0)
    return {
        "features": features,
        "start_s": np.array([np.nan if each.start_s is None else each.start_s for each in segments], dtype=np.float64),
        "end_s": np.array([np.nan if each.end_s is None else each.end_s for each in segments], dtype=np.float64),
        "clip": np.asarray(pooled, dtype=np.float32),
    }
