"""A database in a temporary folder, two reviewers, and a quick way to decide."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from core.types.cues import BodyRegion
from core.types.decisions import Decision, DecisionKind, NewDecision, ReviewMode
from core.types.pseudo_labels import Claim, ClaimCheck, PseudoLabel
from core.workspace import open_workspace
from db import clips, decisions, pseudo_labels, reviewers
from db.engine import Database, open_database
from tests.integration.db.log_oracle import LABELER, answer, new_clip


class Desk:
    """What a test does in one line: clips, answers and decisions, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._numbers = count(1)
        with database.write() as connection:
            self.ada = reviewers.ensure(connection, "Ada").id
            self.ben = reviewers.ensure(connection, "Ben").id

    def clip(self, **options: Any) -> int:
        """A new clip's id."""
        with self.database.write() as connection:
            return clips.add(connection, new_clip(next(self._numbers), **options)).id

    def answer(
        self,
        clip_id: int,
        label: str,
        confidence: float = 0.8,
        *,
        first: str | None = None,
        contradicted: int = 0,
        leak: str = "",
        claim_leak: str = "",
    ) -> PseudoLabel:
        """A labeler's answer with two claims that hold and some that are contradicted."""
        checks = [ClaimCheck.SUPPORTED] * 2 + [ClaimCheck.CONTRADICTED] * contradicted
        nod = Claim(0.0, 1.0, "nodding", BodyRegion.HEAD, "A nod.", label, 0.5, leak=claim_leak)
        claims = tuple(replace(nod, check=check) for check in checks)
        made = replace(answer(label, confidence, first), claims=claims, leak=leak)
        with self.database.write() as connection:
            return pseudo_labels.store(connection, clip_id, LABELER, str(next(self._numbers)), made)

    def new(self, kind: DecisionKind, clip_id: int, label: str | None = None, **options: Any) -> NewDecision:
        """A decision of Ada's in blind mode unless told otherwise."""
        values = {"token": f"token {next(self._numbers)}", "reviewer_id": self.ada, "mode": ReviewMode.BLIND}
        return NewDecision(clip_id=clip_id, kind=kind, label=label, **{**values, **options})

    def record(self, new: NewDecision) -> Decision:
        """Stores it."""
        with self.database.write() as connection:
            return decisions.record(connection, new)[0]

    def decide(self, kind: DecisionKind, clip_id: int, label: str | None = None, **options: Any) -> Decision:
        """Makes and stores one."""
        return self.record(self.new(kind, clip_id, label, **options))

    def step(self, clip_id: int, reviewer_id: int | None = None) -> str:
        """Where a reviewer (Ada) is with a clip."""
        with self.database.read() as connection:
            reviewer = reviewer_id or self.ada
            return decisions.step_of(
                ReviewMode.BLIND,
                decisions.blind_row(connection, clip_id, reviewer),
                decisions.standing(connection, clip_id, reviewer),
            )

    def label(self, clip_id: int) -> tuple[str, str] | None:
        """Label and source that count now."""
        with self.database.read() as connection:
            found = clips.labels(connection, [clip_id]).get(clip_id)
        return None if found is None else (found.label, found.source.value)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(open_workspace(tmp_path))
    yield Desk(database)
    database.dispose()
