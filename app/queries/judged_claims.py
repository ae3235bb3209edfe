"""Claims judged by people, counted by labeler and error family."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.opened_workspace import OpenedWorkspace
from app.queries.claim_error_families import REJECTING, ErrorFamily, family_of
from core.errors import FeatureError
from core.feature_store import FeatureStore
from core.types.decisions import ClaimVerdict
from core.types.features import FeatureKind
from core.types.pseudo_labels import Claim
from db import cues, features, labeler_statistics
from labeling.perception.person.detections import DetectionLog
from labeling.rules.claim_check import TOLERANCE_S


@dataclass(frozen=True, slots=True)
class JudgedFacts:
    """For one labeler: the number of judged claims, and of rejected ones by family."""

    labeler_id: int
    judged: int
    rejected: Mapping[ErrorFamily, int]


@dataclass(frozen=True, slots=True)
class FamilyFacts:
    """`false_claims`: number of rejected claims; `searched`: for how many of them a detector has looked for people."""

    labelers: tuple[JudgedFacts, ...]
    false_claims: int
    searched: int


def claim_families(opened: OpenedWorkspace) -> FamilyFacts:
    """Counts per labeler, oldest first. Slow, because it reads the cues of each clip with a rejected claim; pages
    cache it.
    """
    with opened.database.read() as connection:
        judged = labeler_statistics.judged_claims(connection)
        rejected = [one for one in judged if one.verdict in REJECTING]
        false_clips = {one.clip_id for one in rejected if one.verdict is ClaimVerdict.FALSE}
        made = {
            clip_id: record.created_at
            for clip_id in false_clips
            if (record := features.of_clip(connection, clip_id).get(FeatureKind.PERSON)) is not None
        }
    measured = dict(cues.each(opened.database, {one.clip_id for one in rejected}))
    others = {clip_id: _times_of_others(opened.workspace.features_dir, clip_id, at) for clip_id, at in made.items()}
    counts: dict[int, Counter[ErrorFamily]] = {one.labeler_id: Counter() for one in judged}
    for one in rejected:
        in_view = _in_view(others.get(one.clip_id), one.claim)
        family = family_of(one.claim, one.verdict, measured.get(one.clip_id), others_in_view=in_view)
        if family is not None:
            counts[one.labeler_id][family] += 1
    totals = Counter(one.labeler_id for one in judged)
    false_claims = [one for one in rejected if one.verdict is ClaimVerdict.FALSE]
    return FamilyFacts(
        tuple(JudgedFacts(labeler_id, totals[labeler_id], counts[labeler_id]) for labeler_id in sorted(totals)),
        false_claims=len(false_claims),
        searched=sum(others.get(one.clip_id) is not None for one in false_claims),
    )


def _in_view(times_s: npt.NDArray[np.float64] | None, claim: Claim) -> bool | None:
    if times_s is None:
        return None
    first, last = np.searchsorted(times_s, (claim.start_s - TOLERANCE_S, claim.end_s + TOLERANCE_S))
    return bool(last > first)


@lru_cache(maxsize=20_000)
def _times_of_others(features_dir: Path, clip_id: int, made_at: datetime) -> npt.NDArray[np.float64] | None:  # noqa: ARG001
    """Ascending times at which a tracked person other than the interviewee is in view; None without detections.

    `made_at` distinguishes files of the same clip in the cache.
    """
    try:
        with FeatureStore(features_dir).open(clip_id, FeatureKind.PERSON) as file:
            if "interviewee_tracks" not in file.shapes:
                return None
            arrays = {name: file.read(name) for name in file.shapes if name.startswith("detection_")}
            own, time_s = file.read("interviewee_tracks", 1), file.read("time_s", 1)
        log = DetectionLog.from_arrays(arrays)
    except FeatureError:
        return None  # the Library reports the missing file
    others = (log.track > 0) & (log.frame < len(time_s)) & ~np.isin(log.track, own)
    return np.asarray(np.unique(time_s[log.frame[others]]), dtype=np.float64)
