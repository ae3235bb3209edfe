"""A label that was written may have been retired: no query of db reads such a column but through db.labels_today."""

import re
from pathlib import Path

import db

WRITTEN = re.compile(
    r"\b(?:decisions|pseudo_labels|gold_labels|claims|clips|clip_rows)\.c\.(?:label|first_label|blind_label|speaks_for|simulated_truth)\b"
)
BY_NAME_OF_TODAY = re.compile(r"(?:label_today|label_shown|counts_today)\($")
NO_MEANING = re.compile(r"^\.is_not\(None\)")  # whether there is one at all
THEMSELVES = {
    "label_changes.py",  # counts what was written, to say what a change would do
    "reliability_sample.py",  # strata are what was imported
    "tables.py",
}


def read_as_written(source: str) -> list[str]:
    """The columns in the text of a module that are read as they were written."""
    return [
        found.group()
        for found in WRITTEN.finditer(source)
        if not BY_NAME_OF_TODAY.search(source[: found.start()]) and not NO_MEANING.match(source[found.end() :])
    ]


def test_a_column_that_is_compared_as_it_was_written_is_found() -> None:
    assert read_as_written("sa.select(label_today(decisions.c.label)).where(gold_labels.c.label == x)") == [
        "gold_labels.c.label"
    ]


def test_every_query_reads_labels_by_their_names_of_today() -> None:
    modules = [path for path in Path(db.__file__).parent.glob("*.py") if path.name not in THEMSELVES]
    found = {path.name: columns for path in modules if (columns := read_as_written(path.read_text(encoding="utf-8")))}
    assert found == {}
