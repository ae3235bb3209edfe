"""The calibration of labelers' confidences that weighs their pseudo-labels: one for each version of a labeler.

A version is a name with its model and prompt; another prompt is another labeler. A set is weighed by all blind
judgments of its day. In a fold that would let the judgments of held-out subjects into the weights of the rows that are
trained on, so that there the calibration is fitted again, on the training side's subjects alone. The judgments and
answers are those of the day on which the set was made, which the append-only log still tells: a run that is resumed
after further reviews has the same weights.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.errors import TrainingError
from core.types.clips import LabelSource
from core.types.pseudo_labels import Labeler
from core.types.runs import CuratedRow, CuratedSet
from db import labeler_statistics, pseudo_labels
from db.engine import Database
from db.labeler_statistics import BlindComparison
from training.data.splits import FoldSplit
from training.evaluation.calibration import Calibration, fit_calibration


@dataclass(frozen=True, slots=True)
class BlindEvidence:
    """What blind judgments say of each labeler version. `titles`: its name for people, by labeler id."""

    titles: Mapping[int, str]
    comparisons: Sequence[BlindComparison]

    def calibrations(self, subjects: Collection[int] | None = None) -> dict[int, Calibration]:
        """A calibration by labeler id, of every labeler; fitted on the judgments of these subjects, or on all."""
        pairs: dict[int, list[tuple[float, bool]]] = {labeler_id: [] for labeler_id in self.titles}
        for one in self.comparisons:
            if subjects is None or one.subject_id in subjects:
                pairs[one.labeler_id].append((one.confidence, one.label == one.blind_label))
        return {labeler_id: fit_calibration(self.titles[labeler_id], found) for labeler_id, found in pairs.items()}


def blind_evidence(database: Database, until: datetime | None = None) -> BlindEvidence:
    """The evidence of today, or of a moment."""
    with database.read() as connection:
        titles = _titles(pseudo_labels.labelers(connection))
        return BlindEvidence(titles, labeler_statistics.against_blind(connection, until))


def calibrated_splits(database: Database, curated: CuratedSet, splits: Iterable[FoldSplit]) -> list[FoldSplit]:
    """The splits of a set, with the pseudo-labels of each training side weighed by a calibration of its own.

    Rows whose weight comes to 0 are left out, as they are from a set. A set whose rule does not calibrate keeps its weights.
    Raises TrainingError where the log has no answer for a pseudo-label of the set.
    """
    if not curated.rule.get("calibrate") or all(row.source is not LabelSource.PSEUDO for row in curated.rows):
        return list(splits)
    evidence = blind_evidence(database, curated.created_at)
    weak = [row.clip_id for row in curated.rows if row.source is LabelSource.PSEUDO]
    with database.read() as connection:
        answers = pseudo_labels.summaries_of(connection, weak, curated.rule.get("labeler"), curated.created_at)
    if len(answers) < len(weak):
        raise TrainingError(
            f"{len(weak) - len(answers)} pseudo-labels of the curated set {curated.name!r} are not of before the set was made; "
            "curate again."
        )
    full = curated.rule["pseudo_weight"]

    def weight(row: CuratedRow, calibrations: Mapping[int, Calibration]) -> float:
        if row.source is not LabelSource.PSEUDO:
            return row.weight
        answer = answers[row.clip_id]
        return float(full * calibrations[answer.labeler_id].apply(answer.confidence))

    def weighed(training: Sequence[CuratedRow]) -> list[CuratedRow]:
        calibrations = evidence.calibrations({row.subject_id for row in training})
        found = (replace(row, weight=weight(row, calibrations)) for row in training)
        return [row for row in found if row.weight > 0]

    return [(weighed(training), held_out) for training, held_out in splits]


def _titles(labelers: Sequence[Labeler]) -> dict[int, str]:
    """The name of each labeler; where several versions share it, with model and prompt."""
    of_name = Counter(one.name for one in labelers)
    return {
        one.id: one.name
        if of_name[one.name] == 1
        else f"{one.name} ({one.model_id}, prompt {one.prompt_version} {one.prompt_digest[:8]})"
        for one in labelers
        if one.id is not None
    }
