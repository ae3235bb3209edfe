"""Search on PostgreSQL, which looks for the text as it was typed."""

from dataclasses import replace

import pytest

from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from db import clips, decisions, pseudo_labels, reviewers
from db.engine import Database
from tests.integration.db.log_oracle import LABELER, answer, new_clip

# On PostgreSQL % stands for any characters and _ for one, unless they are escaped.
TYPED = "5_%"


@pytest.mark.parametrize("field", ["name", "subject", "transcript"])
def test_a_percent_sign_and_an_underscore_mean_themselves(server_database: Database, field: str) -> None:
    with server_database.write() as connection:
        wanted = clips.add(connection, replace(new_clip(1), **{field: "about 5_% of it"}))
        clips.add(connection, replace(new_clip(2), **{field: "about 50 of it"}))
        assert clips.ids(connection, limit=10, search=TYPED) == [wanted.id]
        assert clips.ids(connection, limit=10, search=TYPED.upper()) == [wanted.id]


def test_a_rationale_is_found_by_its_text_once_one_has_answered(server_database: Database) -> None:
    with server_database.write() as connection:
        ada = reviewers.ensure(connection, "Ada").id
        made = [clips.add(connection, new_clip(number)).id for number in range(3)]
        for clip_id, reasoning in zip(made, ("Sure by 5_%.", "Sure by 50.", "Sure by 5_%."), strict=True):
            said = replace(answer("positive", 0.9), reasoning=reasoning)
            pseudo_labels.store(connection, clip_id, LABELER, "0", said)
        for clip_id in made[:2]:
            blind = NewDecision(
                token=f"t{clip_id}",
                clip_id=clip_id,
                reviewer_id=ada,
                kind=DecisionKind.BLIND,
                mode=ReviewMode.BLIND,
                label="positive",
            )
            decisions.record(connection, blind)
        assert clips.ids(connection, limit=10, said=TYPED, reader=ada) == made[:1]
        assert clips.ids(connection, limit=10, said=TYPED, reader=ada, all_open=True) == made[::2]
