"""Reading the clip table: columns clip, subject, label, split, transcript, fps; only the first is required.

    clip,subject,label,split,transcript
    match-01,P07,positive,train,"I felt fine out there."
    match-02,P07,,train,match-02.txt

Separated by commas, semicolons or tabs, or as a first line `sep=;` tells; UTF-8 with or without a byte-order mark; rows and
columns without any cell do not count; clip names may have the video's suffix. An empty label means unknown, an empty split
train. `fps` is the frame rate of clips without a video. A problem in a row refuses only its clip; a table that cannot be
read, or that has no `clip` column, is refused as a whole.
"""

import io
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pandas as pd

from core.errors import LONGEST_SENTENCE, TableError
from core.file_names import composed
from core.media.timebase import FASTEST_FPS, SLOWEST_FPS
from core.media.video import VIDEO_SUFFIXES
from core.printable import printable, some_of
from core.taxonomy import Taxonomy
from core.types.clips import Split
from labeling.ingest.text_files import read_text

COLUMNS = ("clip", "subject", "label", "split", "transcript", "fps")
_SEPARATORS = ",;\t"
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(?P<separator>[^\r\n"])"?[^\S\t\r\n]*[,;]*\r?\n', re.IGNORECASE)
_MOST_BYTES, _MOST_COLUMNS, _MOST_ROWS = 64 * 2**20, 10_000, 250_000
_MOST_CELLS = 10_000_000  # short rows are filled up to the width of the header
_LONGEST_NAME = 255
_FINEST_RATE = 1001  # of 30000/1001, the frame rate of television
_NOBODY = frozenset({"", "?", "-", "unknown", "n/a", "nan", "none"})  # entries that mean an unknown subject


class UnknownLabelError(TableError):
    """A label that the taxonomy lacks; `label` as it is written."""

    def __init__(self, sentence: str, label: str) -> None:
        super().__init__(sentence)
        self.label = label


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table; `transcript` is the unparsed cell: words, or the name of a .txt file; `frame_rate` may be unknown."""

    clip: str
    subject: str
    label: str | None
    split: Split
    transcript: str | None
    frame_rate: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ClipTable:
    """`name` of the file; `rows` by clip name; `refused` clips are not imported, `refusals` are sentences that say why.
    `labels`: as they are written, with how many clips have each; `unknown_labels`: those of them that the taxonomy lacks.
    """

    name: str
    rows: dict[str, TableRow]
    refused: frozenset[str]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    labels: Mapping[str, int] = field(default_factory=dict)
    unknown_labels: Mapping[str, int] = field(default_factory=dict)


def read_clip_table(path: Path, taxonomy: Taxonomy) -> ClipTable:
    """Reads a clip table. Raises TableError, one sentence naming the file, if it cannot be used at all."""
    table = read_table(path, needed=("clip",), known=COLUMNS)
    hints: tuple[str, ...] = ()
    if "subject" not in table.columns:
        hints = (f"{path.name} has no column subject, so every clip counts as a person of its own.",)
    listed = (
        (f"{path.name}, row {number}", {**values, "clip": clip_name(values["clip"])})
        for number, values in enumerate(table.rows(), start=1)
        if any(values.values())  # spreadsheets write rows that somebody once touched
    )
    return clip_table(path.name, listed, taxonomy, hints)


def clip_table(
    file: str, listed: Iterable[tuple[str, Mapping[str, str]]], taxonomy: Taxonomy, hints: tuple[str, ...] = ()
) -> ClipTable:
    """The table of these rows: where each stands, for sentences, and its values by column. `hints` are its first warnings."""
    rows: dict[str, TableRow] = {}
    refused: set[str] = set()
    refusals: list[str] = []
    labels: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for where, values in listed:
        clip = values["clip"]
        if not clip:
            refusals.append(f"{where}: the column clip is empty.")
        elif clip in rows or clip in refused:
            refusals.append(
                printable(f"{where}: the clip {clip} is in the table already; its first row counts.", LONGEST_SENTENCE)
            )
        else:
            if values.get("label"):
                labels[values["label"]] += 1
            try:
                rows[clip] = _row(clip, values, taxonomy, where)
            except UnknownLabelError as error:
                unknown[error.label] += 1
                refused.add(clip)
                refusals.append(str(error))
            except TableError as error:
                refused.add(clip)
                refusals.append(str(error))
    for subject, clips in _on_both_sides(rows).items():
        refused.update(clips)
        refusals.append(
            f"{file}: the subject {printable(subject)} has clips in both train and test ({printable(some_of(clips))}), "
            "so that neither side would be honest; put all of one person's clips on one side."
        )
    kept = {clip: row for clip, row in rows.items() if clip not in refused}
    return ClipTable(
        name=file,
        rows=kept,
        refused=frozenset(refused),
        refusals=tuple(refusals),
        warnings=hints,
        labels=labels,
        unknown_labels=unknown,
    )


def clip_name(cell: str) -> str:
    """The clip's name without a video suffix, composed: `P07.01.mp4` -> `P07.01`; `P07.01` is kept."""
    name = composed(Path(cell.strip()).name)
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in VIDEO_SUFFIXES else name


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: names in lower case; `cells` are unparsed text, empty ones ""."""

    columns: tuple[str, ...]
    cells: pd.DataFrame

    def rows(self) -> Iterator[dict[str, str]]:
        """Each row by column, without spaces around the cells."""
        columns = (self.cells.iloc[:, place].to_numpy() for place in range(len(self.columns)))
        for cells in zip(*columns, strict=True):  # many times faster than pandas' own rows
            yield {column: str(cell).strip() for column, cell in zip(self.columns, cells, strict=True)}


def read_table(path: Path, needed: Sequence[str], known: Sequence[str]) -> Table:
    """Reads a table of any columns.

    Raises TableError, one sentence naming the file, if it cannot be read, is too large, a `needed` column is missing, or a
    `known` one occurs twice.
    """
    separator, text = _told_separator(_text_of(path))
    columns, separator = _header(text, separator)
    if len(columns) > _MOST_COLUMNS:
        raise TableError(f"{path.name} has {len(columns):,} columns; at most {_MOST_COLUMNS:,} are read.")
    most_rows = min(_MOST_ROWS, _MOST_CELLS // len(columns))
    try:
        # Without a header, as pandas would rename columns that occur twice.
        cells = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            dtype=object,
            header=None,
            keep_default_na=False,
            na_filter=False,
            index_col=False,
            nrows=most_rows + 2,  # the header, and one that is too many
        )
    except pd.errors.EmptyDataError as error:
        needs = f"; it needs at least the column {needed[0]}" if needed else ""
        raise TableError(f"{path.name} is empty{needs}.") from error
    except pd.errors.ParserError as error:
        if "EOF inside string" in str(error):
            raise TableError(f"{path.name} has a quotation mark that is never closed.") from error
        raise TableError(f"{path.name} has a row with more cells than its header has columns.") from error
    if len(cells) > most_rows + 1:
        raise TableError(f"{path.name} has more than {most_rows:,} rows; no more are read of a table this wide.")
    empty = next((number for number, row in enumerate(cells.itertuples(index=False)) if any(map(_is_filled, row))), 0)
    cells = cells.iloc[empty:]  # without rows of separators alone above the header
    names = [str(name).strip().lower() for name in cells.iloc[0]]
    missing = next((column for column in needed if column not in names), None)
    if missing is not None:
        raise TableError(f"{path.name} has no column {missing}; it has {', '.join(names)}.")
    doubled = [column for column in known if names.count(column) > 1]
    if doubled:
        raise TableError(f"{path.name} has the column {doubled[0]} twice.")
    return Table(tuple(names), cells.iloc[1:])


def _is_filled(cell: object) -> bool:
    return bool(str(cell).strip())


def _text_of(path: Path) -> str:
    try:
        return read_text(path, TableError, _MOST_BYTES, utf16=False)
    except TableError as error:
        if isinstance(error.__cause__, OSError) or "UTF-8" not in str(error):
            raise
        raise TableError(f"{path.name} is not UTF-8 text; save it as CSV in UTF-8.") from error


def _told_separator(text: str) -> tuple[str, str]:
    """The separator that Excel writes into a first line `sep=;`, else "", and the table below."""
    told = _SEPARATOR_LINE.match(text)
    return (told["separator"], text[told.end() :]) if told is not None else ("", text)


def _header(text: str, separator: str) -> tuple[list[str], str]:
    """The columns of the first line that is not empty, for counting them, and the separator: as told, else what it uses most."""
    line = next((line for line in io.StringIO(text) if line.strip()), "")
    separator = separator or max(_SEPARATORS, key=line.count)
    return line.split(separator), separator


def frame_rate_in(written: str, where: str) -> Fraction:
    """The frame rate that a cell or an array gives, 0.1 to 10,000 a second. Raises TableError naming `where` and fps."""
    try:
        fps = float(written)
    except ValueError:
        fps = math.nan
    if not SLOWEST_FPS <= fps <= FASTEST_FPS:
        shown = printable(written, _LONGEST_NAME)
        raise TableError(f"{where} has the fps {shown}; {SLOWEST_FPS:g} to {FASTEST_FPS:,} frames a second are read.")
    return Fraction(fps).limit_denominator(_FINEST_RATE)


def _row(clip: str, values: Mapping[str, str], taxonomy: Taxonomy, where: str) -> TableRow:
    subject = values.get("subject", clip)
    if max(len(clip), len(subject)) > _LONGEST_NAME:
        raise TableError(f"{where}: the clip or subject {clip} has a name of more than {_LONGEST_NAME} characters.")
    if subject.lower() in _NOBODY:
        raise TableError(
            f"{where}: the clip {clip} has an unknown subject; "
            "splits are by person, so give everybody a name of their own."
        )
    written = values.get("label", "")
    label = taxonomy.named(written) if written else None
    if written and label is None:
        raise UnknownLabelError(
            f"{where}: the clip {clip} has the unknown label {written!r}; the labels are {some_of(taxonomy.names)}.",
            written,
        )
    side = values.get("split", "").lower() or Split.TRAIN
    try:
        split = Split(side)
    except ValueError as error:
        known = ", ".join(Split)
        raise TableError(f"{where}: the clip {clip} has the unknown split {side!r}; the splits are {known}.") from error
    fps = values.get("fps", "")
    rate = frame_rate_in(fps, f"{where}: the clip {clip}") if fps else None
    return TableRow(clip, subject, label, split, values.get("transcript") or None, rate)


def _on_both_sides(rows: dict[str, TableRow]) -> dict[str, list[str]]:
    clips: defaultdict[str, list[str]] = defaultdict(list)
    sides: defaultdict[str, set[Split]] = defaultdict(set)
    for row in rows.values():
        clips[row.subject].append(row.clip)
        sides[row.subject].add(row.split)
    return {subject: clips[subject] for subject in clips if len(sides[subject]) > 1}
