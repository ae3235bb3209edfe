"""`telltale bench perception`: the pipeline against its theoretical limit and against the loop of a typical
notebook.

All are measured in each round of one run, so that other programs on the machine affect all alike; ratios are taken
within a round, and their median is reported. All do the same work: each frame is decoded, cropped and encoded.

On a CPU, where the stages share the cores, there are two limits: all cores over the sum of the CPU seconds of the
stages alone, and one over the sum of their wall-clock seconds. The budget is 0.9 of the lower one. On a GPU the
limit is the slowest stage, and the budget is three times the loop.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from benchmarks.perception.inputs import bench_parts, make_detector, make_image_model, make_video
from benchmarks.perception.measures import StagesAlone, run_pipeline, spend
from benchmarks.perception.notebook_loop import NotebookLoop
from benchmarks.perception.peak_memory import peak_memory_mib
from benchmarks.perception.rows import Round, memory_rows, pipeline_rows, runtime_rows
from benchmarks.perception.runtimes import compare, detector_runtimes, encoder_runtimes, has_openvino
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.errors import WeightsError
from core.settings.perception import PerceptionSettings
from labeling.perception.device import compute_dtype, pick_device
from labeling.perception.person.yolo_weights import find_person_weights
from labeling.perception.pipeline.plan import Backends, ClipVideo
from labeling.perception.transformers_checkpoints import find_checkpoint

_ROUNDS = 3
_FRAME_RATE = Fraction(25)
_SHORTEST, _LONGEST = 50, 3000  # frames of the measured video
_ALONE_SHARE = 1 / 6  # share of a round for each stage alone
_RUNTIME_SHARE = 1 / 12
_MEMORY_RATE = Fraction(5)
_MEMORY_SIZE_PX = (320, 180)
# Small models, so that a video ten times as long is quick; every stage runs.
_MEMORY_SETTINGS = {"image_px": 56, "frame_memory_mib": 32}


@dataclass(frozen=True, slots=True)
class _Models:
    """The measured models, and whether they have random weights."""

    settings: PerceptionSettings
    person_weights: Path
    image_model: Path
    names: tuple[str, str]


def bench_perception(
    settings: PerceptionSettings,
    weights_dir: Path,
    *,
    weights: Path | None,
    image_model: str | None,
    seconds: float,
    parts: Parts,
    memory_s: tuple[int, int] = (30, 300),
) -> tuple[BenchRow, ...]:
    """Measures for a multiple of `seconds`, which is about the time of one run of the pipeline.

    `weights` and `image_model` are the user's; models with random weights replace None. Raises WeightsError where a
    named model cannot be found or used.
    """
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as temporary:
        folder = Path(temporary)
        on_gpu = _on_gpu(settings)
        parts.expect(1 + _ROUNDS + (0 if on_gpu else 1) + len(memory_s))
        parts.begin("models and video")
        models = _models(settings, weights_dir, weights, image_model, folder)
        backends = bench_parts(models.settings, weights_dir)
        video = _video(models.settings, backends, folder, seconds)
        rows = _described(models, video)
        alone = StagesAlone(video, backends, models.settings)
        loop = NotebookLoop(models.settings, models.person_weights, models.image_model)
        loop.run(video, frames=3)
        rounds = []
        for number in range(_ROUNDS):
            parts.begin(f"the stages alone, the pipeline, a notebook's loop: round {number + 1} of {_ROUNDS}")
            rounds.append(
                _round(lambda: run_pipeline(video, backends, models.settings, folder), video, alone, loop, seconds)
            )
        rows += pipeline_rows(rounds, _cores(), on_gpu=on_gpu)
        if not on_gpu:
            parts.begin("the same models in other runtimes")
            rows += _runtimes(models, weights_dir, alone, folder, seconds * _RUNTIME_SHARE)
        peaks_mib = {}
        for length_s in memory_s:
            parts.begin(f"memory of the pipeline on a video of {length_s} s")
            peaks_mib[length_s] = _peak_mib(models.settings, folder, length_s)
        rows += memory_rows(peaks_mib)
    return tuple(rows)


def left_out(settings: PerceptionSettings, *, random_weights: bool) -> tuple[str, ...]:
    """What the figures do not include, on this machine and with these models."""
    sentences = [
        "Real videos: one clip of one drawn person, 640 x 360 pixels.",
        "Finding people: the detector works in full, but its answer is replaced by one box.",
        "Several clips at once; reading and proxies of a new clip; the database.",
        "Key points by a model, and text features.",
        "Memory at the usual size of pictures: it is measured on 320 x 180 pixels, pictures of 56 and small buffers.",
    ]
    if random_weights:
        sentences.append("Trained models: a model that was not named has random weights, which do the same work.")
    if _on_gpu(settings):
        sentences.append("Other runtimes, which are compared on the processor alone.")
    else:
        sentences.append("GPUs: everything is measured on the processor.")
        if not has_openvino():
            sentences.append("OpenVINO, which is not installed.")
    return tuple(sentences)


def _models(
    settings: PerceptionSettings, weights_dir: Path, weights: Path | None, image_model: str | None, folder: Path
) -> _Models:
    detector = str(weights) if weights is not None else str(make_detector(folder))
    encoder = image_model if image_model is not None else str(make_image_model(folder))
    everything = {
        "person": "yolo",
        "person_weights": detector,
        "person_every": 1,
        "image": "transformers",
        "image_model": encoder,
        "image_every_s": 0.001,  # less than a frame, so every frame is used
        "keypoints": "openpose-json",
    }
    chosen = settings.model_copy(update=everything)
    bench_parts(chosen, weights_dir)  # raises where something is missing
    person_path, image_path = find_person_weights(chosen, weights_dir), find_checkpoint(encoder, weights_dir)
    if person_path is None or image_path is None:
        raise WeightsError(
            f"{detector if person_path is None else encoder} is not on this machine as a file of its own."
        )
    names = (
        person_path.name if weights is not None else "yolo11n.yaml with random weights",
        encoder if image_model is not None else "Dinov2 384 x 12 with random weights",
    )
    return _Models(chosen, person_path, image_path, names)


def _video(settings: PerceptionSettings, backends: Backends, folder: Path, seconds: float) -> ClipVideo:
    """A simulated video that all stages need about `seconds` for; also warms up the models."""
    short = make_video(folder / "short.mp4", _SHORTEST, _FRAME_RATE)
    alone = StagesAlone(short, backends, settings)
    for stage in (alone.detect, alone.describe):
        stage()
    once = [spend(stage) for stage in (alone.decode, alone.detect, alone.describe)]
    count = round(seconds / sum(each.wall_s / each.frames for each in once))
    return make_video(folder / "video.mp4", min(max(count, _SHORTEST), _LONGEST), _FRAME_RATE)


def _described(models: _Models, video: ClipVideo) -> list[BenchRow]:
    device = pick_device(models.settings.device)
    precision = str(compute_dtype(device)).removeprefix("torch.")
    return [
        BenchRow("processor cores", _cores(), "cores"),
        BenchRow(f"person detector: {models.names[0]}", _megabytes(models.person_weights), "MB"),
        BenchRow(f"image model: {models.names[1]}; {precision} on {device}", _megabytes(models.image_model), "MB"),
        BenchRow(
            f"video: simulated, {video.width_px} x {video.height_px}; each frame looked at, cut out (one box) and encoded",
            len(video.time_s),
            "frames",
        ),
    ]


def _round(
    pipeline: Callable[[], int], video: ClipVideo, alone: StagesAlone, loop: NotebookLoop, seconds: float
) -> Round:
    each_s = seconds * _ALONE_SHARE
    return Round(
        decode=spend(alone.decode, each_s),
        detect=spend(alone.detect, each_s),
        describe=spend(alone.describe, each_s),
        pipeline=spend(pipeline),
        loop=spend(lambda: loop.run(video)),
    )


def _runtimes(models: _Models, weights_dir: Path, alone: StagesAlone, folder: Path, each_s: float) -> list[BenchRow]:
    rows = []
    if models.person_weights.suffix == ".pt":  # others are exported already
        detectors = detector_runtimes(models.settings, models.person_weights, weights_dir, folder, alone.detector_batch)
        rows += runtime_rows("detector", compare(detectors, each_s))
    return rows + runtime_rows(
        "image model", compare(encoder_runtimes(models.settings, models.image_model, folder), each_s)
    )


def _peak_mib(settings: PerceptionSettings, folder: Path, length_s: int) -> float:
    width_px, height_px = _MEMORY_SIZE_PX
    path = folder / f"{length_s}.mp4"
    make_video(path, round(length_s * _MEMORY_RATE), _MEMORY_RATE, width_px, height_px)
    return peak_memory_mib(path, settings.model_copy(update=_MEMORY_SETTINGS), folder)


def _on_gpu(settings: PerceptionSettings) -> bool:
    return pick_device(settings.device).type != "cpu"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6
