"""Triggers in the two dialects from one body.

A body is plain SQL that both SQLite and PostgreSQL read; NEW and OLD mean the same in both.
"""

import sqlalchemy as sa


def on_change(dialect: str, name: str, event: str, table: str, body: str) -> list[str]:
    """A row trigger after `event` (such as `INSERT` or `UPDATE OF label`) that runs the statements of `body`."""
    if dialect == "sqlite":
        return [f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW BEGIN {body} END"]
    return _postgresql(name, f"AFTER {event}", table, f"{body} RETURN NULL;")


def refuse(dialect: str, name: str, event: str, table: str, sentence: str, *, when: str | None = None) -> list[str]:
    """A row trigger that aborts `event` with `sentence`, always or where the condition `when` holds."""
    if dialect == "sqlite":
        where = f" WHERE {when}" if when else ""
        action = f"SELECT RAISE(ABORT, '{sentence}'){where};"
        return [f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW BEGIN {action} END"]
    action = f"RAISE EXCEPTION '{sentence}';"
    guarded = f"IF {when} THEN {action} END IF;" if when else action
    return _postgresql(name, f"BEFORE {event}", table, f"{guarded} RETURN NEW;")


def drop(dialect: str, name: str, table: str) -> list[str]:
    """Takes a trigger of `on_change` or `refuse` away, with its function where the dialect has one."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER {name}"]
    return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]


def refuse_truncate(name: str, table: str, sentence: str) -> list[str]:
    """PostgreSQL alone: a statement trigger that aborts TRUNCATE."""
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{sentence}'; END $$",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def execute(connection: sa.Connection, statements: list[str]) -> None:
    """Runs statements one by one; percent signs and colons in them are taken as they stand."""
    for statement in statements:
        connection.exec_driver_sql(
            statement.replace("%", "%%") if connection.dialect.paramstyle != "qmark" else statement
        )


def _postgresql(name: str, when: str, table: str, body: str) -> list[str]:
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
