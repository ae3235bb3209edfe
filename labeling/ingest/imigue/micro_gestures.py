"""iMiGUE's micro-gestures: class ids and names, and reading the annotated rows.

Ids are those of the label table, in the order on which the authors' code and others' agree. They are kept as they are, since
repositories renumber the last one, 99, differently. `CUES` maps a class to the cue of core.pose.cues that covers the same
region: hair, forehead and ears count as head, eyes and mouth (biting nails) as face, the suprasternal notch as neck.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from core.errors import InputError, TableError
from core.media.timebase import parse_time
from core.pose.cues import CATALOG
from core.printable import some_of
from core.types.annotated_cues import AnnotatedCue
from labeling.ingest.clip_table import read_table
from labeling.ingest.imigue.label_table import CLASS, VIDEO
from labeling.ingest.imigue.layout import video_id
from labeling.ingest.text_files import read_text

SOURCE = "iMiGUE"

CLASSES: Mapping[int, str] = {
    1: "turtle neck",
    2: "bulging face or deep breath",
    3: "touching hat",
    4: "touching head",
    5: "touching forehead",
    6: "covering face",
    7: "rubbing eyes",
    8: "touching facial parts",
    9: "touching ears",
    10: "biting nails",
    11: "touching jaw",
    12: "touching neck",
    13: "playing with hair",
    14: "adjusting tie or collar",
    15: "touching suprasternal notch",
    16: "scratching back",
    17: "folding arms",
    18: "dusting clothes",
    19: "arms behind body",
    20: "moving torso",
    21: "sitting straightly",
    22: "touching arms",
    23: "rubbing or holding hands",
    24: "crossing fingers",
    25: "minaret gesture",
    26: "manipulating objects",
    27: "hold back arms",
    28: "head up",
    29: "pressing lips",
    30: "arms akimbo",
    31: "shaking shoulders",
    99: "illustrative body language",
}

_NEAREST = {
    5: "touching head",
    7: "touching facial parts",
    9: "touching head",
    10: "touching facial parts",
    13: "touching head",
    15: "touching neck",
}
CUES: Mapping[int, str | None] = {
    number: name if name in CATALOG else _NEAREST.get(number) for number, name in CLASSES.items()
}

_VIDEO = (VIDEO, "id", "video")
_CLASS = (CLASS, "class_id", "label")
_SECONDS = (("start_time", "end_time"), ("start_sec", "end_sec"), ("start_s", "end_s"), ("start", "end"))
_FRAMES = (("start_frame", "end_frame"),)
_MOST_BYTES = 2**20
_FILES = frozenset({".csv", ".txt", ".tsv"})


@dataclass(frozen=True, slots=True)
class MicroGesture:
    """One annotated gesture, in seconds or, if the table has no times, in frames."""

    class_id: int
    start: float
    end: float
    in_frames: bool

    def span_s(self, frame_rate: Fraction) -> tuple[float, float]:
        if not self.in_frames:
            return self.start, self.end
        return float(Fraction(self.start) / frame_rate), float(Fraction(self.end) / frame_rate)


@dataclass(frozen=True, slots=True)
class MicroGestures:
    """`of_video`: gestures by video id; `warnings`: sentences on rows that were left out."""

    of_video: Mapping[int, tuple[MicroGesture, ...]]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    video: str
    start: str
    end: str
    label: str


def has_micro_gestures(table: Path) -> bool:
    """Whether a table has the columns of micro-gestures. Raises TableError if it cannot be read."""
    columns = set(read_table(table, needed=(), known=()).columns)
    return any({VIDEO, CLASS, start, end} <= columns for start, end in (*_SECONDS, *_FRAMES))


def read_micro_gestures(path: Path) -> MicroGestures:
    """Reads a table with columns video_id, start_time, end_time, class, or a folder with one file per video (`0012.csv`) whose
    lines are start, end, class. Times are seconds or h:mm:ss; a table may have start_frame and end_frame instead.

    A bad row is left out with a warning. Raises TableError, one sentence naming the file, if it cannot be used at all.
    """
    unreadable: list[str] = []
    if path.is_dir():
        rows, in_frames = list(_rows_of_folder(path, unreadable)), False
    else:
        rows, in_frames = _rows_of_table(path)
    found: defaultdict[int, dict[MicroGesture, None]] = defaultdict(dict)
    problems: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if not any((row.start, row.end, row.label)):
            continue  # a video without gestures
        try:
            video, gesture = _gesture(row, in_frames)
        except InputError as error:
            problems[str(error)].append(row.where)
            continue
        if gesture in found[video]:
            problems["stands there twice"].append(row.where)
        found[video][gesture] = None
    left_out = (
        f"{path.name}: micro-gestures were left out whose row {problem} ({some_of(places)})."
        for problem, places in problems.items()
    )
    warnings = (*unreadable, *left_out)
    return MicroGestures({video: tuple(gestures) for video, gestures in found.items()}, warnings)


def cues_of(
    gestures: Iterable[MicroGesture], frame_rate: Fraction, duration_s: float
) -> tuple[tuple[AnnotatedCue, ...], int]:
    """The gestures of a clip as annotated cues in order of start, clipped to its end, and how many begin after its end."""
    cues: list[AnnotatedCue] = []
    behind = 0
    for gesture in gestures:
        start_s, end_s = gesture.span_s(frame_rate)
        if start_s >= duration_s:
            behind += 1
            continue
        name = CLASSES[gesture.class_id]
        cues.append(
            AnnotatedCue(CUES[gesture.class_id], name, gesture.class_id, start_s, min(end_s, duration_s), SOURCE)
        )
    return tuple(sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))), behind


def _gesture(row: _Row, in_frames: bool) -> tuple[int, MicroGesture]:
    """(video id, gesture) of a row. Raises InputError with a message that completes "whose row ..."."""
    video = video_id(row.video)
    if video is None:
        raise InputError(f"has no id of a video but {row.video!r}")
    number = video_id(row.label)
    if number is None or number not in CLASSES:
        raise InputError(f"has the unknown class {row.label!r}")
    try:
        start, end = parse_time(row.start), parse_time(row.end)
    except InputError as error:
        raise InputError("has a start or end that is no time") from error
    if end < start:
        raise InputError("ends before it starts")
    return video, MicroGesture(number, start, end, in_frames)


def _rows_of_table(path: Path) -> tuple[list[_Row], bool]:
    """The rows and whether their spans are in frames."""
    table = read_table(path, needed=(), known=(*_VIDEO, *_CLASS))
    columns = table.columns
    spans = [*_SECONDS, *_FRAMES]
    video = _one_of(path, _VIDEO, columns)
    label = _one_of(path, _CLASS, columns)
    span = next((pair for pair in spans if set(pair) <= set(columns)), None)
    if span is None:
        raise TableError(f"{path.name} has no columns start_time and end_time; it has {', '.join(columns)}.")
    start, end = span
    rows = [
        _Row(f"row {number}", each[video], each[start], each[end], each[label])
        for number, each in enumerate(table.rows(), start=1)
    ]
    return rows, span in _FRAMES


def _one_of(path: Path, names: Sequence[str], columns: Sequence[str]) -> str:
    found = next((name for name in names if name in columns), None)
    if found is None:
        raise TableError(f"{path.name} has no column {names[0]}; it has {', '.join(columns)}.")
    return found


def _rows_of_folder(folder: Path, unreadable: list[str]) -> Iterator[_Row]:
    """The rows of each video's file; a sentence on each file that cannot be read is added to `unreadable`."""
    files = [
        path for path in sorted(folder.iterdir()) if path.suffix.lower() in _FILES and video_id(path.stem) is not None
    ]
    if not files:
        raise TableError(f"{folder} holds no file of micro-gestures, named by its video's id, such as 0012.csv.")
    for path in files:
        try:
            lines = read_text(path, TableError, _MOST_BYTES).split("\n")
        except TableError as error:
            unreadable.append(f"Micro-gestures of a file were left out: {error}")
            continue
        for number, line in enumerate(lines, start=1):
            cells = line.replace(",", " ").replace(";", " ").split()
            is_header = number == 1 and not any(cell[:1].isdigit() for cell in cells)
            if cells and not is_header:
                start, end, label = (*cells, "", "", "")[:3]
                yield _Row(f"{path.name} line {number}", path.stem, start, end, label)
