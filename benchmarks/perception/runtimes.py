"""The same models in other runtimes: ONNX Runtime, and OpenVINO where installed, compared with eager PyTorch."""

import importlib.util
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from transformers import AutoModel

from benchmarks.perception.measures import Spent, spend
from core.settings.perception import PerceptionSettings
from labeling.interfaces import Picture
from labeling.perception.device import compute_dtype
from labeling.perception.person.yolo import YoloPersons
from labeling.perception.person.yolo_environment import import_ultralytics, threads_kept

_ROUNDS = 3
_OPSET = 17


@dataclass(frozen=True, slots=True)
class Runtime:
    """`work` runs one batch and returns its size. `setting` selects the runtime in Telltale; empty for the one in
    use.
    """

    name: str
    setting: str
    work: Callable[[], int]


@dataclass(frozen=True, slots=True)
class RuntimeFigures:
    """Medians over rounds; `gain` is the speed relative to the first runtime in the same round."""

    runtime: Runtime
    frames_per_second: float
    cpu_ms: float
    gain: float


def compare(runtimes: Sequence[Runtime], at_least_s: float) -> list[RuntimeFigures]:
    """Measures the runtimes in turns, so that other programs on the machine affect all alike."""
    for runtime in runtimes:
        runtime.work()
    rounds: list[list[Spent]] = [[spend(each.work, at_least_s) for each in runtimes] for _ in range(_ROUNDS)]
    figures = []
    for place, runtime in enumerate(runtimes):
        spent = [one_round[place] for one_round in rounds]
        gains = [
            each.frames_per_second / one_round[0].frames_per_second
            for each, one_round in zip(spent, rounds, strict=True)
        ]
        rate, cpu_ms = median(each.frames_per_second for each in spent), median(each.cpu_ms for each in spent)
        figures.append(RuntimeFigures(runtime, rate, cpu_ms, median(gains)))
    return figures


def detector_runtimes(
    settings: PerceptionSettings, weights: Path, weights_dir: Path, folder: Path, pictures: Sequence[Picture]
) -> list[Runtime]:
    """The detector and its exports, from picture to boxes, each run by the product's own code.

    Ultralytics writes exports beside the weights, so a copy in `folder` is exported.
    """
    import_ultralytics()
    from ultralytics import YOLO

    copy = folder / weights.name
    if copy != weights:
        shutil.copyfile(weights, copy)
    formats = {"ONNX Runtime": "onnx"} | ({"OpenVINO": "openvino"} if has_openvino() else {})
    runtimes = [_detector_runtime("eager PyTorch", "", settings, pictures, found=(weights, weights_dir))]
    for name, kind in formats.items():
        with threads_kept():  # for an export it takes them as well
            exported = Path(YOLO(str(copy)).export(format=kind, dynamic=True, simplify=False, verbose=False))
        setting = f'person_weights = "{exported.name}"'
        runtimes.append(_detector_runtime(name, setting, settings, pictures, found=(exported, weights_dir)))
    return runtimes


def _detector_runtime(
    name: str,
    setting: str,
    settings: PerceptionSettings,
    pictures: Sequence[Picture],
    *,
    found: tuple[Path, Path],
) -> Runtime:
    weights, weights_dir = found
    detector = YoloPersons(settings.model_copy(update={"person_weights": str(weights)}), weights_dir)
    return Runtime(name, setting, lambda: len(detector.detect(pictures)))


def encoder_runtimes(settings: PerceptionSettings, image_model: Path, folder: Path) -> list[Runtime]:
    """The image model alone, prepared pictures in and CLS features out, on the CPU."""
    device = torch.device("cpu")
    dtype = compute_dtype(device)
    shape = (settings.image_batch, 3, settings.image_px, settings.image_px)
    prepared = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    model = _Cls(AutoModel.from_pretrained(image_model, dtype=torch.float32)).eval()
    exported = folder / "image-model.onnx"
    _export(model, prepared, exported)
    torch_input = torch.from_numpy(prepared).to(dtype)
    fast = model.to(dtype)

    def eager() -> int:
        with torch.inference_mode():
            return len(fast(torch_input))

    runtimes = [Runtime(f"eager PyTorch, {str(dtype).removeprefix('torch.')}", "", eager)]
    runtimes.append(Runtime("ONNX Runtime, float32", "", _onnx(exported, prepared)))
    if has_openvino():
        runtimes.append(_openvino(exported, prepared))
    return runtimes


class _Cls(torch.nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.model(pixel_values=pixel_values).last_hidden_state[:, 0]
        return features


def _export(model: torch.nn.Module, prepared: "np.ndarray[Any, np.dtype[np.float32]]", path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter warns of its successor, which wants a library more
        torch.onnx.export(
            model,
            (torch.from_numpy(prepared[:2]),),
            str(path),
            input_names=["pixel_values"],
            output_names=["features"],
            dynamic_axes={"pixel_values": {0: "n"}, "features": {0: "n"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def _onnx(exported: Path, prepared: "np.ndarray[Any, np.dtype[np.float32]]") -> Callable[[], int]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(exported), options, providers=["CPUExecutionProvider"])
    return lambda: len(session.run(None, {"pixel_values": prepared})[0])


def _openvino(exported: Path, prepared: "np.ndarray[Any, np.dtype[np.float32]]") -> Runtime:
    import openvino

    threads = {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(str(exported), "CPU", threads)
    request = compiled.create_infer_request()
    precision = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    return Runtime(f"OpenVINO, {precision}", "", lambda: len(next(iter(request.infer({0: prepared}).values()))))


def has_openvino() -> bool:
    """Whether OpenVINO is installed; it is optional."""
    return importlib.util.find_spec("openvino") is not None
