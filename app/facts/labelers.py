"""Labelers side by side: how much each said, and how it agrees with people, gold and itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.facts.intervals import Share
from app.services import Services
from core.errors import InputError
from core.records import ClaimCheck, Labeler, LabelSource, Split
from db import clips, overview, pseudo_labels
from db.pseudo_labels import AgreementRow

BINS = 10
OFFERED = {
    "cues": "Cue labeler (rules, no language model)",
    "simulated": "Simulated labeler (errs at known rates)",
}
_FROM_PEOPLE = frozenset({LabelSource.HUMAN.value, LabelSource.ADJUDICATED.value})


@dataclass(frozen=True, slots=True)
class LabelerFacts:
    """One labeler with one version of its prompt or rules.

    `claims` maps a check to claims; `histogram` maps a label to its pseudo-labels in each of BINS bins of confidence.
    """

    labeler: Labeler
    labelled: int
    with_people: Share
    with_gold: Share
    between_passes: Share
    mean_confidence: float | None
    claims: Mapping[str, int]
    histogram: Mapping[str, Sequence[int]]

    @property
    def name(self) -> str:
        """Short and distinct."""
        return f"{self.labeler.name} {self.labeler.prompt_version}"


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """What a labelling job would do."""

    labeler: str
    clips: int
    already_labelled: int
    test_split_left_out: int
    cost_usd: float

    def as_json(self) -> dict[str, Any]:
        """For the command line."""
        return asdict(self)


def labeler_facts(opened: Services) -> tuple[LabelerFacts, ...]:
    """All labelers that have answered, oldest first. Reads every answer: pages keep it until something changes."""
    with opened.database.read() as connection:
        found = pseudo_labels.labelers(connection)
        rows = pseudo_labels.agreement_rows(connection)
        gold = {
            clip.id: clip.gold_label
            for clip in clips.many(connection, {row.clip_id for row in rows})
            if clip.gold_label is not None
        }
        checks = pseudo_labels.check_counts(connection)
    return tuple(
        _facts(labeler, [row for row in rows if row.labeler_id == labeler.id], gold, checks) for labeler in found
    )


def change_key(opened: Services) -> tuple[object, ...]:
    """Differs whenever `labeler_facts` would."""
    with opened.database.read() as connection:
        counts = clips.counts(connection)
        answers = pseudo_labels.counts_by_labeler(connection)
    return (
        str(opened.workspace.root),
        tuple(sorted(answers.items())),
        tuple(sorted(counts.decisions.items())),
        counts.clips,
    )


def plan_labels(opened: Services, labeler: str, limit: int | None) -> LabelPlan:
    """How many clips the labeler has left. Raises InputError for a labeler that is not offered."""
    if labeler not in OFFERED:
        raise InputError(f"{labeler!r} is no labeler of this version; there are {', '.join(OFFERED)}.")
    with opened.database.read() as connection:
        counts = clips.counts(connection)
        training = overview.training_clips(connection, simulated_alone=labeler == "simulated")
        done = overview.clips_answered_by(connection, labeler)
    left = max(0, training - done)
    return LabelPlan(
        labeler=labeler,
        clips=left if limit is None else min(left, limit),
        already_labelled=done,
        test_split_left_out=counts.by_split.get(Split.TEST, 0),
        cost_usd=0.0,
    )


def labeling_failures(opened: Services, limit: int = 100) -> list[dict[str, str]]:
    """The newest failed answers with their reasons."""
    with opened.database.read() as connection:
        found = pseudo_labels.failures(connection, limit)
        names = {clip.id: clip.name for clip in clips.many(connection, {failure.clip_id for failure in found})}
    return [
        {
            "clip": names[failure.clip_id],
            "labeler": failure.labeler.name,
            "reason": failure.reason,
            "when": f"{failure.created_at:%Y-%m-%d %H:%M}",
        }
        for failure in found
    ]


def _facts(
    labeler: Labeler,
    rows: Sequence[AgreementRow],
    gold: Mapping[int, str],
    checks: Mapping[tuple[int, ClaimCheck], int],
) -> LabelerFacts:
    judged = [row for row in rows if row.current_source in _FROM_PEOPLE]
    with_gold = [row for row in rows if row.clip_id in gold]
    bins: dict[str, list[int]] = {}
    for row in rows:
        bins.setdefault(row.label, [0] * BINS)[min(BINS - 1, int(row.confidence * BINS))] += 1
    return LabelerFacts(
        labeler=labeler,
        labelled=len({row.clip_id for row in rows}),
        with_people=Share(sum(row.label == row.current_label for row in judged), len(judged)),
        with_gold=Share(sum(row.label == gold[row.clip_id] for row in with_gold), len(with_gold)),
        between_passes=Share(sum(row.first_label == row.label for row in rows), len(rows)),
        mean_confidence=sum(row.confidence for row in rows) / len(rows) if rows else None,
        claims=dict(Counter({check.value: n for (owner, check), n in checks.items() if owner == labeler.id})),
        histogram=bins,
    )
