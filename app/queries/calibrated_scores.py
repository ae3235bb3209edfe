"""How sure each labeler is, by the calibration of its version where enough people have judged blind."""

from collections.abc import Mapping
from functools import lru_cache

from app.queries.score_words import Score, score_of
from core.types.pseudo_labels import PseudoLabel
from db import clips, labeler_statistics, pseudo_labels
from db.engine import Database
from training.evaluation.calibration import Calibration, fit_calibration

_JUDGMENTS_A_FIT = 10  # fitted anew after so many, not with each, as Review asks after every answer
_ANSWERS_A_FIT = 100


def score_of_answer(database: Database, answer: PseudoLabel) -> Score:
    """The score of a labeler's answer, calibrated where its labeler's version is."""
    return score_of(answer.answer.confidence, calibrations(database).get(answer.labeler.id or 0))


def calibrations(database: Database) -> Mapping[int, Calibration]:
    """The calibration of each labeler that somebody's blind judgment can be held against, by labeler id."""
    with database.read() as connection:
        judged = clips.counts(connection).decisions.get("blind", 0)
        answered = pseudo_labels.newest_id(connection) or 0
    return _fitted(database, judged // _JUDGMENTS_A_FIT, answered // _ANSWERS_A_FIT)


@lru_cache(maxsize=4)
def _fitted(database: Database, judged: int, answered: int) -> Mapping[int, Calibration]:  # noqa: ARG001  # the key
    with database.read() as connection:
        rows = labeler_statistics.against_blind(connection)
    pairs: dict[int, list[tuple[float, bool]]] = {}
    for row in rows:
        pairs.setdefault(row.labeler_id, []).append((row.confidence, row.label == row.blind_label))
    return {labeler_id: fit_calibration(str(labeler_id), found) for labeler_id, found in pairs.items()}
