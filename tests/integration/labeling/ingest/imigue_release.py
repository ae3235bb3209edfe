"""A made-up release in iMiGUE's layout: tiny videos, key points without a lower body, the label table, iMiGUE-Speech."""

import csv
import io
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.media.video import write_video
from core.pose.openpose.clip import write_openpose_frame
from core.progress import SilentProgress
from core.types.clips import Split
from core.workspace import Workspace
from db.engine import Database
from labeling.ingest.imigue.import_release import ImigueReport, import_imigue
from labeling.ingest.imigue.protocols import SUBJECTS, TRAIN_SUBJECTS

FRAMES = 3
FRAME_RATE = Fraction(25)
HEADER = (
    "video_id",
    "start_time",
    "end_time",
    "class",
    "subject_id",
    "subject_gender",
    "subject_nationality",
    "win_or_lose",
)


def _frame() -> bytes:
    """One person as OpenPose sees a seated one: joints 8-14 and 19-24 are missing."""
    points = np.zeros((1, 137, 3), dtype=np.float32)
    for joint, (x, y) in {0: (16, 8), 1: (16, 14), 2: (10, 15), 5: (22, 15), 15: (14, 7), 16: (18, 7)}.items():
        points[0, joint] = (x, y, 0.8)
    points[0, 25:95] = (16.0, 8.0, 0.9)
    return write_openpose_frame(points)


_FRAME_FILE = _frame()


class Release:
    """Builds a release, or what somebody has of one, under a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.speech = root.parent / "speech"
        root.mkdir()

    def video(self, number: int, name: str | None = None) -> Path:
        """Three frames with the number as a pattern of squares, so that no two are alike."""
        stem = name or f"{number:04d}"
        path = self.root / "videos" / stem / f"{stem}.mp4"
        path.parent.mkdir(parents=True)
        bits = [(number >> place) & 1 for place in range(16)]
        picture = np.kron(np.array(bits, dtype=np.uint8).reshape(4, 4), np.full((8, 8), 200, dtype=np.uint8))
        write_video(path, [np.repeat(picture[:, :, None], 3, axis=2)] * FRAMES, FRAME_RATE)
        return path

    def keypoints(self, number: int, *, packed: str | None = None) -> Path:
        """A folder of frame files, or an archive of it in one of shutil's formats."""
        folder = self.root / "skeleton" / str(number)
        folder.mkdir(parents=True)
        for frame in range(FRAMES):
            (folder / f"{number}_{frame:012d}_keypoints.json").write_bytes(_FRAME_FILE)
        if packed is None:
            return folder
        archive = Path(shutil.make_archive(str(folder), packed, folder))
        shutil.rmtree(folder)
        return archive

    def table(self, text: str, name: str = "Label/labels_20200831.csv") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def words(self, number: int, text: str, suffix: str = ".txt") -> Path:
        path = self.speech / f"{number:04d}" / f"{number:04d}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def speech_table(self, text: str) -> Path:
        self.speech.mkdir(exist_ok=True)
        path = self.speech / "labels.csv"
        path.write_text(text, encoding="utf-8")
        return path


class ImigueImporter:
    """Imports a release into the test's workspace."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self._workspace = workspace
        self._database = database

    def __call__(self, release: Release, **named: Path | None) -> ImigueReport:
        return import_imigue(self._workspace, self._database, release.root, progress=SilentProgress(), **named)


@dataclass(frozen=True)
class Interview:
    """One video of the whole release; `emotion`: its side in the emotion protocol, if any."""

    number: int
    subject: int
    won: bool
    emotion: Split | None


def whole_release() -> list[Interview]:
    """359 interviews of 72 players with the counts of both protocols; every player has won and lost ones.

    Everybody has one lost match or two. Those with two stand on both sides of the emotion protocol, and so do ten of the
    others: 39 in all.
    """
    test_subjects = [subject for subject in SUBJECTS if subject not in TRAIN_SUBJECTS]
    sides = ((sorted(TRAIN_SUBJECTS), 202, 53), (test_subjects, 56, 48))
    train, test = Split.TRAIN, Split.TEST
    found: list[tuple[int, bool, Split | None]] = []
    ones = 0
    for subjects, won, lost in sides:
        for place, subject in enumerate(subjects):
            wins = won // len(subjects) + (place < won % len(subjects))
            losses = lost // len(subjects) + (place < lost % len(subjects))
            if losses == 2:
                chosen = [(False, train), (False, test), (True, train), (True, test)]
            else:
                lost_side, other = (train, test) if ones % 2 == 0 else (test, train)
                chosen = [(False, lost_side), (True, other if ones < 10 else lost_side)]
                ones += 1
            found += [(subject, outcome, side) for outcome, side in chosen]
            found += [(subject, True, None)] * (wins - sum(outcome for outcome, _side in chosen))
    # Ids of the release have gaps and go through the players in no order.
    numbers = [1 + (place * 101) % 453 for place in range(len(found))]
    return sorted(
        (Interview(number, *each) for number, each in zip(numbers, found, strict=True)), key=lambda i: i.number
    )


def release_table(interviews: list[Interview]) -> str:
    """The release's own form: a row a micro-gesture, two in every interview."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for each in interviews:
        person = (each.subject, "F" if each.subject % 2 else "M", "Czechia", "Win" if each.won else "Lose")
        writer.writerow((each.number, "0.00", "0.04", 1 + each.number % 31, *person))
        writer.writerow((each.number, "0.04", "0.08", 99, *person))
    return text.getvalue()


def emotion_list(interviews: list[Interview]) -> str:
    lists = {side: [str(each.number) for each in interviews if each.emotion is side] for side in Split}
    return f"train: {' '.join(lists[Split.TRAIN])}\ntest: {' '.join(lists[Split.TEST])}\n"
