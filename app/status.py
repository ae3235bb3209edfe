"""Counts of everything in a workspace: `telltale status`, and the numbers that pages begin with."""

from collections import Counter
from typing import Any

from app.jobs import list_jobs
from app.services import Services
from core.records import FeatureKind, Job
from db import clips, features, pseudo_labels, reviewers, runs


def status_of(opened: Services) -> dict[str, Any]:
    """All counts as JSON has them."""
    with opened.database.read() as connection:
        counts = clips.counts(connection)
        by_labeler = pseudo_labels.counts_by_labeler(connection)
        all_runs = runs.all(connection)
        facts: dict[str, Any] = {
            "workspace": str(opened.workspace.root),
            "clips": counts.clips,
            "by_state": dict(counts.by_state),
            "by_split": dict(counts.by_split),
            "labels_by_source": _labels_by_source(counts.by_label_source),
            "pseudo_labels": by_labeler,
            "features": {kind.value: len(features.clips_with(connection, kind)) for kind in FeatureKind},
            "reviewers": len(reviewers.all(connection)),
            "runs": dict(Counter(run.state.value for run in all_runs)),
        }
    facts["jobs"] = dict(Counter(job.state.value for job in list_jobs(opened.database, limit=1000)))
    return facts


def job_facts(job: Job) -> dict[str, Any]:
    """A job as `telltale jobs` shows it."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "progress": f"{job.progress:.0%}",
        "message": job.message,
        "error": job.error,
        "started_at": job.started_at.isoformat(timespec="seconds") if job.started_at else "",
        "finished_at": job.finished_at.isoformat(timespec="seconds") if job.finished_at else "",
    }


def _labels_by_source(counts: Any) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (label, source), number in counts.items():
        nested.setdefault(str(source), {})[str(label)] = number
    return nested
