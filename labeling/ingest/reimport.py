"""What importing a clip again would change, and how it is taken over: labels, transcripts, key points.

Decisions, pseudo-labels and claims are about the clip as it was and stay; features made of what changed are made again by
the next `perceive`, as they are older.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.errors import FeatureError
from core.feature_store import FeatureStore
from core.printable import printable
from core.types.clips import Clip, NewClip, Split
from core.types.features import FeatureKind
from labeling.ingest.keypoints import ImportedKeypoints


class Update(StrEnum):
    """What is done with clips that are there already: they are kept, or what would change is listed, or taken over."""

    KEEP = "keep"
    LIST = "list"
    APPLY = "apply"


@dataclass(frozen=True, slots=True)
class Changes:
    """What the files say otherwise than the study. `kept`: what is never changed, as ends of a sentence."""

    label: str | None = None
    transcript: str | None = None
    keypoints: ImportedKeypoints | None = None
    told: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def changes_of(known: Clip, now: NewClip, keypoints: ImportedKeypoints | None, store: FeatureStore) -> Changes:
    """What a clip that is there would get. `keypoints`: those of the files, None where there are none or nobody asked."""
    told: list[str] = []
    kept: list[str] = []
    label = now.gold_label if now.gold_label != known.gold_label else None
    if label is not None and known.split is Split.TEST:
        kept.append(f"its label ({printable(label)} now) as it is a test clip")
        label = None
    if label is not None:
        told.append(f"its label becomes {printable(label)} ({_before(known.gold_label)})")
    if now.subject != known.subject:
        kept.append(f"whose clip it is ({printable(known.subject)}, now {printable(now.subject)})")
    if now.split is not known.split:
        kept.append(f"its split ({known.split}, now {now.split})")
    transcript = now.transcript if now.transcript is not None and now.transcript != known.transcript else None
    if transcript is not None:
        told.append("it gets a transcript" if known.transcript is None else "its transcript becomes another")
    if keypoints is not None and not _are_stored(known, keypoints, store):
        told.append("its key points become others")
    else:
        keypoints = None
    return Changes(label, transcript, keypoints, tuple(told), tuple(kept))


def _before(label: str | None) -> str:
    return "it had none" if label is None else f"it was {printable(label)}"


def _are_stored(known: Clip, keypoints: ImportedKeypoints, store: FeatureStore) -> bool:
    """Whether the clip has these points; False where its file cannot be read, which importing then mends."""
    try:
        with store.open(known.id, FeatureKind.KEYPOINTS) as file:
            return bool(np.array_equal(file.read("points", 3), keypoints.track.points))
    except FeatureError:
        return False
