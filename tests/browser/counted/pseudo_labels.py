"""What the Pseudo-labels page should show."""

from __future__ import annotations

import re

import pandas as pd

from tests.browser.counted.scores import calibration_error
from tests.browser.counted.tables import Counted, Tables, renamed, share


def majority(t: Tables) -> pd.Series:
    """By clip, the label that most people gave it blind; a tie leaves the clip out."""
    counts = t.blind.groupby("clip_id").label.value_counts().unstack(fill_value=0)
    best = counts.max(axis=1)
    return counts[counts.eq(best, axis=0).sum(axis=1) == 1].idxmax(axis=1)


def pseudo_labels(t: Tables) -> list[Counted]:
    names = {number: f"{row['name']} {row.prompt_version}" for number, row in t.labelers.iterrows()}
    counts = t.pseudo[t.pseudo.labeler_id == t.counting]
    train_side = t.clips.index[t.clips.split == "train"]
    found = [
        Counted("clips to label", f"{len(set(train_side) - set(counts.clip_id))} clips to label · costs nothing"),
        Counted("labeled clips", f"{len(counts)} done · {(t.clips.split == 'test').sum()} of the test split left out"),
        *(Counted(f"row of {names[number]}", labeler_row(t, number)) for number in names),
        Counted("the labeler that counts", f"The answers of {names[t.counting]} count as pseudo-labels"),
        Counted("blind judgments", f"{len(majority(t))} clips judged blind"),
        Counted(
            "answers and their mean",
            f"All {len(counts)} pseudo-labels of {names[t.counting]}; mean {counts.confidence.mean():.2f}",
        ),
        *choice(t, names),
        *families(t),
    ]
    first, second = (t.pseudo[t.pseudo.labeler_id == number].set_index("clip_id").label for number in names)
    both = first.index.intersection(second.index)
    same = first[both] == second[both]
    words = share(t.subjects_of(both), same, sentence=True)
    found.append(Counted("labels that both labelers give", f"they give the same label to {words}"))
    pairs = blind_pairs(t, t.counting)
    error = calibration_error(pairs)
    return [*found, Counted("calibration error", f"Expected calibration error {error:.2f}")]


def blind_pairs(t: Tables, labeler: int) -> pd.DataFrame:
    """By clip with a blind label: what the labeler `said`, the blind label as `truth`, and the `confidence`."""
    answers = t.pseudo[t.pseudo.labeler_id == labeler].set_index("clip_id")
    truth = majority(t)
    both = answers.index.intersection(truth.index)
    return pd.DataFrame(
        {
            "said": answers.label[both],
            "truth": truth[both],
            "confidence": answers.confidence[both],
            "subject": t.subjects_of(both),
        }
    )


def labeler_row(t: Tables, labeler: int) -> str:
    one = t.labelers.loc[labeler]
    answers = t.pseudo[t.pseudo.labeler_id == labeler].set_index("clip_id")
    blind = blind_pairs(t, labeler)
    people = t.last_words.set_index("clip_id").join(
        t.labels[t.labels.source == "human"].label.rename("counts"), how="inner"
    )
    newest = people[people.kind != "adjudicate"].sort_values("id").groupby(level=0).tail(1)
    shown = newest[newest.kind != "bulk_accept"].assign(
        said=lambda of: of.pseudo_label_id.map(t.read("pseudo_labels").set_index("id").label),
        by=lambda of: of.pseudo_label_id.map(t.read("pseudo_labels").set_index("id").labeler_id),
    )
    shown = shown[shown.by == labeler]
    gold = answers.join(t.clips.gold.dropna(), how="inner")
    passes = answers.first_label == answers.label
    cells = [
        share(blind.subject, blind.said == blind.truth),
        share(t.subjects_of(shown.index), shown.said == shown.counts),
        share(t.subjects_of(gold.index), gold.label == gold.gold),
        share(t.subjects_of(answers.index), passes),
    ]
    name = f"{one['name']}{', counts' if labeler == t.counting else ''} {one.model_id}{', simulated' if one.simulated else ''}"
    numbered = renamed(cells)
    excluded, review = ((answers[column] != "").sum() for column in ("exclusion_reason", "review_reason"))
    return (
        f"{re.escape(name)} {one.prompt_version} {one.prompt_digest[:8]} {len(answers)} {numbered} {excluded} {review}"
    )


def choice(t: Tables, names: dict[int, str]) -> list[Counted]:
    """What letting the other labeler count would change."""
    (other,) = set(names) - {t.counting}
    now, then = (t.pseudo[t.pseudo.labeler_id == one].set_index("clip_id").label for one in (t.counting, other))
    both = now.index.intersection(then.index)
    changed = both[now[both] != then[both]]
    by_labeler = t.labels.index[t.labels.source == "pseudo"]
    words = (
        f"Clips that would get another pseudo-label: {len(changed)}; that would get their first: "
        f"{len(then.index.difference(now.index))}; that would be left without one: "
        f"{len(now.index.difference(then.index))}\\. Of these, clips for which training takes the pseudo-label: "
        f"{len(changed.intersection(by_labeler))}\\."
    )
    at = pd.Timestamp(t.read("labeler_choices").created_at.iloc[0])
    return [
        Counted("what another choice would change", words),
        Counted("first choice", f"{at:%Y-%m-%d %H:%M} {names[t.counting]}, as the first labeler that was used"),
    ]


def families(t: Tables) -> list[Counted]:
    """Of claims with a verdict on a standing decision: how many, and how many of them were rejected."""
    verdicts = t.read("claim_verdicts")
    standing = verdicts[verdicts.decision_id.isin(t.last_words.id)].sort_values("decision_id")
    newest = standing.groupby("claim_id").tail(1)
    return [Counted("judged claims", f"judged claims {len(newest)} ")]
