"""Base class of every section of the settings: frozen, and an unknown key is an error.

A long section inherits from several groups. A group's docstring becomes a heading of docs/reference/settings.md; its keys
stand in telltale.toml directly under the section.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def groups(cls) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(heading, names of its keys) of each group; none if the section is not divided."""
        for base in reversed(cls.__mro__[1:]):
            if issubclass(base, Section) and base is not Section:
                yield str(base.__doc__), tuple(base.model_fields)
