"""Looks again at a run of which it could not be told whether it is better than the selected one, while people judge.

Nothing is trained again: the predictions that both runs made for model selection are compared on today's clips.
"""

from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from core.types.clips import Split
from core.types.runs import Run
from db import clips, curated_sets, decisions, runs
from db.engine import Database
from training.evaluation.run_selection import read_selection_predictions, select
from training.runs.unchosen_clips import unchosen_clips


@dataclass(frozen=True, slots=True)
class SelectionToday:
    """`better`: by the rule of model selection, the run can take the place of the selected one now."""

    sentence: str
    better: bool


def selection_key(database: Database, run: Run) -> tuple[int, int] | None:
    """The selected run and the newest decision, by which a second look is kept; None where none is due: the run's
    verdict was told, or nobody has judged anything since.
    """
    if run.selected or run.finished_at is None or not (run.metrics.get("selection") or {}).get("more_clips"):
        return None
    with database.read() as connection:
        selected, newest = runs.selected(connection), decisions.newest(connection)
    if selected is None or newest is None or newest.created_at <= run.finished_at:
        return None
    return selected.id, newest.id


def selection_today(opened: OpenedWorkspace, run: Run) -> SelectionToday | None:
    """The verdict by the clips of today; None where these are no more than when the run ended.

    Clips count that neither run brought up since the older of the two began. Nothing is stored and no run is selected.
    """
    with opened.database.read() as connection:
        before = runs.selected(connection)
        study_clips = clips.counts(connection).by_split.get(Split.TRAIN, 0)
        rows = curated_sets.get(connection, run.curated_set_id).rows
    if before is None or before.id == run.id:
        return None
    root, labels = opened.workspace.root, tuple(run.metrics["labels"])
    said, said_before = (read_selection_predictions(root / one.artifacts_path, labels) for one in (run, before))
    if said is None:
        return None
    began = min(run.created_at, before.created_at)
    found = select(
        said,
        before,
        said_before,
        unchosen_clips(opened.database, {row.clip_id: row.subject_id for row in rows}, began, labels),
        labels,
        margin=float(run.settings["selection_margin"]),
        study_clips=study_clips,
        when_better="it can be selected now.",
    )
    more = sum((found["clips"] or {}).values()) - sum((run.metrics["selection"]["clips"] or {}).values())
    if more <= 0:
        return None
    looked = f"Looked at again with {counted(more, 'clip', 'clips')} more, judged since without a run's choice."
    return SelectionToday(f"{looked} {found['sentence']}", bool(found["selected"]))
