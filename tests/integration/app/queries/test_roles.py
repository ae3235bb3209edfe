"""Who may make whom a lead where names are free."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.roles import give_role
from core.errors import InputError
from core.types.decisions import Reviewer
from db import reviewers


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    opened = opened_workspace(tmp_path)
    yield opened
    opened.database.dispose()


@pytest.fixture
def people(opened: OpenedWorkspace) -> dict[str, Reviewer]:
    with opened.database.write() as connection:
        return {name: reviewers.ensure(connection, name) for name in ("Ada", "Ben", "Mary")}


def roles(opened: OpenedWorkspace) -> dict[str, str]:
    with opened.database.read() as connection:
        return {one.name: one.role for one in reviewers.all(connection)}


def test_any_reviewer_names_the_first_lead(opened: OpenedWorkspace, people: dict[str, Reviewer]) -> None:
    give_role(opened, people["Ben"], people["Ada"].id, "lead")
    assert roles(opened) == {"Ada": "lead", "Ben": "reviewer", "Mary": "reviewer"}


def test_once_there_is_a_lead_nobody_else_makes_one(opened: OpenedWorkspace, people: dict[str, Reviewer]) -> None:
    give_role(opened, people["Ada"], people["Ada"].id, "lead")
    for giver in (people["Ben"], None):
        for name, role in (("Ben", "lead"), ("Ada", "reviewer")):
            with pytest.raises(InputError, match="Roles are given by a lead"):
                give_role(opened, giver, people[name].id, role)
    assert roles(opened) == {"Ada": "lead", "Ben": "reviewer", "Mary": "reviewer"}


def test_a_lead_of_when_the_page_was_drawn_gives_no_role_any_more(
    opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    give_role(opened, people["Ada"], people["Ada"].id, "lead")
    with opened.database.read() as connection:
        ada = reviewers.get(connection, people["Ada"].id)
    give_role(opened, ada, people["Ben"].id, "lead")
    give_role(opened, ada, ada.id, "reviewer")
    with pytest.raises(InputError, match="Roles are given by a lead"):
        give_role(opened, ada, people["Mary"].id, "lead")
