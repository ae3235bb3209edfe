"""Sentences and their hashed features."""

import subprocess
import sys

import numpy as np
import pytest

from labeling.perception.text import HashingText, sentences_of


@pytest.mark.parametrize(
    ("transcript", "sentences"),
    [
        ("Well. I felt fine! Did I? Yes", ["Well.", "I felt fine!", "Did I?", "Yes"]),
        ("one line\n\nanother line\n", ["one line", "another line"]),
        ("第一。第二！", ["第一。", "第二！"]),
        ("Won 6.4 to 3.", ["Won 6.4 to 3."]),
        ("  \n ", []),
    ],
)
def test_a_transcript_is_cut_into_sentences(transcript: str, sentences: list[str]) -> None:
    assert sentences_of(transcript) == sentences


def test_each_sentence_is_one_row_of_unit_length() -> None:
    features = HashingText().encode(["I felt fine out there.", "He played well."])
    assert features.shape == (2, HashingText.width)
    assert features.dtype == np.float16
    assert np.linalg.norm(features.astype(np.float64), axis=1) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_no_sentences_are_no_rows() -> None:
    assert HashingText().encode([]).shape == (0, HashingText.width)


def test_the_same_words_give_the_same_row() -> None:
    first, second, other = HashingText().encode(["I felt fine.", "i FELT fine", "Nothing alike here"]).astype(float)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_importing_the_labelling_loads_no_scikit_learn_and_no_torch() -> None:
    code = (
        "import sys, labeling.importing, labeling.label_run, labeling.perception.perceive;"
        "print([name for name in ('sklearn', 'torch', 'transformers', 'ultralytics') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
