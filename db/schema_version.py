"""Which schema a database has, and bringing it to the newest one.

Alembic takes a tenth of the app's start to load, so it is loaded only where there is something to migrate.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_STAMP = sa.table("alembic_version", sa.column("version_num", sa.String))

REVISIONS = tuple(sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")))
"""Every schema that there has been, oldest first: a migration's file begins with its revision."""


def revision_of(connection: sa.Connection) -> str | None:
    """The schema that the database is stamped with; None where it has none yet."""
    if not sa.inspect(connection).has_table(_STAMP.name):
        return None
    found: str | None = connection.execute(sa.select(_STAMP.c.version_num)).scalar_one_or_none()
    return found


def migrate(connection: sa.Connection) -> None:
    """Brings the database to the newest schema within the connection's transaction; nothing where it is there already."""
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: sa.Connection) -> "Config":
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
