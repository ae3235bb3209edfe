"""The models of the catalog as the command line, doctor and the Machine page show them. Imports no model's library."""

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.settings.perception import PerceptionSettings
from core.workspace import Workspace
from labeling.perception.keypoints.rtmw_weights import find_pose_weights
from labeling.perception.person.yolo_weights import find_person_weights
from labeling.perception.transformers_checkpoints import find_checkpoint
from labeling.weights.catalog import Model, all_models, model_named
from labeling.weights.store import WeightsStore


@dataclass(frozen=True, slots=True)
class ModelState:
    """An entry of the catalog on this machine.

    `place` is where perception finds it, None if nowhere; `fetched_bytes` have come of it so far. `chosen`: the settings
    name it. `lacks` says what it needs beside its files that is not there, empty if nothing.
    """

    model: Model
    place: Path | None
    fetched_bytes: int
    checked: bool
    chosen: bool
    accepted: bool
    lacks: str

    @property
    def said(self) -> str:
        """Whether it is there, in words."""
        if self.place is not None:
            return "there" if self.checked else "there, unchecked"
        if self.fetched_bytes:
            return f"{min(99, 100 * self.fetched_bytes // self.model.size)} % fetched"
        return "not there"


def store_of(workspace: Workspace) -> WeightsStore:
    """The workspace's `weights/`."""
    return WeightsStore(workspace.weights_dir, workspace.settings.models)


def model_states(workspace: Workspace) -> tuple[ModelState, ...]:
    """Every entry of the catalog, in its order."""
    return tuple(model_state(workspace, model) for model in all_models())


def models_to_get(names: Sequence[str], *, all_recommended: bool) -> list[Model]:
    """The named entries, and the recommended ones if asked for, each once. Raises NotFoundError for an unknown name."""
    named = [model_named(name) for name in names]
    recommended = [model for model in all_models() if all_recommended and model.recommended]
    return list(dict.fromkeys([*named, *recommended]))


def model_state(workspace: Workspace, model: Model) -> ModelState:
    """One entry on this machine."""
    store, settings = store_of(workspace), workspace.settings.perception
    place = _found(model, settings, workspace.weights_dir)
    return ModelState(
        model=model,
        place=place,
        fetched_bytes=store.fetched_bytes(model),
        checked=store.is_there(model) and store.is_checked(model),
        chosen=getattr(settings, model.setting) == model.value,
        accepted=store.accepted(model),
        lacks="" if _is_installed(model.package) else f"package {model.package}",
    )


def _found(model: Model, settings: PerceptionSettings, weights_dir: Path) -> Path | None:
    """Where perception would find it if the settings named it."""
    asked = settings.model_copy(update={model.setting: model.value})
    if model.stage == "person":
        return find_person_weights(asked, weights_dir)
    if model.stage == "key points":
        return find_pose_weights(asked, weights_dir)
    return find_checkpoint(model.value, weights_dir)


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
