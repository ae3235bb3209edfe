"""The people detected in a clip, among whom the interviewee can be chosen in the Library."""

import base64
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.opened_workspace import OpenedWorkspace
from core.errors import FeatureError, VideoError
from core.feature_store import FeatureStore
from core.media.timebase import format_time
from core.types.clips import Clip
from core.types.features import FeatureKind
from core.types.interviewee import PersonPoint, PickedPerson
from db import features, interviewees
from db.answered_clips import answers_on_others
from labeling.perception.person.detections import DetectionLog
from labeling.perception.person.interviewee import Candidate, candidates

_SHOWN = 4
_SHORTEST_PRESENCE = 0.02  # least share of the clip in which a person must be present to be offered
_PORTRAIT_PX = 160


@dataclass(frozen=True, slots=True)
class Person:
    """A detected person. `portrait`: JPEG as a data URL, "" where the video cannot be read.

    `chosen`: the stored boxes are of this person. `picked`: somebody chose this person, which takes effect at the
    next perceive.
    """

    words: str
    portrait: str
    chosen: bool
    picked: bool
    point: PersonPoint


@dataclass(frozen=True, slots=True)
class People:
    """`picked`: somebody has chosen. `stale`: the choice has changed since the last perceive.

    `answers_on_others`: number of the clip's pseudo-labels that were made on another person than the one chosen.
    """

    people: tuple[Person, ...]
    picked: bool
    stale: bool
    answers_on_others: int = 0


def people_of_clip(opened: OpenedWorkspace, clip: Clip) -> People | None:
    """The people in a clip; None where no detector has run or its file is gone."""
    with opened.database.read() as connection:
        record = features.of_clip(connection, clip.id).get(FeatureKind.PERSON)
        picked = interviewees.picked(connection, clip.id)
        changed_at = interviewees.changed_at(connection, clip.id)
        on_others = answers_on_others(connection, clip.id)
    if record is None:
        return None
    try:
        with FeatureStore(opened.workspace.features_dir).open(clip.id, FeatureKind.PERSON) as file:
            arrays = {name: file.read(name) for name in file.shapes if name.startswith("detection_")}
            if not arrays:
                return None
            chosen, time_s = set(file.read("interviewee_tracks", 1).tolist()), file.read("time_s", 1)
        log = DetectionLog.from_arrays(arrays)
    except FeatureError:
        return None  # the page reports the missing file elsewhere
    if len(log.frame) and log.frame.max() >= len(time_s):
        return None  # of another video
    found = candidates(log, time_s, (clip.width_px, clip.height_px), None)
    people = tuple(
        _person(opened.workspace.media_dir, clip, each, bool(chosen & set(each.tracks)), picked)
        for each in found[:_SHOWN]
        if each.presence >= _SHORTEST_PRESENCE
    )
    stale = changed_at is not None and changed_at > record.created_at
    return People(people, picked is not None, stale, on_others)


def _person(media_dir: Path, clip: Clip, candidate: Candidate, chosen: bool, picked: PickedPerson | None) -> Person:
    x0, y0, x1, y1 = candidate.best_box_xyxy_px
    point = PersonPoint(candidate.best_time_s, (x0 + x1) / 2, (y0 + y1) / 2)
    words = (
        f"{candidate.presence:.0%} of the clip, {format_time(candidate.first_s)} to {format_time(candidate.last_s)}, "
        f"{candidate.mean_height_share:.0%} of the picture's height"
    )
    is_picked = picked is not None and picked.point == point
    return Person(words, _portrait(media_dir, clip, candidate), chosen, is_picked, point)


def _portrait(media_dir: Path, clip: Clip, candidate: Candidate) -> str:
    from core.media.apart import write_thumbnail_apart

    path = media_dir / "people" / f"{clip.id}-{round(candidate.best_time_s * 1000)}-{candidate.tracks[0]}.jpg"
    if not path.is_file():
        if clip.video_path is None or not Path(clip.video_path).is_file():
            return ""
        box = np.array(candidate.best_box_xyxy_px, dtype=np.float32)
        try:
            write_thumbnail_apart(Path(clip.video_path), path, candidate.best_time_s, box, _PORTRAIT_PX)
        except VideoError:
            return ""  # shown as a gray field; `telltale perceive` reports what is wrong with the video
    return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
