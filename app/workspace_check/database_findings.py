"""Findings about the database file itself."""

from pathlib import Path

from app.workspace_check.finding import Finding
from db.integrity import NEWEST_SCHEMA, DatabaseState


def of_database(path: Path, state: DatabaseState) -> list[Finding]:
    """Damages, references to rows that are not there, and a schema that is not this version's."""
    found = [
        Finding("database", f"The database {path} is damaged ({told}); take a copy of it from before.")
        for told in state.damages
    ]
    found += [
        Finding("reference", f"In {path}, row {row} of {table} refers to a row of {parent} that is not there.")
        for table, row, parent in state.broken_references
    ]
    found += [
        Finding("schema", f"The database {path} has no {name}, which its schema {state.schema} should have.")
        for name in state.missing_columns
    ]
    if not state.damages and state.schema != NEWEST_SCHEMA:
        schema = state.schema or "none"
        found.append(
            Finding(
                "schema",
                f"The database {path} is of schema {schema}, this version's is {NEWEST_SCHEMA}; any other command that opens "
                "it migrates it and keeps a copy, and the rest can be checked then.",
            )
        )
    return found


def can_be_opened(state: DatabaseState) -> bool:
    """Whether the rows can be looked at without migrating the file."""
    return not state.damages and not state.missing_columns and state.schema == NEWEST_SCHEMA
