"""Writes changed settings into `telltale.toml`; its comments, its order and its other keys stay as they are.

The whole result is checked before anything is written, and the file is replaced at once, so a crash leaves the old file or
the new one.
"""

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from core.durable_files import replacing
from core.errors import SettingsError
from core.settings.loader import SETTINGS_FILE, Settings, settings_with
from core.settings.renamed_keys import with_present_names

_PREFIX = "TELLTALE_"


def file_version(folder: Path) -> str:
    """A digest of the settings file of `folder`, to be handed to `write_settings`; empty without a file.

    Raises SettingsError if the file cannot be read.
    """
    content = _content(folder / SETTINGS_FILE)
    return "" if content is None else hashlib.sha256(content).hexdigest()


def overriding_variable(key: str) -> str | None:
    """The environment variable that sets `key`, such as "review.mode", and so counts before the file; None without one."""
    section, _, name = key.partition(".")
    for variable, value in os.environ.items():
        if variable.upper().startswith(_PREFIX) and name in _names_set(variable, value, section):
            return variable
    return None


def write_settings(folder: Path, changes: Mapping[str, Any], *, read: str) -> Settings:
    """Writes `changes`, values by dotted key such as "review.mode", and returns the settings that then hold.

    `read` is the version (`file_version`) that the changes were chosen on. Raises SettingsError with one sentence, and writes
    nothing, if the file is another one by now, cannot be read or written, if a variable sets one of the keys, or if the whole
    result is refused.
    """
    path = (folder / SETTINGS_FILE).resolve()  # a link stays a link to its file
    if file_version(folder) != read:
        raise SettingsError(f"{path} was changed since it was read; nothing is written. Look at it again.")
    for key in changes:
        variable = overriding_variable(key)
        if variable is not None:
            raise SettingsError(
                f"{key} is set by the variable {variable}, which counts before {path}; change it there."
            )
    text = _changed_text(path, (_content(path) or b"").decode("utf-8"), changes)
    settings = settings_with(with_present_names(tomllib.loads(text))[0], path)
    try:
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8", newline="")  # keeps the line endings of the file
            if path.exists():
                shutil.copymode(path, partial)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
    return settings


def _changed_text(path: Path, text: str, changes: Mapping[str, Any]) -> str:
    """The text with the changes. Raises SettingsError if it is not TOML, or if its form takes no change."""
    try:
        wanted: dict[str, Any] = tomllib.loads(text)
        document = tomlkit.parse(text)
        for key, value in changes.items():
            section, _, name = key.partition(".")
            wanted[section] = {**wanted.get(section, {}), name: value}
            if section not in document:
                document[section] = tomlkit.table()
            _put(document[section], name, value)
        changed = tomlkit.dumps(document)
        holds = tomllib.loads(changed) == wanted
    except (TOMLKitError, ValueError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    if not holds:
        raise SettingsError(
            f"{path} is written in a form that cannot be changed from here; change {', '.join(changes)} there."
        )
    return changed


def _put(table: Any, name: str, value: Any) -> None:
    """Sets a key of a TOML table; a list of tables keeps those that are there already, found by their names."""
    if not (isinstance(value, list) and value and isinstance(value[0], dict)):
        table[name] = value
        return
    there = {one["name"]: one for one in table.get(name, ())}
    tables = tomlkit.aot()
    for wanted in value:
        one = there.get(wanted["name"], tomlkit.table())
        for key in [key for key in one if key not in wanted]:
            del one[key]
        for key, entry in wanted.items():
            if key not in one or one[key] != entry:
                one[key] = entry
        tables.append(one)
    table.pop(name, None)
    table[name] = tables


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _names_set(variable: str, value: str, section: str) -> frozenset[str]:
    """Names of the keys of `section` that the variable sets: one by its own name, or several as a JSON object."""
    first, *rest = variable[len(_PREFIX) :].lower().split("__")
    if first != section:
        return frozenset()
    try:
        given: Any = {rest[0]: None} if rest else json.loads(value)
    except ValueError:
        return frozenset()
    return frozenset(with_present_names(given, section)[0]) if isinstance(given, dict) else frozenset()
