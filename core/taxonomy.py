"""The labels that a workspace judges clips by.

The default is the win/lose task of arXiv 2602.08057: `positive` (the match was won) and `negative` (lost).
A taxonomy has two labels or more; code must not assume that there are two. The first nine can have a digit as their key;
beyond, Review has a field to type a label into.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_LONGEST_NAME = 36  # of 40 characters, so that a number can follow
MOST_LABELS = 1_000
KEYS = "123456789"
"""The keys that labels can have."""

HexColor = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Label(BaseModel):
    """One class that a reviewer, a labeler or a model can choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: LabelName = Field(description="Name in the database and in files; must not change once it was used.")
    title: str = Field(min_length=1, max_length=60, description="Name on the screens.")
    color: HexColor = Field(description="Color on the screens and in the charts.")
    key: Annotated[str, StringConstraints(pattern=r"^[1-9]?$")] = Field(
        "", description="Key that chooses it in Review; nine labels can have one, the others are typed."
    )
    description: str = Field("", description="What it means, for reviewers and for models.")
    cue_weights: dict[str, float] = Field(
        default_factory=dict,
        description="Cue name to log-odds per event above the base rate, used by the cue labeler.",
    )


class Taxonomy(BaseModel):
    """An ordered set of labels with distinct names and keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: tuple[Label, ...] = Field(min_length=2, max_length=MOST_LABELS, description="In the order of the screens.")

    @model_validator(mode="after")
    def _distinct(self) -> "Taxonomy":
        for field in ("name", "key", "title"):
            counted = Counter(value for label in self.labels if (value := getattr(label, field)))
            doubled = sorted(value for value, count in counted.items() if count > 1)
            if doubled:
                raise ValueError(f"two labels share the {field} {doubled[0]!r}")
        return self

    def __iter__(self) -> Iterator[Label]:  # type: ignore[override]  # pydantic iterates over fields
        return iter(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __contains__(self, name: object) -> bool:
        return any(label.name == name for label in self.labels)

    def __getitem__(self, name: str) -> Label:
        for label in self.labels:
            if label.name == name:
                return label
        raise KeyError(name)

    def title(self, name: str) -> str:
        """The title of a label; its name if an older run or row has a label that the taxonomy no longer has."""
        return next((label.title for label in self.labels if label.name == name), name)

    def named(self, written: str) -> str | None:
        """The stored name of a label as a table or a set writes it: by its title, its stored name, or either in another
        spelling ("Front Kick" is front-kick); None where no label is meant.
        """
        titles = {label.title: label.name for label in self.labels}
        plain = {name_of_title(title): name for title, name in titles.items()}
        for known, wanted in ((titles, written), (plain, name_of_title(written))):
            if wanted in known:
                return known[wanted]
        return next((name for name in (written.lower(), name_of_title(written)) if name in self), None)

    def quoted(self, name: str) -> str:
        """The title in quotation marks, as sentences name a label."""
        return f"“{self.title(name)}”"

    @property
    def names(self) -> tuple[str, ...]:
        """Label names in the taxonomy's order, which is also the order of every probability vector."""
        return tuple(label.name for label in self.labels)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change with what people judge by: names, titles and descriptions."""
        read = sorted((label.name, label.title, label.description) for label in self.labels)
        return hashlib.sha256(json.dumps(read).encode()).hexdigest()[:16]

    def index(self, name: str) -> int:
        """Position of a label in every probability vector. Raises KeyError for an unknown label."""
        return self.names.index(self[name].name)


def name_of_title(title: str) -> str:
    """The title in the form of a stored name; "label" where nothing of it can be written so."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:_LONGEST_NAME].strip("-")
    return plain if plain and plain[0].isalpha() else f"label-{plain}".strip("-")[:_LONGEST_NAME]


# Signs as iMiGUE reports them: self-touch, closed postures and pressed lips suggest a loss, open gestures a win.
_TOWARDS_NEGATIVE = {
    "touching facial parts": 0.5,
    "touching jaw": 0.5,
    "touching neck": 0.5,
    "touching head": 0.4,
    "covering face": 0.6,
    "folding arms": 0.5,
    "pressing lips": 0.5,
    "shaking shoulders": 0.3,
    "head down": 0.4,
    "bulging face or deep breath": 0.3,
    "rubbing or holding hands": 0.3,
    "brow lowerer": 0.3,
}
_TOWARDS_POSITIVE = {
    "illustrative body language": 0.4,
    "head up": 0.5,
    "smile": 0.6,
    "nodding": 0.3,
    "sitting straightly": 0.3,
    "leaning forward": 0.2,
}

DEFAULT_TAXONOMY = Taxonomy(
    labels=(
        Label(
            name="positive",
            title="Positive (won)",
            color="#1B7F79",
            key="1",
            description="The person hides, or shows, the feeling of having won.",
            cue_weights=_TOWARDS_POSITIVE,
        ),
        Label(
            name="negative",
            title="Negative (lost)",
            color="#C4512D",
            key="2",
            description="The person hides, or shows, the feeling of having lost.",
            cue_weights=_TOWARDS_NEGATIVE,
        ),
    )
)
