"""The files of a finished run: `config.json`, `model.safetensors`, `model_card.md`; and the version of the code."""

import json
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from core.child_processes import SOURCE_ROOT
from core.durable_files import replacing
from core.errors import TrainingError
from core.pose.cues import CUES_VERSION
from core.tensor_files import TensorFile, first_line
from training.models.fusion import Fusion, parameter_count
from training.models.model_shape import MODEL_FORMAT
from training.runs.model_config import model_config
from training.runs.prepare import RunContext
from training.runs.run_folder import CONFIG_FILE


def code_version() -> str:
    """The package's version and, in a git checkout, the commit, e.g. `0.1.0 (698dfec)`."""
    try:
        package = version("telltale")
    except PackageNotFoundError:
        package = "not installed"
    if not (SOURCE_ROOT / ".git").exists():
        return package
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607  # whatever git the machine has
            cwd=SOURCE_ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return f"{package} (commit unknown)"
    return f"{package} ({described.stdout.strip()})"


def write_artifacts(context: RunContext, model: Fusion, metrics: Mapping[str, Any]) -> None:
    """Writes each file atomically; `config.json`, which marks the model as complete, comes last.

    Raises TrainingError where they cannot be written.
    """
    folder, settings = context.folder.path, context.settings
    card = model_card(context, model, metrics)
    config = {
        "format": MODEL_FORMAT,
        "shape": model.shape.to_json(),
        "labels": list(context.labels),
        "cues": metrics["cues"],
        "cues_version": CUES_VERSION,
        "windows": list(settings.windows),
        "max_frames": settings.max_frames,
        "perception": context.workspace.settings.perception.model_dump(mode="json"),
        "producers": metrics["producers"],
        "curated_digest": context.curated.digest,
        "code_version": metrics["code_version"],
    }
    try:
        with replacing(folder / "model.safetensors") as partial:
            save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, partial)
        with replacing(folder / "model_card.md") as partial:
            partial.write_text(card, encoding="utf-8")
        with replacing(folder / CONFIG_FILE) as partial:
            partial.write_text(json.dumps(config, indent=2), encoding="utf-8")
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"The model of the run cannot be written to {folder}: {error}.") from error


def load_model(folder: Path) -> tuple[Fusion, tuple[str, ...]]:
    """The model of a run in eval mode, and its labels. Raises TrainingError where it is incomplete, damaged or of another
    format.
    """
    config = model_config(folder)
    try:
        with torch.device("meta"):  # no memory for shapes that somebody made up
            shapes = {name: tuple(tensor.shape) for name, tensor in Fusion(config.shape).state_dict().items()}
    except (KeyError, ValueError, RuntimeError, TypeError, AssertionError, ZeroDivisionError) as error:
        raise TrainingError(
            f"{folder} holds no whole model: its shape cannot be built ({first_line(error)})."
        ) from error
    with TensorFile(
        folder / "model.safetensors",
        raises=TrainingError,
        called="The weights",
        remedy="export the model again, or train again",
        framework="pt",
    ) as file:
        if file.shapes != shapes:
            other = sorted(set(file.shapes.items()) ^ set(shapes.items()))[0][0]
            raise TrainingError(f"{folder} holds no whole model: its weights are of another shape ({other}).")
        weights = file.all()
    if len(config.labels) != config.shape.classes:
        raise TrainingError(
            f"{folder} holds no whole model: {len(config.labels)} labels, {config.shape.classes} classes."
        )
    model = Fusion(config.shape)
    try:
        model.load_state_dict(weights)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(f"{folder} holds no whole model: {first_line(error)}.") from error
    return model.eval(), config.labels


def model_card(context: RunContext, model: Fusion, metrics: Mapping[str, Any]) -> str:
    """A Markdown model card: training data, scores, and intended use."""
    curated = context.curated
    sources = ", ".join(f"{n} {name}" for name, n in sorted(metrics["rows_by_source"].items()))
    lines = [
        "# Telltale fusion model",
        "",
        f"Labels: {', '.join(context.labels)}. Modalities: {', '.join(model.shape.modalities)}. "
        f"{parameter_count(model):,} parameters. Code {metrics['code_version']}.",
        "",
        f"Trained on the curated set {curated.name!r} ({len(curated.rows)} clips of {metrics['subjects']} subjects: "
        f"{sources}; digest {curated.digest[:12]}).",
        "",
        f"Out-of-fold scores ({metrics['folds']} folds, nobody on both sides). {metrics['scored_sentence']}",
        "",
        "| model | clips | accuracy | balanced accuracy | AUROC |",
        "|---|---|---|---|---|",
    ]
    for row in metrics["table"]:
        figures = " | ".join(_shown(row[key]) for key in ("accuracy", "balanced_accuracy", "auroc"))
        lines.append(f"| {row['name']} | {row['n']} | {figures} |")
    lines += [
        "",
        "Its probabilities take every label as equally likely beforehand. It guesses a hidden feeling from weak signs and is "
        "often wrong: it is for research on recordings whose subjects agreed to it, never for a decision about a person.",
        "",
    ]
    return "\n".join(lines)


def _shown(figure: Mapping[str, float] | None) -> str:
    return "n/a" if figure is None else f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
