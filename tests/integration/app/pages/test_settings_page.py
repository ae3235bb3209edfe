"""The Settings page under Streamlit's own test runner."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from streamlit.testing.v1 import AppTest

import app
from app.components.settings import models_panel
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.serve import _RUNNING
from core.settings.loader import SETTINGS_FILE
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from db import clips, decisions, reviewers
from tests.integration.db.log_oracle import new_clip

SCRIPT = str(Path(app.__file__).parent / "shell" / "navigation.py")


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    """One clip, which Ada has judged positive; she is the one who looks."""
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path))
    found = opened_workspace()
    with found.database.write() as connection:
        ada = reviewers.ensure(connection, "Ada")
        clips.add(connection, new_clip(1))
        decisions.record(connection, NewDecision("a", 1, ada.id, DecisionKind.BLIND, ReviewMode.BLIND, "positive"))
    yield found
    found.database.dispose()


def settings_page() -> AppTest:
    test = AppTest.from_file(SCRIPT, default_timeout=30)
    test.session_state["reviewer_id"] = 1
    return test.run().switch_page("../pages/settings.py").run()


def labeled(widgets: Any, label: str) -> Any:
    return next(one for one in widgets if one.label == label)


def test_labels_are_saved_only_after_what_becomes_of_every_answer_was_asked_and_shown(opened: OpenedWorkspace) -> None:
    page = settings_page()
    labeled(page.text_input, "Title").set_value("Relieved").run()
    assert labeled(page.button, "Save these labels").disabled
    labeled(page.radio, "Positive (won) is to be called Relieved. It is").set_value(
        "The same class under a better name"
    ).run()
    assert any("No stored name changes" in one.value for one in page.markdown)
    labeled(page.button, "Save these labels").click().run()
    assert not page.exception
    assert opened_workspace().workspace.settings.taxonomy.title("positive") == "Relieved"


def test_a_changed_setting_is_saved_after_its_effect_was_shown(opened: OpenedWorkspace) -> None:
    page = settings_page()
    labeled(page.number_input, "Judgments per clip").set_value(2).run()
    assert any("until 2 people have judged it" in one.value for one in page.markdown)
    labeled(page.button, "Save").click().run()
    assert opened_workspace().workspace.settings.review.judgments_per_clip == 2
    assert (opened.workspace.root / SETTINGS_FILE).read_text() == "[review]\njudgments_per_clip = 2\n"


def test_a_setting_that_a_variable_sets_rests_and_names_it(
    opened: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_REVIEW__MODE", "blind")
    page = settings_page()
    mode = labeled(page.radio, "Mode")
    assert (mode.disabled, labeled(page.number_input, "Judgments per clip").disabled) == (True, False)
    assert "Set by the variable TELLTALE_REVIEW__MODE" in mode.help


def test_where_there_is_a_lead_nobody_else_has_fields_for_labels(opened: OpenedWorkspace) -> None:
    with opened.database.write() as connection:
        reviewers.ensure(connection, "Bea", role="lead")
    assert [one.label for one in settings_page().text_input if one.label == "Title"] == []


def test_what_needs_a_restart_says_so_where_the_app_cannot_do_it_itself(opened: OpenedWorkspace) -> None:
    (opened.workspace.root / SETTINGS_FILE).write_text("[server]\nport = 9000\n")
    page = settings_page()
    assert any(
        "server.port" in one.value and "was not started by `telltale serve`" in one.value for one in page.markdown
    )


def test_a_color_that_is_like_another_is_warned_of_before_it_is_saved(opened: OpenedWorkspace) -> None:
    page = settings_page()
    first, second, *_ = (one for one in page.color_picker if one.label == "Color")
    second.set_value(first.value).run()
    assert any("look alike" in one.value and "with the color pickers" in one.value for one in page.warning)
    assert not (opened.workspace.root / SETTINGS_FILE).exists()


def test_the_machine_says_where_it_is_served_and_for_whom_not_what_the_settings_would(
    opened: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr(_RUNNING, "server", uvicorn.Server(uvicorn.Config(nothing, host="192.0.2.7", port=8731)))
    shown = " ".join(one.proto.body for one in settings_page().get("html"))
    assert "192.0.2.7:8731, for everybody who reaches it: there is no login" in shown
    assert "127.0.0.1:8501" not in shown


def test_the_models_of_the_catalog_are_offered_with_their_licenses_before_anything_is_fetched(
    opened: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(models_panel, "start_job", lambda *told: started.append(told[2:]))
    page = settings_page()
    assert labeled(page.button, "Get 4 recommended models (1.12 GB)")
    page.button(key="get-yolo11n").click().run()
    assert started == []
    assert any("AGPL-3.0" in one.body and "offered with its source" in one.body for one in page.get("html"))
    page.button(key="accept-licenses").click().run()
    assert not page.exception
    assert started == [("get models", {"names": ["yolo11n"]})]
    page = settings_page()
    page.button(key="get-yolo11n").click().run()
    assert len(started) == 2


def test_a_model_that_is_there_is_not_offered(opened: OpenedWorkspace) -> None:
    (opened.workspace.weights_dir).mkdir()
    (opened.workspace.weights_dir / "yolo11x.pt").write_bytes(b"put there by hand")
    page = settings_page()
    keys = {one.key for one in page.button}
    assert "get-yolo26x" in keys
    assert "get-yolo11x" not in keys
    assert any("there, unchecked" in one.body for one in page.get("html"))
