"""The panels of the Reviewers page under Streamlit's own test runner: a lead assigns, takes back and marks for practice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.opened_workspace import OpenedWorkspace, opened_workspace
from db import assignments, practice_clips, reviewers
from tests.integration.app.pages.test_pages import SCRIPT, words
from tests.integration.app.review_study import ReviewStudy


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    """Ada, the only reviewer, and five clips, one of them with gold."""
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path / "study"))
    opened = opened_workspace()
    (tmp_path / "videos").mkdir()
    study = ReviewStudy(opened.workspace, opened.database, tmp_path / "videos")
    study.add_clips(4)
    study.add_clips(1, gold="positive")
    with opened.database.write() as connection:
        reviewers.ensure(connection, "Ada")
    yield opened
    opened.database.dispose()


def test_a_lead_assigns_clips_takes_them_back_and_marks_one_for_practice(opened: OpenedWorkspace) -> None:
    test = AppTest.from_file(SCRIPT, default_timeout=30)
    test.session_state["reviewer_id"] = 1
    test.run().switch_page("../pages/reviewers.py").run()
    test.number_input(key="assign-number").set_value(3)
    test.multiselect(key="assign-coders").select(1).run()
    test.button(key="assign").click().run()
    assert "Assigned: 3 clips for Ada." in words(test)
    with opened.database.read() as connection:
        assert len(assignments.waiting_for(connection, 1)) == 3
    test.button(key="withdraw-1").click().run()
    assert "Taken back: 3 clips." in words(test)
    test.multiselect(key="practice-clips").select(5)
    test.button(key="mark").click().run()
    assert "Marked for practice: 1 clip." in words(test)
    with opened.database.read() as connection:
        assert [one.clip_id for one in practice_clips.all(connection)] == [5]
        assert not assignments.waiting_for(connection, 1)


def test_who_is_no_lead_is_offered_no_roles_and_everybody_is_told_what_roles_protect(opened: OpenedWorkspace) -> None:
    test = AppTest.from_file(SCRIPT, default_timeout=30)
    test.session_state["reviewer_id"] = 1
    test.run().switch_page("../pages/reviewers.py").run()
    assert "only a login (server.login) keeps them from doing it on purpose" in words(test)
    assert len(test.button_group) == 1
    with opened.database.write() as connection:
        reviewers.ensure(connection, "Ben", role="lead")
    test.run()
    assert "Roles are given by a lead" in words(test)
    assert len(test.button_group) == 0
