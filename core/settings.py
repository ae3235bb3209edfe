"""Settings of one workspace: `telltale.toml` in it, overridden by `TELLTALE_…` variables.

    [review]                        TELLTALE_REVIEW__MODE=assisted
    mode = "blind"

An unknown key is an error, so that a typing mistake never silently keeps a default.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings.sources import EnvSettingsSource

from core.errors import SettingsError
from core.outcome_words import OUTCOME_WORDS
from core.records import ReviewMode
from core.taxonomy import DEFAULT_TAXONOMY, Taxonomy

SETTINGS_FILE = "telltale.toml"
_NOT_SETTINGS = frozenset({"TELLTALE_WORKSPACE"})  # where the workspace is, which is not one of its settings


SectionT = TypeVar("SectionT", bound=BaseModel)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PerceptionSettings(_Section):
    """Which part does each stage; `telltale doctor` lists what this machine has.

    `auto` takes the strong part where its weights are on this machine and the embedded one otherwise, and every command
    that uses it says which it took. Weights are looked for in the workspace's `weights/` first.
    """

    person: Literal["auto", "yolo", "keypoint-box"] = "auto"
    person_weights: str = Field(
        "yolo11x.pt", min_length=1, description="Ultralytics detector: name or path of a .pt, .onnx or OpenVINO folder."
    )
    person_classes: tuple[str, ...] = Field(
        ("person",), min_length=1, description="Names of the detector's classes that count as a person."
    )
    person_confidence: float = Field(0.25, gt=0, lt=1, description="Detections below are dropped.")
    person_every: int = Field(
        1, ge=1, le=250, description="The detector looks at each so many frames; 1 as in the paper."
    )
    person_batch: int = Field(8, ge=1, le=256, description="Frames that the detector gets at once.")
    tracker: Literal["bytetrack", "botsort"] = "bytetrack"
    image: Literal["auto", "transformers", "hog"] = "auto"
    image_model: str = Field(
        "facebook/dinov2-base", min_length=1, description="Any AutoModel vision checkpoint: name on the hub, or folder."
    )
    image_px: int = Field(224, ge=14, le=1024, description="Side of the square portrait that the image model is given.")
    image_batch: int = Field(16, ge=1, le=1024, description="Portraits that the image model gets at once.")
    image_every_s: float = Field(0.2, gt=0, description="Seconds between two frames that image features are made of.")
    crop_margin: float = Field(0.25, ge=0, le=2, description="Share of the box added on each side of the portrait.")
    keypoints: Literal["openpose-json", "rtmw"] = "openpose-json"
    keypoint_weights: str = Field(
        "rtmw-x.onnx",
        min_length=1,
        description="Whole-body pose model of rtmlib (133 COCO points): name or path of an .onnx.",
    )
    text: Literal["auto", "transformers", "hashing"] = "auto"
    text_model: str = Field(
        "bert-base-uncased", min_length=1, description="Any AutoModel text checkpoint: name on the hub, or folder."
    )
    mask_outcome_words: bool = Field(
        True, description="Hide words that state the result (outcome_words) before a transcript is encoded."
    )
    outcome_words: tuple[str, ...] = Field(
        OUTCOME_WORDS, description="Words and phrases that state the result; all their inflections must be listed."
    )
    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="Where the models run.")
    frame_memory_mib: int = Field(
        256, ge=32, le=65536, description="Decoded pictures of one clip that may be in memory at a time."
    )


class GeminiSettings(_Section):
    """Google's Gemini. The key comes from the environment (GEMINI_API_KEY or GOOGLE_API_KEY) and is never stored."""

    model: str = Field("gemini-2.5-pro", min_length=1, description="Model id; newer ones work unchanged.")
    base_url: str | None = Field(None, description="Another address than Google's, such as a proxy of the institute.")
    thinking_budget_tokens: int = Field(
        2048, ge=-1, le=32768, description="For 2.5 models; -1 lets the model choose. Thinking is paid as output."
    )
    thinking_level: Literal["low", "medium", "high"] = Field("low", description="For models from 3 on.")
    resolution: Literal["low", "default"] = Field(
        "low", description="low: 66 tokens a frame, enough for a portrait crop; default: 258."
    )
    inline_mb: float = Field(
        15, gt=0, le=95, description="Larger films go through the Files API and are deleted after."
    )


