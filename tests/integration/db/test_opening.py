"""What opening a database says, in one sentence, where it cannot be used."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import db
from core.errors import WorkspaceError
from core.workspace import Workspace, open_workspace
from db import reviewers
from db.engine import Database, open_database, open_database_url, wal_is_safe
from db.schema_version import REVISIONS
from db.tables import metadata

pytestmark = pytest.mark.migrates


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 49, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_is_used_only_where_sqlite_is_free_of_the_reset_fault(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_the_journal_follows_the_sqlite_library(workspace: Workspace) -> None:
    database = open_database(workspace)
    with database.read() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    database.dispose()
    assert mode == ("wal" if wal_is_safe(sqlite3.sqlite_version_info[:3]) else "delete")


@pytest.mark.parametrize(("pragma", "value"), [("foreign_keys", 1), ("synchronous", 2)])
def test_a_writing_connection_checks_foreign_keys_and_syncs_fully(
    workspace: Workspace, pragma: str, value: int
) -> None:
    database = open_database(workspace)
    with database.write() as connection:
        found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
    database.dispose()
    assert found == value


def test_a_database_of_a_newer_version_is_left_alone(workspace: Workspace) -> None:
    open_database(workspace).dispose()
    with sqlite3.connect(workspace.database_path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(WorkspaceError, match=r"was made by a newer version of Telltale \(schema 9999\)"):
        open_database(workspace)


def test_a_file_that_is_no_database_is_named(workspace: Workspace) -> None:
    workspace.database_path.write_bytes(b"these are holiday pictures, not a database" * 100)
    with pytest.raises(WorkspaceError, match=r"telltale\.db .*not a database"):
        open_database(workspace)


def test_a_folder_in_the_place_of_the_database_is_named(workspace: Workspace) -> None:
    workspace.database_path.mkdir()
    with pytest.raises(WorkspaceError, match=r"telltale\.db"):
        open_database(workspace)


def test_a_read_only_database_is_refused_at_once(workspace: Workspace) -> None:
    open_database(workspace).dispose()
    with pytest.raises(WorkspaceError, match=r"telltale\.db.* readonly database\.$"):
        open_database_url(f"sqlite:///file:{workspace.database_path}?mode=ro&uri=true")


def test_a_database_that_is_cut_in_half_is_named(workspace: Workspace) -> None:
    open_database(workspace).dispose()
    whole = workspace.database_path.read_bytes()
    workspace.database_path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WorkspaceError, match=r"telltale\.db"):
        open_database(workspace)


def test_a_migration_that_fails_leaves_no_table_and_no_stamp(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    def pulled(*arguments: object, **options: object) -> None:
        raise RuntimeError("the plug was pulled")

    original = op.create_table
    seen: list[str] = []

    def create_some(name: str, *columns: object, **options: object) -> object:
        seen.append(name)
        return original(name, *columns, **options) if len(seen) < 5 else pulled()

    monkeypatch.setattr(op, "create_table", create_some)
    with pytest.raises(RuntimeError, match="pulled"):
        open_database(workspace)
    with sqlite3.connect(workspace.database_path) as raw:
        left = raw.execute("SELECT name FROM sqlite_master").fetchall()
    raw.close()
    assert left == []


def test_the_files_of_the_migrations_name_the_schemas_that_alembic_walks() -> None:
    walked = ScriptDirectory(str(Path(db.__file__).parent / "migrations")).walk_revisions()
    assert list(REVISIONS) == [script.revision for script in walked][::-1]


def test_a_database_of_the_newest_schema_is_opened_without_alembic(workspace: Workspace) -> None:
    open_database(workspace).dispose()
    code = (
        "import sys; from pathlib import Path; from core.workspace import open_workspace; from db.engine import open_database; "
        "open_database(open_workspace(Path(sys.argv[1]))).dispose(); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(workspace.root)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """FTS5's tables (db.search) are made by their migration alone; SQLAlchemy has no name for them."""
    return not (kind == "table" and re.match(r"(clip|rationale)_words(_|$)", name or ""))


def test_the_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    with database.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"include_name": _is_ours}), metadata)
    assert found == []


def test_a_read_on_postgresql_sees_nothing_that_is_written_meanwhile(server_database: Database) -> None:
    with server_database.read() as connection:
        before = reviewers.all(connection)
        with server_database.write() as other:
            reviewers.ensure(other, "Ada")
        assert reviewers.all(connection) == before
    with server_database.read() as connection:
        assert [reviewer.name for reviewer in reviewers.all(connection)] == ["Ada"]


def test_the_database_and_what_sqlite_writes_beside_it_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        database = open_database(open_workspace(tmp_path))
        with database.write() as connection:
            reviewers.ensure(connection, "Ada")
            files = [path for path in tmp_path.iterdir() if path.is_file()]
            assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in files} == {"0o600"}
            assert len(files) > 1
        database.dispose()
    finally:
        os.umask(before)
