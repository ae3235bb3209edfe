"""The command line: `telltale` and `python -m app`.

Every command takes --workspace and --json, exits 0, or prints one sentence to standard error and exits 1.
The big libraries are imported inside the commands, so that --help answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import InputError, NotYetError, TelltaleError
from core.workspace import DATABASE_FILE

if TYPE_CHECKING:
    from app.services import Services

app = typer.Typer(
    help="Turns weak video labels into strong ones: browse rationales, correct labels, retrain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
jobs_app = typer.Typer(
    help="Long work: list it, cancel it, resume it.", invoke_without_command=True, rich_markup_mode=None
)
app.add_typer(jobs_app, name="jobs")

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", metavar="DIR", help="Folder of the study; else TELLTALE_WORKSPACE, else ./workspace."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
PortOption = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port; else the settings' (8501).")]

NOT_IN_THIS_VERSION = {
    "export": "Write clips, labels and decisions as parquet, CSV, Label Studio, ELAN or Hugging Face data.",
    "backup": "Copy the workspace into one file.",
    "restore": "Bring a workspace back from a backup.",
    "purge": "Withdraw the consent of a subject: remove all that is theirs, leave a tombstone.",
}
_MODALITIES = ("pose", "image", "text")


@app.command()
def demo(
    clips: Annotated[int, typer.Option("--clips", min=8, help="How many clips the simulated cohort has.")] = 40,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop before the app is served.")] = False,
    port: PortOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a simulated cohort, pseudo-label it, train once, then serve the app."""
    from app.demo import prepare_demo
    from app.serve import check_port_is_free, serve_afresh
    from app.services import services, workspace_path

    root = workspace_path(workspace)
    if not no_serve:
        server = services(root).workspace.settings.server
        check_port_is_free(server.host, port or server.port)
    stages = prepare_demo(root, clips_wanted=clips, as_json=as_json)
    if as_json:
        from app.terminal import print_json

        print_json({"workspace": str(root), "stages": stages})
    if not no_serve:
        serve_afresh(root, port)


