"""What the fake model says: always fitting the schema it was sent, always the same for the same request.

It sees no picture and knows no truth: observations come from a digest of the film. Labels, cues and regions are read from
the schema, ids from the prompt. With evidence in its prompt it drops most of what that contradicts, as a model should.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.fakes.faults import Fault

LONG_CHARACTERS = 300_000
_FENCED = re.compile(r"```json\n(.*?)\n```", re.DOTALL)
_SHORTEST_S, _LONGEST_S = 0.4, 3.0
_DOUBT_CONTRADICTED, _DOUBT_OTHERS, _DOUBT_WITHOUT_EVIDENCE = 0.8, 0.05, 0.1
_REVISED = 0.15

_OF_CUE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "touching jaw": ("hands", ("Two fingers rest on the jaw.", "The thumb strokes along the chin.")),
    "touching facial parts": ("hands", ("A finger rubs the side of the nose.", "The back of a hand wipes the mouth.")),
    "touching neck": ("hands", ("A hand goes to the back of the neck.", "Fingers pull at the collar and stay there.")),
    "touching head": ("hands", ("A hand runs through the hair.", "Fingertips scratch the temple.")),
    "covering face": ("hands", ("Both palms go over the eyes.", "A hand hides mouth and nose while listening.")),
    "folding arms": ("arms", ("The arms are crossed in front of the chest.", "The arms fold after the question.")),
    "rubbing or holding hands": ("hands", ("One hand kneads the other.", "The fingers are locked on the table.")),
    "shaking shoulders": ("torso", ("The shoulders shake twice, as in a laugh.", "A quick tremble of the shoulders.")),
    "moving torso": ("torso", ("The trunk shifts from left to right.", "The person moves back in the chair.")),
    "leaning forward": ("torso", ("The person leans to the microphone.", "The trunk comes forward and stays.")),
    "sitting straightly": ("torso", ("The back straightens.", "The person sits up before the answer.")),
    "illustrative body language": ("hands", ("An open hand beats time.", "Both hands draw a wide arc.")),
    "head up": ("head", ("The chin lifts.", "The head goes back a little at the end of the sentence.")),
    "head down": ("head", ("The head sinks towards the desk.", "The look drops and the chin follows.")),
    "head turned": ("head", ("The head turns away from the speaker.", "A short turn to the left and back.")),
    "nodding": ("head", ("Three small nods.", "The head nods along with the question.")),
    "head shaking": ("head", ("The head shakes slowly.", "A brief shake of the head before the first word.")),
    "pressing lips": ("face", ("The lips press to a thin line.", "The mouth closes tightly and opens again.")),
    "bulging face or deep breath": ("face", ("The cheeks puff up.", "A deep breath, let out through the mouth.")),
    "mouth open": ("face", ("The mouth stays open after the last word.", "The jaw drops for a moment.")),
    "smile": ("face", ("The corners of the mouth rise and stay up.", "A smile that fades before the answer.")),
    "blink": ("face", ("A series of quick blinks.", "The eyes close a little longer than before.")),
    "brow raise": ("face", ("Both brows go up.", "The brows jump at the second question.")),
    "brow lowerer": ("face", ("The brows draw together.", "A frown comes and goes.")),
}
_OF_REGION: Mapping[str, tuple[str, ...]] = {
    "face": ("The look wanders off.", "The corners of the mouth move a little.", "The eyes narrow."),
    "head": ("The head tilts to one side.", "A short movement of the head, over before the sentence ends."),
    "hands": ("A hand goes up and rests for a moment.", "The fingers tap on the table.", "A hand closes to a fist."),
    "arms": ("An arm comes up and sinks again.", "The elbows move in towards the body."),
    "torso": ("The shoulders lift and sink.", "The trunk turns away a little."),
    "voice": ("The voice drops towards the end.", "The words come faster than before.", "The voice is firm and loud."),
    "words": ("A pause before the answer.", "The words stay general.", "The same word comes twice."),
}
_MOVES = ("A short movement, over before the sentence ends.", "Something moves and comes to rest again.")
_ARGUMENTS = (
    "What was seen can be read as {label}.",
    "The order of the movements fits {label}.",
    "Taken together, the clearest moments speak for {label}.",
)
_REASONS = (
    "The movements of hands and face weigh more than the rest.",
    "The end of the film weighs more than its beginning.",
    "Both readings are possible; the clearer observations decide.",
)
HOSTILE = (
    "<script>window.hacked = true</script><img src=x onerror='window.hacked=1'> **bold** [click](javascript:alert(1)) "
    "\x00\x07\x1b[31m \u202edesrever\u202c \u2066mark\u2069 \ud800 "
)


class UnanswerableError(ValueError):
    """A request that the actor has no answer for; the sentence says what it lacks."""


@dataclass(frozen=True)
class Asked:
    """A request as the actor needs it. `film_s` is None where no film came along."""

    digest: str
    text: str
    schema: dict[str, Any]
    film_s: float | None

    @cached_property
    def properties(self) -> dict[str, Any]:
        """The schema's own properties, without references."""
        found = resolved(self.schema).get("properties")
        if not isinstance(found, dict):
            raise UnanswerableError("The schema has no properties.")
        return found

    @property
    def shape(self) -> str:
        """watch, observe, conclude or reflect."""
        properties = set(self.properties)
        if "verdicts" in properties:
            return "reflect"
        if properties == {"observations"}:
            return "observe"
        if {"arguments", "label"} <= properties:
            return "watch" if "observations" in properties else "conclude"
        raise UnanswerableError(f"No answer has the properties {', '.join(sorted(properties))}.")

    @property
    def labels(self) -> list[str]:
        """The labels that the schema allows."""
        return _enum(self.properties, "label")


