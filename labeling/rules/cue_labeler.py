"""The built-in labeler: rules on measured cues, with a written rationale that says that it is no language model.

First pass: uses the strongest single events, without base rates. Second pass, with new evidence: compares the count of each
cue of the taxonomy with its base rate and the measurable part of the clip; claims that are weak, too short, hardly measurable
or not unusual are dropped, and the label may change. If fewer than three events favor a label, the first pass also claims
events without a weight; the second pass drops them.

Second pass, for a cue with n events where e are expected by the base rate:
excess = (n - e) / sqrt(1 + e + (0.5 e)^2), clipped to -3..3: the deviation of a Poisson count whose rate has a standard
deviation of half its mean between people (habits, see core.simulation); 1 is added so that one event of a rare cue counts
with the taxonomy weight. A label's score is the sum of weight x excess over its cues; the confidence is the softmax over
labels, at most 0.95. A cue that was measurable in less than a fifth of the clip counts only if it occurred, and e is then that of
the whole clip (a hand comes into view to touch the jaw). The absence of a cue whose base rate is assumed never counts.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from core.errors import LabelingError
from core.pose.cues import CATALOG
from core.taxonomy import Taxonomy
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.pseudo_labels import Claim, Labeler, LabelerAnswer
from labeling.interfaces import ClipEvidence
from labeling.rules.base_rates import BaseRates
from labeling.rules.cue_phrases import listed, phrase, seconds
from labeling.settings_digest import settings_digest

_FIRST_CLAIMS = 6
_MAX_CLAIMS = 8
_CLAIMS_PER_CUE = 2
_FAINT = 0.35
_SHORT_S = 0.15
_MIN_MEASURABLE_SHARE = 0.2
_MIN_MEASURABLE_S = 2.0
_FEWEST_CLAIMS = 3
_HABIT_SD = 0.5
_MAX_EXCESS = 3.0
_MAX_CONFIDENCE = 0.95
_RULES = {
    "first_claims": _FIRST_CLAIMS,
    "max_claims": _MAX_CLAIMS,
    "claims_per_cue": _CLAIMS_PER_CUE,
    "faint": _FAINT,
    "short_s": _SHORT_S,
    "min_measurable_share": _MIN_MEASURABLE_SHARE,
    "min_measurable_s": _MIN_MEASURABLE_S,
    "fewest_claims": _FEWEST_CLAIMS,
    "habit_sd": _HABIT_SD,
    "max_excess": _MAX_EXCESS,
    "max_confidence": _MAX_CONFIDENCE,
}
NO_LANGUAGE_MODEL = "This is a set of rules on measured key points, not a language model; it has not seen the video."


@dataclass(frozen=True, slots=True)
class CueEvidence:
    """One cue of the taxonomy in one clip; `excess` is None if too little of the clip was measurable."""

    cue: str
    speaks_for: str
    weight: float
    count: int
    usual_count: float
    measurable_share: float
    blind_because: str
    excess: float | None

    @property
    def score(self) -> float:
        return 0.0 if self.excess is None else self.weight * self.excess


class CueLabeler:
    """Labels by measured cues, the taxonomy's cue weights and the given base rates."""

    concurrency = 1
    labeler = Labeler(
        name="cues", model_id="telltale-cue-rules", prompt_version="1", prompt_digest=settings_digest(_RULES)
    )

    def __init__(self, taxonomy: Taxonomy, base_rates: BaseRates) -> None:
        weights = {label.name: label.cue_weights for label in taxonomy}
        if not any(weights.values()):
            raise LabelingError("The labeler cues needs cue_weights, and no label of the taxonomy has any.")
        self._base_rates = base_rates
        # Not the rates themselves: they change a little with each new clip, which should not invalidate all answers.
        self.settings_digest = settings_digest({"weights": weights, "workspace_rates": base_rates.of_workspace})
        self.equal_digests = frozenset({self.settings_digest})

    def label(self, evidence: ClipEvidence, taxonomy: Taxonomy) -> LabelerAnswer:
        """Labels one clip. Raises LabelingError if no cue of the taxonomy could be measured."""
        measured = evidence.cues
        weighted = {cue for label in taxonomy for cue in label.cue_weights}
        coverage = {entry.name: entry for entry in measured.coverage if entry.name in weighted}
        if not any(entry.measurable_s > 0 for entry in coverage.values()):
            raise LabelingError(f"{evidence.clip.name}: no cue that speaks for a label could be measured.")
        seen = [cue for cue in measured.cues if cue.name in weighted and _speaks_for(cue.name, taxonomy)[1] > 0]
        observed = _strongest(seen, _FIRST_CLAIMS)
        first_scores = _first_scores(observed, taxonomy)
        first_label, first_confidence = _conclude(first_scores)

        weighed = self._weigh(measured, coverage, taxonomy)
        scores = dict.fromkeys(taxonomy.names, 0.0)
        for entry in weighed:
            scores[entry.speaks_for] += entry.score
        label, confidence = _conclude(scores)
        by_cue = {(entry.cue, entry.speaks_for): entry for entry in weighed}
        claims = [self._reflect(claim, cue, by_cue, label, taxonomy) for claim, cue in _claims(observed, taxonomy)]
        claims += self._second_look(seen, observed, weighed, taxonomy)
        claims += _noted(measured, weighted, label, _FEWEST_CLAIMS - len(claims))
        return LabelerAnswer(
            first_label=first_label,
            first_confidence=first_confidence,
            first_reasoning=_first_reasoning(observed, first_scores, first_label, taxonomy),
            label=label,
            confidence=confidence,
            reasoning=self._reasoning(weighed, scores, first_label, label, taxonomy),
            claims=tuple(sorted(claims, key=lambda claim: (claim.start_s, claim.end_s, claim.cue))),
            raw_answer=json.dumps({"usual": self._base_rates.origin, "cues": [asdict(entry) for entry in weighed]}),
        )

    def _weigh(
        self, measured: CueMeasurement, coverage: Mapping[str, CueCoverage], taxonomy: Taxonomy
    ) -> list[CueEvidence]:
        weighed: list[CueEvidence] = []
        for label in taxonomy:
            for cue, weight in label.cue_weights.items():
                measurable_s = coverage[cue].measurable_s if cue in coverage else 0.0
                share = measurable_s / measured.duration_s if measured.duration_s > 0 else 0.0
                count = sum(entry.name == cue for entry in measured.cues)
                judged = share >= _MIN_MEASURABLE_SHARE or (count > 0 and measurable_s >= _MIN_MEASURABLE_S)
                compared_s = measurable_s if share >= _MIN_MEASURABLE_SHARE else measured.duration_s
                usual = self._base_rates.of(cue) * compared_s / 60.0
                excess = _excess(count, usual)
                if self._base_rates.is_assumed(cue):
                    excess = max(0.0, excess)
                weighed.append(
                    CueEvidence(
                        cue=cue,
                        speaks_for=label.name,
                        weight=weight,
                        count=count,
                        usual_count=usual,
                        measurable_share=share,
                        blind_because=coverage[cue].reason.rstrip(".") if cue in coverage else "",
                        excess=excess if judged else None,
                    )
                )
        return weighed

    def _reflect(
        self, claim: Claim, cue: Cue, by_cue: Mapping[tuple[str, str], CueEvidence], label: str, taxonomy: Taxonomy
    ) -> Claim:
        evidence = by_cue[claim.cue, claim.speaks_for]
        compared = _compared(evidence)
        if cue.strength < _FAINT:
            return replace(claim, kept=False, reflection=f"Dropped: it is faint (strength {cue.strength:.2f}).")
        if cue.end_s - cue.start_s < _SHORT_S:
            length_s = cue.end_s - cue.start_s
            return replace(claim, kept=False, reflection=f"Dropped: {length_s:.2f} s is too short to be sure of it.")
        if evidence.excess is None:
            reason = f"it could be measured in {evidence.measurable_share:.0%} of the clip and for less than 2 s"
            return replace(claim, kept=False, reflection=f"Dropped: {reason}.")
        if evidence.excess <= 0:
            return replace(claim, kept=False, reflection=f"Dropped: nothing unusual, {compared}.")
        against = "" if claim.speaks_for == label else f" It speaks against {taxonomy[label].title}, and stays."
        return replace(claim, reflection=f"Kept: {compared}.{against}")

    def _second_look(
        self, seen: list[Cue], observed: list[Cue], weighed: list[CueEvidence], taxonomy: Taxonomy
    ) -> list[Claim]:
        """Claims on cues that the first pass left out and that are more frequent than expected."""
        room = _MAX_CLAIMS - len(observed)
        spoken = {cue.name for cue in observed}
        added: list[Claim] = []
        for evidence in sorted(weighed, key=lambda entry: -entry.score):
            events = [cue for cue in seen if cue.name == evidence.cue and cue.strength >= _FAINT]
            unusual = evidence.weight > 0 and evidence.excess is not None and evidence.excess > 0
            if len(added) == room or not unusual or evidence.cue in spoken or not events:
                continue
            spoken.add(evidence.cue)
            strongest = max(events, key=lambda cue: (cue.strength, cue.end_s - cue.start_s))
            claim, _cue = _claims([strongest], taxonomy)[0]
            added.append(replace(claim, reflection=f"Found on the second reading: {_compared(evidence)}."))
        return added

    def _reasoning(
        self,
        weighed: list[CueEvidence],
        scores: Mapping[str, float],
        first_label: str,
        label: str,
        taxonomy: Taxonomy,
    ) -> str:
        parts = [f"{NO_LANGUAGE_MODEL} Second pass: every cue counted against {self._base_rates.origin}."]
        if not any(entry.count for entry in weighed if entry.weight > 0):
            parts.append("None of the cues that speak for a label was seen, so this is little better than a guess.")
        for name in taxonomy.names:
            counted = sorted(
                (entry for entry in weighed if entry.speaks_for == name and abs(entry.score) >= 0.05),
                key=lambda entry: -abs(entry.score),
            )
            if counted:
                parts.append(f"{taxonomy[name].title}: " + "; ".join(_count(entry) for entry in counted) + ".")
        blind = [entry for entry in weighed if entry.excess is None]
        if blind:
            reason = next((entry.blind_because for entry in blind if entry.blind_because), "")
            why = f" (for instance: {reason})" if reason else ""
            parts.append(f"Could not be judged here: {listed([entry.cue for entry in blind])}{why}.")
        assumed = [
            entry.cue for entry in weighed if entry.excess is not None and self._base_rates.is_assumed(entry.cue)
        ]
        if assumed:
            parts.append(f"How usual {listed(assumed)} would be is not known; once a minute is assumed.")
        sums = ", ".join(f"{taxonomy[name].title} {score:+.2f}" for name, score in scores.items())
        ends = (
            f"the first answer, {taxonomy[label].title}, stands"
            if label == first_label
            else f"the answer changes from {taxonomy[first_label].title} to {taxonomy[label].title}"
        )
        parts.append(f"Sums: {sums}; {ends}.")
        return " ".join(parts)


