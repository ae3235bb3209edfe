"""The taxonomy as it is edited in the app: what a draft would do to what was judged, labeled and trained, and its saving.

Settings file and database change together: within the database's transaction the file is written last, then it commits. A
process killed between the two leaves a file without names that clips still have: taxonomy_findings says so, and the page
mends it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.opened_workspace import OpenedWorkspace, put_in_force
from app.queries.counted import counted
from app.queries.settings_changes import file_state, refuse_all_but_a_lead, without_restart
from core.errors import InputError
from core.settings.loader import SETTINGS_FILE
from core.settings.writer import write_settings
from core.taxonomy import Taxonomy
from core.taxonomy_changes import DraftLabel, TaxonomyChange, change_of, stored_names
from core.types.decisions import Reviewer
from db import jobs, label_changes, runs
from db.label_changes import LabelUses

QUEUE = "back to the queue"
HEADER = ("label", "becomes", "coders' log entries", "labelers' answers", "gold labels", "clips whose label it is")
COUNTED = (
    "Every entry of the decision log counts, a first answer and what followed it alike, of all coders; and every answer of all "
    "labelers, superseded ones too. In brackets, the clips."
)
_BY_LABELS = frozenset({"train", "label", "evaluate"})


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a change would do, before it is saved. `lines`: for each label of today a row under HEADER;
    `sentences`: what else follows. `uses`: the figures it was made on.
    """

    change: TaxonomyChange
    lines: tuple[tuple[str, str, str, str, int, int], ...]
    sentences: tuple[str, ...]
    uses: Mapping[str, LabelUses]


@dataclass(frozen=True, slots=True)
class Drafting:
    """What the page needs to ask about a draft: the taxonomy that it changes, with the titles that are on record, the uses of
    each name, names that were ever used, and names that clips have and the settings file lacks.
    """

    before: Taxonomy
    uses: Mapping[str, LabelUses]
    ever_used: frozenset[str]
    unknown: tuple[str, ...]


def draft_of(taxonomy: Taxonomy) -> list[DraftLabel]:
    """The present labels, to be edited."""
    return [DraftLabel(one.name, one.title, one.color, one.key, one.description) for one in taxonomy]


def drafting(opened: OpenedWorkspace) -> Drafting:
    """See Drafting. Reads every label that was written."""
    with opened.database.read() as connection:
        uses = label_changes.uses(connection)
        noted = label_changes.titles_noted(connection)
        unknown = sorted(
            name for name, one in uses.items() if name not in opened.workspace.settings.taxonomy and one.any
        )
        ever_used = label_changes.ever_used(connection)
    now = opened.workspace.settings.taxonomy
    labels = tuple(label.model_copy(update={"title": noted.get(label.name, label.title)}) for label in now)
    return Drafting(Taxonomy.model_construct(labels=labels), uses, ever_used, tuple(unknown))


def retitled_with_uses(
    taxonomy: Taxonomy, draft: Sequence[DraftLabel], uses: Mapping[str, LabelUses]
) -> dict[str, DraftLabel]:
    """By stored name, labels with a new title on which something was judged or labeled: what is meant must be asked."""
    return {
        one.name: one
        for one in draft
        if one.name is not None
        and one.name in uses
        and uses[one.name].any
        and one.title.strip() != taxonomy.title(one.name)
    }


def dry_run(
    opened: OpenedWorkspace,
    draft: Sequence[DraftLabel],
    *,
    another: Collection[str],
    become: Mapping[str, str | None],
    known: Drafting,
) -> DryRun:
    """What saving the draft would do. `another`: names whose new title means another class; `become`: for names that go, what
    their clips become. Raises SettingsError where the draft is no taxonomy.
    """
    now = known.before
    change = change_of(now, draft, stored_names(draft, another, known.ever_used), become, known.unknown)
    gone = {one.name: one.successor for one in change.retired}
    lines = []
    for name in (*now.names, *known.unknown):
        used = known.uses.get(name, LabelUses())
        lines.append(
            (
                now.title(name),
                _becomes(name, gone, change),
                _of_clips(used.decisions, used.decided_clips),
                _of_clips(used.pseudo_labels, used.pseudo_labeled_clips),
                used.gold,
                used.clips,
            )
        )
    return DryRun(change, tuple(lines), tuple(_sentences(opened, now, change, known.uses)), known.uses)


