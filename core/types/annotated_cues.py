"""Cues annotated by people, as opposed to those that Telltale measures (core.pose.cues)."""

from dataclasses import dataclass

from core.errors import InputError
from core.types.spans import refuse_bad_span


@dataclass(frozen=True, slots=True)
class AnnotatedCue:
    """A time span of a clip to which an annotator gave a class, such as a row of iMiGUE's micro-gesture labels.

    `cue` is the matching name in core.pose.cues.CATALOG, or None. `name` and `class_id` are the data set's own; its id for
    "none of these" (99 in iMiGUE) is kept. `source` names the data set or annotator.
    Raises InputError for an empty name or source, a negative class id or an invalid span.
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
