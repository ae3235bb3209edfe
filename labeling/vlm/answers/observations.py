"""Observations of pass 1: conversion to clip time, merging over segments, and conversion to claims."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.types.cues import BodyRegion
from core.types.pseudo_labels import Claim
from labeling.vlm.answers.plain_text import CLAIM_CHARACTERS, plain
from labeling.vlm.answers.schema import AnswerError, Argument, ClaimMade, Observation, Reflected, Verdict
from labeling.vlm.video_segments.cutting import Segment

ROUNDING_S = 1.0  # models sometimes round to whole seconds, so times this far past the end count as the end
_MOST_OUTSIDE = 0.5
_SAME_START_S = 0.75


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation; times are seconds of the clip. `outside`: its time was after the end of the shown video."""

    start_s: float
    end_s: float
    cue: str
    region: BodyRegion
    seen: str
    clarity: float
    outside: bool = False

    def as_json(self, number: int) -> dict[str, Any]:
        """The observation as JSON for the second pass."""
        return {
            "id": number,
            "start_s": round(self.start_s, 2),
            "end_s": round(self.end_s, 2),
            "cue": self.cue,
            "region": self.region.value,
            "seen": self.seen,
            "clarity": round(self.clarity, 2),
        }


def in_clip_time(observations: Iterable[Observation], segment: Segment) -> tuple[Seen, ...]:
    """Converts times of the segment to clip time; times up to a second outside the segment are clipped to it.

    Raises AnswerError if an end is before its start, or if most observations are after the segment's end.
    """
    length_s = segment.end_s - segment.start_s
    seen: list[Seen] = []
    for number, one in enumerate(observations):
        if one.end_s < one.start_s or one.start_s < -ROUNDING_S:
            raise AnswerError(
                f"Observation {number} runs from {one.start_s:.1f} to {one.end_s:.1f} s, which is no stretch of time."
            )
        outside = one.start_s > length_s + ROUNDING_S
        start_s = one.start_s if outside else min(max(0.0, one.start_s), length_s)
        end_s = one.end_s if outside else min(max(start_s, one.end_s), length_s)
        seen.append(
            Seen(
                start_s=segment.start_s + start_s,
                end_s=segment.start_s + end_s,
                cue=one.cue,
                region=one.region,
                seen=plain(one.seen, CLAIM_CHARACTERS),
                clarity=one.clarity,
                outside=outside,
            )
        )
    lost = sum(one.outside for one in seen)
    if lost > _MOST_OUTSIDE * len(seen):
        raise AnswerError(
            f"{lost} of {len(seen)} observations lie after the end of the video segment, which lasts {length_s:.1f} s."
        )
    return tuple(seen)


def merged(parts: Iterable[Sequence[Seen]]) -> tuple[Seen, ...]:
    """Observations of all segments in order of time; of two equal ones in an overlap, the clearer one is kept."""
    kept: list[Seen] = []
    for one in sorted((seen for part in parts for seen in part), key=lambda seen: (seen.start_s, seen.end_s)):
        twin = next((place for place, other in enumerate(kept) if _same(one, other)), None)
        if twin is None:
            kept.append(one)
        elif one.clarity > kept[twin].clarity:
            kept[twin] = one
    return tuple(sorted(kept, key=lambda seen: (seen.start_s, seen.end_s)))


def _same(one: Seen, other: Seen) -> bool:
    alike = one.cue == other.cue and one.region == other.region and one.outside == other.outside
    if one.cue == "other":
        alike = alike and one.seen == other.seen
    overlap_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return alike and overlap_s >= 0 and abs(one.start_s - other.start_s) <= _SAME_START_S


def speaking_for(seen: Sequence[Seen], arguments: Sequence[Argument]) -> tuple[tuple[str, float], ...]:
    """For each observation, (label of the strongest argument that cites it, weight); weight 0 if none cites it."""
    found: list[tuple[str, float]] = []
    for number, one in enumerate(seen):
        leaning = [argument for argument in arguments if number in argument.observations]
        if leaning:
            strongest = max(leaning, key=lambda argument: argument.strength)
            found.append((strongest.label, strongest.strength * one.clarity))
        else:
            found.append((arguments[0].label, 0.0))
    return tuple(found)


def first_claims(seen: Sequence[Seen], arguments: Sequence[Argument]) -> tuple[Claim, ...]:
    """The claims of the first pass, for which evidence is collected for reflection."""
    return tuple(
        _claim(one, label, weight) for one, (label, weight) in zip(seen, speaking_for(seen, arguments), strict=True)
    )


def reflected_claims(
    seen: Sequence[Seen], arguments: Sequence[Argument], reflected: Reflected, duration_s: float
) -> tuple[Claim, ...]:
    """All observations as claims, with the second pass's verdicts.

    Raises AnswerError if an observation has no verdict, or a verdict or claim cites one that does not exist.
    """
    verdicts = {verdict.observation: verdict for verdict in reflected.verdicts}
    made = {claim.observation: claim for claim in reflected.claims}
    strangers = sorted((verdicts.keys() | made.keys()) - set(range(len(seen))))
    if strangers:
        raise AnswerError(f"Reflection speaks of observation {strangers[0]}, but they go from 0 to {len(seen) - 1}.")
    missing = [number for number in range(len(seen)) if number not in verdicts]
    if missing:
        raise AnswerError(f"Reflection gives no verdict on observation {missing[0]} of {len(seen)}.")
    return tuple(
        _after(claim, one, verdicts[number], made.get(number), duration_s)
        for number, (claim, one) in enumerate(zip(first_claims(seen, arguments), seen, strict=True))
    )


def _after(claim: Claim, one: Seen, verdict: Verdict, made: ClaimMade | None, duration_s: float) -> Claim:
    why = plain(verdict.why, CLAIM_CHARACTERS)
    if one.outside:
        return replace(claim, kept=False, reflection="Dropped: it is placed after the end of what was shown.")
    if verdict.verdict == "drop":
        return replace(claim, kept=False, reflection=f"Dropped: {why}")
    if verdict.verdict == "revise":
        claim = _revised(claim, verdict, duration_s)
    if made is None:
        return replace(claim, weight=0.0, reflection=f"{_said(verdict)} It is not used in the argument.")
    return replace(
        claim,
        speaks_for=made.speaks_for,
        weight=made.weight,
        text=plain(made.text, CLAIM_CHARACTERS),
        reflection=_said(verdict),
    )


def _said(verdict: Verdict) -> str:
    return f"{'Kept' if verdict.verdict == 'keep' else 'Revised'}: {plain(verdict.why, CLAIM_CHARACTERS)}"


def _revised(claim: Claim, verdict: Verdict, duration_s: float) -> Claim:
    if not 0 <= verdict.start_s <= verdict.end_s <= duration_s + ROUNDING_S:
        raise AnswerError(
            f"Observation {verdict.observation} was revised to {verdict.start_s:.1f} to {verdict.end_s:.1f} s, "
            f"which is no stretch of this clip."
        )
    text = plain(verdict.seen, CLAIM_CHARACTERS) or claim.text
    return replace(claim, start_s=min(verdict.start_s, duration_s), end_s=min(verdict.end_s, duration_s), text=text)


def _claim(one: Seen, label: str, weight: float) -> Claim:
    return Claim(
        start_s=one.start_s,
        end_s=one.end_s,
        cue=one.cue,
        region=one.region,
        text=one.seen,
        speaks_for=label,
        weight=weight,
    )
