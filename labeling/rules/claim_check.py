"""Checking the claims of a rationale against the measured cues.

*Supported*: the cue was measured in the claim's span. *Contradicted*: it was not, although its joints were detected there.
*Not measurable*: its joints were missing for most of the span. *Unchecked*: the claim is about voice, words or something for
which there is no cue.
"""

from collections.abc import Iterable
from dataclasses import replace

from core.pose.cues import CATALOG
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.pseudo_labels import Claim, ClaimCheck

TOLERANCE_S = 0.5  # people and models locate the start of a gesture no more precisely
MIN_MEASURABLE_SHARE = 0.5
# Cues of a hand at the head count as one: 2-D key points do not tell exactly where it rests.
HAND_AT_HEAD = frozenset(
    {"touching jaw", "touching facial parts", "touching neck", "touching head", "covering face"},
)
_NOT_SEEN = frozenset({BodyRegion.VOICE, BodyRegion.WORDS})


def check_claims(claims: Iterable[Claim], measured: CueMeasurement) -> tuple[Claim, ...]:
    """The claims with `check` and `check_note` set, and with the joints of their cue if they had none."""
    return tuple(check_claim(claim, measured) for claim in claims)


def check_claim(claim: Claim, measured: CueMeasurement) -> Claim:
    """The claim with its check; `check_note` is a sentence with the measurements."""
    definition = CATALOG.get(claim.cue)
    if definition is None or claim.region in _NOT_SEEN:
        what = f"the {claim.region.value}" if claim.region in _NOT_SEEN else f"what is called {claim.cue!r} here"
        return replace(claim, check=ClaimCheck.UNCHECKED, check_note=f"Key points cannot speak of {what}.")
    check, note = _verdict(claim, measured)
    return replace(claim, check=check, check_note=note, joints=claim.joints or definition.joints)


def _verdict(claim: Claim, measured: CueMeasurement) -> tuple[ClaimCheck, str]:
    if claim.start_s > measured.duration_s:
        return ClaimCheck.CONTRADICTED, f"The clip ends at {measured.duration_s:.1f} s, before the claim begins."
    same = [cue for cue in measured.cues if cue.name == claim.cue and _overlaps(cue, claim)]
    if same:
        return ClaimCheck.SUPPORTED, _found(same)
    if claim.cue in HAND_AT_HEAD:
        near = [cue for cue in measured.cues if cue.name in HAND_AT_HEAD and _overlaps(cue, claim)]
        if near:
            return ClaimCheck.SUPPORTED, f"A hand is at the head; it was measured as {near[0].name}. {_found(near)}"
    coverage = next((entry for entry in measured.coverage if entry.name == claim.cue), None)
    if coverage is None:
        return ClaimCheck.NOT_MEASURABLE, "This cue was not measured in this clip."
    share = _share_seen(claim, coverage.spans_s, measured.duration_s)
    if share < MIN_MEASURABLE_SHARE:
        reason = coverage.reason.rstrip(".") or "the key points it needs are missing"
        return ClaimCheck.NOT_MEASURABLE, f"Could be seen in {share:.0%} of the span: {reason}."
    other = next((cue for cue in measured.cues if cue.name == claim.cue), None)
    elsewhere = f"; nearest is {_nearest_s(claim, measured):.1f} s away" if other else "; it was not measured anywhere"
    return ClaimCheck.CONTRADICTED, f"Could be seen in {share:.0%} of the span and was not there{elsewhere}."


def _overlaps(cue: Cue, claim: Claim) -> bool:
    return cue.start_s <= claim.end_s + TOLERANCE_S and cue.end_s >= claim.start_s - TOLERANCE_S


def _found(cues: list[Cue]) -> str:
    times = "once" if len(cues) == 1 else f"{len(cues)} times"
    strongest = max(cue.strength for cue in cues)
    start_s, end_s = min(cue.start_s for cue in cues), max(cue.end_s for cue in cues)
    return f"Measured {times} between {start_s:.1f} and {end_s:.1f} s, strength up to {strongest:.2f}."


def _nearest_s(claim: Claim, measured: CueMeasurement) -> float:
    return min(
        max(cue.start_s - claim.end_s, claim.start_s - cue.end_s) for cue in measured.cues if cue.name == claim.cue
    )


def _share_seen(claim: Claim, spans_s: tuple[tuple[float, float], ...], duration_s: float) -> float:
    """Share (0..1) of the claim's span in which its joints were detected; an instant is widened to its surroundings."""
    start_s, end_s = claim.start_s, claim.end_s
    if end_s - start_s < 2 * TOLERANCE_S:
        middle = (start_s + end_s) / 2
        start_s, end_s = middle - TOLERANCE_S, middle + TOLERANCE_S
    start_s, end_s = max(0.0, start_s), min(duration_s, end_s)
    if end_s <= start_s:
        return 0.0
    seen = sum(max(0.0, min(end_s, stop) - max(start_s, start)) for start, stop in spans_s)
    return seen / (end_s - start_s)
