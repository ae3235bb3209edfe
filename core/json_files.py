"""Reading JSON files that may be cut, foreign or of other types, as a value of the type that is needed.

For the files that Telltale itself writes beside the database. Every failure is one sentence of the caller's error class,
which names the file and ends with what to do.
"""

from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from core.errors import TelltaleError
from core.guarded_files import read_bounded, reason_of

_T = TypeVar("_T")
_MAX_BYTES = 256 * 2**20


def read_json(path: Path, shape: type[_T], *, raises: type[TelltaleError], remedy: str) -> _T:
    """The content of a JSON file as `shape`: a dataclass, a pydantic model or a type such as `dict[str, float]`.

    Raises `raises`, one sentence that ends with `remedy`, where the file cannot be read or holds something else.
    """
    try:
        data = read_bounded(path, _MAX_BYTES)
    except OSError as error:
        raise raises(f"{path} cannot be read: {reason_of(error)}; {remedy}.") from error
    return parsed_json(data, shape, called=str(path), raises=raises, remedy=remedy)


def parsed_json(data: bytes, shape: type[_T], *, called: str, raises: type[TelltaleError], remedy: str) -> _T:
    """`data` as `shape`; `called` begins the sentence. Raises as `read_json`."""
    try:
        found: _T = _adapter(cast(Hashable, shape)).validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise raises(f"{called} cannot be read: {what}; {remedy}.") from error
    return found


@cache
def _adapter(shape: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, shape))
