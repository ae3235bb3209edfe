"""Counts of everything in a workspace, for `telltale status`."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.jobs.processes import list_jobs, mark_interrupted_work
from app.opened_workspace import OpenedWorkspace
from app.queries.job_notes import job_notes
from core.steady_time import STEADY_TIME
from core.types.clips import LabelSource
from core.types.features import FeatureKind
from core.types.jobs import Job
from db import clips, decisions, pseudo_labels, reviewers, workspace_counts


def status_of(opened: OpenedWorkspace) -> dict[str, Any]:
    """All counts, as JSON."""
    mark_interrupted_work(opened.workspace, opened.database)
    with opened.database.read() as connection:
        counts = clips.counts(connection)
        answers = pseudo_labels.counts_by_labeler(connection)
        labelers = pseudo_labels.labelers(connection)
        facts: dict[str, Any] = {
            "workspace": str(opened.workspace.root),
            "clips": counts.clips,
            "simulated": workspace_counts.any_simulated(connection),
            "clips_by_state": {state.value: n for state, n in counts.by_state.items()},
            "clips_by_split": {split.value: n for split, n in counts.by_split.items()},
            "labels_by_source": _by_source(counts.by_label),
            "conflicts_of_human_and_gold": counts.conflicts,
            "pseudo_labels_by_labeler": [
                {
                    "labeler": one.name,
                    "model": one.model_id,
                    "version": one.prompt_version,
                    "pseudo_labels": answers.get(one.id or 0, 0),
                }
                for one in labelers
            ],
            "labeling_failures": len(pseudo_labels.failures(connection, limit=1_000_000)),
            "decisions": [
                {"kind": kind.value, "mode": mode.value, "decisions": n}
                for (kind, mode), n in sorted(decisions.counts_by_mode(connection).items())
            ],
            "clips_with_features": {
                kind.value: workspace_counts.clips_with_feature(connection, kind) for kind in FeatureKind
            },
            "reviewers": [reviewer.name for reviewer in reviewers.all(connection)],
            "runs_by_state": {state.value: n for state, n in workspace_counts.runs_by_state(connection).items()},
        }
    facts["jobs_by_state"] = dict(Counter(job.state.value for job in list_jobs(opened.database, limit=1000)))
    return facts


def job_facts(job: Job) -> dict[str, Any]:
    """A job as `telltale jobs` shows it."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "progress": f"{job.progress:.0%}",
        "message": job.message,
        "notes": job_notes(job, STEADY_TIME.now()),
        "error": job.error,
        "started_at": job.started_at.isoformat(timespec="seconds") if job.started_at else "",
        "finished_at": job.finished_at.isoformat(timespec="seconds") if job.finished_at else "",
    }


def _by_source(counts: Mapping[tuple[str, LabelSource], int]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (label, source), n in counts.items():
        nested.setdefault(source.value, {})[label] = n
    return nested
