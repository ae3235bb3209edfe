"""The taxonomy edited in the app: what is shown first, what becomes of what was judged, and that file and database agree."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.settings_changes import file_state, take_over_file
from app.queries.taxonomy_editing import (
    change_lines,
    draft_of,
    drafting,
    dry_run,
    retitled_with_uses,
    save,
)
from app.queries.taxonomy_findings import findings, note_titles
from core.errors import InputError, SettingsError
from core.settings.loader import SETTINGS_FILE, load_settings
from core.settings.writer import write_settings
from core.taxonomy_changes import DraftLabel
from core.types.clips import LabelSource
from core.types.decisions import DecisionKind, NewDecision, Reviewer, ReviewMode
from core.types.runs import CuratedRow
from db import (
    clips,
    curated_sets,
    decisions,
    judgments,
    labeler_statistics,
    pseudo_labels,
    queues,
    reviewers,
    runs,
    workspace_counts,
)
from tests.integration.db.log_oracle import LABELER, answer, new_clip

NEUTRAL = DraftLabel(None, "Neutral", "#808080", "3")


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    """Clip 1 judged positive by Ada against a negative pseudo-label; 2 gold positive; 3 pseudo positive; a selected run."""
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path))
    found = opened_workspace()
    with found.database.write() as connection:
        who = reviewers.ensure(connection, "Ada")
        for number, gold in ((1, None), (2, "positive"), (3, None)):
            clips.add(connection, new_clip(number, gold=gold))
        shown = pseudo_labels.store(connection, 1, LABELER, "s", answer("negative", 0.8))
        pseudo_labels.store(connection, 3, LABELER, "s", answer("positive", 0.8, first="negative"))
        blind = NewDecision("a", 1, who.id, DecisionKind.BLIND, ReviewMode.BLIND, "positive")
        decisions.record(connection, blind)
        decisions.record(connection, replace(blind, token="b", kind=DecisionKind.CORRECT, pseudo_label_id=shown.id))
        row = CuratedRow(1, 1, "positive", LabelSource.HUMAN, 1.0)
        stored = curated_sets.store(connection, "before", {}, [row])
        run = runs.start(connection, curated_set_id=stored.id, job_id=None, settings={}, code_version="1")
        runs.finish(connection, run.id, {"labels": ["negative", "positive"]})
        runs.select(connection, run.id)
    yield found
    found.database.dispose()


def ada(opened: OpenedWorkspace) -> Reviewer:
    with opened.database.read() as connection:
        return reviewers.all(connection)[0]


def labels_of(opened: OpenedWorkspace) -> dict[int, tuple[str, str]]:
    with opened.database.read() as connection:
        return {one.clip_id: (one.label, one.source.value) for one in clips.labels(connection).values()}


def retitled(opened: OpenedWorkspace) -> list[DraftLabel]:
    """The draft in which the positive label is called Relieved."""
    draft = draft_of(opened.workspace.settings.taxonomy)
    return [replace(one, title="Relieved") if one.name == "positive" else one for one in draft]


def saved(
    opened: OpenedWorkspace, draft: list[DraftLabel], another: tuple[str, ...] = (), **become: str | None
) -> None:
    shown = dry_run(opened, draft, another=another, become=become, known=drafting(opened))
    save(opened, ada(opened), shown, read=file_state(opened).version)


def test_a_new_title_on_a_label_with_decisions_must_be_asked_about_and_a_new_color_must_not(
    opened: OpenedWorkspace,
) -> None:
    taxonomy, uses = opened.workspace.settings.taxonomy, drafting(opened).uses
    assert list(retitled_with_uses(taxonomy, retitled(opened), uses)) == ["positive"]
    colored = [replace(one, color="#000000") for one in draft_of(taxonomy)]
    assert retitled_with_uses(taxonomy, colored, uses) == {}


def test_the_same_class_under_a_better_name_moves_nothing_and_is_logged_with_both_titles(
    opened: OpenedWorkspace,
) -> None:
    before = labels_of(opened)
    saved(opened, retitled(opened))
    assert labels_of(opened) == before
    assert opened_workspace().workspace.settings.taxonomy.title("positive") == "Relieved"
    (line,) = change_lines(opened_workspace())
    assert line.endswith("Positive (won) is called Relieved, the same class, stored as positive (Ada)")
    with opened.database.read() as connection:
        assert runs.selected(connection) is not None


def test_the_dry_run_says_what_becomes_of_each_label_before_anything_is_saved(opened: OpenedWorkspace) -> None:
    shown = dry_run(opened, retitled(opened), another=("positive",), become={"positive": None}, known=drafting(opened))
    lines = {line[0]: line[1:] for line in shown.lines}
    assert lines["Positive (won)"] == ("back to the queue", "2 (1 clip)", "1 (1 clip)", 1, 3)
    assert lines["Negative (lost)"] == ("stays: Negative (lost)", "0", "1 (1 clip)", 0, 0)
    told = " ".join(shown.sentences)
    assert "1 curated set and 1 run will be of other labels (0 and 0 now)" in told
    assert "No run of the new labels is selected then (run 1 is, until the labels change)" in told
    assert labels_of(opened)[1] == ("positive", "human")
    assert not (opened.workspace.root / SETTINGS_FILE).exists()


def test_another_class_never_takes_over_what_was_judged_as_the_old_one(opened: OpenedWorkspace) -> None:
    saved(opened, retitled(opened), ("positive",), positive=None)
    # The judgment and the gold label are gone from what counts; of clip 1 the labeler's answer is left.
    assert labels_of(opened_workspace()) == {1: ("negative", "pseudo")}
    assert opened_workspace().workspace.settings.taxonomy.names == ("relieved", "negative")
    with opened.database.read() as connection:
        assert {row.label for row in decisions.history(connection, 1)} == {"positive"}  # as it was written
        assert judgments.all(connection) == []
        assert decisions.standing(connection, 1, 1) is None
        assert queues.size(connection, queues.Queue.UNREVIEWED, 1) == 3  # clip 1 is asked for again
        assert runs.selected(connection) is None


def test_a_retired_label_is_read_as_its_successor_by_every_count(opened: OpenedWorkspace) -> None:
    draft = [*(one for one in draft_of(opened.workspace.settings.taxonomy) if one.name != "positive"), NEUTRAL]
    saved(opened, draft, positive="neutral")
    assert labels_of(opened) == {1: ("neutral", "human"), 2: ("neutral", "gold"), 3: ("neutral", "pseudo")}
    with opened.database.read() as connection:
        (judged,) = judgments.all(connection)
        assert (judged.label, judged.blind_label, judged.pseudo_label) == ("neutral", "neutral", "negative")
        assert clips.get(connection, 2).gold_label == "neutral"
        assert pseudo_labels.summaries_of(connection, [3])[3].label == "neutral"
        assert labeler_statistics.confidence_counts(connection, 1) == {1: {"negative": [1], "neutral": [1]}}
        assert workspace_counts.human_agreement(connection).with_gold == ()
        assert clips.counts(connection).by_label == {
            ("neutral", LabelSource.HUMAN): 1,
            ("neutral", LabelSource.GOLD): 1,
            ("neutral", LabelSource.PSEUDO): 1,
        }


def test_a_label_merged_into_another_agrees_with_it(opened: OpenedWorkspace) -> None:
    draft = [*(one for one in draft_of(opened.workspace.settings.taxonomy) if one.name != "positive"), NEUTRAL]
    saved(opened, draft, positive="negative")
    with opened.database.read() as connection:
        agreement = workspace_counts.human_agreement(connection)
        assert agreement.before_reveal == {1: ((1, 1),)}
        assert labeler_statistics.answer_agreement(connection)[1].unchanged == ((1, 1), (1, 1))


def test_what_became_a_label_follows_when_that_one_is_retired_too(opened: OpenedWorkspace) -> None:
    first = [*(one for one in draft_of(opened.workspace.settings.taxonomy) if one.name != "positive"), NEUTRAL]
    saved(opened, first, positive="neutral")
    now = opened_workspace()
    second = [
        *(one for one in draft_of(now.workspace.settings.taxonomy) if one.name != "neutral"),
        replace(NEUTRAL, title="Calm"),
    ]
    saved(now, second, neutral="calm")
    assert labels_of(now)[1] == ("calm", "human")


def test_a_name_that_was_used_is_not_given_to_a_new_class(opened: OpenedWorkspace) -> None:
    first = [*(one for one in draft_of(opened.workspace.settings.taxonomy) if one.name != "positive"), NEUTRAL]
    saved(opened, first, positive=None)
    now = opened_workspace()
    saved(now, [*draft_of(now.workspace.settings.taxonomy), replace(NEUTRAL, title="Positive", key="1")])
    assert opened_workspace().workspace.settings.taxonomy.names == ("negative", "neutral", "positive-2")


def test_nothing_is_saved_where_somebody_judged_since_the_figures_were_shown(opened: OpenedWorkspace) -> None:
    shown = dry_run(opened, retitled(opened), another=(), become={}, known=drafting(opened))
    with opened.database.write() as connection:
        blind = NewDecision("c", 3, 1, DecisionKind.BLIND, ReviewMode.BLIND, "positive")
        decisions.record(connection, blind)
    with pytest.raises(InputError, match="look at them again"):
        save(opened, ada(opened), shown, read=file_state(opened).version)
    assert (change_lines(opened), (opened.workspace.root / SETTINGS_FILE).exists()) == ([], False)


def test_a_refused_file_leaves_the_database_as_it_was(opened: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_TAXONOMY__LABELS", "[]")
    before = labels_of(opened)
    shown = dry_run(opened, retitled(opened), another=("positive",), become={}, known=drafting(opened))
    with pytest.raises(SettingsError, match="TELLTALE_TAXONOMY__LABELS"):
        save(opened, ada(opened), shown, read=file_state(opened).version or "")
    assert (labels_of(opened), change_lines(opened)) == (before, [])


def test_a_kill_after_the_file_and_before_the_commit_is_told_and_can_be_mended(
    opened: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        pass

    def written_then_killed(*arguments: object, **more: object) -> None:
        write_settings(*arguments, **more)  # type: ignore[arg-type]
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("app.queries.taxonomy_editing.write_settings", written_then_killed)
        with pytest.raises(KilledError):
            saved(opened, retitled(opened), ("positive",), positive=None)
    settings = load_settings(opened.workspace.root)
    after = OpenedWorkspace(replace(opened.workspace, settings=settings), opened.database)
    (told,) = findings(after)
    assert told.startswith("3 clips have the label positive, which telltale.toml lacks")
    assert drafting(after).unknown == ("positive",)
    saved(after, draft_of(settings.taxonomy), positive="relieved")
    assert findings(opened_workspace()) == []
    assert labels_of(after)[1] == ("relieved", "human")


def test_a_retired_name_that_is_back_in_the_file_is_told(opened: OpenedWorkspace) -> None:
    saved(opened, retitled(opened), ("positive",), positive="relieved")
    old = OpenedWorkspace(opened.workspace, opened.database)  # with the labels of before
    assert any("has the label positive again, which was retired" in told for told in findings(old))


def test_where_there_is_a_lead_nobody_else_changes_labels(opened: OpenedWorkspace) -> None:
    with opened.database.write() as connection:
        reviewers.ensure(connection, "Bea", role="lead")
    with pytest.raises(InputError, match="changed by a lead"):
        saved(opened, retitled(opened))


def test_a_title_that_was_changed_by_hand_is_told_and_asked_about(opened: OpenedWorkspace) -> None:
    note_titles(opened)
    saved(opened, [replace(one, description="") for one in draft_of(opened.workspace.settings.taxonomy)])
    file = opened.workspace.root / SETTINGS_FILE
    file.write_text(file.read_text().replace('"Positive (won)"', '"Relieved"'))
    take_over_file(opened_workspace())
    by_hand = opened_workspace()
    (told,) = findings(by_hand)
    assert told.startswith("The label positive was called Positive (won) and is called Relieved in telltale.toml now")
    draft, known = draft_of(by_hand.workspace.settings.taxonomy), drafting(by_hand)
    assert list(retitled_with_uses(known.before, draft, known.uses)) == ["positive"]
    saved(by_hand, draft)
    assert findings(opened_workspace()) == []
    assert len(change_lines(opened_workspace())) == 1


def test_titles_are_noted_once(opened: OpenedWorkspace) -> None:
    for _ in range(2):
        note_titles(opened)
    assert (change_lines(opened), findings(opened)) == ([], [])


def test_labels_that_somebody_wrote_into_the_file_meanwhile_are_not_overwritten(opened: OpenedWorkspace) -> None:
    saved(opened, retitled(opened))
    file, now = opened.workspace.root / SETTINGS_FILE, opened_workspace()
    by_hand = file.read_text().replace('"Relieved"', '"At ease"')
    file.write_text(by_hand)
    with pytest.raises(InputError, match="has other labels than these were drafted from; go by the file first"):
        saved(now, [*draft_of(now.workspace.settings.taxonomy), NEUTRAL])
    assert file.read_text() == by_hand


def test_the_dry_run_of_an_added_label_says_of_how_many_subjects_training_needs_clips(opened: OpenedWorkspace) -> None:
    draft = [*draft_of(opened.workspace.settings.taxonomy), NEUTRAL]
    told = " ".join(dry_run(opened, draft, another=(), become={}, known=drafting(opened)).sentences)
    assert "Training is refused until Neutral has clips of several subjects: at least two, and best as many" in told


def test_the_dry_run_of_an_added_label_says_that_coders_so_far_could_not_choose_it(opened: OpenedWorkspace) -> None:
    draft = [*draft_of(opened.workspace.settings.taxonomy), NEUTRAL]
    told = " ".join(dry_run(opened, draft, another=(), become={}, known=drafting(opened)).sentences)
    assert "Whoever has judged so far could not choose Neutral; their answers stay as they are." in told