class OpenAISettings(_Section):
    """Any server that speaks OpenAI's protocol (vLLM, Ollama, LM Studio): frames go as pictures."""

    model: str = Field("qwen2.5vl:7b", min_length=1)
    base_url: str = Field("http://127.0.0.1:11434/v1", description="Ollama's address unless told otherwise.")
    key_variable: str = Field(
        "OPENAI_API_KEY", min_length=1, description="Environment variable with the key; most local servers need none."
    )
    frames_per_s: float = Field(2, gt=0, le=24, description="Pictures a second; local models take fewer than Gemini.")
    segment_s: float = Field(16, gt=1, description="Longest film in one request: 32 pictures at 2 a second.")
    picture_tokens: int = Field(300, ge=1, description="What the server counts for a picture; for the plan alone.")


class SimulatedLabelerSettings(_Section):
    """How often the labeler of a simulated cohort is right; `evidence = false` leaves it at its first answers."""

    first_right: float = Field(0.62, ge=0, le=1, description="Share of the clips whose first label is the true one.")
    right: float = Field(
        0.74, ge=0, le=1, description="Share of the clips whose label after reflection is the true one."
    )


class LabelingSettings(_Section):
    """Pseudo-labels.

    A gesture of 0.3 s lasts two frames at 6 frames a second and falls between them at 1. At 6 frames of 66 tokens a second
    and 32 tokens of sound, a minute is 25,700 tokens: about 0.03 USD with Gemini 2.5 Pro. A segment of two minutes stays far
    under the 200,000 tokens from which that model costs twice as much.
    """

    labeler: str = "cues"
    shown: Literal["portrait", "whole", "skeleton"] = Field(
        "portrait", description="What a model is sent: the portrait crop, whole frames, or the drawn key points alone."
    )
    sound: bool = Field(True, description="Send the voice too; never with shown = skeleton.")
    picture_px: int = Field(384, ge=64, le=1920, description="Longer side of what is sent.")
    frames_per_s: float = Field(6, gt=0, le=24, description="Frames a second that the model sees.")
    segment_s: float = Field(120, ge=2, description="Longer clips are watched in segments of at most this length.")
    segment_overlap_s: float = Field(3, ge=0, le=60, description="So that no gesture is cut in two.")
    transcript: bool = Field(True, description="Give the words too, with those that state the result hidden.")
    evidence: bool = Field(
        True, description="Reflection is given the cues measured on the key points and the claims they contradict."
    )
    film_in_reflection: bool = Field(False, description="Send the film again for reflection: twice the price.")
    temperature: float = Field(0.2, ge=0, le=2)
    max_answer_tokens: int = Field(8192, ge=256, le=65536)
    concurrency: int = Field(4, ge=1, le=64, description="Requests under way at a time.")
    attempts: int = Field(4, ge=1, le=20, description="How often one request is sent before its clip counts as failed.")
    timeout_s: float = Field(180, gt=0, le=3600)
    longest_wait_s: float = Field(120, ge=0, description="A server that asks for a longer wait fails the request.")
    min_confidence: float = Field(
        0.6, ge=0, le=1, description="Agreement filter: a label below it goes to review before it is trained on."
    )
    gemini: GeminiSettings = GeminiSettings()
    openai: OpenAISettings = OpenAISettings()
    simulated: SimulatedLabelerSettings = SimulatedLabelerSettings()

    @model_validator(mode="after")
    def _segments_move_on(self) -> "LabelingSettings":
        if self.segment_overlap_s * 2 > min(self.segment_s, self.openai.segment_s):
            raise ValueError("segment_overlap_s is more than half of a segment")
        return self


class ReviewSettings(_Section):
    """How clips are judged."""

    mode: ReviewMode = Field(
        ReviewMode.BLIND,
        description="blind: label first, rationale after. assisted: rationale at once; it shifts labels towards the model's.",
    )
    audit_fraction: float = Field(
        0.1, ge=0, le=1, description="Share of clips always judged blind, for reported agreement."
    )
    lease_minutes: float = Field(
        10,
        gt=0,
        le=24 * 60,
        description="How long a clip that somebody has open stays out of the queues of others; renewed while it is open.",
    )
    judgements_per_clip: int = Field(
        1, ge=1, le=20, description="People who judge each clip; it stays among those to judge until so many have."
    )
    repeat_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of the clips judged blind that come back once to the same reviewer, to see how steady they are.",
    )
    repeat_after_days: float = Field(
        7, ge=0, le=3650, description="Days after the first judgement before a clip may come back."
    )


