"""Commands that serve the app or describe the installation: demo, serve, doctor, status, bench."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.shared import JsonOption, PortOption, WorkspaceOption, app, say
from app.cli.terminal import tell
from core.errors import InputError


@app.command()
def demo(
    clips: Annotated[int, typer.Option("--clips", min=8, help="How many clips the simulated cohort has.")] = 40,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop before the app is served.")] = False,
    port: PortOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a simulated cohort, pseudo-label it, then serve the app, where the first training goes on as a job.

    With --no-serve it trains in the terminal before it ends.
    """
    from app.cli.demo_stages import open_demo, prepare_demo
    from app.opened_workspace import workspace_path
    from app.serve import check_port_is_free, serve_afresh

    root = workspace_path(workspace)
    if not no_serve:
        server = open_demo(root).workspace.settings.server
        check_port_is_free(server.host, port or server.port)
    made = prepare_demo(root, clips_wanted=clips, as_json=as_json, train_as_job=not no_serve)
    if as_json:
        from app.cli.terminal import print_json

        job = None if made.job is None else made.job.id
        print_json({"workspace": str(root), "stages": made.stages, "training_job": job})
    if not no_serve:
        serve_afresh(root, port)
    elif made.incomplete:
        raise InputError(f"The demo is ready, but not all of its clips were {', '.join(made.incomplete)}.")


@app.command()
def serve(
    port: PortOption = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; else the settings' (127.0.0.1).")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the app."""
    from app.opened_workspace import workspace_path
    from app.serve import serve as serve_app

    serve_app(workspace_path(workspace), host=host, port=port)


@app.command()
def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Tell what this machine can do, stage by stage."""
    from app.cli.terminal import print_json, print_table
    from app.opened_workspace import opened_workspace
    from app.queries.doctor import diagnose

    opened = opened_workspace(workspace)
    found = diagnose(opened.workspace.settings, opened.workspace.root, opened.database)
    if as_json:
        print_json(found.as_json())
        return
    for name, value in found.machine.rows():
        tell(f"{name:<12}{value}")
    tell()
    print_table(
        ("stage", "in use", "model", "there", "built-in", "there", "to get the model"),
        [
            (s.stage, s.in_use, s.model, _yes(s.model_there), s.built_in, _yes(s.built_in_there), s.get)
            for s in found.stages
        ],
    )
    tell(f"\n{found.note}")
    tell("`telltale models list` shows all models with license and size; `telltale models get` fetches them.")


@app.command()
def status(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Count everything."""
    from app.opened_workspace import is_new, opened_workspace, workspace_path
    from app.queries.status import status_of

    new = is_new(workspace_path(workspace))
    facts = {"workspace": "", "new": new, **status_of(opened_workspace(workspace))}
    if not as_json:
        facts["workspace"] += " (new, empty)" if facts.pop("new") else ""
    say(facts, as_json)


@app.command()
def bench(
    target: Annotated[
        str,
        typer.Argument(
            help="perception, openpose, pose-classifiers, training, claims, review, label, start, fuzz, text-growth or "
            "movements."
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="movements: the folder of the sets; pose-classifiers: sets whose clips whole fits are timed on.",
        ),
    ] = None,
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
        typer.Option(min=2, metavar="SECONDS", help="review: look for drift on videos of this length instead."),
    ] = None,
    kills: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="review: kill the server so often while decisions are made instead; label: kill terminals, else 100.",
        ),
    ] = None,
    starts: Annotated[int, typer.Option(min=1, help="start: starts with each state of the browser's cache.")] = 10,
    label_studio: Annotated[
        Path | None,
        typer.Option("--label-studio", metavar="FILE", help="start: Label Studio's program; else that on the path."),
    ] = None,
    inputs: Annotated[int, typer.Option(min=1, help="fuzz: hostile inputs, shared among the fuzzers.")] = 25_000,
    first: Annotated[int, typer.Option(min=0, help="fuzz: the number of the first input of each fuzzer.")] = 0,
    seed: Annotated[int, typer.Option(help="fuzz: other inputs with another number.")] = 0,
    fuzzer: Annotated[str | None, typer.Option(metavar="NAME", help="fuzz: one fuzzer instead of all.")] = None,
    graph_networks: Annotated[
        list[str] | None,
        typer.Option(
            "--graph-networks", metavar="SET", help="movements: graph networks, too, on this set: hours a set."
        ),
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="movements: seeds of each model, else 5.")] = None,
    shares: Annotated[
        str | None,
        typer.Option(metavar="PERCENT,...", help="movements: of the training labels, else 100,30,10."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0.01, help="movements: so long, else 2; one seed with all labels is run in any case."),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="movements: finished fits, from which a bench goes on; else in the workspace."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a part against its budgets, its limits and its peers; exits 1 where a budget is missed."""
    from app.opened_workspace import opened_workspace
    from benchmarks.targets import BenchOptions, run

    opened = opened_workspace(workspace).workspace
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
        starts=starts,
        label_studio=label_studio,
        inputs=inputs,
        first=first,
        seed=seed,
        fuzzer=fuzzer,
        folder=folder,
        results=results or opened.root / "bench-movements.jsonl",
        graph_networks=tuple(graph_networks or ()),
        seeds=seeds,
        shares=_shares(shares),
        hours=hours,
    )
    raise typer.Exit(run(target, options))


def _shares(given: str | None) -> tuple[float, ...]:
    """Percentages as shares, the largest first; all labels are always among them, as rows are compared there."""
    try:
        found = {float(one) / 100 for one in (given or "").split(",") if one.strip()}
    except ValueError:
        found = {0.0}
    if any(not 0 < share <= 1 for share in found):
        raise InputError(f"--shares: {given!r} are no percentages above 0 and up to 100, as in 100,30,10.")
    return tuple(sorted({1.0, *found}, reverse=True)) if found else ()


def _yes(there: bool) -> str:
    return "yes" if there else "no"