def _strongest(seen: list[Cue], limit: int) -> list[Cue]:
    chosen: list[Cue] = []
    for cue in sorted(seen, key=lambda cue: (-cue.strength, cue.start_s - cue.end_s, cue.start_s)):
        if len(chosen) < limit and sum(other.name == cue.name for other in chosen) < _CLAIMS_PER_CUE:
            chosen.append(cue)
    return chosen


def _speaks_for(cue: str, taxonomy: Taxonomy) -> tuple[str, float]:
    """The label with the greatest positive weight of the cue, and that weight; negative weights only count against a label."""
    label = max(taxonomy, key=lambda label: label.cue_weights.get(cue, -math.inf))
    return label.name, label.cue_weights[cue]


def _first_scores(observed: list[Cue], taxonomy: Taxonomy) -> dict[str, float]:
    scores = dict.fromkeys(taxonomy.names, 0.0)
    for cue in observed:
        label, weight = _speaks_for(cue.name, taxonomy)
        scores[label] += weight * cue.strength
    return scores


def _claims(cues: list[Cue], taxonomy: Taxonomy) -> list[tuple[Claim, Cue]]:
    return [(_claim(cue, *_speaks_for(cue.name, taxonomy)), cue) for cue in cues]


def _claim(cue: Cue, speaks_for: str, weight: float) -> Claim:
    how = "clearly" if cue.strength >= 0.7 else "visibly" if cue.strength >= _FAINT else "faintly"
    length_s = cue.end_s - cue.start_s
    return Claim(
        start_s=cue.start_s,
        end_s=cue.end_s,
        cue=cue.name,
        region=CATALOG[cue.name].region,
        text=f"{phrase(cue.name)}, {how}, for {length_s:.1f} s from {seconds(cue.start_s)} on.",
        speaks_for=speaks_for,
        weight=min(1.0, weight * cue.strength),
        joints=cue.joints,
    )


