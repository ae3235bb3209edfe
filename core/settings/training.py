"""[training]: the model, its fit and the folds; each group of keys is a class (core.settings.section)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from core.settings.section import Section


def _as_number(value: Any) -> Any:
    """Digits of an environment variable as an int: pydantic converts them for int fields, not for Literal ones."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class StgcnSettings(Section):
    """ST-GCN (arXiv 1801.07455), a baseline for the key-point model; hundreds of times slower, so it has a time budget."""

    channels: int = Field(
        64,
        ge=4,
        le=256,
        description="Channels of the first units, 64 as in its paper; the last have 4 times as many.",
    )
    window_frames: int = Field(250, ge=25, le=5000, description="Frames of a window, in training and in predicting.")
    predict_windows: int = Field(4, ge=1, le=1000, description="Evenly spaced windows that a clip is predicted from.")
    budget_s: float = Field(
        3600, gt=0, description="Seconds that all fits of a run may take; limits the number of training windows."
    )


class _WhatIsLearned(Section):
    """Inputs, and the weight of each label"""

    modalities: tuple[Literal["pose", "image", "text"], ...] = Field(
        ("pose", "image", "text"), description="Kinds of features that the model reads."
    )
    measured_cues: bool = Field(
        True, description="The model also reads how often each cue measured on its key points happens."
    )
    pseudo_weight: float = Field(
        0.5, ge=0, le=1, description="Weight of a pseudo-label of confidence 1; a human label weighs 1."
    )
    imbalance: Literal["logit-adjustment", "balanced-sampling"] = Field(
        "logit-adjustment", description="How class imbalance is handled; both optimize balanced accuracy."
    )
    max_frames: int = Field(40_000, ge=50, description="Clips whose video has more frames are left out, not cut.")


class _Folds(Section):
    """Folds and seed"""

    folds: int = Field(4, ge=2, le=20, description="Folds of the cross-validation, grouped by subject.")
    selection_folds: int = Field(
        2,
        ge=2,
        le=20,
        description="Folds of a second, separate split, used only to decide whether a run becomes the selected one.",
    )
    selection_margin: float = Field(
        0.05,
        gt=0,
        le=1,
        description="A new run becomes the selected one only where it is surely not worse by more than this, in balanced "
        "accuracy.",
    )
    validation_share: float = Field(
        0.2, gt=0, le=0.5, description="Share of the training subjects held out for early stopping."
    )
    seed: int = Field(
        0, ge=0, description="Seed of folds, initial weights and windows; the same seed gives the same run."
    )


class _Model(Section):
    """The model"""

    keypoint_model: Literal["mlp", "stgcn"] = Field(
        "mlp",
        description="mlp: PoseMLP and LongTransformer on whole clips. stgcn: the ST-GCN baseline, on sampled windows.",
    )
    keypoint_joints: Annotated[Literal[137, 25], BeforeValidator(_as_number)] = Field(
        137, description="25: the body alone, without face and hands."
    )
    fusion_method: Literal["concatenation", "gated", "cross-attention"] = Field(
        "concatenation", description="How the modalities are fused before the last layer; the paper concatenates them."
    )
    width: int = Field(32, ge=8, le=2048, multiple_of=8, description="Dimension of a token, a multiple of 8.")
    layers: int = Field(1, ge=1, le=24, description="Layers of each Transformer.")
    heads: int = Field(4, ge=1, le=32, description="Attention heads; twice their number must divide the width.")
    patch_frames: int = Field(5, ge=1, le=100, description="Frames that become one token of the key-point Transformer.")


class _Windows(Section):
    """Windows of a clip, and augmentation of training windows"""

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
        description="Augmentation: a training window is sped up or slowed down by a factor of up to 1 + this.",
    )
    joint_dropout: float = Field(
        0.03, ge=0, lt=1, description="Probability that a joint is masked in a training window."
    )
    stream_dropout: float = Field(
        0.05, ge=0, lt=1, description="Probability that body, face or a hand is masked in a training window."
    )
    jitter: float = Field(
        0.005, ge=0, le=1, description="Augmentation: jitter of a point of confidence 0, in shoulder widths."
    )


class _Fit(Section):
    """How it is fitted"""

    stage1_epochs: int = Field(8, ge=0, le=1000, description="Most epochs of each modality alone.")
    stage2_epochs: int = Field(6, ge=1, le=1000, description="Most epochs of all modalities together.")
    patience: int = Field(
        4, ge=1, description="Epochs without a lower loss on the held-out subjects before a fit stops."
    )
    batch_clips: int = Field(8, ge=1, le=512, description="Clips per training batch, one window each.")
    loss: Literal["cross-entropy", "generalized-cross-entropy", "bootstrapping"] = Field(
        "cross-entropy",
        description="The other two are more robust to wrong labels, and learn more slowly from right ones.",
    )
    learning_rate: float = Field(
        1e-3, gt=0, description="Peak learning rate, after a warm-up of a tenth of the steps; then it falls to 0."
    )
    weight_decay: float = Field(1e-2, ge=0, description="Weight decay of AdamW.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Dropout rate; not applied to attention weights.")
    modality_dropout: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Probability that a modality is dropped in training, so that the model can do without it.",
    )


class _Machine(Section):
    """The machine"""

    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: CUDA if there is a GPU, else the CPU.")
    mixed_precision: bool = Field(
        False, description="Train in bfloat16 if that is safe: faster on a GPU, slightly less precise."
    )
    activation_checkpointing: bool = Field(
        False, description="Recompute Transformer activations: less memory, about a third more time."
    )
    max_threads: int = Field(1, ge=1, description="Threads of a training job; few, so that review stays responsive.")


class TrainingSettings(_Machine, _Fit, _Windows, _Model, _Folds, _WhatIsLearned):
    """The fusion model and its fit. The default sizes suit a machine with two cores; raise width and layers on a larger one."""

    stgcn: StgcnSettings = StgcnSettings()

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "TrainingSettings":
        if self.width % (2 * self.heads):
            raise ValueError(f"width ({self.width}) must be a multiple of twice the heads ({self.heads})")
        return self

    @property
    def windows(self) -> tuple[int, int]:
        """Of the key-point model: frames per training window, and windows per predicted clip (0: the whole clip)."""
        if self.keypoint_model == "stgcn":
            return self.stgcn.window_frames, self.stgcn.predict_windows
        return self.window_frames, self.predict_windows
