"""The settings that determine the number and shapes of a model's weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MODEL_FORMAT = 6
"""Increased when older weights can no longer be read. 2: layers per frame, gate over time, ST-GCN; 3: cue rates;
4: cue events and minutes; 5: features from the body's spread, temporal convolutions, three poolings, shortcut;
6: energies of every point, a shortcut that is solved on long clips."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Determines the shapes of the weights; saved beside them in config.json.

    `image_features` and `text_features` are the widths of those features, 0 where the modality is not used. `cues`
    is the number of cues whose rates are read, 0 for none, `taught_cues` of those that PoseMLP learns to find. `join` is a
    name of training.models.fusion_methods. `keypoint_model` is "mlp" or "stgcn", `keypoint_joints` 137 or 25, `joints`
    those of them that the clips of the run have and PoseMLP reads. ST-GCN has `stgcn_channels` in its first layer
    and reads a clip in segments of `stgcn_segment_frames`. `mirrored`: a prediction is the mean over clip and mirror image.
    `reads_parts`: training steps read windows of clips (training.data.training_batches), so that the tokens of key points
    are not pooled by their maximum, and the shortcut is solved (training.fit.solved_shortcut).
    """

    modalities: tuple[str, ...]
    classes: int
    width: int
    layers: int
    heads: int
    patch_frames: int
    image_features: int
    text_features: int
    dropout: float
    modality_dropout: float
    head_dropout: float = 0.5
    join: str = "concatenation"
    cues: int = 0
    taught_cues: int = 0
    keypoint_model: str = "mlp"
    keypoint_joints: int = 137
    joints: tuple[int, ...] = tuple(range(137))
    stgcn_channels: int = 64
    stgcn_segment_frames: int = 250
    mirrored: bool = False
    reads_parts: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values for config.json."""
        return {**asdict(self), "modalities": list(self.modalities), "joints": list(self.joints)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ModelShape":
        """The shape that `to_json` wrote."""
        return cls(**{**values, "modalities": tuple(values["modalities"]), "joints": tuple(values["joints"])})
