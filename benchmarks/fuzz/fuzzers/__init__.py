"""The fuzzers by name; each is the `FUZZER` of the module of its name. Only the one that runs is imported."""

from collections.abc import Sequence

from core.errors import InputError

NAMES: tuple[str, ...] = (
    "answers",
    "bombs",
    "key_points",
    "keypoint_sets",
    "pages",
    "routes",
    "run_folders",
    "server_bodies",
    "settings",
    "tables",
    "texts",
    "transcripts",
    "videos",
)
# An input of these costs as much as ten, five or two of the others.
_WEIGHTS = {"pages": 0.1, "bombs": 0.2, "videos": 0.5}


def shares(inputs: int, names: Sequence[str]) -> dict[str, int]:
    """How many of the inputs each of these fuzzers makes, at least one; together about `inputs`."""
    weights = {name: _WEIGHTS.get(name, 1.0) for name in names}
    return {name: max(1, round(inputs * weight / sum(weights.values()))) for name, weight in weights.items()}


def module_of(name: str) -> str:
    """The module that holds the fuzzer of this name. Raises InputError where there is none."""
    if name not in NAMES:
        raise InputError(f"There is no fuzzer called {name!r}; there are {', '.join(NAMES)}.")
    return f"{__name__}.{name}"
