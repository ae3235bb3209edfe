"""Commands from clips to pseudo-labels: perceive, label, cohort."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.shared import JsonOption, WorkspaceOption, app, failures, say, work
from app.cli.terminal import tell
from core.errors import InputError
from core.printable import first_of_each_kind

if TYPE_CHECKING:
    from app.opened_workspace import OpenedWorkspace


@app.command()
def perceive(
    *,
    person: Annotated[str | None, typer.Option(help="auto, yolo or keypoint-box; else the settings'.")] = None,
    image: Annotated[str | None, typer.Option(help="auto, transformers or hog.")] = None,
    keypoints: Annotated[
        str | None, typer.Option(help="auto, openpose-json (import alone), rtmw or mediapipe.")
    ] = None,
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
    result = work("perceive", {key: value for key, value in chosen.items() if value}, workspace, as_json)
    if as_json:
        say(result, as_json)
    else:
        _print_perceived(result)
    if result.get("refused"):
        raise InputError(f"Not everything could be made of each clip: {failures(result)}; the others are complete.")


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
    other_person: Annotated[
        bool,
        typer.Option(
            "--other-person", help="Ask again about clips answered when another person was their interviewee."
        ),
    ] = False,
    consent: Annotated[
        str | None,
        typer.Option("--consent", metavar="NAME", help="Allow sending clips out, in your name, once and for all."),
    ] = None,
    ask_again: Annotated[
        bool, typer.Option("--ask-again", help="Pay again for an answer that is stored and cannot be used.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pseudo-label the clips that this labeler has not labeled yet; never those of the test split."""
    from app.jobs.kinds.labeling import with_labeling
    from app.opened_workspace import OpenedWorkspace, opened_workspace
    from app.queries.counting_labeler import counting_sentence
    from app.queries.labelers import plan_labels
    from app.queries.labeling_remarks import remarks

    opened = opened_workspace(workspace)
    name = labeler or opened.workspace.settings.labeling.labeler
    chosen = {"model": model, "evidence": evidence}
    arguments: dict[str, Any] = {key: value for key, value in chosen.items() if value is not None}
    if plan:
        planning = OpenedWorkspace(with_labeling(opened.workspace, name, arguments), opened.database)
        say(plan_labels(planning, name, limit, other_person=other_person).as_json(), as_json)
        return
    _ask_for_consent(opened, name, consent)
    arguments |= {"labeler": name, "ask_again": ask_again, **({"limit": limit} if limit else {})}
    if budget_usd is not None:
        arguments["budget_usd"] = budget_usd
    if other_person:
        arguments["other_person"] = True
    result = work("label", arguments, workspace, as_json)
    counting = counting_sentence(opened)
    if as_json:
        say({**result, "counting": counting}, as_json)
        return
    for sentence in result["failed"]:
        tell(f"failed: {sentence}")
    if result["stopped"]:
        tell(f"stopped: {result['stopped']}")
    for sentence in remarks(result):
        tell(sentence)
    cost = f" Paid: {result['cost_usd']:.4f} USD." if result["cost_usd"] else ""
    tell(
        f"{len(result['labeled'])} clips labeled, {len(result['failed'])} failed, "
        f"{result['already']} had been labeled before, {result['left']} are left.{cost}"
    )
    tell(counting)


def _ask_for_consent(opened: "OpenedWorkspace", labeler: str, given_by: str | None) -> None:
    """Asks at a terminal whether clips may be sent, once per workspace; otherwise labeling refuses without consent."""
    from db import sending_consents
    from labeling.vlm.sending_consent import give_consent, question, sending

    settings = opened.workspace.settings.labeling
    wanted = sending(settings, labeler)
    if wanted is None:
        return
    with opened.database.read() as connection:
        known = sending_consents.given(connection, wanted.receiver, wanted.shown, with_sound=wanted.with_sound)
    if known is None and given_by is None and sys.stdin.isatty():
        tell(question(wanted, transcript=settings.transcript))
        given_by = typer.prompt("Your name to allow it, nothing to send nothing", default="", show_default=False)
    if known is None and given_by:
        give_consent(opened.database, settings, labeler, given_by)


@app.command()
def cohort(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")],
    preset: Annotated[str, typer.Option("--preset", help="demo, imigue, words or picture.")] = "demo",
    clips: Annotated[int | None, typer.Option("--clips", min=1, help="How many clips; else the preset's.")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", min=1, help="Length of every clip.")] = None,
    effect: Annotated[
        float | None, typer.Option("--effect", help="How strongly the label shifts the gestures.")
    ] = None,
    gold_fraction: Annotated[
        float | None, typer.Option("--gold-fraction", min=0, max=1, help="Share of training clips whose label is told.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same cohort.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a simulated cohort as a folder that `telltale import` reads."""
    from app.cli.demo_stages import write_cohort_folder
    from app.cli.terminal import print_json, shown_progress

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
        tell(f"{facts['clips']} simulated clips of {facts['subjects']} subjects in {out}.")


def _print_perceived(result: dict[str, Any]) -> None:
    for sentence in result["parts"]:
        tell(sentence)
    for kind in ("warnings", "refused"):
        for sentence in first_of_each_kind(result[kind]):
            tell(f"{kind.removesuffix('s')}: {sentence}")
    names = result["perceived"]
    shown = f" ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})" if names else ""
    tell(f"{len(names)} clips perceived{shown}, {result['untouched']} were complete.")
