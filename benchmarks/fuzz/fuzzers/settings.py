"""`telltale.toml` with values of other types and sizes, and with damaged bytes."""

import random
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import damaged, with_hostile_value
from core.settings.loader import SETTINGS_FILE, Settings, load_settings


def _values(_folder: Path) -> dict[str, Any]:
    return load_settings(Path("/nonexistent")).model_dump(mode="json", exclude_none=True)


def _written(values: dict[str, Any], chance: random.Random, folder: Path) -> Path:
    try:
        text = tomlkit.dumps(with_hostile_value(values, chance, times=chance.choice((1, 2, 5))))
        data = text.encode(errors="surrogatepass")
    except (TOMLKitError, ValueError, TypeError):  # what TOML cannot say
        data = damaged(tomlkit.dumps(values).encode(), chance)
    if chance.random() < 0.3:
        data = damaged(data, chance)
    Path(folder, SETTINGS_FILE).write_bytes(data)
    return folder


def _read(_values: dict[str, Any], folder: Path) -> Settings:
    return load_settings(folder)


FUZZER = Fuzzer("settings", _values, _written, _read)
