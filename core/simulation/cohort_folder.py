"""Writing a cohort to a folder that `telltale import` reads, and reading it back.

    cohort.json                      preset, seed, truth, events, best possible accuracy; "simulated": true
    clips.csv                        clip, subject, label, split, transcript; label empty if it is not revealed
    transcripts/<clip>.txt
    videos/<clip>.mp4                rendered presets
    openpose/<clip>.zip              rendered presets: one JSON file per frame
    keypoints/<clip>.safetensors     other presets, whose interviews would be millions of JSON files

Two clips are made at a time, each in its own process.
"""

import csv
import io
import json
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, fields
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from core.child_processes import end_with_pool
from core.durable_files import replacing
from core.errors import InputError
from core.json_files import read_json
from core.media.timebase import frame_rate_of
from core.progress import Progress, SilentProgress
from core.simulation.best_accuracy import best_possible
from core.simulation.cohort import Cohort, SimulatedClip, rate_factor, sample_cohort
from core.simulation.drawing.video import render_performance
from core.simulation.gestures import GESTURES, Gesture
from core.simulation.keypoint_archive import write_keypoint_archive
from core.simulation.openpose_keypoints import found_keypoints
from core.simulation.openpose_zip import write_openpose_zip
from core.simulation.presets import PRESETS, CohortPreset
from core.simulation.rig.person import perform
from core.simulation.transcripts import transcript_of

FORMAT = "telltale-cohort-1"
COLUMNS = ("clip", "subject", "label", "split", "transcript")
_PROCESSES = 2
_POLL_S = 0.5


def write_cohort(cohort: Cohort, folder: Path, progress: Progress, *, processes: int | None = None) -> None:
    """Writes the folder; `cohort.json` comes last, so that a folder with one is complete.

    `processes`: number of clips made at a time (default 2, or the number of cores if lower); 1 uses this process. Raises
    JobCancelledError between clips, VideoError or KeypointError if a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "transcripts").mkdir(exist_ok=True)
    for clip in cohort.clips:
        (folder / "transcripts" / f"{clip.name}.txt").write_text(transcript_of(clip), encoding="utf-8")
    for number, name in enumerate(
        _written(cohort, folder, processes or min(_PROCESSES, os.cpu_count() or 1), progress)
    ):
        progress.report((number + 1) / (len(cohort.clips) + 1), f"{name} is ready")
    with replacing(folder / "clips.csv") as partial:
        partial.write_text(_table(cohort), encoding="utf-8", newline="")
    with replacing(folder / "cohort.json") as partial:
        partial.write_text(json.dumps(_facts(cohort), indent=1), encoding="utf-8")
    progress.report(1.0, f"{len(cohort.clips)} simulated clips")


def read_cohort(folder: Path) -> Cohort:
    """The cohort that a folder (or its cohort.json) was written from, drawn again from its preset and seed.

    Raises InputError naming the file if it is no cohort.json of Telltale, or its seed gives other clips than it lists.
    """
    path = folder / "cohort.json" if folder.is_dir() else folder
    try:
        content = read_json(path, dict[str, Any], raises=InputError, remedy="make the cohort again")
        if content["format"] != FORMAT:
            raise InputError(f"{path} was written by another version of the cohort generator.")
        cohort = sample_cohort(_preset(content["settings"]), seed=int(content["seed"]))
        listed = {name: facts["truth"] for name, facts in content["clips"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} was not written by Telltale's cohort generator.") from error
    if listed != {clip.name: clip.truth for clip in cohort.clips}:
        raise InputError(f"{path} lists other clips than its preset and seed give.")
    return cohort


def write_clip(cohort: Cohort, clip: SimulatedClip, folder: Path) -> str:
    """Writes a clip's key points, and its video if the preset is rendered; returns the clip's name."""
    acted = perform(cohort, clip)
    track = found_keypoints(cohort, clip, acted)
    if cohort.preset.rendered:
        write_openpose_zip(folder / "openpose" / f"{clip.name}.zip", clip.name, track)
        render_performance(cohort, clip, acted, folder / "videos" / f"{clip.name}.mp4", SilentProgress())
    else:
        write_keypoint_archive(folder / "keypoints" / f"{clip.name}.safetensors", track, cohort.preset.frame_rate)
    return clip.name


def _written(cohort: Cohort, folder: Path, processes: int, progress: Progress) -> Iterator[str]:
    if processes == 1:
        for clip in cohort.clips:
            progress.raise_if_cancelled()
            yield write_clip(cohort, clip, folder)
        return
    # Spawned, since a fork would copy locks that threads of the app hold.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin) as pool:
        waiting: set[Future[str]] = {pool.submit(write_clip, cohort, clip, folder) for clip in cohort.clips}
        try:
            while waiting:
                progress.raise_if_cancelled()
                done, waiting = wait(waiting, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in waiting:
                future.cancel()


def _begin() -> None:
    """Initializes a process of the pool."""
    end_with_pool()
    import cv2

    cv2.setNumThreads(1)


def _table(cohort: Cohort) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for clip in cohort.clips:
        label = clip.truth if clip.revealed else ""
        writer.writerow((clip.name, clip.subject, label, clip.split.value, f"{clip.name}.txt"))
    return text.getvalue()


def _facts(cohort: Cohort) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "simulated": True,
        "preset": cohort.preset.name,
        "seed": cohort.seed,
        "effect": cohort.preset.effect,
        "settings": {field.name: _plain(getattr(cohort.preset, field.name)) for field in fields(cohort.preset)},
        "gestures": {gesture.name: _gesture_facts(gesture, cohort.preset) for gesture in GESTURES},
        "best_possible": asdict(best_possible(cohort.preset)),
        "clips": {clip.name: _clip_facts(cohort, clip) for clip in cohort.clips},
    }


def _gesture_facts(gesture: Gesture, preset: CohortPreset) -> dict[str, Any]:
    """Events per minute (mean over people, with both labels equally weighted), whether iMiGUE published it, favored label."""
    return {
        "per_min": gesture.per_min * rate_factor(gesture, preset),
        "published": gesture.published,
        "log_rate_won_minus_lost": gesture.sign * preset.effect,
    }


def _clip_facts(cohort: Cohort, clip: SimulatedClip) -> dict[str, Any]:
    preset, rendered = cohort.preset, cohort.preset.rendered
    return {
        "subject": clip.subject,
        "truth": clip.truth,
        "revealed": clip.revealed,
        "split": clip.split.value,
        "frame_count": clip.frame_count,
        "frame_rate": _plain(preset.frame_rate),
        "width_px": preset.width_px,
        "height_px": preset.height_px,
        "duration_s": clip.duration_s,
        "tone": clip.tone,
        "tells_result": clip.tells_result,
        "topics": list(clip.topics),
        "towel": list(clip.towel),
        "video": f"videos/{clip.name}.mp4" if rendered else None,
        "keypoints": f"openpose/{clip.name}.zip" if rendered else f"keypoints/{clip.name}.safetensors",
        "transcript": f"transcripts/{clip.name}.txt",
        "events": [asdict(event) for event in clip.events],
    }


def _plain(value: object) -> object:
    return f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else value


def _preset(settings: dict[str, Any]) -> CohortPreset:
    if settings["name"] not in PRESETS:
        raise KeyError(settings["name"])
    return CohortPreset(**{**settings, "frame_rate": frame_rate_of(settings["frame_rate"])})
