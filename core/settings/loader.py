"""Settings of one workspace: `telltale.toml` in it, overridden by `TELLTALE_…` variables.

    [review]                        TELLTALE_REVIEW__MODE=assisted
    mode = "blind"

An unknown key is an error, so that a typing mistake never silently keeps a default. A renamed key
(core.settings.renamed_keys) is read with a warning on standard error; the file is copied, then rewritten.
"""

import functools
import logging
import os
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

from core.durable_files import replacing
from core.errors import SettingsError
from core.guarded_files import read_bounded
from core.settings.evaluation import EvaluationSettings
from core.settings.labeling import LabelingSettings
from core.settings.models import ModelsSettings
from core.settings.perception import PerceptionSettings
from core.settings.renamed_keys import with_present_keys, with_present_names
from core.settings.review import ReviewSettings
from core.settings.server import ServerSettings
from core.settings.training import TrainingSettings
from core.taxonomy import DEFAULT_TAXONOMY, Taxonomy

SETTINGS_FILE = "telltale.toml"
_NOT_SETTINGS = frozenset({"TELLTALE_WORKSPACE"})  # the path of the workspace, not one of its settings

_MAX_BYTES = 2**20
_LOG = logging.getLogger(__name__)

SectionT = TypeVar("SectionT", bound=BaseModel)


class _StrictEnv(EnvSettingsSource):
    """Reads TELLTALE_ variables, renamed ones too; one that matches no section is an error."""

    def __call__(self) -> dict[str, Any]:
        sections = {name.upper() for name in self.settings_cls.model_fields}
        for variable in os.environ:
            if not variable.startswith("TELLTALE_") or variable in _NOT_SETTINGS:
                continue
            if variable.removeprefix("TELLTALE_").split("__")[0] not in sections:
                raise SettingsError(f"The environment variable {variable} names no setting of Telltale.")
        values, sentences = with_present_names(super().__call__())
        for sentence in sentences:
            _tell_once(f"A TELLTALE_ variable has an old name. {sentence}")
        return values


class Settings(BaseSettings):
    """All settings of a workspace; made by `load_settings`."""

    model_config = SettingsConfigDict(env_prefix="TELLTALE_", env_nested_delimiter="__", extra="forbid", frozen=True)

    file_values: ClassVar[Mapping[str, Any]] = {}

    taxonomy: Taxonomy = DEFAULT_TAXONOMY
    perception: PerceptionSettings = PerceptionSettings()
    labeling: LabelingSettings = LabelingSettings()
    review: ReviewSettings = ReviewSettings()
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    models: ModelsSettings = ModelsSettings()
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
        return init_settings, _StrictEnv(settings_cls), InitSettingsSource(settings_cls, dict(cls.file_values))


def load_settings(folder: Path) -> Settings:
    """Settings of the workspace in `folder`; defaults if it has no `telltale.toml`.

    Raises SettingsError with one sentence that names the file or variable and the key.
    """
    path = folder / SETTINGS_FILE
    try:
        values = _values_of(path) if path.is_file() else {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    return settings_with(values, path)


def settings_with(values: Mapping[str, Any], path: Path) -> Settings:
    """Settings with `values` as what the file at `path` says, overridden by variables; the file itself is not read.

    Raises SettingsError with one sentence that names the file or variable and the key.
    """

    class _Bound(Settings):
        file_values = values

    try:
        return _Bound()
    except ValidationError as error:
        raise SettingsError(f"{path} (or a TELLTALE_ variable): {_first_problem(error)}.") from error


def _values_of(path: Path) -> dict[str, Any]:
    """The file's values under their present names; rewrites a file with old ones. Raises ValueError if it is not TOML."""
    text = read_bounded(path, _MAX_BYTES).decode("utf-8")  # in binary, to keep its line endings
    values, sentences = with_present_names(tomllib.loads(text))
    if sentences:
        rewritten = with_present_keys(text)
        where = "Change it there." if rewritten is None else _replaced(path, rewritten)
        _tell_once(f"{path}: {' '.join(sentences)} {where}")
    return values


def _replaced(path: Path, text: str) -> str:
    """Copies the file, then replaces it by `text`; returns a sentence that says where the copy is."""
    copy = path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    try:
        copy.write_bytes(path.read_bytes())
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        return f"The file cannot be rewritten ({error.strerror}): change it there."
    return f"The file is rewritten; a copy of it is {copy}."


@functools.cache
def _tell_once(sentence: str) -> None:
    """Logs the sentence as a warning, once per process."""
    _LOG.warning(sentence)


def with_changes(name: str, section: SectionT, changes: Mapping[str, Any]) -> SectionT:
    """The section `name` with some fields replaced; nested fields have dotted names: {"stgcn.budget_s": 60}.

    Old names are understood, since a job of an older version may have stored them.
    Raises SettingsError with one sentence that names the field.
    """
    values = section.model_dump()
    for key, value in with_present_names(changes, name)[0].items():
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
