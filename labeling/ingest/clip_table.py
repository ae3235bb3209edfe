"""Reading the clip table: columns clip, subject, label, split, transcript; only the first is required.

    clip,subject,label,split,transcript
    match-01,P07,positive,train,"I felt fine out there."
    match-02,P07,,train,match-02.txt

Separated by commas, semicolons or tabs; UTF-8 with or without a byte-order mark; clip names may have the video's suffix. An
empty label means unknown, an empty split train. A problem in a row refuses only its clip; a table that cannot be read, or that
has no `clip` column, is refused as a whole.
"""

import csv
import io
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import TableError
from core.media.video import VIDEO_SUFFIXES
from core.taxonomy import Taxonomy
from core.types.clips import Split

COLUMNS = ("clip", "subject", "label", "split", "transcript")
_SEPARATORS = ",;\t"
_NOBODY = frozenset({"", "?", "-", "unknown", "n/a", "nan", "none"})  # entries that mean an unknown subject


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table; `transcript` is the unparsed cell: words, or the name of a .txt file."""

    clip: str
    subject: str
    label: str | None
    split: Split
    transcript: str | None


@dataclass(frozen=True, slots=True)
class ClipTable:
    """`name` of the file; `rows` by clip name; `refused` clips are not imported, `refusals` are sentences that say why."""

    name: str
    rows: dict[str, TableRow]
    refused: frozenset[str]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]


def read_clip_table(path: Path, taxonomy: Taxonomy) -> ClipTable:
    """Reads a clip table. Raises TableError, one sentence naming the file, if it cannot be used at all."""
    frame = read_table(path, needed=("clip",), known=COLUMNS)
    rows: dict[str, TableRow] = {}
    refused: set[str] = set()
    refusals: list[str] = []
    for number, cells in enumerate(frame.to_dict("records"), start=1):
        values = {str(column): str(cell).strip() for column, cell in cells.items()}
        clip = clip_name(values["clip"])
        where = f"{path.name}, row {number}"
        if not clip:
            refusals.append(f"{where}: the column clip is empty.")
        elif clip in rows or clip in refused:
            refusals.append(f"{where}: the clip {clip} is in the table already; its first row counts.")
        else:
            try:
                rows[clip] = _row(clip, values, taxonomy, where)
            except TableError as error:
                refused.add(clip)
                refusals.append(str(error))
    for subject, clips in _on_both_sides(rows).items():
        refused.update(clips)
        refusals.append(
            f"{path.name}: the subject {subject} has clips in both train and test ({', '.join(clips)}), "
            "so that neither side would be honest; put all of one person's clips on one side."
        )
    kept = {clip: row for clip, row in rows.items() if clip not in refused}
    hints: tuple[str, ...] = ()
    if "subject" not in frame.columns:
        hints = (f"{path.name} has no column subject, so every clip counts as a person of its own.",)
    return ClipTable(name=path.name, rows=kept, refused=frozenset(refused), refusals=tuple(refusals), warnings=hints)


def clip_name(cell: str) -> str:
    """The clip's name without a video suffix: `P07.01.mp4` -> `P07.01`; `P07.01` is kept."""
    name = Path(cell.strip()).name
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in VIDEO_SUFFIXES else name


def read_table(path: Path, needed: Sequence[str], known: Sequence[str]) -> pd.DataFrame:
    """The table with all cells as unparsed text (empty ones as "") and column names in lower case.

    Raises TableError, one sentence naming the file, if it cannot be read, a `needed` column is missing, or a `known` one
    occurs twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name} is not UTF-8 text; save it as CSV in UTF-8.") from error
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error
    header = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=header.count)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, index_col=False)
    except pd.errors.EmptyDataError as error:
        columns = f"; it needs at least the column {needed[0]}" if needed else ""
        raise TableError(f"{path.name} is empty{columns}.") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, csv.Error) as error:
        raise TableError(f"{path.name} has a row with more cells than its header has columns.") from error
    # pandas has renamed duplicate columns by now, so the names are read from the header.
    names = [name.strip().lower() for name in next(csv.reader([header.strip("\r")], delimiter=separator))]
    frame.columns = pd.Index(names)
    missing = next((column for column in needed if column not in frame.columns), None)
    if missing is not None:
        found = ", ".join(frame.columns)
        raise TableError(f"{path.name} has no column {missing}; it has {found}.")
    doubled = [column for column in known if names.count(column) > 1]
    if doubled:
        raise TableError(f"{path.name} has the column {doubled[0]} twice.")
    return frame


def _row(clip: str, values: dict[str, str], taxonomy: Taxonomy, where: str) -> TableRow:
    subject = values.get("subject", clip)
    if subject.lower() in _NOBODY:
        raise TableError(
            f"{where}: the clip {clip} has an unknown subject; "
            "splits are by person, so give everybody a name of their own."
        )
    label = values.get("label", "").lower() or None
    if label is not None and label not in taxonomy:
        raise TableError(
            f"{where}: the clip {clip} has the unknown label {values['label']!r}; "
            f"the labels are {', '.join(taxonomy.names)}."
        )
    side = values.get("split", "").lower() or Split.TRAIN
    try:
        split = Split(side)
    except ValueError as error:
        known = ", ".join(Split)
        raise TableError(f"{where}: the clip {clip} has the unknown split {side!r}; the splits are {known}.") from error
    return TableRow(clip, subject, label, split, values.get("transcript") or None)


def _on_both_sides(rows: dict[str, TableRow]) -> dict[str, list[str]]:
    clips: defaultdict[str, list[str]] = defaultdict(list)
    sides: defaultdict[str, set[Split]] = defaultdict(set)
    for row in rows.values():
        clips[row.subject].append(row.clip)
        sides[row.subject].add(row.split)
    return {subject: clips[subject] for subject in clips if len(sides[subject]) > 1}
