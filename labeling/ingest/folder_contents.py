"""What lies in a folder that somebody wants imported: videos, their key points, transcripts, a table, a cohort.

    study/                           or                      study/
        videos/match-01.mp4                                      match-01.mp4
        openpose/match-01/… or match-01.zip                      match-01_openpose.zip (or a folder of that name)
        transcripts/match-01.txt (or .srt, .vtt)
        clips.csv

Subfolders and files of these names are used without being named on the command line; what was named there comes first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.media.video import VIDEO_SUFFIXES
from core.pose.openpose.archives import ARCHIVE_SUFFIXES

TRANSCRIPT_SUFFIXES = (".vtt", ".srt", ".txt", ".asr.txt")  # those with times first
_BESIDE_VIDEO = (*(f"{{}}_openpose{suffix}" for suffix in ARCHIVE_SUFFIXES), "{}_openpose")
_IN_FOLDER = ("{}", *(f"{{}}{suffix}" for suffix in ARCHIVE_SUFFIXES), *_BESIDE_VIDEO)


@dataclass(frozen=True, slots=True)
class ImportSources:
    """Videos in order of name; the folders and files to look in for the rest, None where there is none.

    `notes` says in sentences what was taken without having been named. Where the layout of a release has told already which
    files are a clip's, `keypoint_files` and `transcript_files` have them by the clip's name, and nothing is looked for.
    """

    folder: Path
    videos: tuple[Path, ...]
    openpose: Path | None
    transcripts: Path | None
    table: Path | None
    cohort: Path | None
    notes: tuple[str, ...]
    keypoint_files: Mapping[str, Path] | None = None
    transcript_files: Mapping[str, Path] | None = None

    def keypoints_of(self, clip: str) -> Path | None:
        """Folder or archive (core.pose.openpose.archives) of one clip's key points."""
        if self.keypoint_files is not None:
            return self.keypoint_files.get(clip)
        candidates = [self.folder / name.format(clip) for name in _BESIDE_VIDEO]
        candidates += [self.folder / "videos" / name.format(clip) for name in _BESIDE_VIDEO]
        if self.openpose is not None:
            candidates = [self.openpose / name.format(clip) for name in _IN_FOLDER]
        return next((path for path in candidates if path.exists()), None)

    def transcript_of(self, clip: str) -> Path | None:
        """Its file in the folder of transcripts; one with times where there are several."""
        if self.transcript_files is not None:
            return self.transcript_files.get(clip)
        if self.transcripts is None:
            return None
        places = [self.transcripts / f"{clip}{suffix}" for suffix in TRANSCRIPT_SUFFIXES]
        return next((place for place in places if place.is_file()), None)

    def named_file(self, name: str) -> Path | None:
        """A transcript that the table names: beside the table, among the transcripts, or in the folder itself."""
        places = [self.table.parent if self.table is not None else None, self.transcripts, self.folder]
        return next((place / name for place in places if place is not None and (place / name).is_file()), None)

    def unclaimed_keypoints(self, clips: Collection[str]) -> list[Path]:
        """Key points that belong to none of the clips; only where they have a folder to themselves."""
        if self.keypoint_files is not None:
            return sorted(path for clip, path in self.keypoint_files.items() if clip not in clips)
        if self.openpose is None or self.openpose.resolve() == self.folder.resolve():
            return []
        taken = {path for path in (self.keypoints_of(clip) for clip in clips) if path is not None}
        found = [
            path for path in self.openpose.iterdir() if path.is_dir() or path.name.lower().endswith(ARCHIVE_SUFFIXES)
        ]
        return sorted(path for path in found if path not in taken and not path.name.startswith("."))


def find_sources(
    folder: Path, *, openpose: Path | None = None, transcripts: Path | None = None, table: Path | None = None
) -> ImportSources:
    """Raises InputError, one sentence, where a folder or file that was named is not there or nothing is to import."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    for named, what in ((openpose, "--openpose"), (transcripts, "--transcripts")):
        if named is not None and not named.is_dir():
            raise InputError(f"{what}: {named} is not a folder.")
    if table is not None and not table.is_file():
        raise InputError(f"--table: {table} is not a file.")
    notes: list[str] = []

    def default(named: Path | None, name: str) -> Path | None:
        path = folder / name
        if named is not None or not path.exists():
            return named
        notes.append(f"{name} in {folder.name} was used.")
        return path

    cohort = folder / "cohort.json"
    sources = ImportSources(
        folder=folder,
        videos=_videos(folder),
        openpose=default(openpose, "openpose"),
        transcripts=default(transcripts, "transcripts"),
        table=default(table, "clips.csv"),
        cohort=cohort if cohort.is_file() else None,
        notes=tuple(notes),
    )
    if not sources.videos and sources.cohort is None:
        suffixes = ", ".join(sorted(VIDEO_SUFFIXES))
        raise InputError(f"{folder} holds no video ({suffixes}), neither itself nor in a subfolder videos.")
    return sources


def _videos(folder: Path) -> tuple[Path, ...]:
    places = [place for place in (folder, folder / "videos") if place.is_dir()]
    files = [path for place in places for path in place.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES]
    # Names that begin with a dot are what macOS leaves beside a file on foreign disks.
    found = [path for path in files if path.is_file() and not path.name.startswith(".")]
    return tuple(sorted(found, key=lambda path: (path.name, str(path))))
