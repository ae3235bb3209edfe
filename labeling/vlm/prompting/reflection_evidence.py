"""New evidence for reflection: cues measured on the key points, and observations that they contradict."""

from collections.abc import Sequence
from typing import Any

from core.pose.cues import CATALOG
from core.types.cues import Cue, CueMeasurement
from core.types.pseudo_labels import Claim, ClaimCheck
from labeling.rules.base_rates import BaseRates
from labeling.rules.claim_check import check_claims

_MOST_EVENTS = 40
_NEAR_S = 2.0


def evidence(claims: Sequence[Claim], measured: CueMeasurement, base_rates: BaseRates) -> dict[str, Any]:
    """JSON for the prompt: contradicted and unmeasurable observations by index, and the measurements.

    `measured` has, for each cue, its count, the expected count, and the measurable share of the clip; `events` are the
    strongest events and those near an observation.
    """
    checked = check_claims(claims, measured)
    return {
        "contradicted": _with(checked, ClaimCheck.CONTRADICTED),
        "supported": _with(checked, ClaimCheck.SUPPORTED),
        "not_measurable": _with(checked, ClaimCheck.NOT_MEASURABLE),
        "measured": [_summary(name, measured, base_rates) for name in CATALOG],
        "usual_rates_from": base_rates.origin,
        "events": [_event(cue) for cue in _told(claims, measured)],
    }


def _with(claims: Sequence[Claim], check: ClaimCheck) -> list[dict[str, Any]]:
    return [
        {"observation": number, "why": claim.check_note} for number, claim in enumerate(claims) if claim.check is check
    ]


def _summary(name: str, measured: CueMeasurement, base_rates: BaseRates) -> dict[str, Any]:
    coverage = next((entry for entry in measured.coverage if entry.name == name), None)
    seconds = coverage.measurable_s if coverage else 0.0
    found: dict[str, Any] = {
        "cue": name,
        "times_seen": sum(cue.name == name for cue in measured.cues),
        "measurable_share": round(seconds / measured.duration_s, 2) if measured.duration_s else 0.0,
    }
    if not base_rates.is_assumed(name):
        found["usual_times"] = round(base_rates.of(name) * seconds / 60, 1)
    return found


def _told(claims: Sequence[Claim], measured: CueMeasurement) -> list[Cue]:
    near = [cue for cue in measured.cues if any(_is_near(cue, claim) for claim in claims)]
    chosen = {id(cue): cue for cue in sorted(near, key=lambda cue: -cue.strength)[: _MOST_EVENTS // 2]}
    for cue in sorted(measured.cues, key=lambda cue: -cue.strength):
        if len(chosen) == _MOST_EVENTS:
            break
        chosen.setdefault(id(cue), cue)
    return sorted(chosen.values(), key=lambda cue: (cue.start_s, cue.name))


def _is_near(cue: Cue, claim: Claim) -> bool:
    return cue.start_s <= claim.end_s + _NEAR_S and cue.end_s >= claim.start_s - _NEAR_S


def _event(cue: Cue) -> dict[str, Any]:
    return {
        "cue": cue.name,
        "start_s": round(cue.start_s, 2),
        "end_s": round(cue.end_s, 2),
        "strength": round(cue.strength, 2),
    }
