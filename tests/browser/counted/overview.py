"""What the Overview should show."""

from __future__ import annotations

import re

from tests.browser.counted.scores import balanced_accuracy, comparison, differing, held_out, interval, scored
from tests.browser.counted.tables import LABELS, ORDER, Counted, Tables, share


def overview(t: Tables) -> list[Counted]:
    train = t.clips[t.clips.split == "train"]
    done = t.runs[t.runs.state == "succeeded"]
    selected = int(done[done.selected == 1].index[-1])
    newest_set = t.read("curated_sets").sort_values("id").iloc[-1]
    rows = t.read("curated_rows")
    by_hand = t.labels[t.labels.source.isin(["human", "adjudicated"])]
    bulk = t.last_words.sort_values("id").groupby("clip_id").tail(1).query("kind == 'bulk_accept'").clip_id
    unwatched = len(set(bulk) & set(by_hand.index))
    found = [
        Counted("labels that the selected run contradicts", f"The selected run differs from {differing(t, selected)}"),
        Counted("clips", f"Imported {len(t.clips)} clips"),
        Counted("perceived clips", f"Perceived {(t.read('features').kind == 'person').sum()} measured"),
        Counted("pseudo-labeled clips", f"Pseudo-labeled {t.pseudo.clip_id.nunique()} outside the test split"),
        Counted(
            "judged clips, of those that can be judged",
            f"Reviewed {len(by_hand)} of {len(train)} {unwatched} accepted in bulk, unwatched",
        ),
        Counted(
            "rows of the newest set",
            f"Curated {(rows.curated_set_id == newest_set.id).sum()} of {len(train)} set {newest_set['name']}",
        ),
        Counted("finished runs", f"Trained {len(done)} run {selected} is selected"),
        Counted("chance", f"chance {1 / len(LABELS):.2f}"),
    ]
    for source in ORDER:
        of_source = t.labels[t.labels.source == source].label.value_counts()
        bars = " ".join(str(of_source[label]) for label in LABELS if label in of_source)
        found.append(Counted(f"labels by {source}", f"{source.capitalize()} {bars}"))
    return [*found, *agreement(t), *last_run(t)]


def agreement(t: Tables) -> list[Counted]:
    labeled = t.own[t.own.label.notna()]
    shown = t.labelers.name[t.counting] + " " + t.labelers.prompt_version[t.counting]
    counts = t.pseudo[t.pseudo.labeler_id == t.counting].set_index("clip_id").label
    sample = labeled[(labeled.reliability_sample == 1) & labeled.blind.notna()]
    other = labeled[(labeled.reliability_sample == 0) & labeled.shown.notna() & (labeled.shown_by == t.counting)]
    before = other[other.blind.notna()]
    gold = labeled[labeled.gold.notna()]
    lines = {
        f"People with {shown}, reliability sample": (sample, sample.blind == sample.clip_id.map(counts)),
        f"Other clips, before the rationale of {shown}": (before, before.blind == before.shown),
        f"Other clips, after the rationale of {shown}": (other, other.label == other.shown),
        "People with gold, last words": (gold, gold.label == gold.gold),
    }
    return [
        Counted(name, f"{re.escape(name)} {share(of.subject_id, hits, sentence=True)}")
        for name, (of, hits) in lines.items()
    ]


def last_run(t: Tables) -> list[Counted]:
    run = int(t.runs[t.runs.state == "succeeded"].index[-1])
    scores = held_out(t, run)
    found = [
        Counted("what the run was scored against", scored(t, run)),
        Counted("clips and subjects of the comparison", comparison(scores)),
        Counted("number of the last run", f"Run {run}\\."),
    ]
    value = balanced_accuracy(scores)
    found.append(Counted("balanced accuracy of the fusion model", rf"fusion {interval(value)}"))
    return found
