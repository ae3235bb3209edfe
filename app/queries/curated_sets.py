"""Curated sets, and the rules that make them."""

import json
from collections import Counter
from typing import Any

from pydantic import ValidationError

from core.errors import InputError, NotFoundError
from core.types.runs import CuratedSet
from core.workspace import Workspace
from db import curated_sets
from db.engine import Database
from training.data.curate import Rule, curate


def rule_from_json(text: str | None) -> Rule:
    """The rule of a JSON text. Raises InputError."""
    if not text:
        return Rule()
    try:
        return Rule.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise InputError(f"--rule: {key}: {first['msg']}.") from error


def curate_by_json(workspace: Workspace, database: Database, name: str, rule: str | None) -> CuratedSet:
    """Makes a curated set. Raises InputError or CurationError."""
    return curate(database, workspace.settings, name, rule_from_json(rule))


def set_by_name(database: Database, name: str) -> CuratedSet:
    """The curated set of that name. Raises NotFoundError."""
    with database.read() as connection:
        found = curated_sets.by_name(connection, name)
    if found is None:
        raise NotFoundError(f"There is no curated set named {name!r}.")
    return found


def facts_of_set(curated: CuratedSet) -> dict[str, Any]:
    """The counts of a set, for JSON."""
    return {
        "id": curated.id,
        "name": curated.name,
        "digest": curated.digest,
        "clips": len(curated.rows),
        "subjects": len({row.subject_id for row in curated.rows}),
        "by_source": dict(Counter(row.source.value for row in curated.rows)),
        "by_label": dict(Counter(row.label for row in curated.rows)),
        "rule": json.loads(json.dumps(dict(curated.rule), default=str)),
    }
