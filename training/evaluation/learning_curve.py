"""In which order a person decides, at how many decisions the score is measured, and when to stop. Free of torch."""

from collections.abc import Sequence

import numpy as np

from training.evaluation.conditions import ConditionClip

QUEUES = ("uncertain", "passes disagree", "random")


def queue_order(queue: str, found: Sequence[ConditionClip], seed: int) -> list[int]:
    """All clips that can be decided, in the order of the queue; clips without a pseudo-label come last.

    "uncertain" takes the labeler's least confident answers first, as Review's queue of that name; "passes disagree" those
    that reflection changed, and goes on as "uncertain"; "random" is drawn by the seed.
    """
    open_clips = [clip for clip in found if clip.can_be_decided]
    if queue == "random":
        order = np.random.default_rng(seed).permutation(len(open_clips))
        return [open_clips[place].clip_id for place in order]

    def key(clip: ConditionClip) -> tuple[bool, bool, float, int]:
        if clip.pseudo is None:
            return True, True, 1.0, clip.clip_id
        changed = queue == "passes disagree" and clip.pseudo.first_label != clip.pseudo.label
        return False, not changed, clip.pseudo.confidence, clip.clip_id

    return [clip.clip_id for clip in sorted(open_clips, key=key)]


def decision_counts(clips: int, shares: Sequence[float]) -> list[int]:
    """Rising numbers of decisions: none, every share of the clips (at least one clip), all of them."""
    return sorted({0, clips, *(min(clips, max(1, round(share * clips))) for share in shares)})


def flat_at(points: Sequence[tuple[int, float]], least_gain: float) -> int | None:
    """The first number of decisions at which the last two steps together gained less than `least_gain`; None for never.

    `points` are (decisions, score), rising in decisions. The rule looks back only, so that it can be applied as one goes.
    """
    for (_, before), (decisions, score) in zip(points, points[2:], strict=False):
        if score - before < least_gain:
            return decisions
    return None
