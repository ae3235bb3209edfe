"""[training]: the model, its fit and the folds; each group of keys is a class (core.settings.section)."""

import os
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
    taught_cues: bool = Field(
        True,
        description="In clips of more than 20 s the key-point network also learns to find the measured cues, and reads how "
        "often it finds each.",
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
    seed: int = Field(
        0, ge=0, description="Seed of folds, initial weights and batches; the same seed gives the same run."
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
    fusion_method: Literal["late", "concatenation", "gated", "cross-attention"] = Field(
        "late",
        description="late: the sum of what each modality predicts alone, weighted by what it tells of training people whom its "
        "model has not seen. The others start there and fuse the modalities before the last layer; the paper concatenates them.",
    )
    width: int = Field(64, ge=8, le=2048, multiple_of=8, description="Dimension of a token, a multiple of 8.")
    layers: int = Field(1, ge=1, le=24, description="Layers of each Transformer.")
    heads: int = Field(4, ge=1, le=32, description="Attention heads; twice their number must divide the width.")
    patch_frames: int = Field(
        0,
        ge=0,
        le=100,
        description="Frames that become one token of the key-point Transformer; 0: 2 for clips of up to 20 s, else 5.",
    )


class _Reading(Section):
    """What a step reads of a clip, and augmentation"""

    clip_length: Literal["auto", "short", "long"] = Field(
        "auto",
        description="short: what tells the label happens at a moment or two. long: it shows in how often something happens, so "
        "that statistics of whole clips are read, and cues are taught. auto: long where the usual clip has more than 20 s.",
    )
    step_frames: int = Field(
        0,
        ge=0,
        description="Most frames of key points in a training step; 0: by memory and the length of the clips. Clips are read "
        "whole where they fit, else in windows.",
    )
    window_frames: int = Field(250, ge=25, description="Frames of each window of a clip that a step cannot read whole.")
    predict_windows: int = Field(
        0,
        ge=0,
        le=1000,
        description="Evenly spaced windows whose key points a clip is predicted from; 0: the whole clip.",
    )
    mirror: Literal["auto", "never", "half", "both"] = Field(
        "auto",
        description="half: half of the training clips are mirrored. both: predictions, too, are the mean over clip and "
        "mirror image. never: left and right mean something. auto: never or half, chosen on the training people of each fit.",
    )
    least_crop: float = Field(
        0.8, gt=0, le=1, description="Augmentation: a step reads a random stretch of at least this share of a clip."
    )
    speed_change: float = Field(
        0.2, ge=0, le=1, description="Augmentation: a clip is sped up or slowed down by a factor of up to 1 + this."
    )
    rotation_deg: float = Field(15.0, ge=0, le=180, description="Augmentation: a clip is rotated by up to this.")
    scale_change: float = Field(
        0.1, ge=0, lt=1, description="Augmentation: x and y are each stretched by a factor of up to 1 + this."
    )
    shear: float = Field(0.1, ge=0, le=1, description="Augmentation: a clip is sheared by up to this.")
    joint_dropout: float = Field(0.15, ge=0, lt=1, description="Probability that a joint is masked in a training clip.")
    stream_dropout: float = Field(
        0.0, ge=0, lt=1, description="Probability that body, face or a hand is masked in a training clip."
    )
    jitter: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Augmentation: noise of a point, in spreads of the body; twice as much where its confidence is 0.",
    )
    mixup: float = Field(
        0.3, ge=0, le=10, description="Augmentation: clips of a batch are blended, by Beta(this, this); 0: not at all."
    )


class _Fit(Section):
    """How it is fitted"""

    stage1_steps: int = Field(
        0, ge=0, description="Training steps of each modality alone; 0: by the number of clips, at least 400."
    )
    stage2_steps: int = Field(
        0,
        ge=0,
        description="Training steps of all modalities together, and of each on half of the people, by which it is weighed; 0: "
        "half of those of stage 1.",
    )
    steps_by_folds: bool = Field(
        False,
        description="The steps of each modality alone are half of stage1_steps, as many, or twice as many: what answers best "
        "on people held out of the training clips. Some eight times the time; not of ST-GCN, whose steps follow its budget.",
    )
    batch_clips: int = Field(
        0, ge=0, le=512, description="Clips per training step; 0: 32 of clips of up to 20 s, 16 of longer ones."
    )
    loss: Literal["cross-entropy", "generalized-cross-entropy", "bootstrapping"] = Field(
        "cross-entropy",
        description="The other two are more robust to wrong labels, and learn more slowly from right ones.",
    )
    learning_rate: float = Field(
        2e-3, gt=0, description="Peak learning rate, after a warm-up of a twentieth of the steps; then it falls to 0."
    )
    weight_decay: float = Field(1e-2, ge=0, description="Weight decay of AdamW, of matrices.")
    dropout: float = Field(0.3, ge=0, lt=1, description="Dropout rate; not applied to attention weights.")
    head_dropout: float = Field(0.5, ge=0, lt=1, description="Dropout rate before the last layer.")
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
        False, description="Train in bfloat16 on the CPU, too, slightly less precise; on a GPU that is done anyway."
    )
    activation_checkpointing: bool = Field(
        False, description="Recompute Transformer activations: less memory, about a third more time."
    )
    max_threads: int = Field(
        0, ge=0, description="Threads of a training job; 0: half of the processors, so that review stays responsive."
    )


class TrainingSettings(_Machine, _Fit, _Reading, _Model, _Folds, _WhatIsLearned):
    """The fusion model and its fit. What is 0 and said to follow clips or machine is resolved once a run, and written there."""

    stgcn: StgcnSettings = StgcnSettings()

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "TrainingSettings":
        if self.width % (2 * self.heads):
            raise ValueError(f"width ({self.width}) must be a multiple of twice the heads ({self.heads})")
        return self

    @property
    def threads(self) -> int:
        """Threads of a training job on this machine."""
        return self.max_threads or max(1, (os.cpu_count() or 1) // 2)

    @property
    def uses_cues(self) -> bool:
        """Whether measured cues are read, or taught to the network."""
        return self.measured_cues or self.taught_cues

    @property
    def reads_parts(self) -> bool:
        """Whether clips are long (`clip_length`); steps then read windows of them. Of resolved settings."""
        return self.clip_length == "long"

    @property
    def windows(self) -> tuple[int, int]:
        """Of the key-point model: frames per training window, and windows per predicted clip (0: the whole clip)."""
        if self.keypoint_model == "stgcn":
            return self.stgcn.window_frames, self.stgcn.predict_windows
        return self.window_frames, self.predict_windows
