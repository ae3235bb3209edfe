"""Jobs for training runs, evaluations and embedding maps."""

from app.jobs.registry import Arguments, Result, job_kind, with_settings
from core.errors import InputError
from core.progress import Progress
from core.types.runs import Run, RunState
from core.workspace import Workspace
from db.engine import Database


def with_training(workspace: Workspace, arguments: Arguments) -> Workspace:
    """The workspace with the job's `settings` of `training` instead of its own."""
    return with_settings(workspace, "training", arguments.get("settings") or {})


@job_kind("train", check=with_training)
def train(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`curated_set_id`, or a `rule` (default: the default rule) and `name` for a new set; optionally `settings` of
    `training` for this run, by dotted name.

    `resumes` names a job whose run continues, on the same curated set, or is given back where it has succeeded and its
    job was killed before its own last word; `job_id` is this job.
    """
    from db import curated_sets
    from training.data.curate import Rule, curate
    from training.runs.run import train as train_set
    from training.runs.run_folder import tidy

    workspace = with_training(workspace, arguments)
    begun = run_of_resumed_job(database, arguments.get("resumes"))
    if begun is not None and begun.state is RunState.SUCCEEDED:
        tidy(workspace.root / begun.artifacts_path)
        return {"run_id": begun.id, "curated_set_id": begun.curated_set_id}
    set_id = arguments.get("curated_set_id") or (begun.curated_set_id if begun else None)
    if set_id is not None:
        with database.read() as connection:
            curated = curated_sets.get(connection, int(set_id))
    else:
        rule = Rule.model_validate(arguments.get("rule") or {})
        name = arguments.get("name") or f"job-{arguments.get('job_id', 'cli')}"
        curated = curate(database, workspace.settings, name, rule)
    run = train_set(workspace, database, curated.id, progress, job_id=arguments.get("job_id"))
    return {"run_id": run.id, "curated_set_id": curated.id}


def run_of_resumed_job(database: Database, job_id: int | None) -> Run | None:
    """The run that the job began; follows `resumes` to earlier jobs."""
    from db import jobs, runs

    with database.read() as connection:
        begun = {run.job_id: run for run in runs.all(connection)}
        while job_id is not None and job_id not in begun:
            job_id = jobs.get(connection, job_id).arguments.get("resumes")
    return None if job_id is None else begun[job_id]


@job_kind("evaluate")
def evaluate(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """For `protocol` grouped-folds, cross-subject or one set by an import: optionally `curated_set_id` (default: the
    newest, or a new set), `seeds`, `rows`. For conditions: optionally `seeds`, `model`. For test-split: `run_id`.

    Fits stored by earlier jobs are reused. The result is a file in the workspace; the job's row holds only its
    protocol and digest.
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


@job_kind("map")
def embedding_map(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`kind`: image, keypoints or text: makes the map of these features for the Library."""
    from core.types.features import FeatureKind
    from training.embedding_projection import make_map

    if arguments.get("kind") not in set(FeatureKind):
        raise InputError(f"There are no {arguments.get('kind')!r} features to make a map of.")
    made = make_map(workspace, database, FeatureKind(arguments["kind"]), progress)
    return {"clips": len(made.clip_ids), "of": made.of, "method": made.method, "left_out": list(made.left_out)}
