"""DDL of triggers for SQLite and PostgreSQL.

A trigger's body is SQL that both understand, with NEW and OLD.
"""

import sqlalchemy as sa


def on_change(dialect: str, name: str, event: str, table: str, body: str) -> list[str]:
    """A row trigger after `event` (such as `INSERT` or `UPDATE OF label`) that runs the statements of `body`."""
    if dialect == "sqlite":
        return [f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW BEGIN {body} END"]
    return _postgresql(name, f"AFTER {event}", table, f"{body} RETURN NULL;")


def refuse(dialect: str, name: str, event: str, table: str, sentence: str, *, when: str | None = None) -> list[str]:
    """A row trigger that aborts `event` with the error `sentence`, always or if the SQL condition `when` is true."""
    if dialect == "sqlite":
        where = f" WHERE {when}" if when else ""
        action = f"SELECT RAISE(ABORT, '{sentence}'){where};"
        return [f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW BEGIN {action} END"]
    action = f"RAISE EXCEPTION '{sentence}';"
    guarded = f"IF {when} THEN {action} END IF;" if when else action
    return _postgresql(name, f"BEFORE {event}", table, f"{guarded} RETURN NEW;")


def drop(dialect: str, name: str, table: str) -> list[str]:
    """Drops a trigger made by `on_change` or `refuse`, and on PostgreSQL its function."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER {name}"]
    return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]


def refuse_truncate(name: str, table: str, sentence: str) -> list[str]:
    """A statement trigger that aborts TRUNCATE; for PostgreSQL only."""
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{sentence}'; END $$",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def execute(connection: sa.Connection, statements: list[str]) -> None:
    """Runs statements one by one, without parameters, so that percent signs and colons are literal."""
    for statement in statements:
        connection.exec_driver_sql(
            statement.replace("%", "%%") if connection.dialect.paramstyle != "qmark" else statement
        )


def _postgresql(name: str, when: str, table: str, body: str) -> list[str]:
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
