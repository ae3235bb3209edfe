"""After a label is added, every page says the same of the selected run."""

import pytest

from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.clip_filters import Filters, Reader
from app.queries.hidden_reasons import hidden_reasons
from app.queries.loop_progress import loop_counts, stages
from app.queries.runs import get_run, other_labels_sentence
from app.queries.selected_run import Selection, selection, verdict_sentence
from app.queries.taxonomy_editing import draft_of, drafting, dry_run
from db import runs
from db.clip_filters import ClipTotals
from tests.integration.app.queries.test_taxonomy_editing import NEUTRAL, opened, saved

__all__ = ["opened"]  # a fixture


@pytest.fixture
def changed(opened: OpenedWorkspace) -> OpenedWorkspace:
    """The workspace of `opened`, after a label was added; run 1 was selected, and ended as the better one."""
    with opened.database.write() as connection:
        verdict = {"selected": True, "sentence": "The first finished run is the selected one."}
        metrics = {**runs.get(connection, 1).metrics, "selection": verdict}
        runs.finish(connection, 1, metrics)
    saved(opened, [*draft_of(opened.workspace.settings.taxonomy), NEUTRAL])
    return opened_workspace()


def now(opened: OpenedWorkspace) -> Selection:
    return selection(opened.database, opened.workspace.settings.taxonomy.names)


def test_the_run_that_was_selected_is_named_with_the_day_of_the_change(changed: OpenedWorkspace) -> None:
    found = now(changed)
    assert found.changed_at is not None
    assert found.words == (
        f"no run of today's labels is selected (run 1 was, before the labels were changed on {found.changed_at:%Y-%m-%d})"
    )


def test_library_overview_and_train_say_the_same_of_the_selected_run(changed: OpenedWorkspace) -> None:
    found, taxonomy = now(changed), changed.workspace.settings.taxonomy
    (library,) = hidden_reasons(
        ClipTotals(3, {}, 0, 0, 0), Filters(), Reader(1, all_open=False), selected=found, left_out=False
    )
    assert found.words in library
    assert stages(loop_counts(changed))[-1].note == found.words
    assert verdict_sentence(get_run(changed.database, 1), found, taxonomy.names) == found.sentence


def test_a_run_of_older_labels_is_said_to_be_compared_with_runs_of_the_same_labels(changed: OpenedWorkspace) -> None:
    told = other_labels_sentence(get_run(changed.database, 1), changed.workspace.settings.taxonomy)
    assert told.endswith("and it is compared only with runs of the same labels.")


def test_a_set_without_the_added_label_counts_among_those_of_other_labels(opened: OpenedWorkspace) -> None:
    shown = dry_run(
        opened,
        [*draft_of(opened.workspace.settings.taxonomy), NEUTRAL],
        another=(),
        become={},
        known=drafting(opened),
    )
    assert "1 curated set and 1 run will be of other labels (0 and 0 now)" in " ".join(shown.sentences)


def test_a_verdict_is_of_its_day_where_another_run_is_selected_since(opened: OpenedWorkspace) -> None:
    with opened.database.write() as connection:
        verdict = {"selected": True, "sentence": "This run is selected now."}
        runs.finish(connection, 1, {**runs.get(connection, 1).metrics, "selection": verdict})
    run = get_run(opened.database, 1)
    assert verdict_sentence(run, Selection(1), run.metrics["labels"]) == "This run is selected now."
    with opened.database.write() as connection:
        other = runs.start(connection, curated_set_id=1, job_id=None, settings={}, code_version="1")
        runs.finish(connection, other.id, {"labels": run.metrics["labels"]})
        runs.select(connection, other.id)
    told = verdict_sentence(get_run(opened.database, 1), now(opened), run.metrics["labels"])
    assert told == "When run 1 ended: This run is selected now. Today run 2 is selected."
