"""Sentences and their hashed features."""

import subprocess
import sys

import numpy as np
import pytest

from core.settings.perception import PerceptionSettings
from core.types.transcript import TranscriptSegment
from labeling.perception.text.hashing import HashingText, text_features

UNMASKED = HashingText(PerceptionSettings(mask_outcome_words=False))


def test_each_sentence_is_one_row_of_unit_length() -> None:
    features = UNMASKED.encode(["I felt fine out there.", "He played well."])
    assert features.shape == (2, HashingText.width)
    assert features.dtype == np.float16
    assert np.linalg.norm(features.astype(np.float64), axis=1) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_no_sentences_are_no_rows() -> None:
    assert UNMASKED.encode([]).shape == (0, HashingText.width)


def test_the_same_words_give_the_same_row() -> None:
    first, second, other = UNMASKED.encode(["I felt fine.", "i FELT fine", "Nothing alike here"]).astype(float)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_outcome_words_are_left_out_unless_the_settings_say_otherwise() -> None:
    masked = HashingText(PerceptionSettings())
    with_result, without = masked.encode(["Yes we won today", "Yes we today"])
    assert np.array_equal(with_result, without)
    assert not np.array_equal(*UNMASKED.encode(["Yes we won today", "Yes we today"]))
    assert masked.producer != UNMASKED.producer


def test_a_clip_is_the_mean_of_its_sentences_by_their_words_and_keeps_their_times() -> None:
    segments = (TranscriptSegment("I was calm.", 0.5, 1.5), TranscriptSegment("Really.", 2.0, 2.5))
    arrays = text_features(segments, UNMASKED)
    rows = arrays["features"].astype(np.float32)
    assert arrays["clip"] == pytest.approx((3 * rows[0] + rows[1]) / 4)
    assert (arrays["start_s"].tolist(), arrays["end_s"].tolist()) == ([0.5, 2.0], [1.5, 2.5])


def test_words_without_times_have_none() -> None:
    arrays = text_features((TranscriptSegment("I was calm.", None, None),), UNMASKED)
    assert np.isnan(arrays["start_s"]).all()


def test_importing_the_labeling_loads_no_scikit_learn_and_no_torch() -> None:
    code = (
        "import sys, labeling.ingest.import_folder, labeling.label_run, labeling.perception.extract_features;"
        "print([name for name in ('sklearn', 'torch', 'transformers', 'ultralytics') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
