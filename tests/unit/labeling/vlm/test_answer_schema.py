"""What a model may answer, and the sentence for each thing that it may not."""

import json
from typing import Any

import pytest

from core.taxonomy import DEFAULT_TAXONOMY
from labeling.vlm.answers.schema import CUES, AnswerError, Concluded, Observed, Reflected, Watched, parse, schema_of

SEEN = {"start_s": 1.0, "end_s": 2.0, "cue": "smile", "region": "face", "seen": "A short smile.", "clarity": 0.7}
ARGUMENTS = [
    {"label": "positive", "argument": "The smile.", "strength": 0.6, "observations": [0]},
    {"label": "negative", "argument": "It is short.", "strength": 0.3, "observations": [0]},
]
JUDGED = {"arguments": ARGUMENTS, "label": "positive", "confidence": 0.6, "reasoning": "A smile speaks for it."}
WATCHED = {"observations": [SEEN], **JUDGED}
REFLECTED = {
    "verdicts": [{"observation": 0, "verdict": "keep", "why": "Seen.", "start_s": 1, "end_s": 2, "seen": "A smile."}],
    "errors": [],
    "label_changes": False,
    "label": "positive",
    "confidence": 0.7,
    "reasoning": "It holds.",
    "claims": [{"observation": 0, "speaks_for": "positive", "weight": 0.5, "text": "A smile."}],
}


def changed(answer: dict[str, Any], **changes: Any) -> str:
    return json.dumps({**answer, **changes})


def test_a_whole_answer_is_read() -> None:
    watched = parse(Watched, json.dumps(WATCHED), DEFAULT_TAXONOMY)
    assert (watched.label, watched.observations[0].cue) == ("positive", "smile")
    assert parse(Reflected, json.dumps(REFLECTED), DEFAULT_TAXONOMY).claims[0].weight == 0.5


def test_an_answer_in_a_markdown_fence_is_read() -> None:
    fenced = f"```json\n{json.dumps(WATCHED)}\n```"
    assert parse(Watched, fenced, DEFAULT_TAXONOMY).label == "positive"


@pytest.mark.parametrize(
    ("shape", "text", "sentence"),
    [
        (Watched, json.dumps(WATCHED)[:100], "The answer is no complete JSON"),
        (Watched, changed(WATCHED, label="neutral"), "The label 'neutral' is none of positive, negative."),
        (Watched, changed(WATCHED, arguments=ARGUMENTS[:1]), "There is no argument for the label negative"),
        (Watched, changed(WATCHED, confidence=1.4), "confidence: Input should be less than or equal to 1"),
        (Watched, changed(WATCHED, confidence=float("nan")), "confidence"),
        (Watched, changed(WATCHED, observations=[{**SEEN, "cue": "aura"}]), "The cue 'aura' is not in the vocabulary."),
        (Watched, changed(WATCHED, observations=[{**SEEN, "region": "tail"}]), "observations.0.region"),
        (Watched, changed(WATCHED, observations=[SEEN] * 61), "observations"),
        (Watched, "[]", "The answer is not of the form that was asked for: it:"),
        (
            Reflected,
            changed(REFLECTED, claims=[{**REFLECTED["claims"][0], "speaks_for": "win"}]),  # type: ignore[index,dict-item]
            "A claim speaks for 'win', which is none of positive, negative.",
        ),
    ],
)
def test_an_unusable_answer_is_refused_with_a_sentence(shape: type[Any], text: str, sentence: str) -> None:
    with pytest.raises(AnswerError) as caught:
        parse(shape, text, DEFAULT_TAXONOMY)
    assert sentence in str(caught.value)


def test_a_label_of_a_thousand_characters_does_not_fill_the_sentence() -> None:
    with pytest.raises(AnswerError) as caught:
        parse(Watched, changed(WATCHED, label="x" * 1000), DEFAULT_TAXONOMY)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("shape", [Watched, Observed, Concluded, Reflected])
def test_a_schema_has_no_references_and_asks_for_every_field(shape: type[Any]) -> None:
    schema = schema_of(shape, DEFAULT_TAXONOMY)
    assert "$ref" not in json.dumps(schema)
    assert list(schema["required"]) == list(schema["properties"])
    assert schema["additionalProperties"] is False


def test_a_schema_names_the_labels_and_the_cues() -> None:
    schema = schema_of(Watched, DEFAULT_TAXONOMY)
    assert schema["properties"]["label"]["enum"] == ["positive", "negative"]
    assert schema["properties"]["observations"]["items"]["properties"]["cue"]["enum"] == list(CUES)


def test_observations_and_arguments_come_before_the_label() -> None:
    assert list(schema_of(Watched, DEFAULT_TAXONOMY)["properties"]) == [
        "observations",
        "arguments",
        "label",
        "confidence",
        "reasoning",
    ]
