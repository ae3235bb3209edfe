"""iMiGUE's two evaluation protocols: their train and test sides, and the published counts.

Cross-subject (Liu et al., CVPR 2021): 37 of the 72 players are for training, the others for testing. Emotion: two lists of
interviews with as many won as lost matches, drawn without regard to subjects, so that 39 players are on both sides.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import TableError
from core.printable import some_of
from core.types.clips import Split
from labeling.ingest.text_files import read_text

CROSS_SUBJECT = "imigue-cross-subject"
EMOTION = "imigue-emotion"

SUBJECTS = range(1, 73)
# fmt: off
TRAIN_SUBJECTS = frozenset((
    2, 4, 5, 6, 9, 10, 12, 13, 14, 15, 17, 18, 20, 21, 22, 23, 25, 28, 29, 30, 31, 35, 36, 38, 39,
    41, 42, 43, 44, 46, 47, 48, 52, 53, 59, 61, 62,
))
# fmt: on


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Number of interviews after won and after lost matches."""

    won: int
    lost: int

    def __str__(self) -> str:
        videos = self.won + self.lost
        return f"{videos} video{'s' * (videos != 1)} ({self.won} won, {self.lost} lost)"


PUBLISHED: Mapping[tuple[str, Split], Outcomes] = {
    (CROSS_SUBJECT, Split.TRAIN): Outcomes(202, 53),
    (CROSS_SUBJECT, Split.TEST): Outcomes(56, 48),
    (EMOTION, Split.TRAIN): Outcomes(51, 51),
    (EMOTION, Split.TEST): Outcomes(50, 50),
}

_SIDES = {"train": Split.TRAIN, "training": Split.TRAIN, "test": Split.TEST, "testing": Split.TEST}
# Other words in headers and variable names, such as "video_id,split" or "training_list".
_KNOWN_WORDS = {*_SIDES, "id", "ids", "video", "videos", "clip", "split", "side", "set", "list"}
_MOST_BYTES = 2**20
_LONGEST_ID = 9
_WORD = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class SideCounts:
    """Counts on one side of a protocol; `unlabeled` videos have no known outcome."""

    protocol: str
    side: Split
    outcomes: Outcomes
    unlabeled: int

    @property
    def published(self) -> Outcomes:
        return PUBLISHED[self.protocol, self.side]

    @property
    def as_published(self) -> bool:
        return self.outcomes == self.published and not self.unlabeled

    @property
    def sentence(self) -> str:
        """The counts, compared with the published ones, as a sentence."""
        rest = f" and {self.unlabeled} without a label" if self.unlabeled else ""
        published = "as published" if self.as_published else f"published: {self.published}"
        return f"{self.protocol}, {self.side}: {self.outcomes}{rest}; {published}."


@dataclass(frozen=True, slots=True)
class ProtocolIds:
    """Sides by video id, as read from a list of ids, and warnings."""

    sides: Mapping[int, Split]
    warnings: tuple[str, ...]


def side_of(subject: int) -> Split:
    """The cross-subject protocol's side of a player (1..72)."""
    return Split.TRAIN if subject in TRAIN_SUBJECTS else Split.TEST


def count_side(protocol: str, side: Split, won: Iterable[bool | None]) -> SideCounts:
    """Counts a side's outcomes; `won` has one value per video: True, False, or None for unknown."""
    found = list(won)
    return SideCounts(protocol, side, Outcomes(found.count(True), found.count(False)), found.count(None))


def on_both_sides(sides: Mapping[int, Split], subjects: Mapping[int, str]) -> tuple[str, ...]:
    """The subjects with videos on both sides, in order of name; `sides` and `subjects` are keyed by video id."""
    of_side = {side: {subjects[key] for key, each in sides.items() if each is side} for side in Split}
    return tuple(sorted(of_side[Split.TRAIN] & of_side[Split.TEST]))


def read_protocol_ids(path: Path) -> ProtocolIds:
    """Reads the train and test interviews of a protocol, in any of these forms, with or without commas, quotes and brackets:

        train: 1 2 3        0001,train        {"train": [1, 2, 3], "test": [4, 5]}
        test: 4 5           0004,test

    A line that begins with a side begins a list, which goes on until the next side. Raises TableError, one sentence naming
    the file and line, if it is not text, an id has no side or both, or a word is neither an id nor a side.
    """
    sides: dict[int, Split] = {}
    again: list[int] = []
    current: Split | None = None
    for number, line in enumerate(_lines(path), start=1):
        words = [word.lower() for word in _WORD.findall(line.split("#", 1)[0])]
        where = f"{path.name}, line {number}"
        unknown = next((word for word in words if word not in _KNOWN_WORDS and not _is_id(word)), None)
        if unknown is not None:
            raise TableError(f"{where}: {unknown!r} is neither an id nor train nor test.")
        named = [word for word in words if word in _SIDES]
        only_here = len(named) == 1 and len(words) > 1 and words[-1] in _SIDES
        side = _SIDES[named[0]] if only_here else current
        for word in words:
            if word in _SIDES and not only_here:
                side = current = _SIDES[word]
            if not _is_id(word):
                continue
            video = int(word)
            if side is None:
                raise TableError(f"{where}: the id {video} has no side; write train or test before it or behind it.")
            if sides.get(video, side) is not side:
                raise TableError(f"{where}: the id {video} is on both sides, train and test.")
            if video in sides:
                again.append(video)
            sides[video] = side
    if not sides:
        raise TableError(f"{path.name} names no id.")
    warnings = (f"{path.name} names {some_of(map(str, again))} more than once, which counts once.",) if again else ()
    return ProtocolIds(sides, warnings)


def _is_id(word: str) -> bool:
    return word.isdecimal() and len(word) <= _LONGEST_ID


def _lines(path: Path) -> list[str]:
    return read_text(path, TableError, _MOST_BYTES, utf16=False).split("\n")
