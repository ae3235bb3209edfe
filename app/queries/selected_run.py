"""Which run is selected, in the words that every page uses, and what a run's own verdict is worth today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from core.types.runs import Run, RunState
from db import label_changes, runs
from db.engine import Database


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected run's id. Without one, `of_other_labels`: whether finished runs tell other labels than today's; the
    run that was selected until then (None where that was not kept), and when the labels were changed.
    """

    run_id: int | None = None
    of_other_labels: bool = False
    was: int | None = None
    changed_at: datetime | None = None

    @property
    def words(self) -> str:
        """As a part of a sentence."""
        if self.run_id is not None:
            return f"run {self.run_id} is selected"
        if not self.of_other_labels:
            return "no run is selected yet"
        return f"no run of today's labels is selected ({self._before})"

    @property
    def sentence(self) -> str:
        """As a sentence of its own."""
        return f"{self.words[0].upper()}{self.words[1:]}."

    @property
    def _before(self) -> str:
        on = f" on {self.changed_at:%Y-%m-%d}" if self.changed_at else ""
        if self.was is None:
            return f"the labels were changed{on}, and the runs are of before"
        return f"run {self.was} was, before the labels were changed{on}"


def selection(database: Database, names: Collection[str]) -> Selection:
    """The selection under today's labels (`names`)."""
    with database.read() as connection:
        found = runs.selected(connection)
        if found is not None:
            return Selection(found.id)
        finished = [run for run in runs.all(connection) if run.state is RunState.SUCCEEDED]
        changed_at = label_changes.newest_change_of_names(connection)
    if all(of_labels(run, names) for run in finished):
        return Selection()
    taken_back = max(
        (
            (run.metrics[label_changes.TAKEN_BACK], run.id)
            for run in finished
            if label_changes.TAKEN_BACK in run.metrics
        ),
        default=None,
    )
    if taken_back is None:
        return Selection(None, True, None, changed_at)
    return Selection(None, True, taken_back[1], datetime.fromisoformat(taken_back[0]))


def of_labels(run: Run, names: Collection[str]) -> bool:
    """Whether the run tells these labels; a run that does not say which, does."""
    return set(run.metrics.get("labels", names)) == set(names)


def verdict_sentence(run: Run, now: Selection, names: Collection[str]) -> str:
    """What model selection said of the run; as of its day, where another run is selected since, and of a run of other
    labels only what holds today.
    """
    verdict = run.metrics.get("selection") or {}
    if not of_labels(run, names):
        return now.sentence
    told = str(verdict.get("sentence", ""))
    against = (run.metrics.get("flips") or {}).get("against_run")
    holds = run.selected if verdict.get("selected") else now.run_id == against
    return told if holds or not told else f"When run {run.id} ended: {told} Today {now.words}."
