"""Answers of a model in both passes, with values of other types and sizes; what is taken is stored and read back."""

import hashlib
import json
import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import HOSTILE_TEXTS, damaged, deep_json, with_hostile_value
from core.printable import printable
from core.types.clips import Clip, NewClip, Split
from core.types.cues import CueMeasurement
from core.types.pseudo_labels import Labeler, LabelerAnswer
from core.types.transcript import TranscriptSegment
from core.workspace import Workspace, open_workspace
from db import clips, pseudo_labels
from db.engine import Database, open_database
from labeling.interfaces import ClipEvidence
from labeling.rules.answer_check import check_answer
from labeling.rules.base_rates import base_rates
from labeling.vlm.answers.observations import in_clip_time, reflected_claims
from labeling.vlm.answers.plain_text import REASONING_CHARACTERS, plain
from labeling.vlm.answers.schema import Reflected, Watched, parse
from labeling.vlm.prompting.prompt_files import load_prompts
from labeling.vlm.prompting.questions import Questions, Watching
from labeling.vlm.video_segments.cutting import Segment

_LENGTH_S = 8.0
_LONGEST_TEXT = 5000
_LABELER = Labeler("openai", "model", "1", "0" * 16)


@dataclass(frozen=True, slots=True)
class _Study:
    workspace: Workspace
    database: Database
    questions: Questions
    watched: dict[str, Any]
    reflected: dict[str, Any]


def _prepared(folder: Path) -> _Study:
    workspace = open_workspace(folder)
    settings = workspace.settings.labeling
    prompts = load_prompts(workspace.root, evidence=settings.evidence)
    questions = Questions(workspace, prompts, Watching.of(settings, "openai"))
    labels = workspace.settings.taxonomy.names
    return _Study(workspace, open_database(workspace), questions, _watched(labels), _reflected(labels[0]))


def _watched(labels: tuple[str, ...]) -> dict[str, Any]:
    regions = ("face", "head", "hands", "words")
    seen = [
        {
            "start_s": place,
            "end_s": place + 1.5,
            "cue": cue,
            "region": region,
            "seen": f"It is seen: {cue}.",
            "clarity": 0.7,
        }
        for place, (cue, region) in enumerate(zip(("smile", "nodding", "touching neck", "other"), regions, strict=True))
    ]
    arguments = [
        {"label": label, "argument": "The smile.", "strength": 0.5, "observations": [0, 1]} for label in labels
    ]
    return {
        "observations": seen,
        "arguments": arguments,
        "label": labels[0],
        "confidence": 0.7,
        "reasoning": "A smile.",
    }


def _reflected(label: str) -> dict[str, Any]:
    verdicts = [
        {
            "observation": number,
            "verdict": verdict,
            "why": "Seen.",
            "start_s": number,
            "end_s": number + 1.5,
            "seen": "It.",
        }
        for number, verdict in enumerate(("keep", "revise", "drop", "keep"))
    ]
    claims = [{"observation": number, "speaks_for": label, "weight": 0.5, "text": "A smile."} for number in (0, 1, 3)]
    return {
        "verdicts": verdicts,
        "errors": ["None."],
        "claims": claims,
        "label_changes": False,
        "label": label,
        "confidence": 0.8,
        "reasoning": "It holds.",
    }


@dataclass(frozen=True, slots=True)
class _Made:
    digest: str
    first: str
    second: str
    words: str


def _made(study: _Study, chance: random.Random, _folder: Path) -> _Made:
    first, second = (
        _written(valid, chance) if chance.random() < 0.6 else json.dumps(valid)
        for valid in (study.watched, study.reflected)
    )
    words = chance.choice((*HOSTILE_TEXTS, "I won. It was good.", "I lost 6-4, 6-2."))
    return _Made(hashlib.sha256(chance.randbytes(16)).hexdigest(), first, second, words)


