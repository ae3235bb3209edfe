"""Prices of tokens, from a dated file. A model that is not listed has no price."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import SettingsError
from core.guarded_files import read_bounded
from labeling.vlm.providers.interface import Usage

PRICE_FILE = Path(__file__).with_name("prices.toml")
_MAX_BYTES = 2**20
_MILLION = 1_000_000


class Price(BaseModel):
    """US dollars per million tokens. With `long_from_tokens` of input or more, the long prices apply to the whole request; after
    the day `until`, the later prices apply."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    long_from_tokens: int | None = None
    long_input: float | None = None
    long_output: float | None = None
    until: date | None = None
    later_input: float | None = None
    later_output: float | None = None

    def usd(self, usage: Usage, today: date) -> float:
        """Cost of one request in US dollars."""
        input_price, output_price = self.input, self.output
        if self.until is not None and today > self.until:
            input_price, output_price = self.later_input or input_price, self.later_output or output_price
        if self.long_from_tokens is not None and usage.input > self.long_from_tokens:
            input_price, output_price = self.long_input or input_price, self.long_output or output_price
        return (usage.input * input_price + (usage.output + usage.thinking) * output_price) / _MILLION


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    source: str
    models: dict[str, Price]


@dataclass(frozen=True, slots=True)
class PriceList:
    """All known prices, and the day on which they were looked up."""

    path: Path
    day: date
    models: dict[str, Price]

    def of(self, model_id: str) -> Price | None:
        """The price of a model, or None; ids with a suffix (`-preview-06-05`, `-001`) have the price of the listed id."""
        name = model_id.removeprefix("models/")
        fitting = [key for key in self.models if name == key or name.startswith((f"{key}-preview", f"{key}-0"))]
        return self.models[max(fitting, key=len)] if fitting else None


FREE = Price(input=0, output=0)


def load_prices(workspace_root: Path) -> PriceList:
    """The workspace's own `prices.toml`, else Telltale's. Raises SettingsError, naming the file."""
    own = workspace_root / "prices.toml"
    path = own if own.is_file() else PRICE_FILE
    try:
        found = _File.model_validate(tomllib.loads(read_bounded(path, _MAX_BYTES).decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The price file {path} cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The price file {path}: {where}: {first['msg']}.") from error
    return PriceList(path, found.date, found.models)
