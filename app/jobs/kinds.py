"""The long work, by kind: what a job's process and the command line both call.

Each function takes workspace, database, arguments as JSON has them, and where to report; it returns a result that goes
into the job's row. The big libraries are imported inside, so that the web process, which only starts jobs, stays small.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.progress import Progress
from core.settings.loader import with_changes
from core.workspace import Workspace
from db.engine import Database

Arguments = Mapping[str, Any]
Result = dict[str, Any]
Work = Callable[[Workspace, Database, Arguments, Progress], Result]


def import_clips(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`folder`, and optionally `openpose`, `transcripts`, `table`: paths."""
    from labeling.ingest.import_folder import import_folder

    paths = {key: Path(arguments[key]) for key in ("openpose", "transcripts", "table") if arguments.get(key)}
    report = import_folder(workspace, database, Path(arguments["folder"]), **paths, progress=progress)
    return _plain(report)


def import_imigue(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`folder`, and optionally `speech`, `table`, `emotion_ids`, `micro_gestures`: paths."""
    from labeling.ingest.imigue.import_release import import_imigue as import_release

    names = ("speech", "table", "emotion_ids", "micro_gestures")
    paths = {key: Path(arguments[key]) for key in names if arguments.get(key)}
    report = import_release(workspace, database, Path(arguments["folder"]), **paths, progress=progress)
    return {**_plain(report), "counts": [side.sentence for side in report.counts]}


def perceive(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """Optionally `person`, `image`, `keypoints`, `text`: the part of each stage, and `person_weights`, else the settings'.

    Also optionally `clip_ids`: only these clips; `workers`: how many processes.
    """
    from labeling.perception.extract_features import extract_features

    names = ("person", "image", "keypoints", "text", "person_weights")
    chosen = {key: arguments[key] for key in names if arguments.get(key)}
    report = extract_features(
        _with_settings(workspace, "perception", chosen),
        database,
        progress,
        arguments.get("clip_ids"),
        workers=arguments.get("workers"),
    )
    return _plain(report)


def label(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`labeler`: its name; optionally `limit`: how many clips at most, `budget_usd`, `model`, `evidence`."""
    from labeling.label_run import label_clips

    name = str(arguments["labeler"])
    report = label_clips(
        with_labeling(workspace, name, arguments),
        database,
        name,
        progress,
        arguments.get("limit"),
        budget_usd=arguments.get("budget_usd"),
    )
    return _plain(report)


def with_labeling(workspace: Workspace, labeler: str, arguments: Arguments) -> Workspace:
    """The workspace with the labeler's `model` and the `evidence` of this run in place of the settings'."""
    changes: dict[str, Any] = {}
    if arguments.get("model"):
        if labeler not in {"gemini", "openai"}:
            raise InputError(f"The labeler {labeler} has no model to choose; --model is for gemini and openai.")
        server = getattr(workspace.settings.labeling, labeler)
        changes[labeler] = {**server.model_dump(), "model": arguments["model"]}
    if arguments.get("evidence") is not None:
        changes["evidence"] = arguments["evidence"]
    return _with_settings(workspace, "labeling", changes)


def train(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`curated_set_id`, else a `rule` (the default one where absent) under `name`; optionally `settings`: fields of
    `training` that are otherwise in this run, by dotted name.

    `resumes` names the job whose run goes on, on the very set that it was training on; `job_id` is this job.
    """
    from db import curated_sets
    from training.data.curate import Rule, curate
    from training.runs.run import train as train_set

    workspace = _with_settings(workspace, "training", arguments.get("settings") or {})
    set_id = arguments.get("curated_set_id") or set_of_resumed_job(database, arguments.get("resumes"))
    if set_id is not None:
        with database.read() as connection:
            curated = curated_sets.get(connection, int(set_id))
    else:
        rule = Rule.model_validate(arguments.get("rule") or {})
        name = arguments.get("name") or f"job-{arguments.get('job_id', 'cli')}"
        curated = curate(database, workspace.settings, name, rule)
    run = train_set(workspace, database, curated.id, progress, job_id=arguments.get("job_id"))
    return {"run_id": run.id, "curated_set_id": curated.id}


def evaluate(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`protocol` grouped-folds, cross-subject or one that an import has set: optionally `curated_set_id` (else the newest set,
    or a new one), `seeds`, `rows`; conditions: optionally `seeds`, `model`; test-split: `run_id`.

    What was fitted before, by this job or another, is not fitted again. The result lies in a file of the workspace, and the
    job's row has its place alone.
    """
    from training.evaluation.evaluation_folder import today_protocol

    if arguments["protocol"] == "test-split":
        from training.protocols.test_set import score_test_split

        return score_test_split(workspace, database, int(arguments["run_id"]), progress)
    protocol = today_protocol(str(arguments["protocol"]))
    if protocol == "conditions":
        from training.protocols.annotation_conditions import evaluate_conditions

        found = evaluate_conditions(
            workspace, database, progress, seeds=arguments.get("seeds"), model=arguments.get("model") or "fusion"
        )
    else:
        from training.protocols.given_split import evaluate_given_split
        from training.protocols.grouped_folds import PROTOCOL, ROWS, evaluate_folds

        set_id = _set_to_evaluate(workspace, database, arguments)
        seeds, rows = arguments.get("seeds"), arguments.get("rows") or tuple(ROWS)
        if protocol == PROTOCOL:
            found = evaluate_folds(workspace, database, set_id, progress, seeds=seeds, rows=rows)
        else:
            found = evaluate_given_split(
                workspace, database, set_id, progress, protocol=protocol, seeds=seeds, rows=rows
            )
    return {"protocol": found["protocol"], "digest": found["digest"]}


def _set_to_evaluate(workspace: Workspace, database: Database, arguments: Arguments) -> int:
    from db import curated_sets
    from training.data.curate import Rule, curate

    if arguments.get("curated_set_id"):
        return int(arguments["curated_set_id"])
    with database.read() as connection:
        newest = curated_sets.all(connection, limit=1)
    return newest[0].id if newest else curate(database, workspace.settings, "evaluated", Rule()).id


def embedding_map(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`kind`: image, keypoints or text: whose features are laid out on a plane for the Library."""
    from core.types.features import FeatureKind
    from training.embedding_projection import make_map

    if arguments.get("kind") not in set(FeatureKind):
        raise InputError(f"There are no {arguments.get('kind')!r} features to make a map of.")
    made = make_map(workspace, database, FeatureKind(arguments["kind"]), progress)
    return {"clips": len(made.clip_ids), "of": made.of, "method": made.method, "left_out": list(made.left_out)}


def bulk_accept(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`rule` (app.jobs.bulk_accepts.rule_as_json), `reviewer_id`, `reason` and `token`: accepts pseudo-labels
    unviewed, in parts."""
    from app.jobs.bulk_accepts import accept_in_parts, rule_of_json

    return accept_in_parts(
        database,
        rule_of_json(arguments["rule"]),
        progress,
        reviewer_id=int(arguments["reviewer_id"]),
        reason=str(arguments["reason"]),
        mode=workspace.settings.review.mode,
        token=str(arguments["token"]),
    )


def bulk_take_back(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:  # noqa: ARG001
    """`bulk_id` and `reviewer_id`: takes a bulk accept back, in parts."""
    from app.jobs.bulk_accepts import take_back_in_parts

    return take_back_in_parts(database, int(arguments["bulk_id"]), int(arguments["reviewer_id"]), progress)


WORK: Mapping[str, Work] = {
    "import": import_clips,
    "import-imigue": import_imigue,
    "perceive": perceive,
    "label": label,
    "train": train,
    "evaluate": evaluate,
    "map": embedding_map,
    "bulk accept": bulk_accept,
    "bulk take back": bulk_take_back,
}


def set_of_resumed_job(database: Database, job_id: int | None) -> int | None:
    """The curated set of the run that a job, or the job which that one resumed, had begun."""
    from db import jobs, runs

    with database.read() as connection:
        begun = {run.job_id: run.curated_set_id for run in runs.all(connection)}
        while job_id is not None and job_id not in begun:
            job_id = jobs.get(connection, job_id).arguments.get("resumes")
    return None if job_id is None else begun[job_id]


def _with_settings(workspace: Workspace, section: str, changes: Mapping[str, Any]) -> Workspace:
    """The workspace with some of its settings replaced for this one piece of work; checked like any other settings."""
    if not changes:
        return workspace
    changed = with_changes(section, getattr(workspace.settings, section), changes)
    return dataclasses.replace(workspace, settings=workspace.settings.model_copy(update={section: changed}))


def _plain(report: Any) -> Result:
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(report).items()
    }
