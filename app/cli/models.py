"""Commands from labels to models: curate, train, evaluate, predict, export-model."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.shared import JsonOption, WorkspaceOption, app, work
from app.cli.terminal import tell
from core.errors import InputError
from core.workspace import DATABASE_FILE

_MODALITIES = ("pose", "image", "text")
_TABLE_OPTIONS = ("--set", "--seeds", "--rows")
_OPTIONS_OF = {
    "grouped-folds": (*_TABLE_OPTIONS, "--run"),
    "cross-subject": _TABLE_OPTIONS,
    "imigue-cross-subject": _TABLE_OPTIONS,
    "imigue-emotion": _TABLE_OPTIONS,
    "conditions": ("--seeds", "--model"),
    "test-split": ("--run",),
}


@app.command()
def curate(
    name: Annotated[str, typer.Argument(help="Name of the new set.")],
    rule: Annotated[str | None, typer.Option("--rule", help="JSON, e.g. '{\"min_confidence\": 0.7}'.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze a set of clips and labels to train on."""
    from app.cli.terminal import print_json
    from app.opened_workspace import opened_workspace
    from app.queries.curated_sets import curate_by_json, facts_of_set

    opened = opened_workspace(workspace)
    curated = curate_by_json(opened.workspace, opened.database, name, rule)
    facts = facts_of_set(curated)
    if as_json:
        print_json(facts)
    else:
        tell(f"Set {curated.name}: {len(curated.rows)} clips, {facts['by_source']}, digest {curated.digest[:12]}.")


