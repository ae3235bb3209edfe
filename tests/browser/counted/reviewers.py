"""What the Reviewers page should show."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations, permutations

import pandas as pd

from tests.browser.counted.tables import LABELS, TITLES, Counted, Tables, per_cent, renamed, share

SURE = {1: "guessing", 2: "fairly sure", 3: "certain"}


def reviewers(t: Tables) -> list[Counted]:
    names = t.read("reviewers").set_index("id")
    found = [Counted(f"row of {row['name']}", reviewer_row(t, number, row)) for number, row in names.iterrows()]
    own = t.own[t.own.own.notna()]
    ratings = own.pivot(index="clip_id", columns="reviewer_id", values="own")
    blind = own[(own.reliability_sample == 1) & own.blind.notna()].pivot(
        index="clip_id", columns="reviewer_id", values="blind"
    )
    found.append(Counted("everybody's agreement", coefficient("Everybody Krippendorff's alpha", ratings, alpha)))
    title = "Reliability sample Krippendorff's alpha of blind answers; report this one"
    found.append(Counted("agreement on the sample", coefficient(title, blind, alpha)))
    drawn = t.read("assignments").clip_id
    title = "Double-coded clips Krippendorff's alpha of blind answers on clips drawn at random"
    found.append(Counted("agreement on double-coded clips", coefficient(title, blind[blind.index.isin(drawn)], alpha)))
    for one, other in combinations(sorted(ratings.columns), 2):
        both = ratings[[one, other]].dropna()
        title = f"{names['name'][one]} and {names['name'][other]} Cohen's kappa"
        found.append(Counted(title, coefficient(title, both, kappa)))
    return [*found, *disputes(t, names)]


def reviewer_row(t: Tables, number: int, row: pd.Series) -> str:
    mine = t.own[t.own.reviewer_id == number]
    gold = mine[mine.gold.notna() & mine.own.notna()]
    seen = mine[mine.blind.notna() & mine.shown.notna() & mine.label.notna()]
    agreed, differed = seen[seen.blind == seen.shown], seen[seen.blind != seen.shown]
    cells = [
        share(gold.subject_id, gold.own == gold.gold),
        share(pd.Series(dtype=int), pd.Series(dtype=bool)),
        share(seen.subject_id, seen.blind == seen.shown),
        share(differed.subject_id, differed.label == differed.shown),
        share(agreed.subject_id, agreed.label != agreed.shown),
    ]
    return f"{row['name']} {row.role} {len(mine)} {renamed(cells)}"


def coefficient(title: str, ratings: pd.DataFrame, measure: Callable[[pd.DataFrame], float | None]) -> str:
    shared = ratings[ratings.notna().sum(axis=1) > 1]
    if shared.empty:
        return f"{re.escape(title)} — — 0"
    value = measure(shared)
    same = int((shared.nunique(axis=1) == 1).sum())
    told = "— one label alone" if value is None else rf"{value:.2f} (?:-?\d\.\d\d to -?\d\.\d\d|no interval)[^%]*?"
    return f"{re.escape(title)} {told} {per_cent(same, len(shared))} {len(shared)}"


def alpha(ratings: pd.DataFrame) -> float | None:
    """Krippendorff's alpha for nominal data, from pairs of answers within a clip and pairs of any two answers."""
    inside = [(row.dropna().tolist()) for _, row in ratings.iterrows()]
    observed = sum(sum(one != other for one, other in permutations(labels, 2)) / (len(labels) - 1) for labels in inside)
    every = [label for labels in inside for label in labels]
    expected = sum(one != other for one, other in permutations(every, 2)) / (len(every) - 1)
    return None if not expected else 1 - observed / expected


def kappa(ratings: pd.DataFrame) -> float | None:
    """Cohen's kappa of two raters."""
    one, other = (ratings.iloc[:, place] for place in (0, 1))
    observed = (one == other).mean()
    expected = sum((one == label).mean() * (other == label).mean() for label in LABELS)
    return None if expected == 1 else float((observed - expected) / (1 - expected))


def disputes(t: Tables, names: pd.DataFrame) -> list[Counted]:
    """Clips on which people's last words differ and that nobody has settled, and those that were settled."""
    settled = t.last_words[t.last_words.kind == "adjudicate"]
    people = t.last_words[(t.last_words.kind != "bulk_accept") & t.last_words.label.notna()]
    found = []
    open_clips = [
        (clip, of_clip.sort_values("id"))
        for clip, of_clip in people[~people.clip_id.isin(settled.clip_id)].groupby("clip_id")
        if of_clip.label.nunique() > 1
    ]
    found.append(Counted("disputed clips", rf"Disputed clip \({len(open_clips)}\)"))
    if open_clips:
        clip, answers = open_clips[0]
        rows = " ".join(
            rf"{names['name'][row.reviewer_id]} {re.escape(TITLES[row.label])} {re.escape(TITLES.get(row.blind_label, '—'))} "
            f"{SURE[int(row.rater_confidence)]} —"
            for row in answers.itertuples()
        )
        title = t.clips.name[clip]
        words = f"{title} play_circle Open in Review who label before the reveal confidence note {rows}"
        found.append(Counted(f"dispute on {title}", words))
    found.append(Counted("settled clips", rf"Settled so far \({len(settled)}\)"))
    for row in settled.itertuples():
        title, at = t.clips.name[row.clip_id], pd.Timestamp(row.created_at)
        words = rf"{title} Settled as {re.escape(TITLES[row.label])}[^\d]*{at:%Y-%m-%d %H:%M}"
        found.append(Counted(f"settled: {title}", words))
    return found
