"""`telltale relink`: videos that were moved or renamed are found again; decisions, features and evidence stay as they are."""

from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InputError, VideoError
from core.media.video import video_digest
from core.printable import printable
from core.progress import Progress
from db import clips, integrity
from db.engine import Database


@dataclass(slots=True)
class RelinkReport:
    """`relinked`: names of the clips whose video is known at its new place now; `refused`: a sentence on each other one."""

    relinked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def relink(database: Database, old: Path, new: Path, progress: Progress) -> RelinkReport:
    """Takes `new` for `old`, two folders or two files, in the paths of all clips.

    A path changes only where the file at the new place is the clip's video to the byte. Raises InputError where no clip has
    its video at or under `old`, or `new` is not there, and JobCancelledError between clips.
    """
    if not new.exists():
        raise InputError(f"{printable(str(new))} is not there.")
    old, moved = _clips_under(database, old)
    if not moved:
        raise InputError(f"No clip has its video at or under {printable(str(old))}.")
    report = RelinkReport()
    for number, (clip_id, name, video) in enumerate(moved):
        progress.raise_if_cancelled()
        progress.report(number / len(moved), f"relinking {printable(name)}")
        place = new / video.relative_to(old)  # with equal files the rest is ".", which adds nothing
        why = _why_another(database, clip_id, place)
        if why:
            report.refused.append(f"{printable(name)} is left as it was: {why}")
            continue
        with database.write() as connection:
            clips.set_video(connection, clip_id, str(place))
        report.relinked.append(name)
    progress.report(1.0, f"{len(report.relinked)} clips relinked")
    return report


def _clips_under(database: Database, old: Path) -> tuple[Path, list[tuple[int, str, Path]]]:
    """The clips (id, name, video) at or under `old`, and `old` as their paths have it: where a link was left in its place,
    not what the link leads to.
    """
    with database.read() as connection:
        known = [
            (clip_id, name, Path(path)) for clip_id, name, path in integrity.videos(connection) if path is not None
        ]
    for place in (old.absolute(), old.resolve()):
        found = [(clip_id, name, video) for clip_id, name, video in known if video.is_relative_to(place)]
        if found:
            return place, found
    return old, []


def _why_another(database: Database, clip_id: int, place: Path) -> str:
    """A sentence if the file is not the clip's video, else ""."""
    if not place.is_file():
        return f"there is no {printable(str(place))}."
    with database.read() as connection:
        clip = clips.get(connection, clip_id)
    try:
        same = video_digest(place) == clip.digest
    except VideoError as error:
        return str(error)
    return "" if same else f"{printable(str(place))} is another video, or the same one saved anew."
