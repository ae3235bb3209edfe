"""Reading iMiGUE's label table: the subject of each video, and whether the match was won.

    video_id,start_time,end_time,class,subject_id,subject_gender,subject_nationality,win_or_lose
    12,3.2,4.7,23,7,F,Czechia,Win

One row per video, or one per micro-gesture as in the release. iMiGUE-Speech's labels.csv has neither gestures nor subject ids.
Without ids, all people of one gender and nationality count as one subject, so that no person can be on both sides of a fold;
the side in the cross-subject protocol is then unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import LONGEST_SENTENCE, InputError, TableError
from core.printable import printable, some_of
from core.types.clips import Split
from labeling.ingest.clip_table import read_table
from labeling.ingest.imigue.layout import video_id
from labeling.ingest.imigue.protocols import SUBJECTS, side_of

VIDEO = "video_id"
OUTCOME = "win_or_lose"
SUBJECT = "subject_id"
GENDER = "subject_gender"
NATIONALITY = "subject_nationality"
CLASS = "class"
_KNOWN = (VIDEO, OUTCOME, SUBJECT, GENDER, NATIONALITY)

_WON = {"win": True, "won": True, "lose": False, "lost": False, "loss": False, "": None}


@dataclass(frozen=True, slots=True)
class Interview:
    """One video of the table. `won` is None if it is not stated; `spelled` is the video id as written in the table.

    `subject` is the subject's name in the workspace; `side`, of the cross-subject protocol, is None without a subject id.
    """

    video: int
    spelled: str
    subject: str
    side: Split | None
    won: bool | None


@dataclass(frozen=True, slots=True)
class LabelTable:
    """`interviews` by video id; those in `refused` are not imported, `refusals` are sentences that say why."""

    path: Path
    interviews: Mapping[int, Interview]
    refused: frozenset[int]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    has_subjects: bool

    @property
    def name(self) -> str:
        return self.path.name


def find_label_table(tables: Iterable[Path]) -> Path | None:
    """The file with the columns of a label table, preferably with subject ids; None if there is none.

    Raises InputError if there are two.
    """
    usable = {path: columns for path in tables if (columns := _columns(path))}
    best = [path for path, columns in usable.items() if SUBJECT in columns] or list(usable)
    if len(best) > 1:
        raise InputError(f"There are several label tables ({some_of(map(str, best))}); say which one with --table.")
    return best[0] if best else None


def _columns(path: Path) -> set[str]:
    """The file's columns; empty if it is no label table."""
    try:
        return set(read_table(path, needed=(VIDEO, OUTCOME), known=()).columns)
    except TableError:
        return set()  # another kind of .csv; for a table that is given explicitly, the error is raised later


def read_label_table(path: Path) -> LabelTable:
    """Reads a label table. Raises TableError, one sentence naming the file, if it cannot be used at all."""
    table = read_table(path, needed=(VIDEO, OUTCOME), known=_KNOWN)
    has_subjects = SUBJECT in table.columns
    if not has_subjects and not {GENDER, NATIONALITY} <= set(table.columns):
        raise TableError(
            f"{path.name} has no column {SUBJECT}, and without {GENDER} and {NATIONALITY} nothing in it tells people apart."
        )
    interviews: dict[int, Interview] = {}
    refusals: dict[int, str] = {}
    unnamed: list[str] = []
    seen: set[tuple[str, ...]] = set()
    twice: list[str] = []
    for number, values in enumerate(table.rows(), start=1):
        where = f"{path.name}, row {number}"
        video = video_id(values[VIDEO])
        if video is None:
            told = f"{where}: {values[VIDEO]!r} is not the id of a video, which is a number."
            unnamed.append(printable(told, LONGEST_SENTENCE))
            continue
        row = tuple(values.values())
        if row in seen:
            twice.append(f"{values[VIDEO]} (row {number})")
            continue
        seen.add(row)
        try:
            interview = _interview(video, values, has_subjects)
            first = interviews.setdefault(video, interview)
            _refuse_contradiction(first, interview)
        except TableError as error:
            refusals.setdefault(video, printable(f"{where}: the video {values[VIDEO]} {error}", LONGEST_SENTENCE))
    warnings: list[str] = []
    if twice and CLASS not in table.columns:  # with a class column, several rows per video are its gestures
        warnings.append(f"{path.name} has the same row twice for {some_of(twice)}; each counts once.")
    if not has_subjects:
        warnings.append(
            f"{path.name} has no column {SUBJECT}: gender and nationality do not tell who somebody is, so the cross-subject "
            "protocol cannot be set, every video is for training, and all of one gender and nationality count as one person."
        )
    unlabeled = [each.spelled for each in interviews.values() if each.won is None and each.video not in refusals]
    if unlabeled:
        warnings.append(f"{path.name} leaves {OUTCOME} empty for {some_of(unlabeled)}, so no label is known.")
    return LabelTable(
        path=path,
        interviews={video: each for video, each in interviews.items() if video not in refusals},
        refused=frozenset(refusals),
        refusals=(*unnamed, *refusals.values()),
        warnings=tuple(warnings),
        has_subjects=has_subjects,
    )


def _interview(video: int, values: Mapping[str, str], has_subjects: bool) -> Interview:
    """One row. Raises TableError; its message is to be appended to the video's name."""
    outcome = values[OUTCOME].lower()
    if outcome not in _WON:
        raise TableError(f"has the unknown {OUTCOME} {values[OUTCOME]!r}; it is Win or Lose.")
    if has_subjects:
        number = video_id(values[SUBJECT])
        if number is None or number not in SUBJECTS:
            raise TableError(f"has the {SUBJECT} {values[SUBJECT]!r}; iMiGUE's are {SUBJECTS[0]} to {SUBJECTS[-1]}.")
        return Interview(video, values[VIDEO], f"imigue-{number:02d}", side_of(number), _WON[outcome])
    group = [values[column].lower().replace(" ", "-") for column in (GENDER, NATIONALITY)]
    if not all(group):
        raise TableError(f"has no {SUBJECT} and no {GENDER} with {NATIONALITY}, so whose it is is unknown.")
    return Interview(video, values[VIDEO], f"imigue-{'-'.join(group)}", None, _WON[outcome])


def _refuse_contradiction(first: Interview, other: Interview) -> None:
    if first.subject != other.subject:
        raise TableError(f"is a video of {other.subject} here and of {first.subject} in an earlier row.")
    if first.won is not other.won:
        raise TableError(f"has another {OUTCOME} here than in an earlier row.")
