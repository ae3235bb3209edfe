"""Paired tests of a results table as they are shown: turned to the reference row, p-values adjusted for one another."""

from collections.abc import Mapping
from typing import Any

from training.evaluation.paired_tests import holm

REFERENCES = (
    "fusion",
    "gold only",
)  # reference rows: of the results table, of the conditions
SIGNIFICANT = 0.05  # of an adjusted p-value


def shown_pairs(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tests of all rows against the reference row, or of every pair without one; `p` is Holm's, among these."""
    names = [row["name"] for row in found["table"]]
    reference = next((name for name in REFERENCES if name in names), None)
    kept = [
        _with_reference(pair, reference)
        for pair in found["pairs"]
        if reference is None or reference in (pair["a"], pair["b"]) or _of_interest(pair)
    ]
    adjusted = holm([pair["p"] for pair in kept])
    return [{**pair, "p": p} for pair, p in zip(kept, adjusted, strict=True)]


def pair_lines(found: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of `shown_pairs`."""
    header = ["pair", "clips", "difference in balanced accuracy", "p, adjusted"]
    return header, [
        [f"{pair['a']} − {pair['b']}", str(pair["n"]), shown_difference(pair["difference"]), f"{pair['p']:.3f}"]
        for pair in shown_pairs(found)
    ]


def against_random(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By queue of the annotation conditions, its test against as many decisions in random order; `p` is adjusted."""
    return {
        pair["a"].rpartition(" decisions, ")[2]: pair
        for pair in shown_pairs(found)
        if " decisions, " in pair["a"] and pair["b"].endswith(" decisions, random")
    }


def is_better(pair: Mapping[str, Any]) -> bool:
    """Whether the first row of a shown pair is shown to be better than the second."""
    return bool(pair["p"] < SIGNIFICANT and pair["difference"]["value"] > 0)


def shown_difference(figure: Mapping[str, float]) -> str:
    """A difference with its sign and interval."""
    return f"{figure['value']:+.3f} [{figure['low']:+.3f}, {figure['high']:+.3f}]"


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
