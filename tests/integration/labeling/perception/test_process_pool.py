"""A process that dies takes its own clip down and no other."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from core.progress import SilentProgress
from core.settings.perception import PerceptionSettings
from core.types.clips import Clip, ClipState, Split
from labeling.perception.clip_features import ClipTask
from labeling.perception.process_pool import run_clips


class Deadly(PerceptionSettings):
    """Ends the process that receives it, as a crashing decoder would."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (3,)


def task(clip_id: int, folder: Path) -> ClipTask:
    clip = Clip(
        id=clip_id, name=f"clip-{clip_id}", subject_id=1, subject="P1", split=Split.TRAIN, video_path=None, digest="d",
        duration_s=4.0, frame_count=100, frame_rate=Fraction(25), width_px=640, height_px=360, transcript=None,
        gold_label=None, simulated=False, reliability_sample=False, state=ClipState.IMPORTED,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return ClipTask(
        clip=clip,
        steps=frozenset(),
        features_dir=folder,
        media_dir=folder,
        weights_dir=folder,
        settings=PerceptionSettings(),
        producers={},
        has_keypoints=False,
    )


def test_the_other_clips_are_finished_and_the_deadly_one_is_named(tmp_path: Path) -> None:
    tasks = [task(number, tmp_path) for number in range(1, 5)]
    tasks[1] = replace(tasks[1], settings=Deadly())
    outcomes = {outcome.clip_id: outcome.problems for outcome in run_clips(tasks, 2, SilentProgress())}
    assert outcomes == {
        1: [],
        2: ["clip-2: the process that read it died, so nothing was made of it."],
        3: [],
        4: [],
    }
