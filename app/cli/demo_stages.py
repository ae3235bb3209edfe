"""`telltale demo`: takes a simulated cohort through all stages and prints the seconds of each.

Where the app is served afterwards, the first training is a job of the app: it goes on while somebody looks around.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.cli.shared import failures
from app.cli.terminal import shown_progress, tell
from app.jobs.in_terminal import do_in_terminal
from app.jobs.processes import list_jobs, resume_job, start_job
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.runs import latest_finished_run
from app.queries.training_time import EXPECTED, promise, promised_of_rule
from core.errors import InputError, WorkspaceError
from core.progress import Progress
from core.settings.loader import SETTINGS_FILE
from core.types.jobs import Job, JobState
from db import clips

DEMO_SEED = 7
DEMO_SETTINGS = """# The demo's figures are drawn: it keeps to the parts that need no weights.
[perception]
person = "keypoint-box"
image = "hog"
text = "hashing"

# Its first training ends within minutes. Without these lines a run takes as many steps as its clips need.
[training]
stage1_steps = 70
stage2_steps = 35
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """`stages`: those done now, with their seconds, and as `failed` what could not be done for some clips; the others go
    through all of them. `job`: the job of the first training, where this call began one.
    """

    stages: list[dict[str, Any]] = field(default_factory=list)
    job: Job | None = None

    @property
    def incomplete(self) -> list[str]:
        """The stages that failed for some clips."""
        return [stage["stage"] for stage in self.stages if "failed" in stage]


def prepare_demo(root: Path, *, clips_wanted: int, as_json: bool, train_as_job: bool) -> Demo:
    """Cohort, import, perception, two labelers, and one run: here, or `train_as_job`, which does not wait for it.

    Does nothing where the workspace has a finished run, or, with `train_as_job`, where a training was begun; one that
    was interrupted goes on. Raises WorkspaceError where the workspace holds real clips.
    """
    opened = open_demo(root)
    _refuse_real_clips(opened)
    begun = next((job for job in list_jobs(opened.database) if job.kind == "train"), None) if train_as_job else None
    if begun is not None or latest_finished_run(opened.database) is not None:
        if not as_json:
            tell(f"The demo is ready in {root}.")
        return Demo(job=_going_on(opened, begun, as_json))
    stages = _Stages(as_json)
    _label_cohort(opened, root / "cohort", clips_wanted, stages)
    expected = promised_of_rule(opened, opened.workspace.settings.training)
    if not as_json:
        tell(promise(expected[EXPECTED]))
    training: dict[str, Any] = {"name": "demo", **expected}
    if not train_as_job:
        _do(opened, stages, "trained", "train", training)
    stages.total()
    if not train_as_job:
        return Demo(stages.done)
    job = start_job(opened.workspace, opened.database, "train", training)
    _tell_of(job, as_json)
    return Demo(stages.done, job)


def _label_cohort(opened: OpenedWorkspace, folder: Path, clips_wanted: int, stages: "_Stages") -> None:
    if not (folder / "cohort.json").is_file():
        with stages.stage("cohort rendered") as progress:
            _write(folder, "demo", seed=DEMO_SEED, clips_wanted=clips_wanted, changes={}, progress=progress)
    _do(opened, stages, "imported", "import", {"folder": str(folder)})
    _do(opened, stages, "perceived", "perceive", {})
    _do(opened, stages, "labeled by the simulated labeler", "label", {"labeler": "simulated"})  # the first one counts
    _do(opened, stages, "labeled from cues", "label", {"labeler": "cues"})


def _do(opened: OpenedWorkspace, stages: "_Stages", title: str, kind: str, arguments: dict[str, Any]) -> None:
    with stages.stage(title) as progress:
        result = do_in_terminal(opened.workspace, opened.database, kind, arguments, progress)
    if result.get("refused"):
        stages.fail(failures(result))


def _going_on(opened: OpenedWorkspace, begun: Job | None, as_json: bool) -> Job | None:
    """The job that continues a training whose process was ended from outside; None where there is nothing to continue."""
    if begun is None or begun.state is not JobState.INTERRUPTED:
        return None
    job = resume_job(opened.workspace, opened.database, begun.id)
    _tell_of(job, as_json)
    return job


def _tell_of(job: Job, as_json: bool) -> None:
    if not as_json:
        tell(f"The first training goes on as job {job.id}, also after Ctrl+C; the Train page shows it.")


def open_demo(root: Path) -> OpenedWorkspace:
    """The demo's workspace. A new one gets its settings before it is opened, because a process reads them once: the
    built-in backends, even where weights are installed (a person detector finds no one in drawings), and few steps.
    """
    settings = root / SETTINGS_FILE
    if not settings.exists():
        root.mkdir(parents=True, exist_ok=True)
        settings.write_text(DEMO_SETTINGS, encoding="utf-8")
    return opened_workspace(root)


def write_cohort_folder(
    out: Path, preset_name: str, *, seed: int, clips_wanted: int | None, changes: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Writes a cohort as a folder for `telltale import`; `changes` replace fields of the preset.

    Raises InputError for an unknown preset or a folder that is not empty.
    """
    from core.simulation import PRESETS

    if preset_name not in PRESETS:
        raise InputError(f"--preset: {preset_name!r} is none of {', '.join(PRESETS)}.")
    if out.exists() and any(out.iterdir()):
        raise InputError(f"The folder {out} is not empty.")
    return _write(out, preset_name, seed=seed, clips_wanted=clips_wanted, changes=changes, progress=progress)


def _write(
    out: Path, preset_name: str, *, seed: int, clips_wanted: int | None, changes: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Writes the cohort, also over the files of an interrupted one."""
    from core.simulation import PRESETS, sample_cohort, write_cohort

    cohort = sample_cohort(replace(PRESETS[preset_name], **changes), seed=seed, clips=clips_wanted)
    write_cohort(cohort, out, progress)
    return {
        "folder": str(out),
        "preset": preset_name,
        "changed": dict(changes),
        "seed": seed,
        "clips": len(cohort.clips),
        "subjects": len(cohort.subjects),
    }


class _Stages:
    """Prints each stage when it is done, and keeps them for `--json`."""

    def __init__(self, as_json: bool) -> None:
        self.done: list[dict[str, Any]] = []
        self._as_json = as_json

    @contextmanager
    def stage(self, title: str) -> Iterator[Progress]:
        began_s = time.monotonic()
        with shown_progress(self._as_json) as progress:
            yield progress
        self.done.append({"stage": title, "seconds": round(time.monotonic() - began_s, 1)})
        self._say(f"{self.done[-1]['seconds']:6.1f} s  {title}")

    def fail(self, sentence: str) -> None:
        """Tells what the last stage could not do for some clips."""
        self.done[-1]["failed"] = sentence
        tell(f"{self.done[-1]['stage']}: {sentence}.", on_error=True)

    def total(self) -> None:
        """Prints the total time as the last line."""
        self._say(f"{sum(stage['seconds'] for stage in self.done):6.1f} s  in all")

    def _say(self, line: str) -> None:
        if not self._as_json:
            tell(line)


def _refuse_real_clips(opened: OpenedWorkspace) -> None:
    with opened.database.read() as connection:
        first = clips.page(connection, limit=1)
    if first and not first[0].simulated:
        raise WorkspaceError(
            f"The workspace {opened.workspace.root} holds imported clips; give the demo another folder with --workspace."
        )