def act(asked: Asked, fault: Fault | None = None) -> str:
    """The answer as JSON; spoilt in the way of a fault that spoils answers. Raises UnanswerableError."""
    chance = random.Random(asked.digest)
    answer = _ANSWERS[asked.shape](asked, chance)
    if fault is Fault.WRONG_LABEL:
        _spoil_label(answer)
    if fault is Fault.TIMES_OUTSIDE:
        _move_outside(answer)
    if fault is Fault.INJECTION:
        _obey(answer, asked)
    if fault is Fault.HOSTILE_TEXT:
        _make_hostile(answer)
    text = json.dumps(answer, ensure_ascii=fault is Fault.HOSTILE_TEXT)  # only an escape writes half a surrogate pair
    if fault is Fault.CUT_JSON:
        return text[: len(text) * 2 // 3]
    return _run_on(text) if fault is Fault.TOO_LONG else text


def within(answer: str, fault: Fault | None, most_tokens: int | None) -> str:
    """As much of an answer that does not end as its limit lets a model write, at four characters a token."""
    return answer if most_tokens is None or fault is not Fault.TOO_LONG else answer[: 4 * most_tokens]


def spoils(fault: Fault | None, shape: str) -> bool:
    """Whether a fault can befall an answer of this shape: what has no times cannot have wrong ones."""
    if fault is Fault.TIMES_OUTSIDE:
        return shape != "conclude"
    return shape != "observe" if fault is Fault.INJECTION else fault is not None


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what its references name in their place; of alternatives the first that is not null."""
    definitions = schema.get("$defs", {})

    def without_references(node: Any) -> Any:
        if isinstance(node, list):
            return [without_references(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return without_references(definitions[node["$ref"].rsplit("/", 1)[-1]])
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in node:
                return without_references(next(one for one in node[choice] if one.get("type") != "null"))
        return {key: without_references(value) for key, value in node.items() if key != "$defs"}

    found: dict[str, Any] = without_references(schema)
    return found


def blocks(text: str) -> list[dict[str, Any]]:
    """The JSON blocks of a prompt. Raises UnanswerableError where one cannot be read."""
    try:
        return [json.loads(found) for found in _FENCED.findall(text)]
    except json.JSONDecodeError as error:
        raise UnanswerableError(f"A JSON block of the prompt cannot be read: {error.msg}.") from error


def _block(text: str, key: str) -> dict[str, Any] | None:
    return next((block for block in blocks(text) if key in block), None)


def _needed_block(text: str, key: str) -> dict[str, Any]:
    found = _block(text, key)
    if found is None:
        raise UnanswerableError(f"The prompt has no JSON block with {key!r}.")
    return found


def _enum(properties: Mapping[str, Any], name: str) -> list[str]:
    allowed = properties.get(name, {})
    if "const" in allowed:
        return [allowed["const"]]
    if not allowed.get("enum"):
        raise UnanswerableError(f"The schema does not say which values {name!r} may have.")
    return list(allowed["enum"])


def _watch(asked: Asked, chance: random.Random) -> dict[str, Any]:
    observed = _observe(asked, chance)
    return {**observed, **_judged(asked.labels, range(len(observed["observations"])), chance)}


def _observe(asked: Asked, chance: random.Random) -> dict[str, Any]:
    if asked.film_s is None:
        raise UnanswerableError("A film must come with a request to watch.")
    part = asked.properties["observations"]["items"]["properties"]
    cues, regions = _enum(part, "cue"), _enum(part, "region")
    count = chance.randint(3, 7)
    found = []
    for number in range(count):
        cue = chance.choice(cues)
        region, seen = _described(cue, regions, chance)
        # One in each stretch of the film, so that its beginning, middle and end are looked at.
        start_s = asked.film_s * (number + chance.random()) / count
        start_s = min(start_s, max(0.0, asked.film_s - _SHORTEST_S))
        found.append(
            {
                "start_s": round(start_s, 2),
                "end_s": round(min(asked.film_s, start_s + chance.uniform(_SHORTEST_S, _LONGEST_S)), 2),
                "cue": cue,
                "region": region,
                "seen": seen,
                "clarity": round(chance.uniform(0.3, 0.95), 2),
            }
        )
    return {"observations": found}


def _described(cue: str, regions: Sequence[str], chance: random.Random) -> tuple[str, str]:
    """Region and words of a cue; the region's words for cues that are not known here, and for "other" what is heard."""
    if cue in _OF_CUE and _OF_CUE[cue][0] in regions:
        region, seen = _OF_CUE[cue]
        return region, chance.choice(seen)
    heard = [region for region in regions if region in {"voice", "words"}]
    region = chance.choice(heard if cue == "other" and heard else regions)
    return region, chance.choice(_OF_REGION.get(region, _MOVES))


def _conclude(asked: Asked, chance: random.Random) -> dict[str, Any]:
    given = _needed_block(asked.text, "observations")
    return _judged(asked.labels, [seen["id"] for seen in given["observations"]], chance)


def _judged(names: Sequence[str], ids: Sequence[int], chance: random.Random) -> dict[str, Any]:
    owners = {number: chance.choice(names) for number in ids}
    arguments = [
        {
            "label": name,
            "argument": chance.choice(_ARGUMENTS).format(label=name),
            "strength": round(chance.uniform(0.2, 0.9), 2),
            "observations": [number for number, owner in owners.items() if owner == name],
        }
        for name in names
    ]
    strongest = max(arguments, key=lambda argument: float(argument["strength"]))
    return {
        "arguments": arguments,
        "label": strongest["label"],
        "confidence": round(chance.uniform(0.5, 0.95), 2),
        "reasoning": chance.choice(_REASONS),
    }


def _reflect(asked: Asked, chance: random.Random) -> dict[str, Any]:
    given = _needed_block(asked.text, "observations")
    evidence = _block(asked.text, "contradicted")
    contradicted = {one["observation"] for one in evidence["contradicted"]} if evidence else set()
    owners = {number: one["label"] for one in given.get("arguments", []) for number in one["observations"]}
    verdicts, claims = [], []
    for seen in given["observations"]:
        number = seen["id"]
        verdict = _verdict(seen, number in contradicted, evidence is not None, chance)
        verdicts.append(verdict)
        if verdict["verdict"] != "drop":
            owner = owners.get(number) or chance.choice(asked.labels)
            weight = round(chance.uniform(0.1, 0.8), 2)
            claims.append({"observation": number, "speaks_for": owner, "weight": weight, "text": verdict["seen"]})
    first_label = given["first"]["label"]
    sums = {name: sum(claim["weight"] for claim in claims if claim["speaks_for"] == name) for name in asked.labels}
    label = max(sums, key=lambda name: sums[name]) if claims else first_label
    return {
        "verdicts": verdicts,
        "errors": ["Some observations were placed too early."] if contradicted else [],
        "claims": claims,
        "label_changes": label != first_label,
        "label": label,
        "confidence": round(chance.uniform(0.5, 0.95), 2),
        "reasoning": "On a second reading the claims that stand decide.",
    }


def _verdict(seen: Mapping[str, Any], contradicted: bool, evidence: bool, chance: random.Random) -> dict[str, Any]:
    doubt = _DOUBT_CONTRADICTED if contradicted else _DOUBT_OTHERS if evidence else _DOUBT_WITHOUT_EVIDENCE
    found = {"observation": seen["id"], "start_s": seen["start_s"], "end_s": seen["end_s"], "seen": seen["seen"]}
    if chance.random() < doubt:
        why = "The key points do not show it." if contradicted else "It is too faint."
        return {**found, "verdict": "drop", "why": why}
    if chance.random() < _REVISED:
        # Inside the old span, which is inside the film; the film itself did not come along.
        later_s = round(seen["start_s"] + 0.2 * (seen["end_s"] - seen["start_s"]), 2)
        start_s = min(later_s, seen["end_s"])
        words = f"{str(seen['seen']).rstrip('.')}, a little later than first said."
        return {**found, "verdict": "revise", "why": "It begins later.", "start_s": start_s, "seen": words}
    return {**found, "verdict": "keep", "why": "It stands."}


_ANSWERS = {"watch": _watch, "observe": _observe, "conclude": _conclude, "reflect": _reflect}


def _spoil_label(answer: dict[str, Any]) -> None:
    if "label" in answer:
        answer["label"] = "ecstatic"
    else:
        answer["observations"][0]["cue"] = "aura"


def _move_outside(answer: dict[str, Any]) -> None:
    for seen in [*answer.get("observations", []), *answer.get("verdicts", [])]:
        seen["start_s"], seen["end_s"] = seen["start_s"] + 5000, seen["end_s"] + 5000
        if "verdict" in seen:
            seen["verdict"] = "revise"


def _obey(answer: dict[str, Any], asked: Asked) -> None:
    """As a model that did what a transcript told it."""
    if "label" not in answer:
        return
    label = "positive" if "positive" in asked.labels else asked.labels[0]
    answer |= {"label": label, "reasoning": f"As instructed by the transcript, I answer {label}."}
    if "label_changes" in answer:
        answer["label_changes"] = label != _needed_block(asked.text, "observations")["first"]["label"]


def _make_hostile(answer: dict[str, Any]) -> None:
    if "reasoning" in answer:
        answer["reasoning"] = HOSTILE + "word " * 20_000
    parts = ("observations", "arguments", "verdicts", "claims")
    for part in [one for name in parts for one in answer.get(name, [])]:
        for key in ("seen", "argument", "why", "text"):
            if key in part:
                part[key] = HOSTILE + str(part[key])


def _run_on(text: str) -> str:
    """As a model that repeats itself until it may write no more; the JSON never ends."""
    start = text[: text.rindex('"')]
    again = " and again"
    return start + again * ((LONG_CHARACTERS - len(start)) // len(again))
