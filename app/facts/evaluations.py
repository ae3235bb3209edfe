"""Evaluations as the Train page and the command line show them: read from their files, never computed here."""

from collections.abc import Mapping
from typing import Any

from core.errors import NotFoundError
from core.workspace import Workspace
from training.evaluations import results
from training.test_split import times_scored

REFERENCE = "fusion"  # the row that the others are held against


def newest_evaluation(workspace: Workspace, protocol: str) -> dict[str, Any] | None:
    """The newest finished one of a protocol."""
    return next(iter(results(workspace, protocol)), None)


def evaluation(workspace: Workspace, protocol: str, digest: str) -> dict[str, Any]:
    """One finished evaluation. Raises NotFoundError."""
    for found in results(workspace, protocol):
        if found["digest"] == digest:
            return found
    raise NotFoundError(f"There is no finished evaluation {digest} by the protocol {protocol}.")


def pair_lines(found: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the paired tests: every row against fusion, where it is there, else every pair."""
    there = any(row["name"] == REFERENCE for row in found["table"])
    pairs = [_from_reference(pair) for pair in found["pairs"] if not there or REFERENCE in (pair["a"], pair["b"])]
    kept = pairs + [pair for pair in found["pairs"] if there and _of_keypoint_models(pair)]
    header = ["pair", "clips", "difference in balanced accuracy", "p"]
    return header, [
        [f"{pair['a']} − {pair['b']}", str(pair["n"]), _difference(pair["difference"]), f"{pair['p']:.3f}"]
        for pair in kept
    ]


def lines_below(found: Mapping[str, Any]) -> list[str]:
    """What the table rests on, and what is not in it, a sentence each."""
    seeds = len(found["seeds"])
    sentences = [
        f"{found['folds']} folds cut by subject ({found['subjects']} subjects), {seeds} {'seed' if seeds == 1 else 'seeds'}; "
        "figures are means over the seeds, intervals are 95 % over subjects, p by permutation over subjects.",
        found["scored_sentence"],
    ]
    if found["stgcn_budget_s"]:
        sentences.append(f"ST-GCN had {found['stgcn_budget_s']:g} s for all its fits (training.stgcn.budget_s).")
    sentences += [f"Left out: {row}, because {reason.rstrip('.')}." for row, reason in found["left_out"].items()]
    return sentences


def test_split_sentence(workspace: Workspace) -> str:
    """How often anybody has looked at the test split."""
    looks = times_scored(workspace)
    times = {0: "never", 1: "once"}.get(looks, f"{looks} times")
    return f"The test split has been scored {times} in this workspace; each run may be scored on it once."


def _from_reference(pair: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pair with the reference first, so that a positive difference speaks for it."""
    if pair["b"] != REFERENCE:
        return pair
    turned = pair["difference"]
    difference = {"value": -turned["value"], "low": -turned["high"], "high": -turned["low"]}
    return {**pair, "a": pair["b"], "b": pair["a"], "difference": difference}


def _of_keypoint_models(pair: Mapping[str, Any]) -> bool:
    names = {pair["a"], pair["b"]}
    return "ST-GCN alone" in names and any(name.startswith("pose alone") for name in names)


def _difference(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:+.3f} [{figure['low']:+.3f}, {figure['high']:+.3f}]"
