"""What a results table shows, in a sentence: whether the fusion beats what it has to beat, and on how many clips."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.queries.counted import counted
from app.queries.paired_comparisons import SIGNIFICANT, is_better, shown_pairs
from training.evaluation.intervals import FEW_SUBJECTS

_FUSION = "fusion"
_TO_BEAT = (
    "majority",
    "linear on key points",
    "logistic regression on cues",
    "gradient boosting on cues",
    "cue rates alone",
)
_MODALITIES = ("pose", "image", "text")
_OF_SHARES = ("accuracy", "balanced_accuracy", "macro_f1", "auroc")


def finding(found: Mapping[str, Any]) -> str:
    """Which baselines the fusion is shown to be better than, of a run's metrics or an evaluation; "" where it was not
    compared with any.
    """
    pairs = [pair for pair in shown_pairs(found) if pair["a"] == _FUSION and pair["b"] in _TO_BEAT]
    if not pairs:
        return ""
    better = [pair["b"] for pair in pairs if is_better(pair)]
    worse = [pair["b"] for pair in pairs if pair["p"] < SIGNIFICANT and pair["difference"]["value"] < 0]
    unclear = [pair["b"] for pair in pairs if pair["b"] not in {*better, *worse}]
    parts = [
        f"{verdict} {_listed(names)}"
        for verdict, names in (("better than", better), ("worse than", worse), ("not shown to be better than", unclear))
        if names
    ]
    row = next(row for row in found["table"] if row["name"] == _FUSION)
    subjects = f" of {counted(row['subjects'], 'subject', 'subjects')}" if "subjects" in row else ""
    return (
        f"Fusion is {', and '.join(parts)} (balanced accuracy, adjusted p under {SIGNIFICANT:g}; "
        f"{counted(row['n'], 'clip', 'clips')}{subjects})."
    )


def modalities_sentence(table: Sequence[Mapping[str, Any]]) -> str:
    """Which modality tells something by itself: the interval of its balanced accuracy lies above that of the majority, which is
    chance. "" for a table without these rows.
    """
    rows = {row["name"]: row["balanced_accuracy"] for row in table if row.get("balanced_accuracy")}
    alone = {name: rows[f"{name} alone"] for name in _MODALITIES if f"{name} alone" in rows}
    if not alone or "majority" not in rows:
        return ""
    chance = rows["majority"]["value"]
    above = [name for name, one in alone.items() if one["low"] > chance]
    parts = [
        f"{_listed([_with_interval(name, alone[name]) for name in names], 'and')} {'is' if len(names) == 1 else 'are'} {verdict}"
        for names, verdict in (
            (above, "above chance"),
            ([name for name in alone if name not in above], "not told from chance"),
        )
        if names
    ]
    return f"Alone, {'; '.join(parts)} (balanced accuracy; chance is {chance:.2f})."


def interval_doubts(table: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences on the intervals of a results table that cannot be trusted; rows of older versions do not tell their
    subjects.
    """
    subjects = {row["subjects"] for row in table if row.get("subjects")}
    few = min(subjects, default=FEW_SUBJECTS)
    sentences = []
    if few < FEW_SUBJECTS:
        sentences.append(f"Intervals over {counted(few, 'subject', 'subjects')} cannot be trusted.")
    if any(figure["value"] in (0, 1) for row in table for name in _OF_SHARES if (figure := row.get(name))):
        sentences.append("Nor can that of a figure of 0 or 1." if sentences else _AT_AN_END)
    return sentences


def notes_on_figures(table: Sequence[Mapping[str, Any]]) -> list[str]:
    """`interval_doubts`, and why a figure has no interval."""
    return [*interval_doubts(table), *([_NO_INTERVAL] if any(row.get("ece") for row in table) else [])]


_NO_INTERVAL = (
    "ECE has no interval, as none would be right: it lies above its true value, the more so the fewer the clips."
)
_AT_AN_END = "The interval of a figure of 0 or 1 cannot be trusted: no subject differs."


def _listed(names: Sequence[str], last: str = "or") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _with_interval(name: str, figure: Mapping[str, float]) -> str:
    return f"{name} {figure['value']:.2f} [{figure['low']:.2f}, {figure['high']:.2f}]"
