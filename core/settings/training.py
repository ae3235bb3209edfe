"""[training]: models, fitting and folds; each group of keys is a class (core.settings.section)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from core.settings.section import Section


def _as_number(value: Any) -> Any:
    """The words of a variable as the number that they spell; pydantic does so for numbers, and not for choices of them."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class StgcnSettings(Section):
    """ST-GCN, the peer of the key-point model: hundreds of times as slow, so its time says how many windows it sees."""

    channels: int = Field(
        64,
        ge=4,
        le=256,
        description="Of the first units; 64 as in its paper, 16 for a narrow one. The last have 4 times it.",
    )
    window_frames: int = Field(250, ge=25, le=5000, description="Frames of a window, in training and in predicting.")
    predict_windows: int = Field(4, ge=1, le=1000, description="Evenly spaced windows that a clip is predicted from.")
    budget_s: float = Field(
        3600, gt=0, description="Seconds that the fits of a run may take; the number of windows follows from it."
    )


class _WhatIsLearned(Section):
    """What is learned from, and how much each label counts"""

    modalities: tuple[Literal["pose", "image", "text"], ...] = Field(
        ("pose", "image", "text"), description="Kinds of features that the model reads."
    )
    measured_cues: bool = Field(
        True, description="The model also reads how often each cue measured on its key points happens."
    )
    pseudo_weight: float = Field(
        0.5, ge=0, le=1, description="Weight of a pseudo-label at confidence 1, beside 1 for a human's."
    )
    imbalance: Literal["logit-adjustment", "balanced-sampling"] = Field(
        "logit-adjustment", description="How an uneven set of labels is met; both aim at balanced accuracy."
    )
    max_frames: int = Field(40_000, ge=50, description="Clips whose video has more frames are left out, not cut.")


class _Folds(Section):
    """Folds and seed"""

    folds: int = Field(
        4, ge=2, le=20, description="Parts, by subject, of which each is answered by a model of the others."
    )
    selection_folds: int = Field(
        2, ge=2, le=20, description="Folds of another cut, on which alone it is decided whether a run becomes current."
    )
    validation_share: float = Field(0.2, gt=0, le=0.5, description="Share of the training subjects kept for stopping.")
    seed: int = Field(
        0, ge=0, description="Of the folds, the first weights and the windows; the same seed gives the same run."
    )


class _Model(Section):
    """The model"""

    keypoint_model: Literal["mlp", "stgcn"] = Field(
        "mlp", description="mlp: PoseMLP and LongTransformer on whole clips. stgcn: the peer, on sampled windows."
    )
    keypoint_joints: Annotated[Literal[137, 25], BeforeValidator(_as_number)] = Field(
        137, description="25: the body alone, without face and hands."
    )
    fusion_method: Literal["concatenation", "gated", "cross-attention"] = Field(
        "concatenation", description="How the modalities meet before the last layer; the paper's way is concatenation."
    )
    width: int = Field(32, ge=8, le=2048, multiple_of=8, description="Numbers in a token, in steps of 8.")
    layers: int = Field(1, ge=1, le=24, description="Blocks of each Transformer.")
    heads: int = Field(4, ge=1, le=32, description="Of the attention; twice their number must divide the width.")
    patch_frames: int = Field(5, ge=1, le=100, description="Frames that become one token of the key-point Transformer.")


class _Windows(Section):
    """Windows of a clip, and how a training window is changed"""

    window_frames: int = Field(
        750, ge=25, description="Frames of a random window in a training step; the whole clip is read when predicting."
    )
    predict_windows: int = Field(
        0,
        ge=0,
        le=1000,
        description="Evenly spaced windows whose key points a clip is predicted from; 0: the whole clip.",
    )
    speed_change: float = Field(
        0.1,
        ge=0,
        le=1,
        description="A training window is played at up to (1 + this) times its speed, or as much slower.",
    )
    joint_dropout: float = Field(0.03, ge=0, lt=1, description="Chance of a joint to be missing in a training window.")
    stream_dropout: float = Field(
        0.05, ge=0, lt=1, description="Chance of body, face and each hand to be missing in a training window."
    )
    jitter: float = Field(
        0.005, ge=0, le=1, description="Shoulder widths that a point of no confidence jitters by while training."
    )


class _Fit(Section):
    """How it is fitted"""

    stage1_epochs: int = Field(8, ge=0, le=1000, description="At most, of each modality alone.")
    stage2_epochs: int = Field(6, ge=1, le=1000, description="At most, of the modalities together.")
    patience: int = Field(4, ge=1, description="Epochs without a lower loss on the kept subjects before a fit stops.")
    batch_clips: int = Field(8, ge=1, le=512, description="Windows of a training step.")
    loss: Literal["cross-entropy", "generalized-cross-entropy", "bootstrapping"] = Field(
        "cross-entropy",
        description="The other two are pulled at less by wrong labels, and learn more slowly from right ones.",
    )
    learning_rate: float = Field(1e-3, gt=0, description="The highest, after a tenth of the steps; it falls to 0.")
    weight_decay: float = Field(1e-2, ge=0, description="Of AdamW.")
    dropout: float = Field(
        0.2, ge=0, lt=1, description="Share of numbers left out while training, never in the attention."
    )
    modality_dropout: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Chance of a modality to be missing while training, so that the model does without.",
    )


class _Machine(Section):
    """The machine"""

    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: CUDA where there is one, else the CPU.")
    mixed_precision: bool = Field(
        False, description="Learn in bfloat16 where that is safe: quicker on a GPU, for a little less precision."
    )
    activation_checkpointing: bool = Field(
        False, description="Less memory in the Transformer while training, for about a third more time."
    )
    max_threads: int = Field(
        1, ge=1, description="Threads of a training job, so that the review beside it stays quick."
    )


class TrainingSettings(_Machine, _Fit, _Windows, _Model, _Folds, _WhatIsLearned):
    """The fusion model and how it is fitted. Sizes are chosen for two cores; widths and layers grow with the machine."""

    stgcn: StgcnSettings = StgcnSettings()

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "TrainingSettings":
        if self.width % (2 * self.heads):
            raise ValueError(f"width ({self.width}) must be a multiple of twice the heads ({self.heads})")
        return self

    @property
    def windows(self) -> tuple[int, int]:
        """Frames of a training window, and windows that a clip is predicted from (0: the whole clip), of the key-point model."""
        if self.keypoint_model == "stgcn":
            return self.stgcn.window_frames, self.stgcn.predict_windows
        return self.window_frames, self.predict_windows
