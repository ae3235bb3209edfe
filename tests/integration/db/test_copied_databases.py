"""What the tests themselves rely on, as they take their time."""

from pathlib import Path

import pytest

import db.engine
from core.workspace import open_workspace
from db.engine import open_database


def refused(*_: object) -> None:
    raise AssertionError("a new database was migrated, which takes a hundred times as long as a copy")


def test_a_new_database_of_a_test_begins_as_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.engine, "migrate", refused)
    open_database(open_workspace(tmp_path)).dispose()


@pytest.mark.migrates
def test_where_a_test_asks_for_it_it_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.engine, "migrate", refused)
    with pytest.raises(AssertionError, match="was migrated"):
        open_database(open_workspace(tmp_path))
