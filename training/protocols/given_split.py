"""The results table on a given split: trained on its train side, scored once on its test side.

`cross-subject` uses the clips' own splits; other protocols use splits that an import has stored under their name
(db.protocols), as `telltale import-imigue` does for iMiGUE. The 69.23 % of arXiv 2602.08057 is from such a table: 72
of 104 test clips of iMiGUE.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import InputError, TrainingError
from core.progress import Progress
from core.types.clips import Clip, Split
from core.workspace import Workspace
from db import clips, curated_sets, protocols
from db.engine import Database
from training.data.labeler_calibration import calibrated_splits
from training.data.splits import listed, refuse_labels
from training.protocols.grouped_folds import ROWS, EvaluationSpec, results_table
from training.protocols.test_set import labeled_test_clips

CROSS_SUBJECT = "cross-subject"


def evaluate_given_split(
    workspace: Workspace,
    database: Database,
    curated_set_id: int,
    progress: Progress,
    *,
    protocol: str = CROSS_SUBJECT,
    seeds: int | None = None,
    rows: Sequence[str] = tuple(ROWS),
) -> dict[str, Any]:
    """Like `training.protocols.grouped_folds.evaluate_folds`, with one fold. Counts as one test-set evaluation, even
    if repeated.

    Rows of the set that are not in the protocol's train side are ignored. Raises InputError for an unknown protocol;
    TrainingError where a subject is on both sides, where a test clip was open to labelers or training, or where
    there is nothing to train on or to score.
    """
    with database.read() as connection:
        curated = curated_sets.get(connection, curated_set_id)
        known = {clip.id: clip for clip in clips.many(connection, clips.all_ids(connection))}
        kept = protocols.splits(connection, protocol)
        named = (CROSS_SUBJECT, *protocols.names(connection))
    side_of = {clip.id: clip.split for clip in known.values()} if protocol == CROSS_SUBJECT else kept
    if not side_of:
        raise InputError(
            f"No import has set the sides of the protocol {protocol!r}; this workspace can be evaluated by {', '.join(named)}."
        )
    _refuse_leaking(protocol, side_of, known)
    learned = [row for row in curated.rows if side_of.get(row.clip_id) is Split.TRAIN]
    refuse_labels(learned, workspace.settings.taxonomy.names)
    labeled, scored = labeled_test_clips(database, curated, workspace.settings.taxonomy.names)
    tested = tuple(clip.id for clip in labeled if side_of.get(clip.id) is Split.TEST)
    if not tested:
        raise TrainingError(f"No clip of the test side of {protocol} has a label, so nothing can be scored on it.")
    spec = EvaluationSpec(
        protocol,
        curated,
        calibrated_splits(database, curated, [(learned, list(tested))]),
        [one for one in scored if side_of.get(one.clip_id) is Split.TEST],
        tested,
    )
    return results_table(workspace, database, spec, progress, seeds=seeds, rows=rows)


def _refuse_leaking(protocol: str, side_of: Mapping[int, Split], known: Mapping[int, Clip]) -> None:
    """Raises TrainingError where a subject is on both sides, or a test clip belongs to the workspace's train split."""
    subjects: dict[Split, set[str]] = {side: set() for side in Split}
    for clip_id, side in side_of.items():
        subjects[side].add(known[clip_id].subject)
    both = sorted(subjects[Split.TRAIN] & subjects[Split.TEST])
    if both:
        named = listed([repr(name) for name in both])
        raise TrainingError(
            f"In the protocol {protocol} {named} is learned from and tested on: a model that knows the person would be scored as "
            "one that reads the feeling."
        )
    opened = sorted(
        known[clip_id].name
        for clip_id, side in side_of.items()
        if side is Split.TEST and known[clip_id].split is not Split.TEST
    )
    if opened:
        named = listed([repr(name) for name in opened])
        raise TrainingError(
            f"On the test side of {protocol} stands {named}, of the train split, which labelers and training may have seen."
        )
