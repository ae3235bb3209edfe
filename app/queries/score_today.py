"""The score of a past run against the labels of today, where these are others than it was scored against."""

from dataclasses import replace

import numpy as np

from app.queries.counted import counted
from app.queries.runs import fusion_row, out_of_fold
from core.types.runs import Run
from db import curated_sets, runs
from db.engine import Database
from training.evaluation.results_table import balanced_accuracy, confusions
from training.runs.labels_of_set import labels_of_set


def score_today_sentence(database: Database, run: Run) -> str:
    """The fusion's balanced accuracy as scored then and against today's labels, on the same clips; "" where none of the
    labels has changed.

    Clips that have got their first trusted label since are left out: many are judged because the run was wrong on them.
    """
    row, labels = fusion_row(run), run.metrics.get("labels", ())
    with database.read() as connection:
        changed = curated_sets.changed_labels(connection, run.curated_set_id) if row else {}
        if not changed:
            return ""
        curated = curated_sets.get(connection, run.curated_set_id)
        said = {one.clip_id: one.label for one in out_of_fold(runs.predictions_of(connection, run.id))}
    scored = [one for one in labels_of_set(database, curated) if one.clip_id in said]
    changed = {one.clip_id: changed[one.clip_id] for one in scored if one.clip_id in changed}
    if not changed:
        return ""
    current = [replace(one, label=changed.get(one.clip_id, one.label) or "") for one in scored]
    kept = [one for one in current if one.label in labels]
    gone = len(current) - len(kept)
    now = "—"
    if kept:
        truth, predicted = (
            np.array([labels.index(label) for label in names])
            for names in ([one.label for one in kept], [said[one.clip_id] for one in kept])
        )
        matrix = confusions(truth, predicted, len(labels), np.ones((1, len(kept))))
        now = f"{float(balanced_accuracy(matrix)[0]):.2f}"
    then = row.get("balanced_accuracy") or {}
    as_scored = f"{then['value']:.2f}" if then else "—"
    without = f" ({gone} without one now)" if gone else ""
    return (
        f"Against today's labels, balanced accuracy of the fusion {now}; as scored then {as_scored}. Since its set was made, "
        f"{counted(len(changed), 'label has', 'labels have')} changed of the {len(scored)} that it is scored against{without}."
    )
