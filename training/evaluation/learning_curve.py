"""The learning curve over human decisions: the order of the clips, the points measured, and when it is flat. No
torch.
"""

from collections.abc import Sequence

import numpy as np

from training.evaluation.conditions import ConditionClip

QUEUES = ("uncertain", "passes disagree", "random")


def queue_order(queue: str, found: Sequence[ConditionClip], seed: int) -> list[int]:
    """Ids of all clips that can be decided, in the order of the queue; clips without a pseudo-label come last.

    "uncertain": lowest confidence of the labeler first, like the queue of Review. "passes disagree": first the
    pseudo-labels that reflection changed, then like "uncertain". "random": a permutation drawn by the seed.
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
    """The numbers of decisions to measure at, rising: 0, each share of the clips (at least one clip), all clips."""
    return sorted({0, clips, *(min(clips, max(1, round(share * clips))) for share in shares)})


def flat_at(points: Sequence[tuple[int, float]], least_gain: float) -> int | None:
    """The first number of decisions at which the last two steps together gained less than `least_gain`, or None.

    `points` are (decisions, score), rising in decisions. Only earlier points are used, so the rule can be applied
    during annotation.
    """
    for (_, before), (decisions, score) in zip(points, points[2:], strict=False):
        if score - before < least_gain:
            return decisions
    return None
