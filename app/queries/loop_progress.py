"""The progress of the loop, and the next step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.jobs.processes import list_jobs
from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from app.queries.evaluations import QueueAdvice
from app.queries.run_differences import labels_by_source
from app.queries.selected_run import selection
from app.queries.training_plan import PLANNED_AT_ONCE, training_input
from core.types.clips import ClipState, LabelSource, Split
from core.types.features import FeatureKind
from core.types.runs import RunState
from db import clips, queues, runs, workspace_counts
from db.jobs import UNFINISHED
from labeling.perception.automatic_choice import person_is_found_in

RETRAIN_AFTER = 10  # decisions since the last run from which retraining is recommended


@dataclass(frozen=True, slots=True)
class LoopCounts:
    """The counts that stages and next step are computed from."""

    clips: int = 0
    perceived: int = 0
    to_perceive: int = 0  # clips that `perceive` has not measured and can
    not_measurable: int = 0  # clips that it has not measured and cannot
    lacking: str = "key points"  # what these lack, by which the person is found here: key points, or a video
    labelable: int = 0  # clips outside the test split, which labelers never see
    pseudo_labeled: int = 0
    reviewed: int = 0
    unwatched: int = 0  # of these, accepted in bulk
    curated: int = 0
    curated_name: str = ""
    runs_done: int = 0
    current_run: int | None = None
    no_run: str = "no run is selected yet"  # why none is; where `current_run` is None
    differing: Mapping[LabelSource, int] = field(default_factory=dict)  # labels that the selected run contradicts
    decided_since_run: int = 0
    training_refused: str = ""  # why; of `with_training_refusal`
    simulated: bool = False
    jobs: tuple[str, ...] = ()
    labels: int = 0
    by_label: Mapping[tuple[str, LabelSource], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoopStage:
    """A stage: `done` of `of`, and a note."""

    name: str
    done: int
    of: int
    note: str

    @property
    def share(self) -> float:
        """The share that is done, 0..1."""
        return min(1.0, self.done / self.of) if self.of else 0.0


@dataclass(frozen=True, slots=True)
class NextStep:
    """A sentence and a button, which opens `page`, or starts a job of the kind `job`."""

    sentence: str
    button: str
    page: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    job: str = ""

    @property
    def stage(self) -> str:
        """The stage that this step advances."""
        return _STAGE_OF[self.job or self.page]


_NOT_MEASURABLE = {
    "key points": "No clip has key points, and neither MediaPipe nor a person detector is on this machine: import with "
    "--openpose, or get one as Settings says.",
    "a video": "No clip has a video for the person detector to look at; import the videos, or set perception.person = "
    "keypoint-box.",
}

_STAGE_OF = {
    "perceive": "Perceived",
    "settings": "Perceived",
    "pseudo_labels": "Pseudo-labeled",
    "review": "Reviewed",
    "train": "Trained",
}


def loop_counts(opened: OpenedWorkspace, reviewer_id: int | None = None) -> LoopCounts:
    """Reads the counts; what the selected run contradicts is without what this reviewer has judged since it began."""
    under_way = tuple(job.kind for job in list_jobs(opened.database, limit=20) if job.state in UNFINISHED)
    settings = opened.workspace.settings
    found_in = person_is_found_in(settings.perception, opened.workspace.weights_dir)
    no_run = selection(opened.database, settings.taxonomy.names).words
    with opened.database.read() as connection:
        counts = clips.counts(connection)
        newest = workspace_counts.newest_set(connection)
        current = runs.selected(connection)
        last = next((run for run in runs.all(connection, limit=20) if run.state is RunState.SUCCEEDED), None)
        perceived = workspace_counts.clips_with_feature(connection, FeatureKind.PERSON)
        lacking = counts.clips - perceived
        to_perceive = workspace_counts.clips_to_find_a_person_in(connection, found_in) if lacking else 0
        return LoopCounts(
            clips=counts.clips,
            perceived=perceived,
            to_perceive=to_perceive,
            not_measurable=lacking - to_perceive,
            lacking="key points" if "key points" in found_in else "a video",
            labelable=counts.by_split.get(Split.TRAIN, 0),
            pseudo_labeled=workspace_counts.pseudo_labeled_clips(connection),
            reviewed=counts.by_state.get(ClipState.REVIEWED, 0),
            unwatched=workspace_counts.accepted_unwatched(connection),
            curated=newest.rows if newest else 0,
            curated_name=newest.name if newest else "",
            runs_done=workspace_counts.runs_by_state(connection).get(RunState.SUCCEEDED, 0),
            current_run=current.id if current else None,
            no_run=no_run,
            differing=queues.differing_counts(connection, current, reviewer_id or 0) if current else {},
            decided_since_run=workspace_counts.clips_judged_since(connection, last.created_at) if last else 0,
            simulated=workspace_counts.any_simulated(connection),
            jobs=under_way,
            labels=len(settings.taxonomy),
            by_label=counts.by_label,
        )


def with_training_refusal(opened: OpenedWorkspace, counts: LoopCounts) -> LoopCounts:
    """The counts with why training would be refused, where it is due; plans the training, but not of a large workspace."""
    if not counts.by_label or counts.clips > PLANNED_AT_ONCE or not _training_is_due(counts):
        return counts
    return replace(counts, training_refused=next(iter(training_input(opened).refusals), ""))


def stages(counts: LoopCounts) -> tuple[LoopStage, ...]:
    """The six stages in order."""
    newest = f"set {counts.curated_name}" if counts.curated_name else "no set yet"
    current = f"run {counts.current_run} is selected" if counts.current_run is not None else counts.no_run
    return (
        LoopStage("Imported", counts.clips, counts.clips, "clips"),
        LoopStage("Perceived", counts.perceived, counts.clips, _measured(counts)),
        LoopStage("Pseudo-labeled", counts.pseudo_labeled, counts.labelable, "outside the test split"),
        LoopStage("Reviewed", counts.reviewed, counts.labelable, _judged(counts)),
        LoopStage("Curated", counts.curated, counts.labelable, newest),
        LoopStage("Trained", counts.runs_done, counts.runs_done, current),
    )


def _judged(counts: LoopCounts) -> str:
    return f"{counts.unwatched:,} accepted in bulk, unwatched" if counts.unwatched else "judged by a person"


def _measured(counts: LoopCounts) -> str:
    return f"measured; {counts.not_measurable:,} lack {counts.lacking}" if counts.not_measurable else "measured"


def next_step(counts: LoopCounts, advice: QueueAdvice | None = None) -> NextStep:
    """The recommended next step, for a workspace with clips.

    `advice`: a queue that the annotation conditions show to be better than random order; followed when the selected
    run contradicts no label.
    """
    if "train" in counts.jobs:
        return NextStep("A training job is under way.", "Watch it", "train")
    if "label" in counts.jobs:
        return NextStep("Clips are being labeled.", "Watch it", "pseudo_labels")
    if counts.to_perceive:
        waiting = counted(counts.to_perceive, "clip has", "clips have")
        return NextStep(f"{waiting} not been measured yet; do it now.", "Perceive clips", job="perceive")
    if counts.not_measurable == counts.clips:
        return NextStep(_NOT_MEASURABLE[counts.lacking], "Open Settings", "settings")
    has_all_labels = (
        0 < counts.clips <= sum(counts.by_label.values())
    )  # as sets of key points come, for which no labeler is made
    if counts.pseudo_labeled < counts.labelable and not counts.pseudo_labeled and not has_all_labels:
        return NextStep("No clip has a pseudo-label yet; let a labeler propose some.", "Label clips", "pseudo_labels")
    if len({label for label, _ in counts.by_label}) < counts.labels:
        return NextStep(
            "Not every label has a clip yet, so there is nothing to tell apart; judge some.",
            "Start reviewing",
            "review",
        )
    if counts.training_refused and _training_is_due(counts):
        return NextStep(f"Training would be refused: {counts.training_refused}", "See what goes in", "train")
    if counts.current_run is None and counts.runs_done:
        return NextStep(f"{counts.no_run[0].upper()}{counts.no_run[1:]}; train again.", "Go to Train", "train")
    if counts.current_run is None:
        return NextStep("Train once, to get first results and a queue of clips to look at.", "Go to Train", "train")
    if counts.decided_since_run >= RETRAIN_AFTER:
        return NextStep(
            f"{counts.decided_since_run} decisions since the last run: retrain to see what they bought.",
            "Retrain",
            "train",
        )
    if counts.differing:
        return NextStep(
            f"The selected run differs from {labels_by_source(counts.differing)} outside the reliability sample; look at the "
            "most trusted ones first.",
            "Review them",
            "review",
            {"queue": "run-differs"},
        )
    if advice is not None:
        flat = "" if advice.flat_at is None else f"; from {advice.flat_at} decisions on it gained little more"
        return NextStep(
            f"Judge in the order that was worth more than random order in the evaluation "
            f"({advice.difference['value']:+.3f} in balanced accuracy, adjusted p {advice.p:.2f}{flat}).",
            "Start reviewing",
            "review",
            {"queue": advice.queue},
        )
    return NextStep("Judge the clips that nobody has looked at.", "Start reviewing", "review", {"queue": "unreviewed"})


def _training_is_due(counts: LoopCounts) -> bool:
    return counts.current_run is None or counts.decided_since_run >= RETRAIN_AFTER
