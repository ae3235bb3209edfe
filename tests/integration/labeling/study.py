"""What a researcher might hand in, made on the spot, and ways of spoiling it."""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from core.media.video import write_video
from core.pose.openpose.clip import write_openpose_frame
from core.progress import SilentProgress
from core.workspace import Workspace
from db.engine import Database
from labeling.ingest.clip_writer import ImportReport
from labeling.ingest.import_folder import import_folder

FRAMES = 30
WIDTH_PX, HEIGHT_PX = 160, 120


class Study:
    """Builds what a researcher might hand in, under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    def video(self, name: str, shade: int = 0, frames: int = FRAMES) -> Path:
        """A moving bright square on a background of its own shade, so that no two videos are alike."""
        path = self.root / name

        def pictures() -> Iterator[npt.NDArray[np.uint8]]:
            for number in range(frames):
                picture = np.full((HEIGHT_PX, WIDTH_PX, 3), 20 + shade, dtype=np.uint8)
                picture[30:90, 40 + number : 100 + number] = 220
                yield picture

        write_video(path, pictures(), Fraction(25))
        return path

    def variable_rate_video(self, name: str, ticks_ms: list[int]) -> Path:
        """Frames shown at the given milliseconds."""
        path = self.root / name
        with av.open(path, "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
            stream.codec_context.time_base = Fraction(1, 1000)
            stream.codec_context.options = {"bf": "0"}
            for number, tick in enumerate(ticks_ms):
                picture = np.full((HEIGHT_PX, WIDTH_PX, 3), 20 * number, dtype=np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                frame.pts, frame.time_base = tick, Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    def keypoints(self, name: str, frames: int = FRAMES, people: int = 1) -> Path:
        """A folder of OpenPose frame files with a person who sits still."""
        folder = self.root / name
        folder.mkdir(parents=True)
        clip = name.removesuffix("_openpose").split("/")[-1]
        for number in range(frames):
            data = write_openpose_frame(np.repeat(a_person(number)[None], people, axis=0))
            (folder / f"{clip}_{number:012d}_keypoints.json").write_bytes(data)
        return folder

    def table(self, text: str | bytes) -> Path:
        path = self.root / "clips.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


def a_person(number: int) -> npt.NDArray[np.float32]:
    """(137, 3): face, upper body and no hands, swaying a little."""
    points = np.zeros((137, 3), dtype=np.float32)
    sway = 2.0 * np.sin(number / 5)
    for joint, (x, y) in {0: (80, 45), 1: (80, 70), 2: (60, 72), 5: (100, 72), 15: (76, 41), 16: (84, 41)}.items():
        points[joint] = (x + sway, y, 0.8)
    angles = np.linspace(0, 2 * np.pi, 70, endpoint=False)
    points[25:95, 0] = 80 + sway + 12 * np.sin(angles)
    points[25:95, 1] = 44 + 14 * np.cos(angles)
    points[25:95, 2] = 0.9
    return points


class Importer:
    """Imports a study into the test's workspace."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self._workspace = workspace
        self._database = database

    def __call__(self, study: Study, **named: Path | None) -> ImportReport:
        return import_folder(self._workspace, self._database, study.root, progress=SilentProgress(), **named)


def broken_json(path: Path) -> None:
    path.write_text('{"version": 1.3, "people": [{"pose_keypoints_2d": [1, 2,', encoding="utf-8")


def body_18(path: Path) -> None:
    """A frame of a COCO model: 18 points instead of 25."""
    person = {"pose_keypoints_2d": [1.0] * 54, "face_keypoints_2d": [], "hand_left_keypoints_2d": []}
    path.write_text(json.dumps({"version": 1.3, "people": [person]}), encoding="utf-8")


def with_nan(path: Path) -> None:
    """The frame's nose becomes NaN, as Python's json writes it."""
    frame = json.loads(path.read_text(encoding="utf-8"))
    frame["people"][0]["pose_keypoints_2d"][:3] = [float("nan")] * 3
    path.write_text(json.dumps(frame), encoding="utf-8")