@app.command()
def serve(
    port: PortOption = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; else the settings' (127.0.0.1).")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the app."""
    from app.serve import serve as serve_app
    from app.services import workspace_path

    serve_app(workspace_path(workspace), host=host, port=port)


@app.command()
def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Tell what this machine can do, stage by stage."""
    from app.doctor import diagnose
    from app.services import services
    from app.terminal import print_json, print_table

    opened = services(workspace)
    found = diagnose(opened.workspace.settings, opened.workspace.root, opened.database)
    if as_json:
        print_json(found.as_json())
        return
    for name, value in found.machine.rows():
        print(f"{name:<12}{value}")
    print()
    print_table(
        ("stage", "in use", "strong part", "there", "embedded part", "there", "to get the strong part"),
        [
            (s.stage, s.in_use, s.strong, _yes(s.strong_there), s.embedded, _yes(s.embedded_there), s.get)
            for s in found.stages
        ],
    )
    print(f"\n{found.note}")


@app.command("import")
def import_(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the videos.")],
    openpose: Annotated[
        Path | None, typer.Option(metavar="DIR", help="One folder or .zip of OpenPose frame files a clip.")
    ] = None,
    transcripts: Annotated[Path | None, typer.Option(metavar="DIR", help="One text file a clip.")] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Columns clip, subject, label, split, transcript.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import videos with key points, transcripts and a table."""
    arguments = {"folder": folder, "openpose": openpose, "transcripts": transcripts, "table": table}
    result = _work("import", {key: str(path) for key, path in arguments.items() if path}, workspace, as_json)
    if as_json:
        _say(result, as_json)
    else:
        _print_import(result)


@app.command("import-imigue")
def import_imigue(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the release.")],
    speech: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of iMiGUE-Speech, for the words.")] = None,
    table: Annotated[Path | None, typer.Option(metavar="CSV", help="Label table; else the one in the folder.")] = None,
    emotion_ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Which videos train and test in the emotion protocol.")
    ] = None,
    micro_gestures: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rows of micro-gestures; else those of the label table.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import iMiGUE's own folder layout, labels and protocols."""
    paths = {
        "folder": folder,
        "speech": speech,
        "table": table,
        "emotion_ids": emotion_ids,
        "micro_gestures": micro_gestures,
    }
    result = _work("import-imigue", {key: str(path) for key, path in paths.items() if path}, workspace, as_json)
    if as_json:
        _say(result, as_json)
        return
    _print_import(result)
    for sentence in result["counts"]:
        print(sentence)


@app.command()
def perceive(
    *,
    person: Annotated[str | None, typer.Option(help="auto, yolo or keypoint-box; else the settings'.")] = None,
    image: Annotated[str | None, typer.Option(help="auto, transformers or hog.")] = None,
    keypoints: Annotated[str | None, typer.Option(help="openpose-json (import) or rtmw (estimate).")] = None,
    text: Annotated[str | None, typer.Option(help="auto, transformers or hashing.")] = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The person detector's weights (.pt, .onnx, OpenVINO folder).")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; each loads the models.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the features of every clip; what is there from the same part is skipped, and a killed run goes on."""
    chosen = {
        "person": person,
        "image": image,
        "keypoints": keypoints,
        "text": text,
        "person_weights": None if weights is None else str(weights.expanduser().resolve()),
        "workers": workers,
    }
    _say(_work("perceive", {key: value for key, value in chosen.items() if value}, workspace, as_json), as_json)


@app.command()
def label(
    *,
    labeler: Annotated[
        str | None, typer.Option("--labeler", help="cues, gemini, openai or simulated; else the settings'.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="ID", help="Model id; else the settings'.")] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Tell what would be sent and what it costs; send nothing.")
    ] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many clips.")] = None,
    budget_usd: Annotated[
        float | None, typer.Option("--budget-usd", min=0, help="Stop before this sum could be passed.")
    ] = None,
    evidence: Annotated[
        bool | None,
        typer.Option("--evidence/--no-evidence", help="Whether reflection is told what the key points show."),
    ] = None,
    consent: Annotated[
        str | None,
        typer.Option("--consent", metavar="NAME", help="Allow sending clips out, in your name, once and for all."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pseudo-label the clips that this labeler has not labelled yet; never those of the test split."""
    from app.facts.labelers import plan_labels
    from app.services import Services, services
    from app.work import with_labeling

    opened = services(workspace)
    name = labeler or opened.workspace.settings.labeling.labeler
    chosen = {"model": model, "evidence": evidence}
    arguments: dict[str, Any] = {key: value for key, value in chosen.items() if value is not None}
    if plan:
        planning = Services(with_labeling(opened.workspace, name, arguments), opened.database)
        _say(plan_labels(planning, name, limit).as_json(), as_json)
        return
    _ask_for_consent(opened, name, consent)
    arguments |= {"labeler": name, **({"limit": limit} if limit else {})}
    if budget_usd is not None:
        arguments["budget_usd"] = budget_usd
    result = _work("label", arguments, workspace, as_json)
    if as_json:
        _say(result, as_json)
        return
    for sentence in result["failed"]:
        print(f"failed: {sentence}")
    if result["stopped"]:
        print(f"stopped: {result['stopped']}")
    cost = f" Paid: {result['cost_usd']:.4f} USD." if result["cost_usd"] else ""
    print(
        f"{len(result['labelled'])} clips labelled, {len(result['failed'])} failed, "
        f"{result['already']} had been labelled before, {result['left']} are left.{cost}"
    )


def _ask_for_consent(opened: "Services", labeler: str, given_by: str | None) -> None:
    """Asks at a terminal, once a workspace; elsewhere the labelling itself refuses without it."""
    from db import consents
    from labeling.vlm.consent import give_consent, question, sending

    settings = opened.workspace.settings.labeling
    wanted = sending(settings, labeler)
    if wanted is None:
        return
    with opened.database.read() as connection:
        known = consents.given(connection, wanted.receiver, wanted.shown, with_sound=wanted.with_sound)
    if known is None and given_by is None and sys.stdin.isatty():
        print(question(wanted, transcript=settings.transcript))
        given_by = typer.prompt("Your name to allow it, nothing to send nothing", default="", show_default=False)
    if known is None and given_by:
        give_consent(opened.database, settings, labeler, given_by)


@app.command()
def curate(
    name: Annotated[str, typer.Argument(help="Name of the new set.")],
    rule: Annotated[str | None, typer.Option("--rule", help="JSON, e.g. '{\"min_confidence\": 0.7}'.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze a set of clips and labels to train on."""
    from app.facts.curation import curate_by_json, facts_of_set
    from app.services import services
    from app.terminal import print_json

    opened = services(workspace)
    curated = curate_by_json(opened.workspace, opened.database, name, rule)
    facts = facts_of_set(curated)
    if as_json:
        print_json(facts)
    else:
        print(f"Set {curated.name}: {len(curated.rows)} clips, {facts['by_source']}, digest {curated.digest[:12]}.")


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
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train the fusion model and its baselines, and print the honest table."""
    arguments: dict[str, Any] = {}
    if keypoint_model is not None:
        if keypoint_model not in ("mlp", "stgcn"):
            raise InputError(f"--keypoint-model: {keypoint_model!r} is no key-point model; use mlp or stgcn.")
        arguments["keypoint_model"] = keypoint_model
    if joints is not None:
        if joints not in (25, 137):
            raise InputError(f"--joints: {joints} joints are in no skeleton here; use 25 or 137.")
        arguments["keypoint_joints"] = joints
    if modalities:
        arguments["modalities"] = [part.strip() for part in modalities.split(",")]
        unknown = [part for part in arguments["modalities"] if part not in _MODALITIES]
        if unknown:
            raise InputError(f"--modalities: {unknown[0]!r} is none of {', '.join(_MODALITIES)}.")
    if set_name:
        arguments["curated_set_id"] = _set_id(workspace, set_name)
    result = _work("train", arguments, workspace, as_json=as_json)
    _print_run(workspace, int(result["run_id"]), as_json)


@app.command()
def evaluate(
    *,
    protocol: Annotated[
        str,
        typer.Option(
            help="grouped-folds: the honest table. arms: what correcting bought. (The iMiGUE protocols are not in this version.)"
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
        str | None, typer.Option(help="arms: what is trained, fusion, pose, image, text or logistic; else fusion.")
    ] = None,
    run: Annotated[int | None, typer.Option("--run", help="Fit nothing: print the table of this run.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit on the same folds and seeds, every model and baseline or every arm; print the table with intervals and paired tests.

    What is fitted already is not fitted again: press Ctrl+C and come back.
    """
    if protocol in {"imigue-cross-subject", "imigue-emotion"}:
        raise NotYetError(f"The protocol {protocol} is not in this version; use grouped-folds or arms.")
    if protocol not in {"grouped-folds", "arms"}:
        raise InputError(f"--protocol: {protocol!r} is no protocol; use grouped-folds or arms.")
    folds_only = (("--set", set_name), ("--rows", rows))
    for option, given in folds_only if protocol == "arms" else (("--model", model),):
        if given:
            raise InputError(f"{option} is for the other protocol, not for {protocol}.")
    if run is not None:
        _print_run(workspace, run, as_json)
        return
    arguments: dict[str, Any] = {"protocol": protocol, "seeds": seeds, "model": model}
    if rows:
        arguments["rows"] = [part.strip() for part in rows.split(",")]
    if set_name:
        arguments["curated_set_id"] = _set_id(workspace, set_name)
    _print_evaluation(workspace, _work("evaluate", arguments, workspace, as_json), as_json)


@app.command()
def status(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Count everything."""
    from app.services import services
    from app.status import status_of

    _say(status_of(services(workspace)), as_json)


@app.command()
def cohort(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")],
    preset: Annotated[str, typer.Option("--preset", help="demo or imigue.")] = "demo",
    clips: Annotated[int | None, typer.Option("--clips", min=1, help="How many clips; else the preset's.")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", min=1, help="Length of every clip.")] = None,
    effect: Annotated[
        float | None, typer.Option("--effect", help="How strongly the label shifts the gestures.")
    ] = None,
    gold_fraction: Annotated[
        float | None, typer.Option("--gold-fraction", min=0, max=1, help="Share of training clips whose label is told.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a simulated cohort as a folder that `telltale import` reads."""
    from app.demo import write_cohort_folder
    from app.terminal import print_json, shown_progress

    changes = {"clip_s": seconds, "effect": effect, "gold_fraction": gold_fraction}
    with shown_progress(as_json) as progress:
        facts = write_cohort_folder(
            out,
            preset,
            seed=seed,
            clips_wanted=clips,
            changes={field: value for field, value in changes.items() if value is not None},
            progress=progress,
        )
    if as_json:
        print_json(facts)
    else:
        print(f"{facts['clips']} simulated clips of {facts['subjects']} subjects in {out}.")


@jobs_app.callback()
def jobs(context: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the jobs, newest first."""
    if context.invoked_subcommand:
        return
    from app.jobs import list_jobs
    from app.services import services
    from app.status import job_facts
    from app.terminal import print_json, print_table

    found = [job_facts(job) for job in list_jobs(services(workspace).database)]
    if as_json:
        print_json(found)
        return
    columns = ("id", "kind", "state", "progress", "message", "error", "started_at")
    print_table(columns, [[job[column] for column in columns] for job in found])


@jobs_app.command("cancel")
def cancel(job_id: int, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Ask a job to stop."""
    from app.jobs import cancel_job
    from app.services import services

    cancel_job(services(workspace).database, job_id)
    _say({"job": job_id, "asked": "to stop"}, as_json)


@jobs_app.command("resume")
def resume(job_id: int, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Go on with a job that failed, was cancelled or was interrupted."""
    from app.jobs import resume_job
    from app.services import services

    opened = services(workspace)
    _say({"job": resume_job(opened.workspace, opened.database, job_id).id, "resumes": job_id}, as_json)


@app.command()
def bench(
    target: Annotated[
        str,
        typer.Argument(help="perception, openpose, keypoints, claims or review (training is not in this version)."),
    ],
    *,
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A person detector's weights; else a small one made up here.")
    ] = None,
    image_model: Annotated[
        str | None, typer.Option("--image-model", metavar="NAME", help="A vision checkpoint; else a small one.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="About how long one measurement of the whole lasts.")] = 12.0,
    clips: Annotated[
        int | None,
        typer.Option(min=8, help="review: clips in one database; else 1,000, 100,000 and 1,000,000 in three."),
    ] = None,
    decisions: Annotated[int, typer.Option(min=1, help="review: decisions in each phase.")] = 100,
    drift: Annotated[
        float | None,
        typer.Option(min=2, metavar="SECONDS", help="review: look for drift on films of this length instead."),
    ] = None,
    kills: Annotated[
        int | None, typer.Option(min=1, help="review: kill the server so often while decisions are made instead.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a part against its budgets, its limits and its peers; exits 1 where a budget is missed."""
    from app.bench import BenchOptions, run
    from app.services import services

    if target == "training":
        raise NotYetError(f"telltale bench {target} is part of the design but not in this version.")
    opened = services(workspace).workspace
    options = BenchOptions(
        settings=opened.settings.perception,
        weights_dir=opened.weights_dir,
        weights=weights,
        image_model=image_model,
        seconds=seconds,
        as_json=as_json,
        clips=clips,
        decisions=decisions,
        drift_s=drift,
        kills=kills,
    )
    raise typer.Exit(run(target, options))


def _not_yet(name: str, what: str) -> None:
    def command() -> None:
        raise NotYetError(f"telltale {name} is part of the design but not in this version.")

    app.command(
        name,
        help=f"(not in this version) {what}",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(command)


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
    from app.predict import model_folder, predict_video, sentences
    from app.services import services, workspace_path
    from app.terminal import print_json, shown_progress

    root = workspace_path(workspace)
    opened = services(root).workspace if (root / DATABASE_FILE).is_file() else None
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
        print(line)


@app.command("export-model")
def export_model(
    run: Annotated[int, typer.Argument(metavar="RUN", min=1, help="Number of the run.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Copy a run's model out: weights as safetensors, what it reads, and its model card. `predict --run DIR` takes it."""
    from app.predict import model_folder
    from app.services import services
    from training.run_folder import export_model as copied_model

    print(f"Run {run} lies in {copied_model(model_folder(str(run), services(workspace).workspace), folder)}.")


for _name, _what in NOT_IN_THIS_VERSION.items():
    _not_yet(_name, _what)


def _work(kind: str, arguments: dict[str, Any], workspace: Path | None, as_json: bool) -> dict[str, Any]:
    """Does the work in this process, watched."""
    from app.services import services
    from app.terminal import shown_progress
    from app.work import WORK

    opened = services(workspace)
    with shown_progress(as_json) as progress:
        return WORK[kind](opened.workspace, opened.database, arguments, progress)


def _print_import(result: dict[str, Any]) -> None:
    for sentence in result["warnings"]:
        print(f"warning: {sentence}")
    for sentence in result["refused"]:
        print(f"refused: {sentence}")
    print(f"{len(result['imported'])} clips imported, {len(result['refused'])} refused.")


def _say(facts: dict[str, Any], as_json: bool) -> None:
    """Facts as JSON, or one a line."""
    from app.terminal import print_facts, print_json

    if as_json:
        print_json(facts)
    else:
        print_facts(facts)


def _print_run(workspace: Path | None, run_id: int | None, as_json: bool) -> None:
    from app.facts.runs import run_facts, table_lines
    from app.services import services
    from app.terminal import print_json, print_table

    facts = run_facts(services(workspace).database, run_id)
    if as_json:
        print_json(facts)
        return
    header, rows = table_lines(facts["metrics"])
    print(f"Run {facts['id']} on set {facts['curated_set']}: {facts['state']}")
    print_table(header, rows)
    print(facts["scored_against"])


def _print_evaluation(workspace: Path | None, done: dict[str, Any], as_json: bool) -> None:
    from app.facts.evaluations import curve_lines, evaluation, lines_below, pair_lines, test_split_sentence
    from app.facts.runs import table_lines
    from app.services import services
    from app.terminal import print_json, print_table

    opened = services(workspace).workspace
    found = evaluation(opened, done["protocol"], done["digest"])
    if as_json:
        print_json(found)
        return
    print_table(*table_lines(found))
    print()
    print_table(*pair_lines(found))
    if "curve" in found:
        print()
        print_table(*curve_lines(found))
    for sentence in [*lines_below(found), test_split_sentence(opened)]:
        print(sentence)


def _set_id(workspace: Path | None, name: str) -> int:
    from app.facts.curation import set_by_name
    from app.services import services

    return set_by_name(services(workspace).database, name).id


def _yes(there: bool) -> str:
    return "yes" if there else "no"


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits: 0, 1 with one sentence, 2 for a wrong use, 130 after Ctrl+C."""
    try:
        app(arguments, prog_name="telltale")
    except TelltaleError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
