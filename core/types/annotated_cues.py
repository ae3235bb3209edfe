"""What people marked in a clip, beside what Telltale measures in it (core.pose.cues)."""

from dataclasses import dataclass

from core.errors import InputError
from core.types.spans import refuse_bad_span


@dataclass(frozen=True, slots=True)
class AnnotatedCue:
    """One stretch of a clip that a person gave a class, such as a row of iMiGUE's micro-gesture labels.

    `cue` is the name in core.pose.cues.CATALOG where one fits, else None. `name` and `class_id` are the data set's own: an
    id that the data set keeps for "none of these" (iMiGUE's 99) stays as it is. `source` names whose marks they are.
    Raises InputError for a name or source that is empty, a class below zero, or a span that is none.
    """

    cue: str | None
    name: str
    class_id: int | None
    start_s: float
    end_s: float
    source: str

    def __post_init__(self) -> None:
        for field in ("name", "source"):
            if not getattr(self, field).strip():
                raise InputError(f"The {field} of an annotated cue is empty.")
        if self.class_id is not None and self.class_id < 0:
            raise InputError(
                f"The class_id of the annotated cue {self.name} is {self.class_id}; it must not be negative."
            )
        refuse_bad_span(self.start_s, self.end_s, f"the annotated cue {self.name}")
