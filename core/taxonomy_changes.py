"""What a drafted taxonomy changes of the present one, and the names that new labels are stored under.

A stored name keeps its meaning for good. A label whose title changes is either the same class under a better name, which keeps
the stored name, or another class: then the old name is retired and the label is stored under a new one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from core.errors import SettingsError
from core.taxonomy import MOST_LABELS, Label, Taxonomy, name_of_title


@dataclass(frozen=True, slots=True)
class DraftLabel:
    """A label as it is drafted. `name`: of the present label that it continues; None for a new one."""

    name: str | None
    title: str
    color: str
    key: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Retitled:
    """The same class under a better name."""

    name: str
    old_title: str
    new_title: str


@dataclass(frozen=True, slots=True)
class Retired:
    """A name that no label has any more. `successor`: what it is read as; None: its clips go back to the queue."""

    name: str
    title: str
    successor: str | None


@dataclass(frozen=True, slots=True)
class TaxonomyChange:
    """A new taxonomy, and how the present one becomes it. `added`: (stored name, title)."""

    taxonomy: Taxonomy
    added: tuple[tuple[str, str], ...]
    retitled: tuple[Retitled, ...]
    retired: tuple[Retired, ...]

    @property
    def moves_names(self) -> bool:
        """Whether a stored name is added or goes, not only a title, a color, a key, a description or the order changes."""
        return bool(self.added or self.retired)


def stored_names(draft: Sequence[DraftLabel], another: Collection[str], taken: Collection[str]) -> tuple[str, ...]:
    """The stored name of each drafted label: its own, or a new one for new labels and those that are `another` class.

    New names come from the titles and are none of `taken`, names that were ever used.
    """
    kept = {one.name for one in draft if one.name is not None and one.name not in another}
    used = {*taken, *kept, *another}
    names = []
    for one in draft:
        if one.name in kept and one.name is not None:
            names.append(one.name)
            continue
        names.append(_free(name_of_title(one.title), used))
        used.add(names[-1])
    return tuple(names)


def change_of(
    now: Taxonomy,
    draft: Sequence[DraftLabel],
    names: Sequence[str],
    become: Mapping[str, str | None],
    unknown: Collection[str] = (),
) -> TaxonomyChange:
    """The change from `now` to the draft, whose labels are stored under `names`.

    `become`: for each name that goes, the stored name that its clips get, or None for the queue; `unknown`: names in the
    database that even the present taxonomy lacks, which go too. Raises SettingsError where the draft is no taxonomy, or a name
    that goes would become one that is not there.
    """
    present = {label.name: label for label in now}
    try:
        labels = [
            Label(
                name=name,
                title=one.title.strip(),
                color=one.color,
                key=one.key,
                description=one.description.strip(),
                cue_weights=present[name].cue_weights if name in present else {},
            )
            for one, name in zip(draft, names, strict=True)
        ]
        taxonomy = Taxonomy(labels=tuple(labels))
    except ValidationError as error:
        raise SettingsError(_in_a_sentence(error, draft)) from error
    gone = [*(label.name for label in now if label.name not in taxonomy), *unknown]
    for name in gone:
        successor = become.get(name)
        if successor is not None and successor not in taxonomy:
            raise SettingsError(f"The clips of {now.title(name)} cannot become {successor!r}, which is no label.")
    return TaxonomyChange(
        taxonomy,
        tuple((label.name, label.title) for label in taxonomy if label.name not in now),
        tuple(
            Retitled(label.name, now.title(label.name), label.title)
            for label in taxonomy
            if label.name in now and now.title(label.name) != label.title
        ),
        tuple(Retired(name, now.title(name), become.get(name)) for name in gone),
    )


def _free(wanted: str, used: Collection[str]) -> str:
    number, name = 1, wanted
    while name in used:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _in_a_sentence(error: ValidationError, draft: Sequence[DraftLabel]) -> str:
    """The first problem in words; an error of one label names its field."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    told = {
        "title": "Each label needs a title of at most 60 characters.",
        "key": "The key of a label is a digit from 1 to 9, or none.",
        "color": "A color is # with six hexadecimal digits, such as #2a78d6.",
    }
    if field in told:
        return told[field]
    if field == "labels":
        return f"A taxonomy has 2 to {MOST_LABELS:,} labels, not {len(draft)}."
    return f"{first['msg'].removeprefix('Value error, ').capitalize()}."
