"""Jobs for import, feature extraction and pseudo-labeling."""

import dataclasses
from pathlib import Path
from typing import Any

from app.jobs.registry import Arguments, Result, job_kind, with_settings
from core.errors import InputError
from core.progress import Progress
from core.workspace import Workspace
from db.engine import Database


@job_kind("import")
def import_clips(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`folder` (or a set of key points, `.npz`), and optionally `openpose`, `transcripts`, `table`: paths; `task` of a set;
    `labels_from_data`: whether labels that the taxonomy lacks are added to it; `update`: a value of
    `labeling.ingest.reimport.Update`."""
    from labeling.ingest.import_study import import_study
    from labeling.ingest.reimport import Update

    paths: dict[str, Any] = {
        key: Path(arguments[key]) for key in ("openpose", "transcripts", "table") if arguments.get(key)
    }
    report = import_study(
        workspace,
        database,
        Path(arguments["folder"]),
        **paths,
        task=arguments.get("task"),
        labels_from_data=bool(arguments.get("labels_from_data")),
        update=Update(arguments.get("update", Update.KEEP)),
        progress=progress,
    )
    return _plain(report)


@job_kind("import-imigue")
def import_imigue(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`folder`, and optionally `speech`, `table`, `emotion_ids`, `micro_gestures`: paths."""
    from labeling.ingest.imigue.import_release import import_imigue as import_release

    names = ("speech", "table", "emotion_ids", "micro_gestures")
    paths = {key: Path(arguments[key]) for key in names if arguments.get(key)}
    report = import_release(workspace, database, Path(arguments["folder"]), **paths, progress=progress)
    return {**_plain(report), "counts": [side.sentence for side in report.counts]}


@job_kind("relink")
def relink_videos(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:  # noqa: ARG001
    """`old` and `new`: two folders or two files, absolute."""
    from labeling.ingest.relink import relink

    return _plain(relink(database, Path(arguments["old"]), Path(arguments["new"]), progress))


def with_perception(workspace: Workspace, arguments: Arguments) -> Workspace:
    """The workspace with the job's parts of `perception` instead of the settings'."""
    names = ("person", "image", "keypoints", "text", "person_weights")
    return with_settings(workspace, "perception", {key: arguments[key] for key in names if arguments.get(key)})


@job_kind("perceive", check=with_perception)
def perceive(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """Optionally `person`, `image`, `keypoints`, `text` (the backend of each) and `person_weights`, instead of the
    settings'.

    Also optionally `clip_ids` (only these clips) and `workers` (number of processes).
    """
    from labeling.perception.extract_features import extract_features

    report = extract_features(
        with_perception(workspace, arguments),
        database,
        progress,
        arguments.get("clip_ids"),
        workers=arguments.get("workers"),
    )
    return _plain(report)


def _check_labeler(workspace: Workspace, arguments: Arguments) -> None:
    from labeling.label_run import refuse_unknown

    name = str(arguments["labeler"])
    refuse_unknown(name)
    with_labeling(workspace, name, arguments)


@job_kind("label", check=_check_labeler)
def label(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:
    """`labeler`: its name; optionally `limit` (number of clips), `budget_usd`, `model`, `evidence`, `ask_again`,
    `other_person`."""
    from labeling.label_run import label_clips

    name = str(arguments["labeler"])
    report = label_clips(
        with_labeling(workspace, name, arguments),
        database,
        name,
        progress,
        arguments.get("limit"),
        budget_usd=arguments.get("budget_usd"),
        ask_again=bool(arguments.get("ask_again")),
        other_person=bool(arguments.get("other_person")),
    )
    return _plain(report)


def with_labeling(workspace: Workspace, labeler: str, arguments: Arguments) -> Workspace:
    """The workspace with the job's `model` and `evidence` instead of the settings'."""
    changes: dict[str, Any] = {}
    if arguments.get("model"):
        if labeler not in {"gemini", "openai"}:
            raise InputError(f"The labeler {labeler} has no model to choose; --model is for gemini and openai.")
        server = getattr(workspace.settings.labeling, labeler)
        changes[labeler] = {**server.model_dump(), "model": arguments["model"]}
    if arguments.get("evidence") is not None:
        changes["evidence"] = arguments["evidence"]
    return with_settings(workspace, "labeling", changes)


def _plain(report: Any) -> Result:
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(report).items()
    }
