"""`telltale bench claims`: how well the claim check separates true claims from false ones.

Two kinds of claim on a simulated cohort whose key points have all of OpenPose's faults: gestures that were
simulated, each with a false claim placed where no such gesture happened; and claims of the simulated labeler. The
labeler's true claims are drawn from measured cues, so only its false ones test the check.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.pose.cues import CATALOG
from core.pose.cues.measurement import measure_cues
from core.simulation import PRESETS, keypoints_of, sample_cohort
from core.simulation.cohort import SimulatedClip
from core.simulation.labeler import SimulatedLabeler
from core.taxonomy import DEFAULT_TAXONOMY
from core.types.cues import CueMeasurement
from core.types.pseudo_labels import Claim, ClaimCheck
from labeling.rules.claim_check import HAND_AT_HEAD, check_claim

LEFT_OUT = (
    "Claims of real models and people: gestures are placed by a program, and the labeler is simulated.",
    "Real key points: the cohort's are drawn, with faults like OpenPose's.",
    "Claims of cues that are not in the catalog.",
    "Whether the label that claims are to speak for is right.",
    "Other cohorts: one seed, one preset.",
    "How long a check takes.",
)
CLIPS = 60
SLACK_S = 0.2  # error in s with which people and models place a gesture
CLEAR_S = 1.5  # distance in s of a false claim from every gesture of its name
_TRIES = 40


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim, whether it is true, and the result of the check."""

    cue: str
    true: bool
    check: ClaimCheck


def bench_claims(*, seed: int, parts: Parts, clips: int = CLIPS) -> list[BenchRow]:
    """Precision and recall of "supported" and "contradicted", over all cues, and the cues that do worst."""
    parts.expect(2)
    parts.begin(f"a cohort of {clips} simulated clips")
    cohort = sample_cohort(PRESETS["demo"], seed=seed, clips=clips)
    random = np.random.default_rng(seed)
    labeler = SimulatedLabeler(seed)
    acted: list[Judged] = []
    simulated: list[Judged] = []
    parts.begin(f"checking the claims of {clips} clips")
    for number, clip in enumerate(cohort.clips):
        parts.report(number / len(cohort.clips), clip.name)
        measured = measure_cues(keypoints_of(cohort, clip))
        acted += _acted(clip, measured, random)
        simulated += _simulated(clip, measured, labeler)
    rows = [BenchRow("simulated clips", len(cohort.clips), "clips")]
    rows += _rows("gestures really made, and as many made up", acted)
    rows += [
        BenchRow(f"{cue}, among those supported least: recall of supported", share, "share")
        for cue, share in _worst(acted)
    ]
    return rows + _rows("the simulated labeler's claims", simulated)


def _acted(clip: SimulatedClip, measured: CueMeasurement, random: np.random.Generator) -> list[Judged]:
    judged: list[Judged] = []
    for event in clip.events:
        start_s, end_s = (
            max(0.0, time_s + float(random.uniform(-SLACK_S, SLACK_S))) for time_s in (event.start_s, event.end_s)
        )
        judged.append(Judged(event.cue, true=True, check=_check(event.cue, start_s, max(start_s, end_s), measured)))
        planted_s = _elsewhere(clip, event.cue, event.end_s - event.start_s, random)
        if planted_s is not None:
            length_s = event.end_s - event.start_s
            check = _check(event.cue, planted_s, planted_s + length_s, measured)
            judged.append(Judged(event.cue, true=False, check=check))
    return judged


def _simulated(clip: SimulatedClip, measured: CueMeasurement, labeler: SimulatedLabeler) -> list[Judged]:
    answer = labeler.answer(clip.truth, measured, clip.duration_s, DEFAULT_TAXONOMY, clip_name=clip.name)
    planted = set(json.loads(answer.raw_answer)["planted_false_claims"])
    return [
        Judged(claim.cue, true=number not in planted, check=check_claim(claim, measured).check)
        for number, claim in enumerate(answer.claims)
        if claim.cue in CATALOG
    ]


def _check(cue: str, start_s: float, end_s: float, measured: CueMeasurement) -> ClaimCheck:
    label = DEFAULT_TAXONOMY.names[0]
    return check_claim(Claim(start_s, end_s, cue, CATALOG[cue].region, cue, label, 0.5), measured).check


def _elsewhere(clip: SimulatedClip, cue: str, length_s: float, random: np.random.Generator) -> float | None:
    """A start in s for a false claim: away from every gesture of its name, and for a hand at the head from every
    such gesture.
    """
    names = HAND_AT_HEAD if cue in HAND_AT_HEAD else {cue}
    own = [event for event in clip.events if event.cue in names]
    for _ in range(_TRIES):
        start_s = float(random.uniform(0, max(0.0, clip.duration_s - length_s)))
        if all(event.start_s > start_s + length_s + CLEAR_S or event.end_s < start_s - CLEAR_S for event in own):
            return start_s
    return None


def _rows(what: str, judged: Sequence[Judged]) -> list[BenchRow]:
    counts = Counter((one.true, one.check) for one in judged)
    true, false = sum(one.true for one in judged), sum(not one.true for one in judged)
    supported = [one for one in judged if one.check is ClaimCheck.SUPPORTED]
    contradicted = [one for one in judged if one.check is ClaimCheck.CONTRADICTED]
    unsaid = sum(one.check is ClaimCheck.NOT_MEASURABLE for one in judged)
    return [
        BenchRow(f"{what}: true claims", true, "claims"),
        BenchRow(f"{what}: false claims", false, "claims"),
        BenchRow(
            f"{what}: precision of supported", _share(sum(one.true for one in supported), len(supported)), "share"
        ),
        BenchRow(f"{what}: recall of supported", _share(counts[True, ClaimCheck.SUPPORTED], true), "share"),
        BenchRow(
            f"{what}: precision of contradicted",
            _share(sum(not one.true for one in contradicted), len(contradicted)),
            "share",
        ),
        BenchRow(f"{what}: recall of contradicted", _share(counts[False, ClaimCheck.CONTRADICTED], false), "share"),
        BenchRow(f"{what}: not measurable", _share(unsaid, len(judged)), "share"),
    ]


def _worst(judged: Iterable[Judged]) -> list[tuple[str, float]]:
    """The five cues whose true claims are supported least often."""
    found: dict[str, list[bool]] = {}
    for one in judged:
        if one.true:
            found.setdefault(one.cue, []).append(one.check is ClaimCheck.SUPPORTED)
    shares = [(cue, sum(hits) / len(hits)) for cue, hits in found.items()]
    return sorted(shares, key=lambda pair: pair[1])[:5]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
