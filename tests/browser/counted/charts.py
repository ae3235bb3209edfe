"""What the charts of Train and Pseudo-labels draw, read from their figures, and what they should draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from tests.browser.counted.pseudo_labels import blind_pairs
from tests.browser.counted.scores import BINS, balanced_accuracy, held_out
from tests.browser.counted.tables import LABELS, TITLES, Tables, per_cent

Chart = tuple[str, Any]
_CHECKS = ("supported", "contradicted", "not_measurable", "unchecked")
_CUES_SHOWN = 24


def drawn(charts: Sequence[Sequence[Mapping[str, Any]]]) -> list[Chart]:
    """Kind and numbers of each chart. Curves of training are those of a file of the run, not of the database."""
    found = [_drawn(traces) for traces in charts]
    return [one for one in found if one[0] != "curves"]


def _drawn(traces: Sequence[Mapping[str, Any]]) -> Chart:
    first, last = traces[0], traces[-1]
    if "z" in first:
        return "confusion", first["text"]
    if "error_y" in last:
        points = zip(last["x"], last["y"], last["customdata"], strict=True)
        return "reliability", [(round(x, 4), round(y, 4), told[0]) for x, y, told in points]
    if "error_x" in first:
        return "forest", round(dict(zip(first["y"], first["x"], strict=True))["fusion"], 4)
    if "width" in first:
        return "histogram", {trace["name"]: list(trace["y"]) for trace in traces}
    if "customdata" in first:
        return "checks", {name: [trace["customdata"][at] for trace in traces] for at, name in enumerate(first["y"])}
    return "curves", None


def train(t: Tables) -> list[Chart]:
    first, run = (int(one) for one in t.runs.index[-2:])
    scores, today = held_out(t, run), [held_out(t, one, today=True) for one in (first, run)]
    common = today[0].index.intersection(today[1].index)
    beside = [chart for one in today for chart in (confusion(one.loc[common]), reliability(one.loc[common]))]
    return [("forest", round(balanced_accuracy(scores), 4)), confusion(scores), *beside]


def pseudo_labels(t: Tables) -> list[Chart]:
    name = f"{t.labelers.name[t.counting]} {t.labelers.prompt_version[t.counting]}"
    answers = t.pseudo[t.pseudo.labeler_id == t.counting]
    claims = t.read("claims")
    claims = claims[claims.pseudo_label_id.isin(answers.id)]
    by_cue = claims.groupby("cue").check_result.value_counts().unstack(fill_value=0)
    by_cue = by_cue.reindex(columns=list(_CHECKS), fill_value=0)
    order = sorted(by_cue.index, key=lambda cue: (-by_cue.loc[cue].sum(), cue))[:_CUES_SHOWN]
    cues = {f"{cue}  {by_cue.loc[cue].sum()}": by_cue.loc[cue].tolist() for cue in order}
    bins = (answers.confidence * BINS).astype(int).clip(upper=BINS - 1)
    histogram = {
        TITLES[label]: [int(((answers.label == label) & (bins == number)).sum()) for number in range(BINS)]
        for label in LABELS
    }
    return [
        ("checks", {name: by_cue.sum().tolist()}),
        ("checks", cues),
        reliability(blind_pairs(t, t.counting)),
        ("histogram", histogram),
    ]


def confusion(scores: pd.DataFrame) -> Chart:
    rows = []
    for truth in LABELS:
        of_truth = scores[scores.truth == truth]
        counts = [int((of_truth.said == said).sum()) for said in LABELS]
        rows.append([f"{n}<br>{per_cent(n, len(of_truth))}" for n in counts])
    return "confusion", rows


def reliability(scores: pd.DataFrame) -> Chart:
    """By bin of confidence: its mean, the share right, and the number of clips."""
    right = (scores.said == scores.truth).astype(float)
    bins = (scores.confidence * BINS).astype(int).clip(upper=BINS - 1)
    found = pd.DataFrame({"sure": scores.confidence, "right": right}).groupby(bins)
    means, sizes = found.mean(), found.size()
    return "reliability", [(round(row.sure, 4), round(row.right, 4), int(sizes[at])) for at, row in means.iterrows()]


CHARTS: Mapping[str, Callable[[Tables], list[Chart]]] = {"train": train, "pseudo-labels": pseudo_labels}
