"""The calibration of a labeler's confidence against blind human judgments."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.queries.labelers import BINS, LabelerFacts
from training.evaluation.calibration import ReliabilityBin, expected_calibration_error, fit_calibration, reliability

CURVE_POINTS = 41


@dataclass(frozen=True, slots=True)
class ReliabilityFacts:
    """`error`: expected calibration error 0..1, None without judgments. `sentence`: how it is calibrated, or why
    not.

    `curve`: points (confidence, calibrated share) where a calibration was fitted, else empty.
    """

    decisions: int
    bins: Sequence[ReliabilityBin]
    error: float | None
    sentence: str
    curve: tuple[tuple[float, float], ...]


def reliability_facts(one: LabelerFacts) -> ReliabilityFacts:
    """Fits the calibration of a labeler; pages cache it, because it loads scikit-learn."""
    pairs = [(row.confidence, row.label == row.blind_label) for row in one.blind]
    fitted = fit_calibration(one.name, pairs)
    steps = [number / (CURVE_POINTS - 1) for number in range(CURVE_POINTS)] if fitted.knots else []
    return ReliabilityFacts(
        decisions=len(pairs),
        bins=reliability(pairs, [row.subject_id for row in one.blind], BINS),
        error=expected_calibration_error(pairs, BINS),
        sentence=fitted.sentence,
        curve=tuple((step, fitted.apply(step)) for step in steps),
    )
