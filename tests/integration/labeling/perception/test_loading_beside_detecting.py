"""A model that loads in bfloat16 sets PyTorch's default type for all threads: none may detect meanwhile."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

from core.media.video import decode_frames
from core.progress import SilentProgress
from core.settings.perception import PerceptionSettings
from labeling.interfaces import FrameDetections, Picture
from labeling.perception import device
from labeling.perception.image.vision_transformer import TransformersImage
from labeling.perception.person.yolo import YoloPersons
from labeling.perception.pipeline.chunks import ChunkStore
from labeling.perception.pipeline.pipeline import extract_from_video
from labeling.perception.pipeline.plan import Backends, ClipVideo
from tests.integration.labeling.perception.filmed import RED, draw_film, walking
from tests.integration.labeling.perception.random_models import save_detector

FRAMES, PX = 160, 56
LOADING_S = 0.5  # several batches of the detector
ALL_ARE_FOUND, NONE_IS_FOUND = 0.3, 0.9  # confidences: that of the random weights is 0.5 everywhere


class WithARememberedResult:
    """Runs a detector and keeps its boxes; gives out one box a frame, so that every later stage has work."""

    def __init__(self, detector: YoloPersons) -> None:
        self._detector = detector
        self.producer = detector.producer
        self.found: list[FrameDetections] = []

    def load(self) -> None:
        self._detector.load()

    def detect(self, frames_bgr: Sequence[Picture]) -> list[FrameDetections]:
        self.found += self._detector.detect(frames_bgr)
        box = np.array([[60, 60, 160, 180]], dtype=np.float32)
        return [FrameDetections(box, np.ones(1, dtype=np.float32)) for _ in frames_bgr]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> ClipVideo:
    return draw_film(tmp_path_factory.mktemp("film") / "walk.mp4", FRAMES, lambda frame: [(walking(frame), RED)])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> PerceptionSettings:
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    shape = Dinov2Config(hidden_size=48, num_hidden_layers=2, num_attention_heads=3, image_size=PX, patch_size=14)
    Dinov2Model(shape).save_pretrained(folder)
    BitImageProcessor().save_pretrained(folder)
    return PerceptionSettings(
        person="yolo",
        person_weights=str(save_detector("yolo11n.yaml", folder / "small.pt")),
        person_confidence=NONE_IS_FOUND,
        person_every=4,
        person_batch=2,
        image="transformers",
        image_model=str(folder),
        image_px=PX,
        image_every_s=0.04,
        device="cpu",
    )


@pytest.fixture
def loads_slowly_in_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with bfloat16 and a slow disk."""
    really: Callable[..., Any] = transformers.modeling_utils.local_torch_dtype

    @contextmanager
    def slowly(*arguments: Any) -> Iterator[None]:
        with really(*arguments):
            time.sleep(LOADING_S)
            yield

    monkeypatch.setattr(transformers.modeling_utils, "local_torch_dtype", slowly)
    monkeypatch.setattr(device, "compute_dtype", lambda _device: torch.bfloat16)


def boxes_beside_loading(film: ClipVideo, settings: PerceptionSettings, folder: Path) -> list[FrameDetections]:
    detector = WithARememberedResult(YoloPersons(settings, folder))
    backends = Backends(detector, TransformersImage(settings, folder), None)
    extract_from_video(film, backends, settings, ChunkStore(folder, 1, "key"), SilentProgress())
    return detector.found


@pytest.mark.usefixtures("loads_slowly_in_bfloat16")
def test_frames_without_anybody_are_read_while_an_image_model_loads_in_bfloat16(
    film: ClipVideo, settings: PerceptionSettings, tmp_path: Path
) -> None:
    found = boxes_beside_loading(film, settings, tmp_path)
    assert [len(each.confidence) for each in found] == [0] * (FRAMES // settings.person_every)
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.long
@pytest.mark.usefixtures("loads_slowly_in_bfloat16")
def test_boxes_beside_an_image_model_that_loads_in_bfloat16_are_those_of_one_thread(
    film: ClipVideo, settings: PerceptionSettings, tmp_path: Path
) -> None:
    finds_all = settings.model_copy(update={"person_confidence": ALL_ARE_FOUND})
    found = boxes_beside_loading(film, finds_all, tmp_path)
    frames = [picture for _time_s, picture in decode_frames(film.path)][:: settings.person_every]
    alone, size = YoloPersons(finds_all, tmp_path), settings.person_batch
    expected = [one for at in range(0, len(frames), size) for one in alone.detect(frames[at : at + size])]
    assert min(len(each.confidence) for each in expected) > 0
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.box_xyxy_px, other.box_xyxy_px)
