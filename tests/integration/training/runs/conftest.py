"""A database whose clips are judged step by step."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import open_workspace
from db.engine import open_database
from tests.unit.db.conftest import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(open_workspace(tmp_path))
    yield Desk(database)
    database.dispose()
