"""Inputs of the perception benchmark: a simulated video, and models with random weights where none are given.

Random weights cost the same as trained ones but find nothing, and a trained detector need not find a drawn person.
So the detector does its full work and its result is then replaced by a fixed box; tracker, choice of person,
smoothing and crop use that box.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.media.video import probe_video, write_video
from core.settings.perception import PerceptionSettings
from core.simulation import PRESETS, sample_cohort
from core.simulation.drawing.video import frames_of
from core.simulation.rig.person import perform
from labeling.interfaces import FrameDetections, PersonDetector, Picture
from labeling.perception.image.vision_transformer import TransformersImage
from labeling.perception.person.yolo import YoloPersons
from labeling.perception.person.yolo_environment import import_ultralytics
from labeling.perception.pipeline.plan import Backends, ClipVideo

_BOX_SHARES = (0.3, 0.1, 0.7, 1.0)  # shares of width and height: about the place of the drawn person
_DRAWN_S = 4.0  # the video repeats after this time
_SEED = 0


def person_box(width_px: int, height_px: int) -> npt.NDArray[np.float32]:
    """(4,) x0, y0, x1, y1 in px: the box returned by every detector of the benchmark."""
    return np.array(_BOX_SHARES, dtype=np.float32) * np.array([width_px, height_px] * 2, dtype=np.float32)


class OneBox:
    """Runs a detector on every frame and returns `person_box`."""

    def __init__(self, detector: PersonDetector) -> None:
        self._detector = detector
        self.producer = detector.producer

    def load(self) -> None:
        """Loads the detector."""
        self._detector.load()

    def detect(self, frames_bgr: Sequence[Picture]) -> list[FrameDetections]:
        """One result per frame."""
        self._detector.detect(frames_bgr)
        sure = np.ones(1, dtype=np.float32)
        return [FrameDetections(person_box(frame.shape[1], frame.shape[0])[None], sure) for frame in frames_bgr]


def bench_parts(settings: PerceptionSettings, weights_dir: Path) -> Backends:
    """The models that `settings` name. Raises WeightsError where their weights cannot be found."""
    return Backends(OneBox(YoloPersons(settings, weights_dir)), TransformersImage(settings, weights_dir), None)


def make_detector(folder: Path) -> Path:
    """Saves YOLO 11n with random weights, its first class named person."""
    import_ultralytics()
    import torch
    from ultralytics import YOLO

    torch.manual_seed(_SEED)
    model = YOLO("yolo11n.yaml")
    model.model.names = {**model.model.names, 0: "person"}
    path = folder / "yolo11n-random.pt"
    model.save(path)
    return path


def make_image_model(folder: Path, *, width: int = 384, layers: int = 12) -> Path:
    """Saves a DINOv2 with random weights (384 x 12 is the size of dinov2-small) and its preprocessing."""
    import torch
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    torch.manual_seed(_SEED)
    config = Dinov2Config(hidden_size=width, num_hidden_layers=layers, num_attention_heads=width // 64, image_size=224)
    path = folder / f"dinov2-{width}x{layers}-random"
    Dinov2Model(config).save_pretrained(path)
    BitImageProcessor(size={"shortest_edge": 224}, crop_size=224).save_pretrained(path)
    return path


def make_video(
    path: Path, frame_count: int, frame_rate: Fraction, width_px: int = 640, height_px: int = 360
) -> ClipVideo:
    """Writes `frame_count` frames of a simulated person who moves, as H.264."""
    preset = replace(PRESETS["demo"], clip_s=_DRAWN_S, width_px=width_px, height_px=height_px)
    cohort = sample_cohort(preset, seed=_SEED)
    clip = cohort.clips[0]
    drawn = list(itertools.islice(frames_of(cohort, clip, perform(cohort, clip)), frame_count))
    write_video(path, _again_and_again(drawn, frame_count), frame_rate)
    info = probe_video(path)
    return ClipVideo(path.name, path, info.time_s, info.width_px, info.height_px)


def _again_and_again(drawn: Sequence[Picture], frame_count: int) -> Iterator[Picture]:
    """The pictures forwards and backwards, so that nothing jumps."""
    return itertools.islice(itertools.cycle([*drawn, *reversed(drawn)]), frame_count)
