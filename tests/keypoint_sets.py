"""Small sets of key points, as `telltale import` reads them, for tests."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def standing(frames: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """(T, 137, 3): somebody upright in pixels, who sways; the body alone, without face and hands."""
    points = np.zeros((frames, 137, 3), dtype=np.float32)
    places = {
        0: (0, -80),
        1: (0, -50),
        2: (-20, -48),
        4: (-40, 0),
        5: (20, -48),
        7: (40, 0),
        8: (0, 20),
        11: (-12, 120),
    }
    sway = np.random.default_rng(seed).normal(size=(frames, 1, 2)).cumsum(axis=0)
    for joint, place in places.items():
        points[:, joint, :2] = np.array((200.0, 150.0)) + place + sway[:, 0]
        points[:, joint, 2] = 1
    return points


def write_set(path: Path, clips: dict[str, npt.NDArray[Any]], **arrays: Any) -> Path:
    """Writes a set of these clips; `arrays` replace or add arrays of the file, None leaves one out."""
    names = list(clips)
    lengths = [len(points) for points in clips.values()]
    content: dict[str, Any] = {
        "points": np.concatenate(list(clips.values())),
        "start": np.cumsum([0, *lengths]),
        "clip": np.array(names),
        "subject": np.array([f"P{place % 3}" for place in range(len(names))]),
        "label": np.array([("Front Kick", "punch")[place % 2] for place in range(len(names))]),
        "split": np.array([""] * len(names)),
        "fps": np.full(len(names), 25.0),
        **arrays,
    }
    np.savez_compressed(path, **{name: array for name, array in content.items() if array is not None})
    return path
