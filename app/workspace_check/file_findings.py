"""Findings about files: videos, features, thumbnails and proxies, temporary files."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from app.opened_workspace import OpenedWorkspace
from app.workspace_check.finding import Finding
from core.durable_files import abandoned_files
from core.errors import FeatureError
from core.feature_store import FeatureStore
from core.media.whole_files import why_not_whole
from core.types.features import FeatureKind, FeatureRecord
from db import integrity

_OF_CLIP = re.compile(r"(\d+)\.(jpg|mp4)")
_AGAIN = "`telltale perceive` or the import makes it again"


def of_videos(videos: Iterable[tuple[int, str, str | None]]) -> Iterator[Finding]:
    """Videos that are gone, empty or cut."""
    for _clip_id, name, path in videos:
        why = why_not_whole(Path(path)) if path is not None else ""
        if why:
            yield Finding(
                "video",
                f"The video {path} of clip {name} {why}; put it back there, or tell where it is with `telltale relink`.",
            )


def of_features(opened: OpenedWorkspace, records: Iterable[FeatureRecord]) -> Iterator[Finding]:
    """Recorded feature files that are missing, cut, or of another producer; files that nothing records."""
    store = FeatureStore(opened.workspace.features_dir)
    recorded = set[str]()
    for record in records:
        recorded.add(record.path)
        why = _why_unusable(store, record)
        if why:
            yield Finding(
                "features",
                why,
                f"removes the file and its record, so that {_AGAIN}",
                partial(_forget, opened, record),
            )
    for kind in FeatureKind:
        folder = opened.workspace.features_dir / kind.value
        for path in sorted(folder.glob("*.safetensors")) if folder.is_dir() else ():
            if f"{kind.value}/{path.name}" not in recorded:
                yield Finding(
                    "features",
                    f"The feature file {path} is recorded nowhere, so its producer is not known.",
                    "removes the file",
                    path.unlink,
                )


def of_media(opened: OpenedWorkspace, clip_ids: set[int], seen: set[int]) -> Iterator[Finding]:
    """Thumbnails and proxies that are cut or of no clip; clips of `seen` (perceived from a video) without a thumbnail."""
    folder = opened.workspace.media_dir
    missing = set(seen)
    for path in sorted(folder.iterdir()):
        match = _OF_CLIP.fullmatch(path.name)
        if match is None:
            continue
        clip_id = int(match.group(1))
        if path.suffix == ".jpg":
            missing.discard(clip_id)
        if clip_id not in clip_ids:
            yield Finding("media", f"{path} is of no clip.", "removes the file", path.unlink)
        elif why := why_not_whole(path):
            thumbnail = path.with_suffix(".jpg")  # without it, perceive makes both again
            yield Finding(
                "media",
                f"{path} {why}.",
                "removes it and the clip's thumbnail, so that `telltale perceive` makes both again",
                partial(_remove, (path, thumbnail)),
            )
    for clip_id in sorted(missing):
        yield Finding("media", f"{folder / f'{clip_id}.jpg'} is missing; `telltale perceive` makes it again.")


def of_temporary(root: Path) -> Iterator[Finding]:
    """Files that were being written when their process was killed."""
    for path in abandoned_files(root):
        left = f"{path} was left by a process that was killed."
        yield Finding("temporary", left, "removes the file", partial(_remove, (path,)))


def _why_unusable(store: FeatureStore, record: FeatureRecord) -> str:
    try:
        with store.open(record.clip_id, record.kind) as file:
            made_by = file.producer
    except FeatureError as error:
        return str(error)
    if made_by != record.producer:
        return (
            f"The feature file {record.path} was made by {made_by.name} {made_by.version} ({made_by.settings_digest}), but is "
            f"recorded as of {record.producer.name} {record.producer.version} ({record.producer.settings_digest})."
        )
    return ""


def _forget(opened: OpenedWorkspace, record: FeatureRecord) -> None:
    with opened.database.write() as connection:
        integrity.forget_features(connection, record.clip_id, record.kind)
    (opened.workspace.features_dir / record.path).unlink(missing_ok=True)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
