"""Annotation conditions: which labels a model is trained on, from the gold labels alone to the true label of every
clip.

The true label comes from the simulated cohort, else from a person or the import. Held-out clips are scored against
it. In conditions with human decisions, some pseudo-labels are replaced by a human label: in a simulated cohort by
that of a simulated person of a given accuracy, else by the recorded one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import TrainingError
from core.settings.loader import Settings
from core.types.clips import LabelSource, Split
from core.types.runs import CuratedRow
from db import clips, pseudo_labels
from db.engine import Database
from training.data.curate import Rule, refused, settled
from training.data.splits import unknown_labels

GOLD_ONLY = "gold only"
RAW = "+ raw pseudo-labels"
AGREED = "+ reflected and agreed"
CEILING = "all gold"


@dataclass(frozen=True, slots=True)
class Pseudo:
    """A pseudo-label before and after reflection; `agreed`: the default rule of a curated set would include it."""

    first_label: str
    first_confidence: float
    label: str
    confidence: float
    agreed: bool


@dataclass(frozen=True, slots=True)
class ConditionClip:
    """A clip of the train split with its labels by source. `simulated`: `truth` is known from the simulated cohort."""

    clip_id: int
    subject_id: int
    truth: str | None
    gold: str | None
    pseudo: Pseudo | None
    simulated: bool = False

    @property
    def can_be_decided(self) -> bool:
        """Whether a human decision is available: the clip has no gold label and its true label is known."""
        return self.gold is None and self.truth is not None


def condition_clips(database: Database, settings: Settings) -> list[ConditionClip]:
    """The clips of the train split that a condition can train on or be scored on, by id."""
    rule = settled(Rule(), settings)
    found = []
    with database.read() as connection:
        truths = clips.simulated_truths(connection)
        ids = clips.all_ids(connection, split=Split.TRAIN)
        current = clips.trusted_labels(connection, ids)
        responses = pseudo_labels.summaries_of(connection, ids)
        for clip in sorted(clips.many(connection, ids), key=lambda clip: clip.id):
            label = current.get(clip.id)
            trusted = None if label is None else label.label
            response = responses.get(clip.id)
            pseudo = None
            if response is not None:
                pseudo = Pseudo(
                    response.first_label,
                    response.first_confidence,
                    response.label,
                    response.confidence,
                    agreed=not refused(response, rule),
                )
            one = ConditionClip(
                clip.id,
                clip.subject_id,
                truths.get(clip.id, trusted),
                clip.gold_label,
                pseudo,
                simulated=clip.id in truths,
            )
            if one.truth is not None or one.pseudo is not None:
                found.append(one)
    return found


def refuse_bad_conditions(found: Sequence[ConditionClip], labels: Sequence[str]) -> None:
    """Raises TrainingError where the conditions would all be the same, or cannot be scored with `labels`."""
    said = {label for clip in found for label in (clip.truth, clip.gold) if label is not None}
    said |= {label for clip in found if clip.pseudo for label in (clip.pseudo.label, clip.pseudo.first_label)}
    for sentence in unknown_labels(said, labels):
        raise TrainingError(sentence)
    truths = {clip.truth for clip in found if clip.truth is not None}
    if len(truths) < 2:
        raise TrainingError(
            "The conditions are scored against the truth, and the clips of the train split whose truth is known are "
            f"all {', '.join(map(repr, truths)) or 'unlabeled'}; two labels are needed."
        )
    if not any(clip.gold for clip in found):
        raise TrainingError("No clip of the train split came with a label; the conditions begin with those that did.")
    if not any(clip.pseudo for clip in found if clip.gold is None):
        raise TrainingError(
            "No clip without a label of its own has a pseudo-label; run `telltale label` before the conditions are compared."
        )
    if not any(clip.can_be_decided for clip in found):
        raise TrainingError(
            "Nobody has judged a clip that came without a label, and this is no simulated cohort: there is no decision "
            "whose worth could be measured."
        )


def fold_labels(found: Sequence[ConditionClip]) -> list[str]:
    """The labels that the folds are stratified by: the label and whether it is gold, since every fold needs gold
    labels.
    """
    labels = [clip.truth or (clip.pseudo.label if clip.pseudo else "") for clip in found]
    return [f"{label}, gold" if clip.gold else label for clip, label in zip(found, labels, strict=True)]


def decisions(found: Iterable[ConditionClip], labels: Sequence[str], *, accuracy: float, seed: int) -> dict[int, str]:
    """The human label of each clip with a known truth, by clip id.

    A simulated person gives the true label with probability `accuracy`, else one of the others, drawn by seed and
    clip id: the answer does not depend on the order of the clips.
    """
    said = {}
    for clip in found:
        if clip.truth is None:
            continue
        random = np.random.default_rng([seed, clip.clip_id])
        wrong = [label for label in labels if label != clip.truth]
        errs = clip.simulated and wrong and random.random() >= accuracy
        said[clip.clip_id] = wrong[int(random.integers(len(wrong)))] if errs else clip.truth
    return said


def condition_rows(
    found: Iterable[ConditionClip], condition: str, pseudo_weight: float, decided: Mapping[int, str] | None = None
) -> list[CuratedRow]:
    """The training rows of a condition: `GOLD_ONLY`, `RAW`, `AGREED` or `CEILING`.

    `decided` labels, by clip id, replace pseudo-labels and have weight 1.
    """
    rows = []
    for clip in found:
        label, source, weight = _label(clip, condition, pseudo_weight, decided or {})
        if label is not None and weight > 0:
            rows.append(CuratedRow(clip.clip_id, clip.subject_id, label, source, weight))
    return rows


def _label(
    clip: ConditionClip, condition: str, pseudo_weight: float, decided: Mapping[int, str]
) -> tuple[str | None, LabelSource, float]:
    if condition == CEILING:
        return clip.truth, LabelSource.GOLD, 1.0
    if clip.gold is not None:
        return clip.gold, LabelSource.GOLD, 1.0
    if clip.clip_id in decided:
        return decided[clip.clip_id], LabelSource.HUMAN, 1.0
    pseudo = clip.pseudo
    if pseudo is not None and condition == RAW:
        return pseudo.first_label, LabelSource.PSEUDO, pseudo_weight * pseudo.first_confidence
    if pseudo is not None and condition == AGREED and pseudo.agreed:
        return pseudo.label, LabelSource.PSEUDO, pseudo_weight * pseudo.confidence
    return None, LabelSource.PSEUDO, 0.0
