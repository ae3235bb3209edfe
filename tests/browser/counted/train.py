"""What the Train page should show."""

from __future__ import annotations

import re

import pandas as pd

from tests.browser.counted.pseudo_labels import majority
from tests.browser.counted.scores import (
    METRICS,
    balanced_accuracy,
    calibration_error,
    comparison,
    differing,
    held_out,
    interval,
    results,
    scored,
)
from tests.browser.counted.tables import LABELS, ORDER, Counted, Tables, numbers, renamed


def train(t: Tables) -> list[Counted]:
    first, run = (int(one) for one in t.runs.index[-2:])
    selected = int(t.runs.index[t.runs.selected == 1][-1])
    scores = held_out(t, run)
    found = [
        *plan(t),
        Counted("accuracy, balanced accuracy, F1, AUROC and ECE of the fusion model", results(scores)),
        Counted("what the run was scored against", scored(t, run)),
        Counted("clips and subjects of the comparison", comparison(scores)),
        Counted("labels that the run contradicts", f"It differs from {differing(t, run)}"),
        Counted("labels that the selected run contradicts", f"The selected run differs from {differing(t, selected)}"),
        Counted("number of runs", rf"All runs \({len(t.runs)}\)"),
        *beside(t, first, run),
        *contradicted(t, run),
    ]
    for number, row in t.runs.iterrows():
        at = pd.Timestamp(row.created_at)
        selected = str(bool(row.selected)).lower()
        words = rf"\| {number} \| {row.state} \| {selected} \| {row.curated_set_id} \| {at:%Y-%m-%d %H:%M:%S}"
        found.append(Counted(f"run {number}", words))
    return found


def plan(t: Tables) -> list[Counted]:
    """Nothing was decided since the newest set was frozen, so the next run would take the same rows."""
    rows = t.read("curated_rows")
    rows = rows[rows.curated_set_id == rows.curated_set_id.max()].set_index("clip_id")
    found = []
    disputed = rows.soft_labels.notna()  # has a column where there is any
    for source, of_source in rows.groupby("source"):
        agreed = of_source[~disputed[of_source.index]]
        columns = [(agreed.label == label).sum() for label in LABELS]
        counts = " ".join(map(str, [*columns, len(of_source) - len(agreed)] if disputed.any() else columns))
        found.append(Counted(f"rows by {source}", f"{source} {counts} {of_source.weight.mean():.2f}"))
    train_side = t.clips[t.clips.split == "train"]
    unlabeled = train_side.index.difference(t.labels.index)
    unclear = set(t.last_words.sort_values("id").groupby("clip_id").tail(1).query("kind == 'unclear'").clip_id)
    unclear &= set(unlabeled)
    changed = t.pseudo[(t.pseudo.labeler_id == t.counting) & (t.pseudo.label != t.pseudo.first_label)].clip_id
    by_labeler = t.labels.index[t.labels.source == "pseudo"]
    left_out = f"Left out: {len(set(changed) & set(by_labeler))}: reflection changed the pseudo-label"
    without = [(len(unlabeled) - len(unclear), "no label yet"), (len(unclear), "called unclear")]
    reasons = "; ".join(f"{n}: {why}" for n, why in sorted(without, key=lambda one: -one[0]) if n)
    return [
        *found,
        Counted("rows and subjects", rf"{len(rows)} clips of {t.subjects_of(rows.index).nunique()} subjects\."),
        Counted("clips left out", f"{left_out}; {reasons}"),
        Counted("test clips", f"{(t.clips.split == 'test').sum()} clips of the test split are not looked at"),
        Counted("blind judgments", f"{len(majority(t))} clips judged blind"),
    ]