@app.command()
def train(
    *,
    set_name: Annotated[str | None, typer.Option("--set", metavar="NAME", help="Curated set; else a new one.")] = None,
    keypoint_model: Annotated[
        str | None, typer.Option("--keypoint-model", help="mlp or stgcn; else the settings'.")
    ] = None,
    joints: Annotated[
        int | None, typer.Option("--joints", help="137, or 25 for the body alone; else the settings'.")
    ] = None,
    modalities: Annotated[str | None, typer.Option(help="Some of pose,image,text; else the settings'.")] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="KEY=VALUE", help="Another setting of [training] for this run, e.g. width=64; repeat it."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train the fusion model and its baselines, and print the results table."""
    changes = _changes(with_ or [])
    if keypoint_model is not None:
        if keypoint_model not in ("mlp", "stgcn"):
            raise InputError(f"--keypoint-model: {keypoint_model!r} is no key-point model; use mlp or stgcn.")
        changes["keypoint_model"] = keypoint_model
    if joints is not None:
        if joints not in (25, 137):
            raise InputError(f"--joints: {joints} joints are in no skeleton here; use 25 or 137.")
        changes["keypoint_joints"] = joints
    if modalities:
        changes["modalities"] = [part.strip() for part in modalities.split(",")]
        unknown = [part for part in changes["modalities"] if part not in _MODALITIES]
        if unknown:
            raise InputError(f"--modalities: {unknown[0]!r} is none of {', '.join(_MODALITIES)}.")
    arguments: dict[str, Any] = {"settings": changes} if changes else {}
    if set_name:
        arguments["curated_set_id"] = _set_id(workspace, set_name)
    arguments |= _told_time(workspace, changes, arguments.get("curated_set_id"), as_json)
    result = work("train", arguments, workspace, as_json=as_json)
    _print_run(workspace, int(result["run_id"]), as_json)


def _told_time(workspace: Path | None, changes: dict[str, Any], set_id: int | None, as_json: bool) -> dict[str, float]:
    """Says how long the training on this set, else on a new one by the default rule, will take; returns it as arguments of
    the job.
    """
    from app.cli.terminal import tell
    from app.jobs.registry import with_settings
    from app.opened_workspace import opened_workspace
    from app.queries.training_time import EXPECTED, promise, promised_of_rule, promised_of_set

    opened = opened_workspace(workspace)
    settings = with_settings(opened.workspace, "training", changes).settings.training
    found = promised_of_rule(opened, settings) if set_id is None else promised_of_set(opened, settings, set_id)
    if not as_json:
        tell(promise(found[EXPECTED]))
    return found


@app.command()
def evaluate(
    *,
    protocol: Annotated[
        str,
        typer.Option(
            help="grouped-folds: the results table. cross-subject: the same, learned from the train split and scored once on the "
            "test split; imigue-cross-subject, imigue-emotion: by the sides of import-imigue, refused where a person "
            "is on both. conditions: what correcting adds. test-split: the model of --run, once."
        ),
    ] = "grouped-folds",
    set_name: Annotated[str | None, typer.Option("--set", metavar="NAME", help="Curated set; else the newest.")] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, max=100, help="Seeds on the same folds; else the settings'.")
    ] = None,
    rows: Annotated[
        str | None, typer.Option(help="Some of the rows, e.g. majority,pose,fusion; a wrong one is told with all.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="conditions: what is trained, fusion, pose, image, text or logistic; else fusion."),
    ] = None,
    run: Annotated[
        int | None,
        typer.Option("--run", help="Fit nothing: print the table of this run, or score it on the test split."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit every model and baseline, or every condition, on the same folds and seeds; print intervals and paired tests.

    What is fitted already is not fitted again: press Ctrl+C and come back.
    """
    from training.evaluation.evaluation_folder import today_protocol

    if today_protocol(protocol) != protocol:
        tell(f"--protocol {protocol} is called {today_protocol(protocol)} now.", on_error=True)
        protocol = today_protocol(protocol)
    if protocol not in _OPTIONS_OF:
        raise InputError(f"--protocol: {protocol!r} is no protocol; use {', '.join(_OPTIONS_OF)}.")
    given = {"--set": set_name, "--seeds": seeds, "--rows": rows, "--model": model, "--run": run}
    for option in [name for name, value in given.items() if value is not None and name not in _OPTIONS_OF[protocol]]:
        raise InputError(f"{option} is not for the protocol {protocol}.")
    if protocol == "test-split":
        if run is None:
            raise InputError("--run: say which run is to be scored on the test split; each may be once.")
        _print_test_score(work("evaluate", {"protocol": protocol, "run_id": run}, workspace, as_json), as_json)
        return
    if run is not None:
        _print_run(workspace, run, as_json)
        return
    arguments: dict[str, Any] = {"protocol": protocol, "seeds": seeds, "model": model}
    if rows:
        arguments["rows"] = [part.strip() for part in rows.split(",")]
    if set_name:
        arguments["curated_set_id"] = _set_id(workspace, set_name)
    _print_evaluation(workspace, work("evaluate", arguments, workspace, as_json), as_json)


@app.command()
def predict(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="The video to answer for.")],
    *,
    run: Annotated[
        str, typer.Option("--run", metavar="ID|DIR", help="Number of a run, or folder of an exported model.")
    ],
    openpose: Annotated[
        Path | None, typer.Option("--openpose", metavar="DIR", help="Folder or .zip of the video's OpenPose files.")
    ] = None,
    transcript: Annotated[
        Path | None, typer.Option("--transcript", metavar="FILE", help="What is said in it: .vtt, .srt or .txt.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a run, or an exported model, about one new video; nothing of it stays."""
    from app.cli.predict_video import model_folder, predict_video, sentences
    from app.cli.terminal import print_json, shown_progress
    from app.opened_workspace import opened_workspace, workspace_path

    root = workspace_path(workspace)
    opened = opened_workspace(root).workspace if (root / DATABASE_FILE).is_file() else None
    weights_dir = None if opened is None else opened.weights_dir
    with shown_progress(as_json) as progress:
        found = predict_video(
            video,
            model_folder(run, opened),
            progress,
            openpose=openpose,
            transcript=transcript,
            weights_dir=weights_dir,
        )
    if as_json:
        print_json(found)
        return
    for line in sentences(found):
        tell(line)


@app.command("export-model")
def export_model(
    run: Annotated[int, typer.Argument(metavar="RUN", min=1, help="Number of the run.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Copy a run's model out: weights as safetensors, what it reads, and its model card. `predict --run DIR` takes it."""
    from app.cli.predict_video import model_folder
    from app.opened_workspace import opened_workspace
    from training.runs.run_folder import export_model as copied_model

    tell(f"Run {run} lies in {copied_model(model_folder(str(run), opened_workspace(workspace).workspace), folder)}.")


def _changes(given: list[str]) -> dict[str, Any]:
    """KEY=VALUE pairs for `core.settings.with_changes`: values that are JSON are parsed, others are strings."""
    found: dict[str, Any] = {}
    for one in given:
        key, sign, value = one.partition("=")
        if not sign or not key:
            raise InputError(f"--with: {one!r} is not KEY=VALUE.")
        try:
            found[key.strip()] = json.loads(value)
        except json.JSONDecodeError:
            found[key.strip()] = value.strip()
    return found


def _print_run(workspace: Path | None, run_id: int | None, as_json: bool) -> None:
    from app.cli.terminal import print_json, print_table
    from app.jobs.processes import mark_interrupted_work
    from app.opened_workspace import opened_workspace
    from app.queries.runs import run_facts, table_lines

    opened = opened_workspace(workspace)
    mark_interrupted_work(opened.workspace, opened.database)
    facts = run_facts(opened.database, run_id)
    if as_json:
        print_json(facts)
        return
    header, rows = table_lines(facts["metrics"])
    tell(f"Run {facts['id']} on set {facts['curated_set']}: {facts['state']}")
    print_table(header, rows)
    for sentence in facts["sentences"]:
        tell(sentence)


def _print_evaluation(workspace: Path | None, done: dict[str, Any], as_json: bool) -> None:
    from app.cli.terminal import print_json, print_table
    from app.opened_workspace import opened_workspace
    from app.queries.evaluations import curve_lines, evaluation, lines_below, test_split_sentence
    from app.queries.paired_comparisons import pair_lines
    from app.queries.runs import table_lines

    opened = opened_workspace(workspace).workspace
    found = evaluation(opened, done["protocol"], done["digest"])
    if as_json:
        print_json(found)
        return
    print_table(*table_lines(found))
    tell()
    print_table(*pair_lines(found))
    if "curve" in found:
        tell()
        print_table(*curve_lines(found))
    for sentence in [*lines_below(found), test_split_sentence(opened)]:
        tell(sentence)


def _print_test_score(found: dict[str, Any], as_json: bool) -> None:
    from app.cli.terminal import print_json, print_table
    from app.queries.runs import table_lines
    from app.queries.table_findings import notes_on_figures

    if as_json:
        print_json(found)
        return
    print_table(*table_lines({"table": [found["row"]]}))
    for sentence in notes_on_figures([found["row"]]):
        tell(sentence)
    if changed := found["labels_changed"]:
        tell(
            f"Scored by the labels of the day on which its set was made; of {found['row']['n']}, {changed} are others today."
        )
    tell(f"Run {found['run']} has been evaluated on the test set; runs that have: {found['times_scored']}.")


def _set_id(workspace: Path | None, name: str) -> int:
    from app.opened_workspace import opened_workspace
    from app.queries.curated_sets import set_by_name

    return set_by_name(opened_workspace(workspace).database, name).id
