"""Boxes in float32 from an Ultralytics network of any type: half precision would place them wrong by up to pixels."""

from types import MethodType
from typing import Any

import torch
from ultralytics.nn.modules.head import Detect


def decode_in_float32(network: Any) -> bool:
    """Makes the network's head compute its boxes in float32, also if the network is converted to another type later.

    Returns False for a network whose head works otherwise (such as RT-DETR's); it is unchanged, and only exact in float32.
    """
    head = network.model[-1]
    if not isinstance(head, Detect):
        return False
    head._inference = MethodType(_decode, head)  # a method, so that it is bound anew in a copy of the network
    return True


def _decode(head: Detect, predictions: dict[str, Any]) -> torch.Tensor:
    head.dfl.float()
    decoded: torch.Tensor = type(head)._inference(head, {name: _floats(value) for name, value in predictions.items()})
    return decoded


def _floats(value: Any) -> Any:
    return [each.float() for each in value] if isinstance(value, list) else value.float()
