"""`config.json` of a finished or exported model: what predicting with it needs to know."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from core.errors import TrainingError
from core.json_files import read_json
from core.types.features import Producer
from training.models.model_shape import MODEL_FORMAT, ModelShape
from training.runs.run_folder import CONFIG_FILE

_REMEDY = "train again, or export the model again"
_MOST, _MOST_LAYERS = 100_000, 100
_Size = Annotated[int, Field(ge=0, le=_MOST)]


@dataclass(frozen=True, slots=True)
class _Written:
    format: int = 1


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """`shape`, labels in the order of the outputs, names and version of the cues it reads, `TrainingSettings.windows`, the
    most frames of a clip, the settings of perception, the producer of each modality's features, and the
    version of the code that trained it.
    """

    shape: ModelShape
    labels: Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)]
    cues: tuple[str, ...]
    cues_version: str | int
    windows: tuple[_Size, _Size]
    max_frames: Annotated[int, Field(ge=1)]
    perception: Mapping[str, Any]
    producers: Mapping[str, Producer]
    code_version: str


def model_config(folder: Path) -> ModelConfig:
    """The configuration of the model in a folder. Raises TrainingError where it cannot be read or is of another format."""
    path = folder / CONFIG_FILE
    written = read_json(path, _Written, raises=TrainingError, remedy=_REMEDY).format
    if written != MODEL_FORMAT:
        raise TrainingError(
            f"{folder} holds a model of format {written}, and this version of Telltale reads {MODEL_FORMAT}; train again."
        )
    config = read_json(path, ModelConfig, raises=TrainingError, remedy=_REMEDY)
    sizes = [value for value in asdict(config.shape).values() if isinstance(value, int)]
    if not all(0 <= size <= _MOST for size in sizes) or config.shape.layers > _MOST_LAYERS:
        raise TrainingError(f"{path} has a shape that no model has; {_REMEDY}.")
    return config
