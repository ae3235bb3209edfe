"""Settings of one workspace: `telltale.toml` in it, overridden by `TELLTALE_…` variables.

    [review]                        TELLTALE_REVIEW__MODE=assisted
    mode = "blind"

An unknown key is an error, so that a typing mistake never silently keeps a default.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings.sources import EnvSettingsSource

from core.errors import SettingsError
from core.settings.evaluation import EvaluationSettings
from core.settings.labeling import LabelingSettings
from core.settings.perception import PerceptionSettings
from core.settings.review import ReviewSettings
from core.settings.server import ServerSettings
from core.settings.training import TrainingSettings
from core.taxonomy import DEFAULT_TAXONOMY, Taxonomy

SETTINGS_FILE = "telltale.toml"
_NOT_SETTINGS = frozenset({"TELLTALE_WORKSPACE"})  # where the workspace is, which is not one of its settings


SectionT = TypeVar("SectionT", bound=BaseModel)


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
