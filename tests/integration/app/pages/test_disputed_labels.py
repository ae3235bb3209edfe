"""A clip on which reviewers differ is shown as disputed wherever labels are listed, until somebody settles it."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.training_plan import clip_inclusions, training_input
from core.types.clips import NewClip, Split
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from db import clips, decisions, reviewers

SCRIPT = str(Path(app.__file__).parent / "shell" / "navigation.py")
TITLES = {"positive": "Positive (won)", "negative": "Negative (lost)"}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    """Ada says positive of every clip; Ben calls the first one negative, which is then the newest answer."""
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path / "study"))
    opened = opened_workspace()
    with opened.database.write() as connection:
        ada, ben = (reviewers.ensure(connection, name).id for name in ("Ada", "Ben"))
        for number in range(3):
            digest = f"{number:064x}"
            new = NewClip(f"c{number}", f"p{number}", Split.TRAIN, None, digest, 9.0, 225, Fraction(25), 64, 64)
            clip_id = clips.add(connection, new).id
            said = NewDecision(f"a{number}", clip_id, ada, DecisionKind.BLIND, ReviewMode.BLIND, "positive", 2)
            for kind in (DecisionKind.BLIND, DecisionKind.CORRECT):
                decisions.record(connection, replace(said, token=f"{kind}{number}", kind=kind))
                if number == 0:
                    other = replace(said, token=f"{kind}-ben", kind=kind, reviewer_id=ben, label="negative")
                    decisions.record(connection, other)
    yield opened
    opened.database.dispose()


def _opened_page(name: str) -> AppTest:
    test = AppTest.from_file(SCRIPT, default_timeout=30)
    test.session_state["reviewer_id"] = 1
    return test.run().switch_page(f"../pages/{name}.py").run()


def _words(test: AppTest) -> str:
    return " ".join(str(getattr(element, "value", "")) + str(getattr(element, "body", "")) for element in test.main)


def test_the_library_marks_a_disputed_clip_and_counts_it_under_no_label(study: OpenedWorkspace) -> None:
    test = _opened_page("library")
    assert list(test.dataframe[0].value["label"]) == ["disputed", "Positive (won)", "Positive (won)"]
    assert "3 of 3 clips · 2 Positive (won), 1 disputed" in _words(test)


def test_the_library_hides_a_dispute_from_who_has_not_judged_the_clip(study: OpenedWorkspace) -> None:
    with study.database.write() as connection:
        reviewers.ensure(connection, "Carla")
    test = AppTest.from_file(SCRIPT, default_timeout=30)
    test.session_state["reviewer_id"] = 3
    test.run().switch_page("../pages/library.py").run()
    assert set(test.dataframe[0].value["label"]) == {"hidden"}
    assert "disputed" not in _words(test)


def test_what_goes_in_counts_a_disputed_clip_apart(study: OpenedWorkspace) -> None:
    (human,) = training_input(study).sources
    assert (dict(human.by_label), human.disputed) == ({"positive": 2}, 1)
    assert "<th>disputed</th>" in _words(_opened_page("train"))


def test_a_disputed_clip_goes_in_with_the_share_of_each_label(study: OpenedWorkspace) -> None:
    told = [one.label_in_words(TITLES) for one in clip_inclusions(study, training_input(study).planned)]
    assert told == ["disputed: Negative (lost) 0.5, Positive (won) 0.5", "Positive (won)", "Positive (won)"]
