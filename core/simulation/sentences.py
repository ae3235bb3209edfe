"""Sentences of transcripts and rationales of a cohort, read from the .toml files beside this module."""

import tomllib
from pathlib import Path
from typing import Any


def sentences_of(file_name: str) -> dict[str, Any]:
    """The lists of sentences in a file, by topic."""
    return tomllib.loads(Path(__file__).with_name(file_name).read_text(encoding="utf-8"))
