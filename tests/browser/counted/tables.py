"""What the pages should show, counted from the tables of the database with pandas alone; nothing of the product is used.

A count is given as the words that the page shows it in. `...` in `share` and `coefficient` stands for the two ends of an
interval over subjects: they are simulated elsewhere (tests/unit/training/evaluation), and here they must enclose the value.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

LABELS = ("positive", "negative")
TITLES = {"positive": "Positive (won)", "negative": "Negative (lost)"}
FEW_SUBJECTS = 10
ORDER = ("adjudicated", "human", "gold", "pseudo")


@dataclass(frozen=True)
class Counted:
    """What was counted, and the words (a regular expression) that the page should show it in."""

    what: str
    words: str


@dataclass(frozen=True)
class Tables:
    """The tables of a workspace's database as data frames."""

    path: Path

    def read(self, name: str) -> pd.DataFrame:
        with closing(sqlite3.connect(self.path)) as connection:
            return pd.read_sql(f"SELECT * FROM {name}", connection)

    @cached_property
    def clips(self) -> pd.DataFrame:
        """One row a clip: `subject`, `split`, `reliability_sample`, `gold` (NaN without)."""
        found = self.read("clips").rename(columns={"id": "clip_id"})
        gold = self.read("gold_labels").set_index("clip_id")["label"]
        return found.assign(gold=found.clip_id.map(gold)).set_index("clip_id")

    @cached_property
    def last_words(self) -> pd.DataFrame:
        """The newest final decision of each reviewer on each clip that was not undone, oldest first."""
        every = self.read("decisions")
        undone = set(every.undoes_id.dropna())
        final = every[every.kind.isin(["accept", "correct", "unclear", "adjudicate", "bulk_accept"])]
        standing = final[~final.id.isin(undone)].sort_values("id")
        return standing.groupby(["clip_id", "reviewer_id"], as_index=False).tail(1)

    @cached_property
    def blind(self) -> pd.DataFrame:
        """The first answers whose reviewer had seen nothing, with the clip's columns."""
        every = self.read("decisions")
        return every[(every.kind == "blind") & (every.seen == "nothing")].join(
            self.clips, on="clip_id", suffixes=("", "_clip")
        )

    @cached_property
    def labelers(self) -> pd.DataFrame:
        return self.read("labelers").set_index("id")

    @cached_property
    def counting(self) -> int:
        """The labeler that counts: of the newest choice."""
        return int(self.read("labeler_choices").sort_values("id").labeler_id.iloc[-1])

    @cached_property
    def pseudo(self) -> pd.DataFrame:
        """The newest pseudo-label of each labeler and clip."""
        found = self.read("pseudo_labels").sort_values("id")
        return found.groupby(["labeler_id", "clip_id"], as_index=False).tail(1)

    @cached_property
    def labels(self) -> pd.DataFrame:
        """`label` and `source` of each clip that has one: adjudicated before human before gold before pseudo."""
        rows: dict[int, tuple[str, str]] = {}
        shown = self.pseudo[self.pseudo.labeler_id == self.counting]
        rows |= {row.clip_id: (row.label, "pseudo") for row in shown.itertuples()}
        rows |= {clip: (gold, "gold") for clip, gold in self.clips.gold.dropna().items()}
        for row in self.last_words.sort_values("id").itertuples():
            if row.kind == "adjudicate":
                rows[row.clip_id] = (row.label, "adjudicated")
            elif rows.get(row.clip_id, ("", ""))[1] != "adjudicated":
                rows.pop(row.clip_id, None)
                if row.kind != "unclear":
                    rows[row.clip_id] = (row.label, "human")
        found = pd.DataFrame.from_dict(rows, orient="index", columns=["label", "source"])
        return found[self.clips.split.reindex(found.index) == "train"]

    @cached_property
    def own(self) -> pd.DataFrame:
        """The last words of people who looked: without adjudications and bulk accepts; `own`: the blind label, else this."""
        looked = self.last_words[~self.last_words.kind.isin(["adjudicate", "bulk_accept"])]
        blind = self.blind.set_index(["clip_id", "reviewer_id"]).label
        told = looked.assign(blind=[blind.get((row.clip_id, row.reviewer_id)) for row in looked.itertuples()])
        shown = self.read("pseudo_labels").set_index("id")
        told = told.assign(
            own=told.blind.fillna(told.label),
            shown=told.pseudo_label_id.map(shown.label),
            shown_by=told.pseudo_label_id.map(shown.labeler_id),
        )
        return told.join(self.clips[["subject_id", "gold", "reliability_sample"]], on="clip_id")

    @cached_property
    def runs(self) -> pd.DataFrame:
        found = self.read("runs").set_index("id")
        return found.assign(metrics=found.metrics.map(json.loads))

    def subjects_of(self, clip_ids: Sequence[int]) -> pd.Series:
        return self.clips.subject_id.reindex(clip_ids)


def numbers(found: Mapping[str, int]) -> str:
    """As in `2 gold, 4 human`."""
    return ", ".join(f"{n} {name}" for name, n in found.items() if n)


def per_cent(hits: int, of: int) -> str:
    return f"{hits / of:.0%}"


def share(subjects: pd.Series, hits: pd.Series, *, sentence: bool = False) -> str:
    """The words of a share of clips with its interval over subjects, in a table's cell or in a sentence."""
    n, right = len(hits), int(hits.sum())
    if not n:
        return "nothing to compare yet" if sentence else "—"
    value = per_cent(right, n)
    of_subject = hits.groupby(subjects.to_numpy()).agg(["sum", "count"])
    alike = len({one / of for one, of in of_subject.itertuples(index=False)}) == 1
    doubt = ""
    if len(of_subject) < FEW_SUBJECTS:
        doubt = f"{len(of_subject)} subject{'' if len(of_subject) == 1 else 's'}"
    elif alike:
        doubt = "no subject differs"
    ends = r"(?P<low>\d+)% to (?P<high>\d+)%"
    if sentence:
        told = f", which cannot be trusted: {doubt}" if doubt else ""
        return rf"(?P<value>{value}) \({ends}{told}; {right} of {n}\)"
    return rf"(?P<value>{value}) {ends} {right} of {n}" + (f" cannot be trusted: {doubt}" if doubt else "")


def renamed(cells: list[str]) -> str:
    """Several intervals in one pattern, each with names of its own."""
    return " ".join(re.sub(r"\(\?P<(\w+)>", rf"(?P<\g<1>_{place}>", cell) for place, cell in enumerate(cells))
