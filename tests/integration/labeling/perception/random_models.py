"""Detectors with random weights that find much."""

from pathlib import Path

import torch

from labeling.perception.person.yolo_environment import import_ultralytics


def save_detector(config: str, path: Path) -> Path:
    """Saves the Ultralytics model `config` to `path`; the bias of the class scores is raised, so that it finds much."""
    import_ultralytics()
    from ultralytics import YOLO

    torch.manual_seed(0)
    model = YOLO(config)
    model.model.names = {**model.model.names, 0: "person", 1: "chair"}
    head = model.model.model[-1]
    if "Detect" in type(head).__name__:
        for scores in head.cv3:
            torch.nn.init.normal_(scores[-1].weight, std=0.5)
            torch.nn.init.zeros_(scores[-1].bias)
    model.save(path)
    return path
