"""The labels that a run is scored against: those of the day on which its curated set was made.

Later imports, decisions and adjudications change the labels of today, and would change a past run's score without a
word. The rows of the set are the labels of then: a row that is not of a pseudo-label has the trusted label, unless that
was one accepted in bulk, which would score a run by what a labeler said and nobody looked at. Those of the test split are
kept beside them (`CuratedSet.test_labels`).
"""

from core.types.clips import COHORT_TRUTH, LabelSource
from core.types.runs import CuratedSet
from db import clips, judgments
from db.engine import Database
from training.evaluation.results_table import Scored


def labels_of_set(database: Database, curated: CuratedSet) -> list[Scored]:
    """The rows of the set that can be scored, by clip id: by their trusted label, a bulk accept's by gold, else by
    the truth of a simulated cohort; the latter two do not change.
    """
    with database.read() as connection:
        truths = clips.simulated_truths(connection)
        unwatched = judgments.unwatched_at(connection, curated.created_at)
        accepted = [row.clip_id for row in curated.rows if row.source is LabelSource.HUMAN and row.clip_id in unwatched]
        gold = {one.id: one.gold_label for one in clips.many(connection, accepted)}
    scored = []
    for row in curated.rows:
        known = gold.get(row.clip_id)
        if row.source is not LabelSource.PSEUDO and row.clip_id not in gold:
            scored.append(Scored(row.clip_id, row.subject_id, row.label, row.source.value))
        elif known is not None:
            scored.append(Scored(row.clip_id, row.subject_id, known, LabelSource.GOLD.value))
        elif row.clip_id in truths:
            scored.append(Scored(row.clip_id, row.subject_id, truths[row.clip_id], COHORT_TRUTH))
    return scored
