"""The settings that the Train page shows, and a sentence about the others."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from core.settings.training import TrainingSettings

ON_THE_PAGE = ("modalities", "keypoint_model", "fusion_method", "pseudo_weight", "seed")


def difference_sentence(settings: TrainingSettings) -> str:
    """A sentence with the settings that the page does not show and that differ from their defaults; "" for none."""
    found = [f"{name} = {json.dumps(value)}" for name, value in _differences(settings, TrainingSettings())]
    found = [one for one in found if one.split(" = ")[0] not in ON_THE_PAGE]
    if not found:
        return ""
    number = (
        "1 other setting differs from its default"
        if len(found) == 1
        else (f"{len(found)} other settings differ from their defaults")
    )
    return f"{number}: {', '.join(found)}."


def _differences(section: BaseModel, defaults: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(section).model_fields:
        value, default = getattr(section, name), getattr(defaults, name)
        if isinstance(value, BaseModel):
            yield from _differences(value, default, f"{prefix}{name}.")
        elif value != default:
            yield prefix + name, value
