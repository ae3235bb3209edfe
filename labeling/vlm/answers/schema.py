"""Schema of a model's answers: pass 1 (observe, argue for each label, conclude) and pass 2 (reflect), as JSON.

The schema is sent with the request, and answers are validated against it again, as servers may not enforce it. A label
outside the taxonomy, an end before its start or a missing verdict makes an answer unusable.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import LabelingError
from core.outside_json import JsonError, JsonLimits, read_json
from core.pose.cues import CATALOG
from core.taxonomy import Taxonomy
from core.types.cues import BodyRegion

OTHER_CUE = "other"
CUES: tuple[str, ...] = (*CATALOG, OTHER_CUE)
MOST_OBSERVATIONS = 60
_LIMITS = JsonLimits(size=2 * 2**20, depth=16)


class AnswerError(LabelingError):
    """An answer that cannot be used; the message says why."""


class _Part(BaseModel):
    # Extra keys are ignored, as an answer with an added remark is still usable.
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Observation(_Part):
    """Something seen or heard, without interpretation. Times are seconds from the start of the shown video."""

    start_s: float
    end_s: float
    cue: str
    region: BodyRegion
    seen: str = Field(min_length=1)
    clarity: float = Field(ge=0, le=1)


class Argument(_Part):
    """The best argument for one label; `observations` are indices into the list of observations."""

    label: str
    argument: str
    strength: float = Field(ge=0, le=1)
    observations: tuple[int, ...]


class Observed(_Part):
    """Pass 1 on one segment of a long clip: only observations."""

    observations: tuple[Observation, ...] = Field(max_length=MOST_OBSERVATIONS)


class Concluded(_Part):
    """The conclusion of pass 1, from observations merged over segments."""

    arguments: tuple[Argument, ...]
    label: str
    confidence: float = Field(ge=0, le=1)
    reasoning: str


class Watched(Concluded):
    """Pass 1 in one answer, for a clip that fits into one segment."""

    observations: tuple[Observation, ...] = Field(max_length=MOST_OBSERVATIONS)


class Verdict(_Part):
    """Reflection's verdict on one observation; `revise` changes its times or words."""

    observation: int
    verdict: Literal["keep", "revise", "drop"]
    why: str
    start_s: float
    end_s: float
    seen: str


class ClaimMade(_Part):
    """A kept observation, as an argument for a label."""

    observation: int
    speaks_for: str
    weight: float = Field(ge=0, le=1)
    text: str = Field(min_length=1)


class Reflected(_Part):
    """Pass 2: verdicts on the observations, and the final label."""

    verdicts: tuple[Verdict, ...]
    errors: tuple[str, ...]
    label_changes: bool
    label: str
    confidence: float = Field(ge=0, le=1)
    reasoning: str
    claims: tuple[ClaimMade, ...]


Shape = TypeVar("Shape", bound=_Part)
# Order of keys: observations, arguments, label, so that earlier parts are written without knowing later ones.
_ORDER = (
    "observations",
    "arguments",
    "verdicts",
    "errors",
    "claims",
    "label_changes",
    "label",
    "confidence",
    "reasoning",
)


def schema_of(shape: type[_Part], taxonomy: Taxonomy) -> dict[str, Any]:
    """JSON Schema of an answer, with labels and cue names as enumerations, and references inlined."""
    raw = shape.model_json_schema()
    enums = {"label": taxonomy.names, "speaks_for": taxonomy.names, "cue": CUES}
    found: dict[str, Any] = _without_references(raw, raw.get("$defs", {}), enums)
    return {key: value for key, value in found.items() if key != "$defs"}


def parse(shape: type[Shape], text: str, taxonomy: Taxonomy) -> Shape:
    """Parses an answer. Raises AnswerError, one sentence, if it is cut, of another form, or outside the taxonomy."""
    try:
        content = read_json(_unfenced(text), "The answer", _LIMITS)
    except JsonError as error:
        raise AnswerError(str(error)) from error
    try:
        answer = shape.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise AnswerError(f"The answer is not of the form that was asked for: {where}: {first['msg']}.") from error
    _check_names(answer, taxonomy)
    return answer


def _check_names(answer: _Part, taxonomy: Taxonomy) -> None:
    if isinstance(answer, Concluded | Reflected) and answer.label not in taxonomy:
        raise AnswerError(f"The label {_quoted(answer.label)} is none of {', '.join(taxonomy.names)}.")
    if isinstance(answer, Concluded):
        argued = [argument.label for argument in answer.arguments]
        _check_labels(argued, taxonomy, "An argument")
        missing = [name for name in taxonomy.names if name not in argued]
        if missing:
            raise AnswerError(f"There is no argument for the label {missing[0]}; each label must be argued.")
    if isinstance(answer, Reflected):
        _check_labels([claim.speaks_for for claim in answer.claims], taxonomy, "A claim")
    if isinstance(answer, Observed | Watched):
        unknown = [seen.cue for seen in answer.observations if seen.cue not in CUES]
        if unknown:
            raise AnswerError(f"The cue {_quoted(unknown[0])} is not in the vocabulary.")


def _check_labels(names: Sequence[str], taxonomy: Taxonomy, what: str) -> None:
    for name in names:
        if name not in taxonomy:
            raise AnswerError(f"{what} speaks for {_quoted(name)}, which is none of {', '.join(taxonomy.names)}.")


def _quoted(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:60] + "…")


def _unfenced(text: str) -> str:
    """Removes a Markdown fence, which some local models put around their JSON."""
    stripped = text.strip()
    if stripped.startswith("```") and stripped.endswith("```"):
        return stripped.split("\n", 1)[-1].rsplit("```", 1)[0]
    return stripped


def _without_references(node: Any, definitions: Mapping[str, Any], enums: Mapping[str, Sequence[str]]) -> Any:
    if isinstance(node, list):
        return [_without_references(one, definitions, enums) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _without_references(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions, enums)
    found = {
        key: _without_references(value, definitions, enums)
        for key, value in node.items()
        if key not in {"$defs", "title", "description"} or not isinstance(value, str)
    }
    properties = found.get("properties")
    if isinstance(properties, dict):
        for name, values in enums.items():
            if name in properties:
                properties[name] = {"type": "string", "enum": list(values)}
        ordered = sorted(properties, key=lambda name: _ORDER.index(name) if name in _ORDER else -1)
        found["properties"] = {name: properties[name] for name in ordered}
        found["required"] = ordered
        found["additionalProperties"] = False
    return found
