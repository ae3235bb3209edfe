"""The settings of one training run, read off the pydantic model itself: a field that is added there is shown here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.errors import SettingsError
from core.settings.loader import with_changes
from core.settings.training import TrainingSettings

_CHOSEN_ELSEWHERE = frozenset({"modalities"})  # beside the button
_UNITS = {"_s": "s", "_frames": "frames", "_clips": "clips"}


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field. `name` is dotted below the section; `usual` the workspace's value; `low` and `high` include themselves.

    `kind`: "choice" of `choices`, "flag", "whole" or "number". `exclusive`: `low` itself is not allowed.
    """

    name: str
    kind: Literal["choice", "flag", "whole", "number"]
    usual: Any
    description: str
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    exclusive: bool = False

    @property
    def title(self) -> str:
        """Its name in words, e.g. "Stgcn: budget (s)"."""
        *outer, last = self.name.split(".")
        ending = next((one for one in _UNITS if last.endswith(one)), "")
        words = " ".join([*(f"{one}:" for one in outer), *last.removesuffix(ending).split("_")])
        return words[:1].upper() + words[1:] + (f" ({_UNITS[ending]})" if ending else "")

    @property
    def hint(self) -> str:
        """What it does, and what is allowed."""
        low, high = (None if one is None else f"{one:g}" for one in (self.low, self.high))
        above = f"above {low}" if self.exclusive else f"{low} or more"
        span = "" if low is None else above if high is None else f"{'above ' if self.exclusive else ''}{low} to {high}"
        return " ".join(part for part in (self.description, f"Allowed: {span}." if span else "") if part)


def setting_fields(settings: TrainingSettings) -> list[SettingField]:
    """All fields but those that have a place of their own, in the model's order, those of ST-GCN last."""
    return list(_fields(settings, ""))


def changes_of(fields: list[SettingField], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen otherwise than usual, by dotted name: the arguments of a training job."""
    return {one.name: chosen[one.name] for one in fields if one.name in chosen and chosen[one.name] != one.usual}


def problem_with(settings: TrainingSettings, changes: Mapping[str, Any]) -> str:
    """Why the settings cannot be changed so, in a sentence; "" where they can."""
    try:
        with_changes("training", settings, changes)
    except SettingsError as error:
        return str(error)
    return ""


def _fields(section: BaseModel, prefix: str) -> Iterator[SettingField]:
    nested = []
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            nested.append((name, value))
        elif prefix or name not in _CHOSEN_ELSEWHERE:
            yield _field(prefix + name, info, value)
    for name, inner in nested:
        yield from _fields(inner, f"{prefix}{name}.")


def _field(name: str, info: FieldInfo, value: Any) -> SettingField:
    description = info.description or ""
    if get_origin(info.annotation) is Literal:
        return SettingField(name, "choice", value, description, choices=get_args(info.annotation))
    if info.annotation is bool:
        return SettingField(name, "flag", value, description)
    low: float | None = None
    high: float | None = None
    exclusive = False
    for rule in info.metadata:  # each bound is an object of its own, with one of these
        low = getattr(rule, "ge", getattr(rule, "gt", low))
        high = getattr(rule, "le", getattr(rule, "lt", high))
        exclusive = exclusive or hasattr(rule, "gt")
    kind: Literal["whole", "number"] = "whole" if info.annotation is int else "number"
    return SettingField(name, kind, value, description, low=low, high=high, exclusive=exclusive)
