"""Compares two labelers on the same clips: agreement, and claims paired by time."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from app.queries.proportions import Share
from core.types.clips import Clip
from core.types.pseudo_labels import Claim, PseudoLabel
from db import clips, labeler_statistics, pseudo_labels
from db.labeler_statistics import CommonClip
from labeling.rules.claim_check import TOLERANCE_S

SHOWN = 200


@dataclass(frozen=True, slots=True)
class ClaimPair:
    """The claims of two labelers about one moment; None where one of them has none. `change` describes the
    difference.
    """

    first: Claim | None
    second: Claim | None
    change: str

    @property
    def start_s(self) -> float:
        """The start of the earlier claim."""
        return min(claim.start_s for claim in (self.first, self.second) if claim is not None)


@dataclass(frozen=True, slots=True)
class CommonFacts:
    """`agree`: same label on the clips that both labeled; `shown`: at most SHOWN of these clips, differing ones
    first.
    """

    agree: Share
    shown: tuple[CommonClip, ...]


@dataclass(frozen=True, slots=True)
class ClipComparison:
    """The newest answers of two labelers for a clip, with their claims paired."""

    clip: Clip
    first: PseudoLabel
    second: PseudoLabel
    pairs: tuple[ClaimPair, ...]


def common_facts(opened: OpenedWorkspace, first_id: int, second_id: int) -> CommonFacts:
    """Reads all answers of the two labelers; pages cache it until an answer is added."""
    with opened.database.read() as connection:
        found = labeler_statistics.common_clips(connection, first_id, second_id, limit=SHOWN)
    return CommonFacts(Share(found.agreement), found.shown)


def in_order(
    opened: OpenedWorkspace, found: CommonFacts, ids: tuple[int, int], reviewer_id: int | None
) -> list[CommonClip]:
    """At most SHOWN clips, differing ones first; then those that this reviewer has judged and may see."""
    judged: tuple[CommonClip, ...] = ()
    if reviewer_id is not None:
        with opened.database.read() as connection:
            judged = labeler_statistics.common_clips(connection, *ids, limit=SHOWN, judged_by=reviewer_id).shown
    ordered = sorted(dict.fromkeys((*judged, *found.shown)), key=lambda one: one.first_label == one.second_label)
    return ordered[:SHOWN]


def clip_comparison(opened: OpenedWorkspace, clip_id: int, first_id: int, second_id: int) -> ClipComparison:
    """The comparison for a clip that both have labeled."""
    with opened.database.read() as connection:
        clip = clips.get(connection, clip_id)
        answers = pseudo_labels.of_clip(connection, clip_id)
    first = next(answer for answer in answers if answer.labeler.id == first_id)
    second = next(answer for answer in answers if answer.labeler.id == second_id)
    return ClipComparison(clip, first, second, pair_claims(first.answer.claims, second.answer.claims))


def pair_claims(first: Sequence[Claim], second: Sequence[Claim]) -> tuple[ClaimPair, ...]:
    """All claims, paired where possible, in order of time.

    Two claims can be paired if their spans are within TOLERANCE_S and they name the same cue, or the same body
    region where no cue matches; those that overlap most are paired first.
    """
    likeness = sorted(
        (
            (score, -one, -other)
            for one, claim in enumerate(first)
            for other, against in enumerate(second)
            if (score := _likeness(claim, against)) is not None
        ),
        reverse=True,
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, one, other in likeness:
        if -one not in partner and -other not in taken:
            partner[-one] = -other
            taken.add(-other)
    pairs = [
        ClaimPair(claim, second[partner[number]], _change(claim, second[partner[number]]))
        if number in partner
        else ClaimPair(claim, None, "only the first")
        for number, claim in enumerate(first)
    ]
    pairs += [ClaimPair(None, claim, "only the second") for number, claim in enumerate(second) if number not in taken]
    return tuple(sorted(pairs, key=lambda pair: pair.start_s))


def _likeness(one: Claim, other: Claim) -> tuple[bool, float] | None:
    """(same cue, intersection over union of the spans); None where the claims cannot be paired."""
    shared_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    same_cue = one.cue == other.cue
    if shared_s < -TOLERANCE_S or not (same_cue or one.region is other.region):
        return None
    whole_s = max(one.end_s, other.end_s) - min(one.start_s, other.start_s)
    return same_cue, max(0.0, shared_s) / whole_s if whole_s else 1.0


def _change(one: Claim, other: Claim) -> str:
    changes = [
        name
        for name, differs in (
            ("another cue", one.cue != other.cue),
            ("speaks for another label", one.speaks_for != other.speaks_for),
            ("dropped" if one.kept else "kept after all", one.kept != other.kept),
            ("another check", one.check is not other.check),
        )
        if differs
    ]
    return ", ".join(changes) or "same"
