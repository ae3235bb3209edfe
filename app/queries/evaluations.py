"""Evaluations for the Train page and the command line, read from their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.queries.paired_comparisons import against_random, is_better, shown_difference, shown_pairs
from app.queries.plotted_values import Interval
from app.queries.table_findings import finding, modalities_sentence, notes_on_figures
from core.errors import NotFoundError
from core.workspace import Workspace
from db import curated_sets
from db.engine import Database
from training.evaluation.evaluation_folder import results
from training.evaluation.test_set_log import times_scored

TEST_SPLIT_PROTOCOLS = ("cross-subject", "imigue-cross-subject")


def newest_evaluation(workspace: Workspace, protocol: str) -> dict[str, Any] | None:
    """The newest finished evaluation of a protocol."""
    return next(iter(results(workspace, protocol)), None)


def newest_on_test_split(workspace: Workspace) -> list[dict[str, Any]]:
    """The newest finished evaluation of each protocol that is scored on the test split."""
    found = (newest_evaluation(workspace, protocol) for protocol in TEST_SPLIT_PROTOCOLS)
    return [one for one in found if one is not None]


def evaluation(workspace: Workspace, protocol: str, digest: str) -> dict[str, Any]:
    """A finished evaluation. Raises NotFoundError."""
    for found in results(workspace, protocol):
        if found["digest"] == digest:
            return found
    raise NotFoundError(f"There is no finished evaluation {digest} by the protocol {protocol}.")


def curve_lines(found: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the learning curve."""
    header = ["queue", "decisions", "hours", "balanced accuracy", "share of all gold", "of its gain over chance"]
    return header, [
        [
            point["queue"],
            str(point["decisions"]),
            f"{point['hours']:.1f}",
            shown_figure(point["balanced_accuracy"]),
            *("—" if share is None else f"{share:.2f}" for share in _both_shares(point)),
        ]
        for point in found["curve"]
    ]


def lines_below(found: Mapping[str, Any]) -> list[str]:
    """`table_sentences`, and those of the annotation conditions."""
    return table_sentences(found) + (condition_sentences(found) if "curve" in found else [])


def table_sentences(found: Mapping[str, Any]) -> list[str]:
    """Sentences about what the table shows, its data, its doubtful intervals and its missing rows."""
    seeds = len(found["seeds"])
    sentences = [
        f"{_division(found)}, {seeds} {'seed' if seeds == 1 else 'seeds'}; "
        "figures are means over the seeds, intervals are 95 % over subjects, p by permutation over subjects, adjusted for "
        f"the {len(shown_pairs(found))} tests side by side (Holm).",
        found["scored_sentence"],
        *notes_on_figures(found["table"]),
    ]
    sentences[:0] = filter(None, (finding(found), modalities_sentence(found["table"])))
    if found.get("stgcn_budget_s"):
        sentences.append(f"ST-GCN had {found['stgcn_budget_s']:g} s for all its fits (training.stgcn.budget_s).")
    sentences += [
        f"Left out: {row}, because {reason.rstrip('.')}." for row, reason in found.get("left_out", {}).items()
    ]
    return sentences


def _division(found: Mapping[str, Any]) -> str:
    """How many clips and subjects were trained on and held out."""
    if "tested" not in found:
        subjects = found["learned_from"]["subjects"] if "learned_from" in found else found["subjects"]
        return f"{found['folds']} folds cut by subject ({subjects} subjects)"
    learned = found["learned_from"]
    return (
        f"{found['protocol']}: learned from {learned['clips']} clips of {learned['subjects']} subjects, "
        f"asked about {len(found['tested'])} of {found['scored_subjects']} others"
    )


@dataclass(frozen=True, slots=True)
class QueueAdvice:
    """A queue of Review that the annotation conditions show to be better than random order.

    `difference`: in balanced accuracy, with interval; `p` is adjusted. `flat_at`: the number of decisions at which its
    curve was flat, None for never.
    """

    queue: str
    difference: Mapping[str, float]
    p: float
    flat_at: int | None


