"""Databases of every schema that was ever released open, migrate and still show their rows."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from core.records import ClaimVerdict, ClipState, CurrentLabel, LabelSource
from core.workspace import open_workspace
from db import clips, cues, curated_sets, decisions, pseudo_labels, runs
from db.engine import migration_config, open_database
from tests.integration.db.freeze import CLAIM, CUES, DATA, NOTE

FROZEN = sorted(DATA.glob("schema_*.db"))


def test_every_schema_has_its_frozen_database() -> None:
    revisions = {script.revision for script in ScriptDirectory.from_config(migration_config()).walk_revisions()}
    assert {path.stem.removeprefix("schema_") for path in FROZEN} == revisions


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_an_old_database_opens_with_all_its_rows(frozen: Path, tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    workspace.database_path.write_bytes(frozen.read_bytes())
    database = open_database(workspace)
    with database.read() as connection:
        first, second, third = clips.page(connection)
        shown = pseudo_labels.latest(connection, first.id)
        curated = curated_sets.by_name(connection, "frozen")
        current = runs.current(connection)
        assert [clip.state for clip in (first, second, third)] == [
            ClipState.REVIEWED,
            ClipState.IMPORTED,
            ClipState.IMPORTED,
        ]
        assert clips.labels(connection) == {
            first.id: CurrentLabel(first.id, "negative", LabelSource.HUMAN, conflict=True),
            second.id: CurrentLabel(second.id, "positive", LabelSource.GOLD, conflict=False),
        }
        assert [(row.kind.value, row.note) for row in decisions.history(connection, first.id)] == [
            ("blind", ""),
            ("accept", NOTE),
        ]
        assert list(decisions.history(connection, first.id)[1].claim_verdicts.values()) == [ClaimVerdict.TRUE]
        assert cues.of_clip(connection, first.id) == CUES
    assert shown is not None
    assert [claim.text for claim in shown.answer.claims] == [CLAIM.text]
    assert curated is not None
    assert curated.digest == curated_sets.digest_of(curated.rule, curated.rows)
    assert current is not None
    assert current.curated_set_id == curated.id
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_an_old_database_keeps_its_counters_through_the_migration(frozen: Path, tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    workspace.database_path.write_bytes(frozen.read_bytes())
    database = open_database(workspace)
    with database.read() as connection:
        kept = clips.counts(connection)
    with database.write() as connection:
        clips.rebuild_states(connection)
        assert clips.counts(connection) == kept
    database.dispose()
