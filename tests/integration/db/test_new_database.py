"""A database that is opened for the first time."""

from pathlib import Path

import pytest

from core.workspace import open_workspace
from db.engine import open_database


@pytest.mark.migrates
def test_a_new_database_leaves_no_copy_of_an_older_schema_beside_it(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    open_database(workspace).dispose()
    assert workspace.database_path.is_file()
    assert list(workspace.database_path.parent.glob("*schema*")) == []