def ablation(found: Mapping[str, Any]) -> list[Interval]:
    """Balanced accuracy of the fusion with all modalities and without each; empty where none was left out."""
    rows = [
        Interval(row["name"], figure["value"], figure["low"], figure["high"], emphasized=row["name"] == "fusion")
        for row in found["table"]
        if (row["name"] == "fusion" or row["name"].startswith("fusion without "))
        and (figure := row["balanced_accuracy"])
    ]
    return rows if len(rows) > 1 else []


def condition_sentences(found: Mapping[str, Any]) -> list[str]:
    """Who decided, what each queue gave and whether it is better than random order, and where each curve is flat."""
    asked, human = found["evaluation"], found["evaluation"]["human"]
    who = (
        f"The decisions are simulated: right in {100 * human['accuracy']:.0f} % of the clips, "
        f"{human['seconds_per_clip']:g} s a clip."
        if found["simulated_human"]
        else f"The decisions are those that people made; {human['seconds_per_clip']:g} s a clip is taken for the hours."
    )
    sentences = [f"{who} The model is {found['model']}; {found['decidable']} clips could be decided."]
    sentences += _queue_sentences(found)
    flat = [f"{queue} {'never' if at is None else f'at {at} decisions'}" for queue, at in found["flat_at"].items()]
    sentences.append(f"Stop signal (two steps together gained under {asked['flat_gain']:g}): {', '.join(flat)}.")
    return sentences


def _queue_sentences(found: Mapping[str, Any]) -> list[str]:
    decided = [row for row in found["table"] if " decisions, " in row["name"] and row["share_of_all_gold"] is not None]
    if not decided:
        return []
    shares = [
        f"{row['name'].removeprefix('+ ')}, {row['share_of_all_gold']:.2f}{_above_chance(row)}" for row in decided
    ]
    compared = against_random(found)
    tests = [
        f"{queue} {shown_difference(pair['difference'])}, adjusted p {pair['p']:.2f}"
        for queue, pair in compared.items()
    ]
    better = [queue for queue, pair in compared.items() if is_better(pair)]
    verdict = f"Shown to be better: {', '.join(better)}." if better else "None is shown to be better."
    return [
        f"Of what all gold gives: {'; '.join(shares)}.",
        *([f"Against as many decisions in random order: {'; '.join(tests)}. {verdict}"] if tests else []),
    ]


def _both_shares(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return row["share_of_all_gold"], row.get("share_above_chance")


def _above_chance(row: Mapping[str, Any]) -> str:
    share = _both_shares(row)[1]
    return "" if share is None else f" ({share:.2f} of what it gives above chance)"


_REVIEW_QUEUES = {"uncertain": "uncertain", "passes disagree": "disagree"}


def queue_advice(workspace: Workspace) -> QueueAdvice | None:
    """The queue that the newest annotation conditions show to be better than random order, the surest of them if they
    are several; None if there is none. The highest of three scores alone is no reason.
    """
    found = newest_evaluation(workspace, "conditions")
    better = [] if found is None else [one for one in against_random(found).items() if is_better(one[1])]
    if found is None or not better:
        return None
    queue, pair = min(better, key=lambda one: (one[1]["p"], -one[1]["difference"]["value"]))
    return QueueAdvice(_REVIEW_QUEUES[queue], pair["difference"], pair["p"], found["flat_at"].get(queue))


def newest_set_id(database: Database) -> int | None:
    """The newest curated set, the default of an evaluation."""
    with database.read() as connection:
        newest = curated_sets.all(connection, limit=1)
    return newest[0].id if newest else None


def shown_figure(figure: Mapping[str, float] | None) -> str:
    """A figure with its interval."""
    return "—" if figure is None else f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def test_split_sentence(workspace: Workspace) -> str:
    """How many test-set evaluations there have been, and what they are scored against."""
    looks = times_scored(workspace)
    said = {0: "has never been scored", 1: "has been scored once"}.get(looks, f"has been scored {looks} times")
    return (
        f"The test split {said} in this workspace; each run and each evaluation may be scored on it once, against the "
        "labels that its clips were imported with. Decisions on them are refused."
    )