def beside(t: Tables, first: int, second: int) -> list[Counted]:
    """The comparison of two runs on the clips that both predicted out of fold, by the labels of today."""
    scores = [held_out(t, run, today=True) for run in (first, second)]
    common = scores[0].index.intersection(scores[1].index)
    one, other = (found.loc[common] for found in scores)
    sources = {name: int((one.by == name).sum()) for name in ("adjudicated", "cohort truth", "gold", "human")}
    rows = t.read("curated_rows")
    was, now = (
        set(rows[rows.curated_set_id == t.runs.curated_set_id[run]][["clip_id", "source"]].itertuples(index=False))
        for run in (first, second)
    )
    changes = []
    for source in ORDER:
        added, removed = (len([row for row in of if row.source == source]) for of in (now - was, was - now))
        signed = " ".join(f"{sign}{n}" for sign, n in (("\\+", added), ("−", removed)) if n)
        changes += [f"{signed} {source}"] if signed else []
    right = pd.DataFrame({"one": one.said == one.truth, "other": other.said == other.truth})
    of_subject = right.groupby(t.subjects_of(common).to_numpy()).sum()
    moved = int((of_subject.one != of_subject.other).sum())
    flipped = common[one.said != other.said]
    found = [
        Counted("clips that both are scored on", f"oth are scored on the {len(common)} clips that both predicted"),
        Counted("the labels of today that they are scored by", f"by the labels of today: {numbers(sources)}\\."),
        Counted("subjects that changed", f"{moved} of {len(of_subject)} subjects have more or fewer clips right"),
        Counted(
            "rows that changed between the runs",
            f"from run {first} to run {second}: {', '.join(changes)}; {len(was & now)} rows are the same",
        ),
        Counted(
            "difference of the two",
            f"On the {len(common)} clips that both predicted, run {second} minus run {first} in balanced accuracy: "
            rf"{balanced_accuracy(other) - balanced_accuracy(one):+.3f} ".replace("+", "\\+")
            + r"\(95 % [+-]\d\.\d+ to [+-]\d\.\d+\)",
        ),
    ]
    for name, metric in METRICS.items():
        found.append(Counted(f"{name} of both", f"{name} {renamed([interval(metric(one)), interval(metric(other))])}"))
    errors = " ".join(f"{calibration_error(of_run):.3f}" for of_run in (one, other))
    found.append(Counted("ECE of both", f"ECE {errors}"))
    own = [held_out(t, run) for run in (first, second)]
    told = [numbers({name: int((of.by == name).sum()) for name in sources}) for of in own]
    if told[0] != told[1]:
        found.append(Counted("what each is scored on", f"run {first} on {told[0]}, run {second} on {told[1]}\\."))
    clips_of = right.groupby(t.subjects_of(common).to_numpy()).size()
    for subject in of_subject.index[of_subject.one != of_subject.other]:
        name = t.read("subjects").set_index("id").name[subject]
        words = f"{name} {clips_of[subject]} {of_subject.one[subject]} {of_subject.other[subject]}"
        found.append(Counted(f"clips of {name} that are right", words))
    if len(flipped):
        better = int((right.other & ~right.one)[flipped].sum())
        worse = int((right.one & ~right.other)[flipped].sum())
        words = f"{len(flipped)} clips changed their label: {better} fixed, {worse} regressed"
        found.append(Counted("flips", words))
        sampled = int(t.clips.reliability_sample.reindex(flipped).sum())
        if sampled:
            words = f"{sampled} of the reliability sample, which stays a random one"
            found.append(Counted("flips that are not listed", words))
    return found


def contradicted(t: Tables, run: int) -> list[Counted]:
    """The rows of the table of labels that the run differs from; which labels, is hidden from who has not judged them."""
    said = t.read("predictions").query("run_id == @run and fold >= 0").set_index("clip_id")
    rows = said.join(t.labels, suffixes=("", "_counts"), how="inner")
    rows = rows[(rows.label != rows.label_counts) & (t.clips.reliability_sample.reindex(rows.index) == 0)]
    return [
        Counted(
            f"difference on {t.clips.name[clip]}",
            rf"\| {t.clips.name[clip]} \| [^|]+ \| {row.source} \| [^|]+ \| {re.escape(str(row.confidence)[:8])}\d* \|",
        )
        for clip, row in rows.iterrows()
    ]
