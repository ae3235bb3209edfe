"""Labels that a table or a set has and the taxonomy lacks: refused with what to do, or taken over at the user's word."""

import dataclasses
import re
from collections.abc import Collection

from core.errors import InputError, TableError
from core.label_colors import colors_for
from core.printable import printable, some_of
from core.settings.loader import SETTINGS_FILE
from core.settings.writer import file_version, overriding_variable, write_settings
from core.taxonomy import DEFAULT_TAXONOMY, KEYS
from core.taxonomy_changes import DraftLabel, TaxonomyChange, change_of, stored_names
from core.workspace import Workspace
from db import clips, jobs, label_changes
from db.engine import Database
from labeling.ingest.clip_table import ClipTable

OPTION = "--labels-from-data"
_LONGEST_TITLE = 60
_BY_LABELS = frozenset({"train", "label", "evaluate"})


def refuse_foreign_labels(table: ClipTable) -> None:
    """Raises TableError, one sentence, for a table or set of which the taxonomy knows no label at all."""
    known = any(row.label is not None for row in table.rows.values())
    if table.unknown_labels and not known:
        raise TableError(
            f"{table.name} has {_labels(table.unknown_labels)}, none of which this study has, so nothing was imported; "
            f"the same command with {OPTION} adds them, or set them in {SETTINGS_FILE}."
        )


def hint_at_option(table: ClipTable) -> list[str]:
    """What to do about labels that the taxonomy lacks, where it has others of the table; else nothing."""
    if not table.unknown_labels:
        return []
    refused = sum(table.unknown_labels.values())
    return [
        f"{table.name} has {_labels(table.unknown_labels)} that this study lacks, on {refused:,} clips; if they are meant, the "
        f"same command with {OPTION} adds them."
    ]


def with_labels_of_data(
    workspace: Workspace, database: Database, written: Collection[str], source: str
) -> tuple[Workspace, list[str]]:
    """The workspace whose taxonomy has all `written` labels, and what was changed in one sentence.

    In a study without clips they replace the labels that it began with; otherwise they are added to its own. `telltale.toml` is
    written. Raises InputError for labels that cannot be titles, or while a job goes by the labels; SettingsError where the file
    cannot be written.
    """
    now = workspace.settings.taxonomy
    new = sorted((label for label in written if now.named(label) is None), key=_in_order)
    if not new:
        return workspace, []
    odd = next((label for label in new if len(label) > _LONGEST_TITLE), None)
    if odd is not None:
        raise InputError(
            f"{source} has the label {printable(odd, _LONGEST_TITLE)!r}, which is longer than {_LONGEST_TITLE} characters."
        )
    with database.read() as connection:
        begun = bool(clips.all_ids(connection)) or bool(label_changes.ever_used(connection))
    replaces = now == DEFAULT_TAXONOMY and not begun and len(new) > 1 and overriding_variable("taxonomy.labels") is None
    kept = [] if replaces else [DraftLabel(one.name, one.title, one.color, one.key, one.description) for one in now]
    draft = [*kept, *_drafted(new, kept)]
    read = file_version(workspace.root)
    with database.write() as connection:
        if busy := [job for job in jobs.active(connection) if job.kind in _BY_LABELS]:
            raise InputError(f"A job is under way that goes by the labels ({busy[0].kind}); import when it has ended.")
        change = change_of(now, draft, stored_names(draft, (), label_changes.ever_used(connection)), {})
        if not replaces:
            label_changes.record(connection, change, None)
            label_changes.deselect_run_of_other_labels(connection, change.taxonomy.names)
        settings = write_settings(workspace.root, {"taxonomy.labels": _in_toml(change)}, read=read)
    added = "was added" if len(new) == 1 else "were added"
    verb = "are the study's labels now" if replaces else f"{added} to the study's labels"
    said = f"{some_of(new)} {verb}, written to {SETTINGS_FILE}; titles, colors and descriptions can be changed on Settings."
    return dataclasses.replace(workspace, settings=settings), [said]


def _drafted(titles: list[str], kept: list[DraftLabel]) -> list[DraftLabel]:
    keys = iter(key for key in KEYS if key not in {one.key for one in kept})
    colors = colors_for(len(titles), {one.color for one in kept})
    return [DraftLabel(None, title, color, next(keys, "")) for title, color in zip(titles, colors, strict=True)]


def _in_toml(change: TaxonomyChange) -> list[dict[str, object]]:
    """Without what is empty, which is the default."""
    return [
        {name: value for name, value in label.model_dump().items() if value not in ("", {})}
        for label in change.taxonomy
    ]


def _in_order(label: str) -> tuple[list[tuple[str, int]], str]:
    """Numbers by size: "step 9" comes before "step 10"."""
    parts = re.findall(r"([^0-9]*)([0-9]*)", label)
    return [(text.casefold(), int(number or 0)) for text, number in parts], label


def _labels(found: Collection[str]) -> str:
    count = len(found)
    return f"{count} label{'' if count == 1 else 's'} ({some_of(printable(one, _LONGEST_TITLE) for one in found)})"