def _as_number(value: Any) -> Any:
    """The words of a variable as the number that they spell; pydantic does so for numbers, and not for choices of them."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class StgcnSettings(_Section):
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


class TrainingSettings(_Section):
    """The fusion model and how it is fitted. Sizes are chosen for two cores; widths and layers grow with the machine."""

    modalities: tuple[Literal["pose", "image", "text"], ...] = ("pose", "image", "text")
    folds: int = Field(
        4, ge=2, le=20, description="Parts, by subject, of which each is answered by a model of the others."
    )
    promotion_folds: int = Field(
        2, ge=2, le=20, description="Folds of another cut, on which alone it is decided whether a run becomes current."
    )
    seed: int = Field(
        0, ge=0, description="Of the folds, the first weights and the windows; the same seed gives the same run."
    )
    width: int = Field(32, ge=8, le=2048, multiple_of=8, description="Numbers in a token, in steps of 8.")
    layers: int = Field(1, ge=1, le=24, description="Blocks of each Transformer.")
    heads: int = Field(4, ge=1, le=32, description="Of the attention; twice their number must divide the width.")
    keypoint_model: Literal["mlp", "stgcn"] = Field(
        "mlp", description="mlp: PoseMLP and LongTransformer on whole clips. stgcn: the peer, on sampled windows."
    )
    keypoint_joints: Annotated[Literal[137, 25], BeforeValidator(_as_number)] = Field(
        137, description="25: the body alone, without face and hands."
    )
    patch_frames: int = Field(5, ge=1, le=100, description="Frames that become one token of the key-point Transformer.")
    max_frames: int = Field(40_000, ge=50, description="Clips whose video has more frames are left out, not cut.")
    window_frames: int = Field(
        750, ge=25, description="Frames of a random window in a training step; the whole clip is read when predicting."
    )
    predict_windows: int = Field(
        0,
        ge=0,
        le=1000,
        description="Evenly spaced windows whose key points a clip is predicted from; 0: the whole clip.",
    )
    activation_checkpointing: bool = Field(
        False, description="Less memory in the Transformer while training, for about a third more time."
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
    stage1_epochs: int = Field(8, ge=0, le=1000, description="At most, of each modality alone.")
    stage2_epochs: int = Field(6, ge=1, le=1000, description="At most, of the modalities together.")
    batch_clips: int = Field(8, ge=1, le=512, description="Windows of a training step.")
    patience: int = Field(4, ge=1, description="Epochs without a lower loss on the kept subjects before a fit stops.")
    validation_share: float = Field(0.2, gt=0, le=0.5, description="Share of the training subjects kept for stopping.")
    imbalance: Literal["logit-adjustment", "balanced-sampling"] = Field(
        "logit-adjustment", description="How an uneven set of labels is met; both aim at balanced accuracy."
    )
    join: Literal["concatenation", "gated", "cross-attention"] = Field(
        "concatenation", description="How the modalities meet before the last layer; the paper's way is concatenation."
    )
    loss: Literal["cross-entropy", "generalised-cross-entropy", "bootstrapping"] = Field(
        "cross-entropy",
        description="The other two are pulled at less by wrong labels, and learn more slowly from right ones.",
    )
    learning_rate: float = Field(1e-3, gt=0, description="The highest, after a tenth of the steps; it falls to 0.")
    weight_decay: float = Field(1e-2, ge=0, description="Of AdamW.")
    measured_cues: bool = Field(
        True, description="The model also reads how often each cue measured on its key points happens."
    )
    dropout: float = Field(
        0.2, ge=0, lt=1, description="Share of numbers left out while training, never in the attention."
    )
    modality_dropout: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Chance of a modality to be missing while training, so that the model does without.",
    )
    pseudo_weight: float = Field(
        0.5, ge=0, le=1, description="Weight of a pseudo-label at confidence 1, beside 1 for a human's."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: CUDA where there is one, else the CPU.")
    mixed_precision: bool = Field(
        False, description="Learn in bfloat16 where that is safe: quicker on a GPU, for a little less precision."
    )
    max_threads: int = Field(
        1, ge=1, description="Threads of a training job, so that the review beside it stays quick."
    )
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


class SimulatedHumanSettings(_Section):
    """The person who decides in the arms of an evaluation, where the clips are of a simulated cohort."""

    accuracy: float = Field(0.9, ge=0, le=1, description="Share of the clips whose true label they give.")
    seconds_per_clip: float = Field(45, gt=0, description="Seconds that one decision takes; for the hours told alone.")


class EvaluationSettings(_Section):
    """`telltale evaluate`: how often, and which decisions are counted."""

    seeds: int = Field(5, ge=1, le=100, description="Seeds on the same folds.")
    decided_share: float = Field(
        0.2, gt=0, le=1, description="Share of the clips without gold that a person decides in the arms."
    )
    curve_shares: tuple[float, ...] = Field(
        (0.1, 0.2, 0.4, 0.7),
        description="Shares of the clips without gold at which the decisions curve is measured; none and all of them always are.",
    )
    flat_gain: float = Field(
        0.01,
        ge=0,
        le=1,
        description="The curve is flat where two steps together gained less than this in balanced accuracy.",
    )
    human: SimulatedHumanSettings = SimulatedHumanSettings()

    @model_validator(mode="after")
    def _shares_rise(self) -> "EvaluationSettings":
        if list(self.curve_shares) != sorted(set(self.curve_shares)) or not all(0 < s < 1 for s in self.curve_shares):
            raise ValueError("curve_shares must rise and lie between 0 and 1")
        return self


class ServerSettings(_Section):
    host: str = "127.0.0.1"
    port: int = Field(8501, ge=1, le=65535)
    token_hours: float = Field(
        12, gt=0, description="How long a reviewer's page may post decisions before it must be reloaded."
    )
    login: Literal["names", "oidc"] = Field(
        "names",
        description="names: whoever opens the app says who they are. oidc: everybody logs in with the provider of secrets.toml.",
    )
    members: tuple[str, ...] = Field(
        (), description='Addresses that may log in, or "@example.org" for all of a domain; none: all of the provider.'
    )
    leads: tuple[str, ...] = Field((), description="Addresses of the leads, who settle disputes, where login is oidc.")


class _StrictEnv(EnvSettingsSource):
    """Environment variables that begin with TELLTALE_ and match no setting are an error too."""

    def __call__(self) -> dict[str, Any]:
        sections = {name.upper() for name in self.settings_cls.model_fields}
        for variable in os.environ:
            if not variable.startswith("TELLTALE_") or variable in _NOT_SETTINGS:
                continue
            if variable.removeprefix("TELLTALE_").split("__")[0] not in sections:
                raise SettingsError(f"The environment variable {variable} names no setting of Telltale.")
        return super().__call__()


class Settings(BaseSettings):
    """All settings of a workspace; made by `load_settings`."""

    model_config = SettingsConfigDict(env_prefix="TELLTALE_", env_nested_delimiter="__", extra="forbid", frozen=True)

    toml_path: ClassVar[Path | None] = None

    taxonomy: Taxonomy = DEFAULT_TAXONOMY
    perception: PerceptionSettings = PerceptionSettings()
    labeling: LabelingSettings = LabelingSettings()
    review: ReviewSettings = ReviewSettings()
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    server: ServerSettings = ServerSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic-settings calls it with these names
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, _StrictEnv(settings_cls))
        if cls.toml_path is not None:
            sources += (TomlConfigSettingsSource(settings_cls, cls.toml_path),)
        return sources


def load_settings(folder: Path) -> Settings:
    """Settings of the workspace in `folder`; defaults where it has no `telltale.toml`.

    Raises SettingsError with one sentence that names the file or variable and the key.
    """
    path = folder / SETTINGS_FILE

    class _Bound(Settings):
        toml_path = path if path.is_file() else None

    try:
        return _Bound()
    except ValidationError as error:
        raise SettingsError(f"{path} (or a TELLTALE_ variable): {_first_problem(error)}.") from error
    except ValueError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error


def with_changes(name: str, section: SectionT, changes: Mapping[str, Any]) -> SectionT:
    """The section `name` with some fields replaced, those of a section within it by dotted names: {"stgcn.budget_s": 60}.

    Raises SettingsError with one sentence that names the field.
    """
    values = section.model_dump()
    for key, value in changes.items():
        *outer, last = key.split(".")
        within: Any = values
        for part in outer:
            within = within.get(part) if isinstance(within, dict) else None
        if not isinstance(within, dict):
            raise SettingsError(f"{name}.{key}: is not a setting.")
        within[last] = value
    try:
        return type(section).model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{name}.{_first_problem(error)}.") from error


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{key}: {'is not a setting' if first['type'] == 'extra_forbidden' else first['msg']}"
