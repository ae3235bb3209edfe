"""Rendering a clip as a video of a person at a desk, from the true points, before OpenPose's faults are added."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.media.video import write_video
from core.progress import Progress, SilentProgress
from core.simulation.cohort import Cohort, SimulatedClip
from core.simulation.drawing.appearance import appearance_of
from core.simulation.drawing.figure import FigureDrawing
from core.simulation.drawing.outlines import Layer
from core.simulation.drawing.scene import lay_over, make_scene
from core.simulation.leanings import towel_at
from core.simulation.rig.person import Performance, perform
from core.simulation.rig.trunk import DESK_BELOW_NECK

Picture = npt.NDArray[np.uint8]

_REPORT_EVERY = 250
_CHUNK = 1500


def render_clip(cohort: Cohort, clip: SimulatedClip | str, path: Path, progress: Progress | None = None) -> None:
    """Writes the clip as H.264 mp4, one picture per frame of `keypoints_of`, with the mark "simulated".

    Raises NotFoundError for an unknown name, VideoError if the file cannot be written, JobCancelledError.
    """
    clip = cohort.clip(clip) if isinstance(clip, str) else clip
    render_performance(cohort, clip, perform(cohort, clip), path, progress or SilentProgress())


def render_performance(cohort: Cohort, clip: SimulatedClip, acted: Performance, path: Path, progress: Progress) -> None:
    """Like `render_clip`, for a performance that was already computed."""
    frame_rate = cohort.preset.frame_rate
    write_video(
        path, _told(frames_of(cohort, clip, acted), clip, progress), frame_rate, crf=25, preset="veryfast", gop=25
    )


def frames_of(cohort: Cohort, clip: SimulatedClip, acted: Performance) -> Iterator[Picture]:
    """Yields the pictures, (H, W, 3) BGR uint8."""
    preset = cohort.preset
    look = appearance_of(cohort.subject_of(clip).seed, clip.seed)
    desk_px = acted.body.home_px[1] + DESK_BELOW_NECK * acted.body.eye_px
    scene = make_scene(preset.width_px, preset.height_px, min(desk_px, preset.height_px - 20), look)
    for start in range(0, len(acted.time_s), _CHUNK):
        part = acted.rows(slice(start, start + _CHUNK))
        figure = FigureDrawing(part, look, towel_at(clip.towel, part.time_s))
        for frame in range(len(part.time_s)):
            picture = scene.behind.copy()
            _paint(picture, figure.behind_desk, frame)
            picture[scene.desk_px :] = scene.front
            _paint(picture, figure.before_desk, frame)
            lay_over(picture, scene)
            yield picture


def _paint(picture: Picture, layers: list[Layer], frame: int) -> None:
    for layer in layers:
        layer.draw(picture, frame)


def _told(frames: Iterator[Picture], clip: SimulatedClip, progress: Progress) -> Iterator[Picture]:
    for number, frame in enumerate(frames):
        if number % _REPORT_EVERY == 0:
            progress.raise_if_cancelled()
            progress.report(number / clip.frame_count, f"drawing {clip.name}")
        yield frame
