"""Evaluations for the Train page and the command line, read from their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.queries.plotted_values import Interval
from core.errors import NotFoundError
from core.workspace import Workspace
from db import curated_sets
from db.engine import Database
from training.evaluation.evaluation_folder import results
from training.evaluation.test_set_log import times_scored

TEST_SPLIT_PROTOCOLS = ("cross-subject", "imigue-cross-subject")
REFERENCES = (
    "fusion",
    "gold only",
)  # reference rows: of the results table, of the conditions


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


def pair_lines(found: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the paired tests: all rows against the reference row, or every pair without one."""
    names = [row["name"] for row in found["table"]]
    reference = next((name for name in REFERENCES if name in names), None)
    kept = [
        _with_reference(pair, reference)
        for pair in found["pairs"]
        if reference is None or reference in (pair["a"], pair["b"]) or _of_interest(pair)
    ]
    header = ["pair", "clips", "difference in balanced accuracy", "p"]
    return header, [
        [f"{pair['a']} − {pair['b']}", str(pair["n"]), _difference(pair["difference"]), f"{pair['p']:.3f}"]
        for pair in kept
    ]


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
    """Sentences about the data of the table and about missing rows."""
    seeds = len(found["seeds"])
    sentences = [
        f"{_division(found)}, {seeds} {'seed' if seeds == 1 else 'seeds'}; "
        "figures are means over the seeds, intervals are 95 % over subjects, p by permutation over subjects.",
        found["scored_sentence"],
    ]
    if found.get("stgcn_budget_s"):
        sentences.append(f"ST-GCN had {found['stgcn_budget_s']:g} s for all its fits (training.stgcn.budget_s).")
    sentences += [
        f"Left out: {row}, because {reason.rstrip('.')}." for row, reason in found.get("left_out", {}).items()
    ]
    return sentences + (condition_sentences(found) if "curve" in found else [])


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
    """The best queue of the annotation conditions: its score as a share of all gold's, and the number of decisions
    at which its curve was flat (None: never).
    """

    queue: str
    share_of_all_gold: float
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
    """Who decided, which queue was best, and where each curve is flat."""
    asked, human = found["evaluation"], found["evaluation"]["human"]
    who = (
        f"The decisions are simulated: right in {100 * human['accuracy']:.0f} % of the clips, "
        f"{human['seconds_per_clip']:g} s a clip."
        if found["simulated_human"]
        else f"The decisions are those that people made; {human['seconds_per_clip']:g} s a clip is taken for the hours."
    )
    sentences = [f"{who} The model is {found['model']}; {found['decidable']} clips could be decided."]
    decided = [row for row in found["table"] if " decisions, " in row["name"] and row["share_of_all_gold"] is not None]
    if decided:
        best = max(decided, key=lambda row: row["share_of_all_gold"])
        sentences.append(
            f"Best of the queues at this number of decisions: {best['name'].removeprefix('+ ')}, "
            f"with {best['share_of_all_gold']:.2f} of what all gold gives{_above_chance(best)}."
            f"{_against_random(found, best['name'])}"
        )
    flat = [f"{queue} {'never' if at is None else f'at {at} decisions'}" for queue, at in found["flat_at"].items()]
    sentences.append(f"Stop signal (two steps together gained under {asked['flat_gain']:g}): {', '.join(flat)}.")
    return sentences


def _both_shares(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return row["share_of_all_gold"], row.get("share_above_chance")


def _above_chance(row: Mapping[str, Any]) -> str:
    share = _both_shares(row)[1]
    return "" if share is None else f" ({share:.2f} of what it gives above chance)"


_REVIEW_QUEUES = {"uncertain": "uncertain", "passes disagree": "disagree", "random": "unreviewed"}


def queue_advice(workspace: Workspace) -> QueueAdvice | None:
    """The advice of the newest annotation conditions; None if there are none."""
    found = newest_evaluation(workspace, "conditions")
    shares = {
        name: row["share_of_all_gold"]
        for row in (found["table"] if found else ())
        for name in _REVIEW_QUEUES
        if row["name"].endswith(f" decisions, {name}") and row["share_of_all_gold"] is not None
    }
    if found is None or not shares:
        return None
    best = max(shares, key=lambda name: shares[name])
    return QueueAdvice(_REVIEW_QUEUES[best], shares[best], found["flat_at"].get(best))


def _against_random(found: Mapping[str, Any], condition: str) -> str:
    """How the queue compares with random order; "" for the random queue itself."""
    for pair in found["pairs"]:
        if pair["a"] == condition and pair["b"].endswith("decisions, random"):
            return f" Against as many on uniformly drawn clips: {_difference(pair['difference'])}, p {pair['p']:.2f}."
    return ""


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


def _with_reference(pair: Mapping[str, Any], reference: str | None) -> Mapping[str, Any]:
    """The pair, swapped if needed so that a positive difference favors the fusion, or the condition with more than
    gold.
    """
    turn = pair["b" if reference == "fusion" else "a"] == reference
    if not turn:
        return pair
    was = pair["difference"]
    difference = {"value": -was["value"], "low": -was["high"], "high": -was["low"]}
    return {**pair, "a": pair["b"], "b": pair["a"], "difference": difference}


def _of_interest(pair: Mapping[str, Any]) -> bool:
    """Whether the pair is PoseMLP against ST-GCN, or a queue against random order."""
    a, b = pair["a"], pair["b"]
    return ("ST-GCN alone" in (a, b) and a.startswith("pose alone")) or (
        b.endswith("decisions, random") and " decisions, " in a
    )


def _difference(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:+.3f} [{figure['low']:+.3f}, {figure['high']:+.3f}]"
