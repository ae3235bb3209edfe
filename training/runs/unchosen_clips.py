"""The clips on which runs are compared for model selection: those that no queue of a run brought up.

The queues of a run show the clips that it predicts otherwise than their label. Judging these adds clips to the scored
ones *because* the run was wrong on them, so that a run after it, which is no better, seems to be. What is taken is:

    reliability sample   drawn at random at import and in no queue of a run, with its label of today
    judged before        clips that people had judged before the older run began, with their label of then
    gold                 clips with a gold label, with that label
    judged without runs  clips judged since in other queues, before a queue of a run was worked, with their label of
                         today (db.queues.judged_without_runs)
    cohort truth         the other clips of a simulated cohort, all of which have a known label

Clips that were judged since by a link, or by an older version, which did not tell the queue, are left out. A bulk accept
is no label here: nobody looked.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from core.types.clips import COHORT_TRUTH, Clip, CurrentLabel, LabelSource
from db import clips, judgments, queues
from db.engine import Database
from training.evaluation.results_table import Scored

RELIABILITY_SAMPLE = "reliability sample"
JUDGED_BEFORE = "judged before"
WITHOUT_RUNS = "judged without runs"


def unchosen_clips(
    database: Database, subject_of: Mapping[int, int], began: datetime, labels: Collection[str]
) -> list[Scored]:
    """The clips of `subject_of` (subject id by clip id) that can be scored and that no queue of a run that began then
    brought up. `source` is one of the module's words; other labels than `labels` are left out.
    """
    with database.read() as connection:
        found = clips.many(connection, subject_of)
        current = clips.labels(connection, subject_of)
        before = judgments.labels_before(connection, began)
        without_runs = queues.judged_without_runs(connection, began)
        truths = clips.simulated_truths(connection)
    scored = []
    for clip in found:
        label, source = _evidence(
            clip, current.get(clip.id), before, truths.get(clip.id), without_runs=clip.id in without_runs
        )
        if label in labels:
            scored.append(Scored(clip.id, subject_of[clip.id], label, source))
    return scored


def _evidence(
    clip: Clip,
    current: CurrentLabel | None,
    before: Mapping[int, str | None],
    truth: str | None,
    *,
    without_runs: bool,
) -> tuple[str, str]:
    """The label and its source; ("", "") where there is none."""
    trusted = current is not None and current.trusted
    if current is not None and trusted and clip.reliability_sample:
        return current.label, RELIABILITY_SAMPLE
    if clip.id in before:
        return before[clip.id] or "", JUDGED_BEFORE
    if clip.gold_label is not None:
        return clip.gold_label, LabelSource.GOLD.value
    if current is not None and trusted and without_runs:
        return current.label, WITHOUT_RUNS
    return ("", "") if truth is None else (truth, COHORT_TRUTH)
