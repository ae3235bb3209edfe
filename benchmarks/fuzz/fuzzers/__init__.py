"""The fuzzers by name; each is the `FUZZER` of the module of its name. Only the one that runs is imported."""

from core.errors import InputError

NAMES: tuple[str, ...] = (
    "answers",
    "bombs",
    "key_points",
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


def module_of(name: str) -> str:
    """The module that holds the fuzzer of this name. Raises InputError where there is none."""
    if name not in NAMES:
        raise InputError(f"There is no fuzzer called {name!r}; there are {', '.join(NAMES)}.")
    return f"{__name__}.{name}"