def _noted(measured: CueMeasurement, weighted: set[str], label: str, room: int) -> list[Claim]:
    """Claims of the strongest events without a weight, already dropped, so that the reader sees what was measured."""
    others = [cue for cue in measured.cues if cue.name not in weighted and cue.strength >= _FAINT]
    return [
        replace(
            _claim(cue, label, 0.0), kept=False, reflection=f"Dropped: no label of this workspace weighs {cue.name}."
        )
        for cue in _strongest(others, max(0, room))
    ]


def _excess(count: int, usual: float) -> float:
    spread = math.sqrt(1.0 + usual + (_HABIT_SD * usual) ** 2)
    return max(-_MAX_EXCESS, min(_MAX_EXCESS, (count - usual) / spread))


def _conclude(scores: Mapping[str, float]) -> tuple[str, float]:
    """The label with the highest score (the taxonomy's first on a tie) and its share of the softmax."""
    label = max(scores, key=lambda name: scores[name])
    share = 1.0 / sum(math.exp(score - scores[label]) for score in scores.values())
    return label, min(_MAX_CONFIDENCE, share)


def _first_reasoning(observed: list[Cue], scores: Mapping[str, float], label: str, taxonomy: Taxonomy) -> str:
    if not observed:
        return (
            f"{NO_LANGUAGE_MODEL} First pass: no event was seen that speaks for a label, "
            f"so the first answer, {taxonomy[label].title}, is a guess."
        )
    names = list(dict.fromkeys(cue.name for cue in observed))
    sums = ", ".join(f"{taxonomy[name].title} {score:+.2f}" for name, score in scores.items())
    strongest = "strongest event" if len(observed) == 1 else f"{len(observed)} strongest events"
    return (
        f"{NO_LANGUAGE_MODEL} First pass, on the {strongest} alone: {listed(names)}. "
        f"Sums: {sums}; so the first answer is {taxonomy[label].title}."
    )


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _count(evidence: CueEvidence) -> str:
    return f"{evidence.cue} {_times(evidence.count)}, usual {_usual(evidence)} ({evidence.score:+.2f})"


def _compared(evidence: CueEvidence) -> str:
    share = evidence.measurable_share
    in_view = f", though it could be measured in only {share:.0%} of it" if share < _MIN_MEASURABLE_SHARE else ""
    return f"{_times(evidence.count)} in this clip where {_usual(evidence)} would be usual{in_view}"


def _usual(evidence: CueEvidence) -> str:
    return f"{evidence.usual_count:.1f}" if evidence.usual_count >= 0.1 else f"{evidence.usual_count:.2f}"
