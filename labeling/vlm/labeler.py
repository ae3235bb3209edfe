"""The labeler that uses a vision-language model: watch, conclude, reflect (after arXiv 2602.08057), with checkable claims.

A clip that fits into one segment is watched and concluded in one request; a longer one in overlapping segments, whose
observations are merged before the conclusion. Reflection gets the measured cues and the observations that they contradict.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from core.taxonomy import Taxonomy
from core.types.pseudo_labels import Claim, Labeler, LabelerAnswer
from labeling.interfaces import ClipEvidence
from labeling.rules.base_rates import BaseRates
from labeling.vlm.answers.observations import Seen, in_clip_time, merged, reflected_claims
from labeling.vlm.answers.plain_text import REASONING_CHARACTERS, plain
from labeling.vlm.answers.schema import Concluded, Observed, Reflected, Watched, parse
from labeling.vlm.prompting.questions import Questions, video_identity
from labeling.vlm.providers.interface import Request
from labeling.vlm.requests import Answered, RequestCache
from labeling.vlm.video_segments.cutting import Segment

Parsed = TypeVar("Parsed")


@dataclass(slots=True)
class VlmLabeler:
    """A LabelerBackend that uses any VisionModel."""

    questions: Questions
    requests: RequestCache
    base_rates: BaseRates
    labeler: Labeler
    settings_digest: str
    equal_digests: frozenset[str]
    concurrency: int

    def label(self, evidence: ClipEvidence, taxonomy: Taxonomy) -> LabelerAnswer:
        """Labels one clip, in both passes. Raises LabelingError (or ModelError, BudgetReachedError), JobCancelledError."""
        answered: list[Answered] = []

        def ask(request: Request, parsed: Callable[[str], Parsed]) -> Parsed:
            answer, paid = self.requests.answer(
                request, video_identity(evidence.clip, request.video), evidence.clip.id, parsed
            )
            answered.append(paid)
            return answer

        clip, words = evidence.clip, evidence.words
        source, segments = self.questions.source(clip), self.questions.segments(clip)
        if len(segments) == 1:
            first = ask(self.questions.watch(source, segments, 0, words), _watched(segments[0], taxonomy))
        else:
            parts = [
                ask(self.questions.watch(source, segments, number, words), _observed(segment, taxonomy))
                for number, segment in enumerate(segments)
            ]
            seen = merged(parts)
            judged = ask(self.questions.conclude(clip, seen), lambda text: parse(Concluded, text, taxonomy))
            first = _FirstPass(seen, judged)
        reflected, claims = ask(
            self.questions.reflect(
                clip, source, first.seen, first.judged, measured=evidence.cues, base_rates=self.base_rates, words=words
            ),
            _reflected(first, clip.duration_s, taxonomy),
        )
        return LabelerAnswer(
            first_label=first.judged.label,
            first_confidence=first.judged.confidence,
            first_reasoning=plain(first.judged.reasoning, REASONING_CHARACTERS),
            label=reflected.label,
            confidence=reflected.confidence,
            reasoning=plain(reflected.reasoning, REASONING_CHARACTERS),
            claims=claims,
            input_tokens=sum(one.usage.input for one in answered),
            output_tokens=sum(one.usage.output for one in answered),
            thinking_tokens=sum(one.usage.thinking for one in answered),
            cost_usd=sum(one.cost_usd for one in answered),
            raw_answer=_raw(first, reflected),
        )


@dataclass(frozen=True, slots=True)
class _FirstPass:
    seen: tuple[Seen, ...]
    judged: Concluded


def _watched(segment: Segment, taxonomy: Taxonomy) -> Callable[[str], _FirstPass]:
    def parsed(text: str) -> _FirstPass:
        answer = parse(Watched, text, taxonomy)
        return _FirstPass(in_clip_time(answer.observations, segment), answer)

    return parsed


def _observed(segment: Segment, taxonomy: Taxonomy) -> Callable[[str], tuple[Seen, ...]]:
    return lambda text: in_clip_time(parse(Observed, text, taxonomy).observations, segment)


def _reflected(
    first: _FirstPass, duration_s: float, taxonomy: Taxonomy
) -> Callable[[str], tuple[Reflected, tuple[Claim, ...]]]:
    def parsed(text: str) -> tuple[Reflected, tuple[Claim, ...]]:
        answer = parse(Reflected, text, taxonomy)
        return answer, reflected_claims(first.seen, first.judged.arguments, answer, duration_s)

    return parsed


def _raw(first: _FirstPass, reflected: Reflected) -> str:
    content = {"first": first.judged.model_dump(mode="json"), "reflection": reflected.model_dump(mode="json")}
    return json.dumps(content, ensure_ascii=False)
