"""The embedding map for one reviewer: the position of each clip and the group it is colored by."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.opened_workspace import OpenedWorkspace
from app.queries.hidden_answers import HIDDEN, blindness, keep_told, seen_in
from core.types.decisions import Reviewer
from core.types.features import FeatureKind
from db import clips, features
from training.embedding_projection import EmbeddingMap, read_map

Coloring = Literal["state", "subject", "label"]
COLORINGS: tuple[Coloring, ...] = ("state", "subject", "label")
NO_LABEL = "no label"
_MOST_SUBJECTS = 9
_OTHERS = "other subjects"


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A clip on the map. `group`: what it is colored by."""

    clip_id: int
    name: str
    subject: str
    x: float
    y: float
    group: str


@dataclass(frozen=True, slots=True)
class ShownMap:
    """`newer`: how many clips have such features that are not in the map."""

    made: EmbeddingMap
    points: tuple[MapPoint, ...]
    newer: int


def shown_map(
    opened: OpenedWorkspace, kind: FeatureKind, by: Coloring, reviewer: Reviewer | None, *, spoil: bool
) -> ShownMap | None:
    """The map of a kind, or None if none was made. Labels are hidden as in the list of clips, and it is kept which were
    shown.
    """
    made = read_map(opened.workspace, kind)
    if made is None:
        return None
    with opened.database.read() as connection:
        found = clips.many(connection, made.clip_ids)
        labels = clips.labels(connection, made.clip_ids) if by == "label" else {}
        counted = sum(features.producers(connection, kind).values())
    blind = blindness(opened, found, reviewer, spoil=spoil)
    places = dict(zip(made.clip_ids, zip(made.x, made.y, strict=True), strict=True))
    subjects = _largest([clip.subject for clip in found])
    groups: dict[int, str] = {}
    for clip in found:
        if by == "state":
            groups[clip.id] = clip.state.value
        elif by == "subject":
            groups[clip.id] = clip.subject if clip.subject in subjects else _OTHERS
        elif clip.id in labels:
            groups[clip.id] = blind.text(clip.id, labels[clip.id].label, seen_in(labels[clip.id].source))
        else:
            groups[clip.id] = HIDDEN if clip.id in blind.hidden else NO_LABEL
    keep_told(opened.database, reviewer, blind.told)
    points = tuple(MapPoint(clip.id, clip.name, clip.subject, *places[clip.id], groups[clip.id]) for clip in found)
    return ShownMap(made, points, max(0, counted - made.files))


def _largest(subjects: Sequence[str]) -> set[str]:
    """The subjects with the most clips; more colors could not be told apart."""
    return {name for name, _ in Counter(subjects).most_common(_MOST_SUBJECTS)}
