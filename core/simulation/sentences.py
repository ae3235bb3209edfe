"""What is said and written in a cohort, read from the files of sentences beside this module."""

import tomllib
from pathlib import Path
from typing import Any


def sentences_of(file_name: str) -> dict[str, Any]:
    """Lists of sentences by what they are said of."""
    return tomllib.loads(Path(__file__).with_name(file_name).read_text(encoding="utf-8"))
