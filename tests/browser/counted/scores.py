"""Scores of a run, recomputed from the predictions that are kept of it and from the labels."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd

from tests.browser.counted.tables import LABELS, Tables, renamed

BINS = 10


def differing(t: Tables, run: int) -> str:
    said = t.read("predictions").query("run_id == @run and fold >= 0").set_index("clip_id").label
    found = t.labels.loc[t.labels.index.intersection(said.index)]
    differs = found[found.label != said.reindex(found.index)]
    sampled = t.clips.reliability_sample.reindex(differs.index) == 1
    outside = differs[~sampled].source.value_counts()
    sources = [source for source in ("pseudo", "gold", "human", "adjudicated") if source == "gold" or source in outside]
    told = ", ".join(f"{outside.get(source, 0)} {source}" for source in sources)
    return rf"{(~sampled).sum()} labels? \({told}\) outside the reliability sample"


def held_out(t: Tables, run: int, *, today: bool = False) -> pd.DataFrame:
    """By clip: what the run `said` without having seen its subject, the `truth`, and `by` what: of the labels that the run's
    set froze, or of those of today; a pseudo-label is scored by the cohort's truth, also where it was accepted in bulk.
    """
    predictions = t.read("predictions").query("run_id == @run and fold >= 0").set_index("clip_id")
    if today:
        given = t.labels.reindex(predictions.index)
    else:
        rows = t.read("curated_rows")
        given = rows[rows.curated_set_id == t.runs.curated_set_id[run]].set_index("clip_id").reindex(predictions.index)
    in_bulk = t.last_words.sort_values("id").groupby("clip_id").tail(1).query("kind == 'bulk_accept'").clip_id
    by_truth = (given.source == "pseudo") | ((given.source == "human") & given.index.isin(in_bulk))
    probabilities = predictions.probabilities.map(json.loads)
    return pd.DataFrame(
        {
            "said": predictions.label,
            "truth": given.label.where(~by_truth, t.clips.simulated_truth.reindex(predictions.index)),
            "by": given.source.where(~by_truth, "cohort truth"),
            "first": probabilities.map(lambda both: both[0]),
            "confidence": predictions.confidence,
            "subject": t.subjects_of(predictions.index),
        }
    ).dropna(subset=["truth"])


def scored(t: Tables, run: int) -> str:
    scores = held_out(t, run)
    names = {"human": "human labels", "gold": "gold labels", "adjudicated": "adjudicated labels"}
    counts = sorted(scores.by.value_counts().items(), key=lambda pair: -pair[1])
    parts = "|".join(re.escape(f"{n} by {names.get(source, source)}") for source, n in counts)
    return rf"{len(scores)} of {len(scores)} held-out clips were scored: (?:(?:{parts})(?:, |\. )){{{len(counts)}}}"


def comparison(scores: pd.DataFrame) -> str:
    return rf"0\.05; {len(scores)} clips of {scores.subject.nunique()} subjects\)"


def interval(value: float | None) -> str:
    return "—" if value is None else rf"(?P<value>{value:.2f}) \[(?P<low>\d\.\d\d), (?P<high>\d\.\d\d)\]"


def accuracy(scores: pd.DataFrame) -> float:
    return float((scores.said == scores.truth).mean())


def balanced_accuracy(scores: pd.DataFrame) -> float:
    return float((scores.said == scores.truth).groupby(scores.truth).mean().mean())


def macro_f1(scores: pd.DataFrame) -> float:
    found = []
    for label in LABELS:
        both = ((scores.said == label) & (scores.truth == label)).sum()
        found.append(2 * both / ((scores.said == label).sum() + (scores.truth == label).sum()))
    return float(np.mean(found))


def auroc(scores: pd.DataFrame) -> float:
    """The share of pairs of a positive and a negative clip in which the positive one has the higher probability."""
    one, other = (scores["first"][scores.truth == label].to_numpy() for label in LABELS)
    above = (one[:, None] > other[None, :]).mean() + 0.5 * (one[:, None] == other[None, :]).mean()
    return float(above)


def calibration_error(scores: pd.DataFrame) -> float:
    right = (scores.said == scores.truth).astype(float)
    bins = (scores.confidence * BINS).astype(int).clip(upper=BINS - 1)
    gaps = (right - scores.confidence).groupby(bins).sum().abs()
    return float(gaps.sum() / len(scores))


METRICS = {
    "(?<!balanced )accuracy": accuracy,
    "balanced accuracy": balanced_accuracy,
    "macro F1": macro_f1,
    "AUROC": auroc,
}


def results(scores: pd.DataFrame) -> str:
    metrics = renamed([interval(metric(scores)) for metric in METRICS.values()])
    return f"fusion {len(scores)} {metrics} {calibration_error(scores):.3f}"
