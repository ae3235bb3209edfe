"""Where a run and the labels that count differ; one of the two is wrong, and more often the run where the label is trusted."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.types.clips import Clip, LabelSource
from core.types.runs import Run
from db import clips, queues
from db.engine import Database
from db.queues import Difference

_SHOWN = 50  # clips listed at most


@dataclass(frozen=True, slots=True)
class RunDifferences:
    """The clips, the most trusted labels first, 50 at most; `counts` is of all of them, by the source of the label."""

    clips: tuple[tuple[Clip, Difference], ...]
    counts: Mapping[LabelSource, int]


def run_differences(database: Database, run: Run, reviewer_id: int) -> RunDifferences:
    """Held-out clips whose label the run contradicts, without those that the reviewer has judged since the run began."""
    with database.read() as connection:
        counts = queues.differing_counts(connection, run, reviewer_id)
        found = queues.differing(connection, run, reviewer_id, _SHOWN)
        by_id = {clip.id: clip for clip in clips.many(connection, [one.clip_id for one in found])}
    return RunDifferences(tuple((by_id[one.clip_id], one) for one in found), counts)


def labels_by_source(counts: Mapping[LabelSource, int]) -> str:
    """ "9 labels (9 pseudo, 0 gold)": the sources that there are, and gold, which somebody would look for."""
    total = sum(counts.values())
    sources = [source for source in reversed(LabelSource) if counts.get(source) or source is LabelSource.GOLD]
    parts = ", ".join(f"{counts.get(source, 0):,} {source.value}" for source in sources)
    return f"{total:,} {'label' if total == 1 else 'labels'} ({parts})"
