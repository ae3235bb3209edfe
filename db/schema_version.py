"""Schema versions, and migration to the newest one.

Alembic is imported only if there is something to migrate, as the import takes a tenth of the app's start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_STAMP = sa.table("alembic_version", sa.column("version_num", sa.String))

REVISIONS = tuple(sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")))
"""All schema versions, oldest first, from the names of the migration files."""


def revision_of(connection: sa.Connection) -> str | None:
    """The database's schema version; None for an empty database."""
    if not sa.inspect(connection).has_table(_STAMP.name):
        return None
    found: str | None = connection.execute(sa.select(_STAMP.c.version_num)).scalar_one_or_none()
    return found


def migrate(connection: sa.Connection) -> None:
    """Migrates the database to the newest schema, if necessary, within the connection's transaction."""
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: sa.Connection) -> "Config":
    """Alembic's configuration, in place of an alembic.ini."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))  # as in a file, % begins a reference
    config.attributes["connection"] = connection
    return config
