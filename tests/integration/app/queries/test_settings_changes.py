"""Settings of reviewing changed in the app: what it says first, who may, what is drawn, and that it holds at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.review_effects import effects
from app.queries.settings_changes import change_review, file_state, take_over_file
from core.errors import InputError, SettingsError
from core.settings.loader import SETTINGS_FILE, load_settings
from core.types.decisions import DecisionKind, NewDecision, Reviewer, ReviewMode, Seen
from db import clips, decisions, disclosures, reviewers, tables
from tests.integration.db.log_oracle import new_clip


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    """Twenty clips of the train split; Ada has judged the first blind and been shown the rationale of the second."""
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path))
    found = opened_workspace()
    with found.database.write() as connection:
        who = reviewers.ensure(connection, "Ada")
        for number in range(1, 21):
            clips.add(connection, new_clip(number))
        for kind in (DecisionKind.BLIND, DecisionKind.CORRECT):
            new = NewDecision(kind, 1, who.id, kind, ReviewMode.BLIND, "positive")
            decisions.record(connection, new)
        disclosures.record(connection, who.id, {Seen.RATIONALE: [2]})
    yield found
    found.database.dispose()


def ada(opened: OpenedWorkspace) -> Reviewer:
    with opened.database.read() as connection:
        return reviewers.all(connection)[0]


def sample(opened: OpenedWorkspace) -> set[int]:
    with opened.database.read() as connection:
        return set(connection.execute(sa.select(tables.clips.c.id).where(tables.clips.c.reliability_sample)).scalars())


def test_a_saved_mode_holds_at_once_and_is_in_the_file(opened: OpenedWorkspace) -> None:
    change_review(opened, ada(opened), {"mode": ReviewMode.ASSISTED}, read=file_state(opened).version)
    assert opened_workspace().workspace.settings.review.mode is ReviewMode.ASSISTED
    assert load_settings(opened.workspace.root).review.mode is ReviewMode.ASSISTED
    assert file_state(opened_workspace()).changed == ()


def test_a_mode_says_how_many_clips_keep_theirs(opened: OpenedWorkspace) -> None:
    (told,) = effects(opened, {"mode": ReviewMode.ASSISTED})
    assert told.startswith("The next clip that somebody opens is judged assisted. Judged so far: 1 clip blind;")


def test_more_judgments_per_clip_say_how_many_clips_come_back(opened: OpenedWorkspace) -> None:
    (told,) = effects(opened, {"judgments_per_clip": 2})
    assert told.startswith("1 clip judged by fewer than 2 comes back to the others' queues")
    assert told.endswith("The agreement between people is measured on clips that several have judged.")


def test_in_assisted_mode_more_judgments_are_not_said_to_give_the_agreement(opened: OpenedWorkspace) -> None:
    told = effects(opened, {"judgments_per_clip": 2, "mode": ReviewMode.ASSISTED})[-1]
    assert "In assisted mode only those of the reliability sample, which is judged blind, give the reported" in told


def test_a_share_of_the_sample_is_said_to_be_of_each_gold_label_in_whole_clips(opened: OpenedWorkspace) -> None:
    for fraction in (0.05, 0.5):
        (told,) = effects(opened, {"reliability_fraction": fraction})
        assert (
            "The share is of the train split's clips of each gold label, and of those without one, each rounded" in told
        )


def test_a_larger_sample_is_drawn_among_clips_that_nobody_judged_or_was_shown(opened: OpenedWorkspace) -> None:
    changes = {"reliability_fraction": 1.0}
    (told,) = effects(opened, changes)
    assert "The sample has 0 of 20 clips; 18 clips more are drawn at random among the 18 that nobody has judged" in told
    assert "2 clips fewer than the share" in told
    assert change_review(opened, ada(opened), changes, read=file_state(opened).version) == 18
    assert sample(opened) == set(range(3, 21))


def test_a_smaller_sample_keeps_every_clip(opened: OpenedWorkspace) -> None:
    change_review(opened, ada(opened), {"reliability_fraction": 0.5}, read=file_state(opened).version)
    drawn = sample(opened_workspace())
    assert len(drawn) == 10
    changes = {"reliability_fraction": 0.1}
    (told,) = effects(opened_workspace(), changes)
    assert "The sample has 10 of 20 clips, and keeps them" in told
    assert change_review(opened_workspace(), ada(opened), changes, read=file_state(opened).version) == 0
    assert sample(opened) == drawn


def test_nothing_is_drawn_where_the_file_is_refused(opened: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_REVIEW__RELIABILITY_FRACTION", "0.1")
    with pytest.raises(SettingsError, match="TELLTALE_REVIEW__RELIABILITY_FRACTION"):
        change_review(opened, ada(opened), {"reliability_fraction": 0.5}, read=file_state(opened).version)
    assert sample(opened) == set()


def test_where_there_is_a_lead_nobody_else_changes_settings(opened: OpenedWorkspace) -> None:
    with opened.database.write() as connection:
        reviewers.ensure(connection, "Bea", role="lead")
    with pytest.raises(InputError, match="Settings are changed by a lead"):
        change_review(opened, ada(opened), {"judgments_per_clip": 2}, read=file_state(opened).version)
    assert not (opened.workspace.root / SETTINGS_FILE).exists()


def test_what_the_server_took_over_at_its_start_waits_for_a_restart_and_the_rest_does_not(
    opened: OpenedWorkspace,
) -> None:
    (opened.workspace.root / SETTINGS_FILE).write_text("[server]\nport = 9000\n[review]\nlease_minutes = 5\n")
    state = file_state(opened)
    assert (state.changed, state.after_restart) == (("review.lease_minutes",), ("server.port",))
    take_over_file(opened)
    after = file_state(opened_workspace())
    assert (after.changed, after.after_restart) == ((), ("server.port",))


def test_a_file_that_cannot_be_used_is_told_with_its_name(opened: OpenedWorkspace) -> None:
    (opened.workspace.root / SETTINGS_FILE).write_text("[review]\nmode = 'deaf'\n")
    assert "telltale.toml (or a TELLTALE_ variable): review.mode" in file_state(opened).problem
