"""How long a training will take, as it is told before the start, and beside it how long it took.

What was promised stands in the job's arguments as `expected_s`. The model of a run's time is corrected by what the newest
training on this machine took of what was promised for it.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime

import psutil

from app.opened_workspace import OpenedWorkspace
from core.settings.training import TrainingSettings
from core.types.clips import Clip
from core.types.jobs import Job, JobState
from db import clips, curated_sets, features, jobs
from training.data.curate import Rule, plan
from training.data.dataset_spec import KIND_OF
from training.data.pose_input import FRAME_HZ, KEPT_HZ
from training.data.resolved_settings import Machine, resolved_values
from training.data.training_time import modeled_s

EXPECTED, MODELED = "expected_s", "modeled_s"
_LEAST_SHARE, _MOST_SHARE = 0.1, 20.0  # of the modeled time: a job that waited for something else tells nothing


def promised(opened: OpenedWorkspace, settings: TrainingSettings, clip_ids: Collection[int]) -> dict[str, float]:
    """Seconds that a run on these clips will take with these settings, as arguments of its job: `EXPECTED`, and `MODELED`
    before it was corrected.
    """
    with opened.database.read() as connection:
        found = clips.many(connection, clip_ids)
        with_kind: dict[str, set[int]] = {
            name: set(features.clips_with(connection, KIND_OF[name])) for name in settings.modalities
        }
        done = [job for job in jobs.all(connection) if job.kind == "train" and job.state is JobState.SUCCEEDED]
    having = [name for name, ids in with_kind.items() if any(clip.id in ids for clip in found)]
    image_every_s = opened.workspace.settings.perception.image_every_s
    frames = [frames_read(clip, with_kind, image_every_s) for clip in found] or [1]
    machine = Machine(
        psutil.virtual_memory().total, gpu=False
    )  # only torch knows of a GPU; the last training's time does, too
    modeled = modeled_s(resolved_values(settings, frames, machine), frames, having)
    return {EXPECTED: round(modeled * _correction(done), 1), MODELED: round(modeled, 1)}


def promised_of_rule(opened: OpenedWorkspace, settings: TrainingSettings) -> dict[str, float]:
    """The same for a new set by the default rule."""
    planned = plan(opened.database, opened.workspace.settings, Rule())
    return promised(opened, settings, [row.clip_id for row in planned.rows])


def promised_of_set(opened: OpenedWorkspace, settings: TrainingSettings, set_id: int) -> dict[str, float]:
    """The same for a curated set. Raises NotFoundError where there is none of this id."""
    with opened.database.read() as connection:
        rows = curated_sets.get(connection, set_id).rows
    return promised(opened, settings, [row.clip_id for row in rows])


def frames_read(clip: Clip, with_kind: Mapping[str, Set[int]], image_every_s: float) -> int:
    """The frames of the clip that a run with these modalities counts: of key points as they are resampled, else of images."""
    if clip.id in with_kind.get("pose", ()):
        kept = KEPT_HZ[0] <= clip.frame_rate <= KEPT_HZ[1]
        return clip.frame_count if kept else max(1, round(clip.duration_s * FRAME_HZ))
    return max(1, round(clip.duration_s / image_every_s)) if clip.id in with_kind.get("image", ()) else 1


def _correction(done: Sequence[Job]) -> float:
    """What the newest of these trainings took by what was modeled for it; 1 where nothing was."""
    for job in done:
        modeled = job.arguments.get(MODELED)
        if modeled and job.started_at and job.finished_at and "resumes" not in job.arguments:
            share: float = (job.finished_at - job.started_at).total_seconds() / modeled
            return min(max(share, _LEAST_SHARE), _MOST_SHARE)
    return 1.0


def promise(seconds: float) -> str:
    """The sentence before the start."""
    return f"Training will take {_about(seconds)} on this machine."


def promise_note(job: Job, now: datetime) -> str:
    """What was promised for a job and what it took, as a note; "" for a job without a promise, and for one that continues
    another, whose promise was for the whole.
    """
    expected_s = job.arguments.get(EXPECTED)
    if expected_s is None or job.started_at is None or "resumes" in job.arguments:
        return ""
    if job.state is JobState.RUNNING:
        return f"{_about(expected_s)} promised, {_duration((now - job.started_at).total_seconds())} so far"
    if job.state is JobState.SUCCEEDED and job.finished_at is not None:
        return f"{_about(expected_s)} promised, {_duration((job.finished_at - job.started_at).total_seconds())} taken"
    return ""


def _about(seconds: float) -> str:
    if seconds < 45:
        return "less than a minute"
    if seconds < 90:
        return "about a minute"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {round(seconds / 3600, 1):g} hours"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
