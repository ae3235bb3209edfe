"""`telltale predict`: imports one video, extracts the features that a model reads, and predicts.

It uses a temporary workspace and the usual importer and perception, so an exported model needs only its own folder.
"""

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.errors import InputError, TrainingError
from core.progress import Progress
from core.settings.perception import PerceptionSettings
from core.types.features import KEYPOINT_ESTIMATORS, Producer
from core.workspace import Workspace, open_workspace
from db import clips, runs
from db.engine import open_database

_MOMENTS = 5
_NOTABLE = 1.5  # least attention of a moment that is mentioned, as a multiple of uniform attention


def model_folder(given: str, workspace: Workspace | None) -> Path:
    """The folder of a run, by its number, or of an exported model. Raises InputError where there is none."""
    path = Path(given).expanduser()
    if given.isascii() and given.isdigit() and workspace is not None:
        database = open_database(workspace)
        try:
            with database.read() as connection:
                path = workspace.root / runs.get(connection, int(given)).artifacts_path
        finally:
            database.dispose()
    if not path.is_dir():
        raise InputError(f"--run: {given} is neither the number of a run nor the folder of an exported model.")
    return path


def predict_video(
    video: Path,
    folder: Path,
    progress: Progress,
    *,
    openpose: Path | None = None,
    transcript: Path | None = None,
    weights_dir: Path | None = None,
) -> dict[str, Any]:
    """The prediction of the model in `folder` for the video, as JSON.

    `openpose`: folder or archive of the video's frame files, or a folder that has it by the video's name among others;
    `transcript`: a file; `weights_dir`: the folder of detector weights. Raises InputError for a video or key points that
    cannot be used, TrainingError where the features are not those that the model was trained on.
    """
    from labeling.ingest.import_folder import import_folder
    from labeling.perception.extract_features import extract_features
    from training.runs.model_config import model_config
    from training.runs.predict import predict_clips

    if not video.is_file():
        raise InputError(f"{video} is not a file.")
    config = model_config(folder)
    with tempfile.TemporaryDirectory(prefix="telltale-predict-") as made:
        root = Path(made)
        study = _study(root / "study", video, transcript)
        workspace = open_workspace(root / "workspace")
        if weights_dir is not None and weights_dir.is_dir():
            workspace.weights_dir.symlink_to(weights_dir.resolve())
        perception = _perception(folder, config.perception, config.producers.get("pose"))
        settings = workspace.settings.model_copy(update={"perception": perception})
        workspace = dataclasses.replace(workspace, settings=settings)
        database = open_database(workspace)
        try:
            refused = import_folder(
                workspace, database, study, keypoints=_keypoints(video, openpose), progress=progress
            ).refused
            if refused:
                raise InputError(refused[0])
            with database.read() as connection:
                clip_ids = clips.all_ids(connection)
            perceived = extract_features(workspace, database, progress, clip_ids)
            (answer,) = predict_clips(workspace, database, folder, clip_ids, progress)
        finally:
            database.dispose()
    return {
        "video": str(video),
        "model": {"folder": str(folder), "code_version": config.code_version, "labels": list(config.labels)},
        "label": answer.label,
        "probabilities": dict(answer.probabilities),
        "read": list(answer.read),
        "lacking": list(answer.lacking),
        "cues": [dataclasses.asdict(one) for one in answer.cues],
        "moments": _moments(answer.timeline),
        "warnings": [*perceived.warnings, *perceived.refused],
    }


def sentences(found: dict[str, Any]) -> list[str]:
    """The result of `predict_video` as lines for people."""
    chances = ", ".join(f"{label} {chance:.2f}" for label, chance in found["probabilities"].items())
    lines = [f"{found['label']} ({chances}), read from {', '.join(found['read'])}."]
    if found["lacking"]:
        lines.append(f"Without {' and '.join(found['lacking'])}, which this video has nothing of.")
    for cue in found["cues"][:_MOMENTS]:
        lines.append(
            f"  {cue['cue']}: {cue['rate']:.1f} a minute, usually {cue['base_rate']:.1f}; speaks for {cue['speaks_for']}"
        )
    for moment in found["moments"]:
        lines.append(f"  attention {moment['times_even']:.1f} times the even one at {moment['time_s']:.1f} s")
    lines += found["warnings"]
    lines.append("A guess from weak signs, for research alone; never for a decision about a person.")
    return lines


def _perception(folder: Path, written: Mapping[str, Any], pose: Producer | None) -> PerceptionSettings:
    """With key points of the model's own kind: it cannot read others, and goes on without.

    Raises TrainingError where the settings that it was trained with cannot be used.
    """
    keypoints = {} if pose is None else {"keypoints": KEYPOINT_ESTIMATORS.get(pose.name, "openpose-json")}
    try:
        return PerceptionSettings.model_validate({**written, **keypoints})
    except ValidationError as error:
        raise TrainingError(
            f"{folder} holds no model that can be used: its settings of perception cannot be read ({error.errors()[0]['msg']})."
        ) from error


def _keypoints(video: Path, openpose: Path | None) -> dict[str, Path] | None:
    """The video's key points by its name. Raises InputError where they are not there."""
    from labeling.ingest.folder_contents import keypoints_in

    if openpose is None:
        return None
    if not openpose.exists():
        raise InputError(f"--openpose: {openpose} is not there.")
    return {video.stem: (keypoints_in(openpose, video.stem) or openpose).resolve()}


def _study(root: Path, video: Path, transcript: Path | None) -> Path:
    """A folder with a link to the video and a copy of the transcript, in the layout of the importer."""
    root.mkdir()
    (root / video.name).symlink_to(video.resolve())
    if transcript is not None:
        if not transcript.is_file():
            raise InputError(f"--transcript: {transcript} is not a file.")
        (root / "transcripts").mkdir()
        shutil.copyfile(transcript, root / "transcripts" / f"{video.stem}{transcript.suffix}")
    return root


def _moments(timeline: Any) -> list[dict[str, float]]:
    """The moments with the most attention, if above uniform attention, in order of time."""
    if timeline is None:
        return []
    times_even = timeline.attention * len(timeline.attention)
    most = sorted(range(len(times_even)), key=lambda moment: -times_even[moment])[:_MOMENTS]
    return [
        {"time_s": round(float(timeline.time_s[moment]), 2), "times_even": round(float(times_even[moment]), 2)}
        for moment in sorted(most)
        if times_even[moment] >= _NOTABLE
    ]