def save(opened: OpenedWorkspace, reviewer: Reviewer | None, shown: DryRun, *, read: str) -> None:
    """Saves what was shown: the log of changes and every clip's state in the database, and the labels in the settings file.

    `read`: the version of the file the draft was made on. Raises InputError for who is no lead, or where something was judged
    or labeled since; SettingsError where the file is refused. Then nothing has changed.
    """
    refuse_all_but_a_lead(opened, reviewer)
    if "taxonomy.labels" in file_state(opened).changed:
        raise InputError(
            f"{SETTINGS_FILE} has other labels than these were drafted from; go by the file first, on Settings."
        )
    change = shown.change
    labels = [_in_toml(label.model_dump()) for label in change.taxonomy]
    with opened.database.write() as connection:
        if change.moves_names and (busy := [job for job in jobs.active(connection) if job.kind in _BY_LABELS]):
            raise InputError(
                f"A job is under way that goes by the labels ({busy[0].kind}); change them when it has ended."
            )
        if label_changes.uses(connection) != shown.uses:
            raise InputError("Something was judged or labeled since these figures were counted; look at them again.")
        label_changes.record(connection, change, reviewer.id if reviewer else 0)
        label_changes.deselect_run_of_other_labels(connection, change.taxonomy.names)
        settings = write_settings(opened.workspace.root, {"taxonomy.labels": labels}, read=read)
    put_in_force(opened, without_restart(opened, settings))


def change_lines(opened: OpenedWorkspace) -> list[str]:
    """The log of changes in words, newest first."""
    title = opened.workspace.settings.taxonomy.title
    with opened.database.read() as connection:
        log = label_changes.log(connection)
    words = {
        "added": lambda one: f"{one.new_title} was added, stored as {one.name}",
        "title": lambda one: f"{one.old_title} is called {one.new_title}, the same class, stored as {one.name}",
        "retired": lambda one: (
            f"{one.old_title}, stored as {one.name}, was retired; its clips "
            + (f"became {title(one.successor)}" if one.successor else "went back to the queue")
        ),
    }
    return [f"{one.at:%Y-%m-%d %H:%M}  {words[one.kind](one)} ({one.by})" for one in log]


def _becomes(name: str, gone: Mapping[str, str | None], change: TaxonomyChange) -> str:
    if name in gone:
        successor = gone[name]
        return QUEUE if successor is None else f"{change.taxonomy.title(successor)} ({successor})"
    return f"stays: {change.taxonomy.title(name)}"


def _of_clips(n: int, clips: int) -> str:
    return f"{n} ({counted(clips, 'clip', 'clips')})" if n else "0"


def _sentences(
    opened: OpenedWorkspace, now: Taxonomy, change: TaxonomyChange, uses: Mapping[str, LabelUses]
) -> list[str]:
    then = change.taxonomy
    if not change.moves_names:
        return ["No stored name changes: every decision, pseudo-label, set and run stays what it is."]
    told = ["What was written stays as it was written; it is read by the new names everywhere, from now on."]
    with opened.database.read() as connection:
        before = label_changes.sets_and_runs_of_other_labels(connection, now.names)
        sets, finished = label_changes.sets_and_runs_of_other_labels(connection, then.names)
        selected = runs.selected(connection)
    if sets or finished:
        told.append(
            f"{counted(sets, 'curated set', 'curated sets')} and {counted(finished, 'run', 'runs')} will be of other labels "
            f"({before[0]} and {before[1]} now). They stay readable; a run is compared only with runs of the same labels."
        )
    if selected is not None and set(selected.metrics.get("labels", then.names)) != set(then.names):
        told.append(
            f"No run of the new labels is selected then (run {selected.id} is, until the labels change): train again. Until "
            "then no queue follows from a run."
        )
    added = [label for label in then if label.name not in now]
    if added:
        titles = " and ".join(label.title for label in added)
        told.append(
            f"No labeler has ever given {titles}: label again, under Pseudo-labels. The cue labeler argues for a label by its "
            f"cue_weights in {SETTINGS_FILE}; a new label has none."
        )
        if any(used.decisions for used in uses.values()):
            told.append(f"Whoever has judged so far could not choose {titles}; their answers stay as they are.")
        training = opened.workspace.settings.training
        told.append(
            f"Training is refused until {titles} {'has' if len(added) == 1 else 'have'} clips of several subjects: at least two, "
            f"and best as many as there are folds ({max(training.folds, training.selection_folds)}), as no subject is in two."
        )
    return told


def _in_toml(label: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty, which is the default."""
    return {name: value for name, value in label.items() if value not in ("", {})}
