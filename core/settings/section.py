"""What every section of the settings is: frozen, and strict about its keys.

A long section is put together from groups, each a base class of it: its docstring is a heading of
docs/reference/settings.md, and its keys stand in telltale.toml directly under the section.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def groups(cls) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(heading, names of its keys) of each group; none where the section is not divided."""
        for base in reversed(cls.__mro__[1:]):
            if issubclass(base, Section) and base is not Section:
                yield str(base.__doc__), tuple(base.model_fields)