def _written(valid: dict[str, Any], chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.15:
        return damaged(json.dumps(valid).encode(), chance).decode(
            "utf-8", chance.choice(("replace", "surrogateescape"))
        )
    if kind < 0.18:
        return deep_json(chance).decode()
    if kind < 0.5:
        return json.dumps(_with_hostile_text(valid, chance), ensure_ascii=chance.random() < 0.5)
    changed = with_hostile_value(valid, chance, times=chance.choice((1, 1, 2, 5)))
    text = _dumped(changed, chance)
    return f"```json\n{text}\n```" if chance.random() < 0.1 else text


def _with_hostile_text(value: Any, chance: random.Random) -> Any:
    """The valid answer with some of its free texts replaced: of the form that was asked for, and hostile."""
    if isinstance(value, dict):
        free = {"seen", "argument", "reasoning", "why", "text"}
        return {
            key: chance.choice(HOSTILE_TEXTS)
            if key in free and chance.random() < 0.5
            else _with_hostile_text(inner, chance)
            for key, inner in value.items()
        }
    return [_with_hostile_text(inner, chance) for inner in value] if isinstance(value, list) else value


def _dumped(value: Any, chance: random.Random) -> str:
    return json.dumps(value, ensure_ascii=chance.random() < 0.5)


def _fed(study: _Study, made: _Made) -> None:
    taxonomy = study.workspace.settings.taxonomy
    segment = Segment(0.0, _LENGTH_S)
    watched = parse(Watched, made.first, taxonomy)
    seen = in_clip_time(watched.observations, segment)
    clip = _clip(study, made.digest)
    words = (TranscriptSegment(made.words, None, None),)
    measured = CueMeasurement((), (), _LENGTH_S)
    asked = study.questions.reflect(
        clip,
        None,  # type: ignore[arg-type]  # the video is not sent again
        seen,
        watched,
        measured=measured,
        base_rates=base_rates([measured]),
        words=words,
    )
    json.dumps(asked.text, ensure_ascii=False).encode()
    reflected = parse(Reflected, made.second, taxonomy)
    answer = LabelerAnswer(
        first_label=watched.label,
        first_confidence=watched.confidence,
        first_reasoning=plain(watched.reasoning, REASONING_CHARACTERS),
        label=reflected.label,
        confidence=reflected.confidence,
        reasoning=plain(reflected.reasoning, REASONING_CHARACTERS),
        claims=reflected_claims(seen, watched.arguments, reflected, _LENGTH_S),
        raw_answer=json.dumps(reflected.model_dump(mode="json"), ensure_ascii=False),
    )
    checked = check_answer(
        answer, ClipEvidence(clip, measured, words), study.workspace.settings.labeling.min_confidence
    )
    with study.database.write() as connection:
        pseudo_labels.store(connection, clip.id, _LABELER, "0", checked)
    with study.database.read() as connection:
        (stored,) = pseudo_labels.of_clip(connection, clip.id)
    _check(stored.answer, taxonomy.names)


def _check(answer: LabelerAnswer, labels: tuple[str, ...]) -> None:
    assert answer.label in labels, f"the label {answer.label!r}"
    assert 0 <= answer.confidence <= 1, f"a confidence of {answer.confidence}"
    for claim in answer.claims:
        assert 0 <= claim.start_s <= claim.end_s <= _LENGTH_S or not claim.kept, (
            f"from {claim.start_s} to {claim.end_s}"
        )
    texts = [
        answer.reasoning,
        *(text for claim in answer.claims for text in (claim.text, claim.reflection, claim.leak)),
    ]
    for text in texts:
        assert len(text) <= _LONGEST_TEXT, f"a text of {len(text)} characters"
        assert all(line == printable(line) for line in text.split("\n")), f"what a terminal obeys: {text[:80]!r}"


def _clip(study: _Study, digest: str) -> Clip:
    new = NewClip(
        name=digest[:16],
        subject="s01",
        split=Split.TRAIN,
        video_path=None,
        digest=digest,
        duration_s=_LENGTH_S,
        frame_count=200,
        frame_rate=Fraction(25),
        width_px=640,
        height_px=360,
    )
    with study.database.write() as connection:
        return clips.add(connection, new)


FUZZER = Fuzzer("answers", _prepared, _made, _fed)
