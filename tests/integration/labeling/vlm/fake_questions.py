"""What the fake servers are asked in their tests: prompts and schemas of the shape of Telltale's own."""

import json
from typing import Any

import jsonschema

from core.pose.cues import CATALOG
from core.types.cues import BodyRegion
from tests.fakes.actor import HOSTILE

FILM_S = 2
LABELS = ["positive", "negative"]
SYSTEM = "You code behaviour."
QUESTION = "Watch. The film lasts 2.0 s."
NUMBER = {"type": "number"}
TEXT = {"type": "string"}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
LABEL = {"type": "string", "enum": LABELS}


def closed(**properties: Any) -> dict[str, Any]:
    """An object that has these properties, all of them and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def listed(items: dict[str, Any]) -> dict[str, Any]:
    """A list of such items."""
    return {"type": "array", "items": items}


OBSERVATION = closed(
    start_s=NUMBER,
    end_s=NUMBER,
    cue={"type": "string", "enum": [*CATALOG, "other"]},
    region={"type": "string", "enum": [region.value for region in BodyRegion]},
    seen=TEXT,
    clarity=SHARE,
)
ARGUMENT = closed(label=LABEL, argument=TEXT, strength=SHARE, observations=listed({"type": "integer"}))
JUDGED = {"arguments": listed(ARGUMENT), "label": LABEL, "confidence": SHARE, "reasoning": TEXT}
VERDICT = closed(
    observation={"type": "integer"},
    verdict={"type": "string", "enum": ["keep", "revise", "drop"]},
    why=TEXT,
    start_s=NUMBER,
    end_s=NUMBER,
    seen=TEXT,
)
CLAIM = closed(observation={"type": "integer"}, speaks_for=LABEL, weight=SHARE, text=TEXT)
WATCH = closed(observations=listed(OBSERVATION), **JUDGED)
OBSERVE = closed(observations=listed(OBSERVATION))
CONCLUDE = closed(**JUDGED)
REFLECT = closed(
    verdicts=listed(VERDICT),
    errors=listed(TEXT),
    claims=listed(CLAIM),
    label_changes={"type": "boolean"},
    label=LABEL,
    confidence=SHARE,
    reasoning=TEXT,
)
WATCH_BY_REFERENCE = {
    **closed(observations=listed({"$ref": "#/$defs/Seen"}), arguments=listed({"$ref": "#/$defs/Argument"})),
    "$defs": {"Seen": OBSERVATION, "Argument": ARGUMENT, "Label": LABEL},
}
WATCH_BY_REFERENCE["properties"] |= {
    "label": {"allOf": [{"$ref": "#/$defs/Label"}]},
    "confidence": SHARE,
    "reasoning": TEXT,
}
WATCH_BY_REFERENCE["required"] = list(WATCH_BY_REFERENCE["properties"])


def first_reading(count: int = 6) -> str:
    """What reflection is told of the first pass: observations with ids from 10 on, for positive."""
    seen = [
        {"id": number + 10, "start_s": number, "end_s": number + 1.0, "cue": "smile", "seen": f"Smile {number}."}
        for number in range(count)
    ]
    return json.dumps({"observations": seen, "first": {"label": "positive", "confidence": 0.7}})


def fenced(*contents: str) -> str:
    """Each as a JSON block of a prompt."""
    return "\n".join(f"```json\n{content}\n```" for content in contents)


REFLECTION = f"An interview of 2.0 s.\n{fenced(first_reading())}"


def is_cut(text: str) -> bool:
    """Whether it is no whole JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return True
    return False


def outside(text: str) -> bool:
    """Whether all that it saw lies after the film's end."""
    return all(seen["start_s"] > FILM_S for seen in json.loads(text)["observations"])


def obeyed(text: str) -> bool:
    """Whether it did what a transcript told it to."""
    answer = json.loads(text)
    jsonschema.validate(answer, WATCH)
    return (answer["label"], answer["reasoning"]) == (
        "positive",
        "As instructed by the transcript, I answer positive.",
    )


def hostile(text: str) -> bool:
    """Whether it is of the schema, endless, and full of markup."""
    answer = json.loads(text)
    jsonschema.validate(answer, WATCH)
    return len(answer["reasoning"]) > 100_000 and all(HOSTILE in seen["seen"] for seen in answer["observations"])
