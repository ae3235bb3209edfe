"""Small sets of labeled movements: people wave one of two arms or none, fast or slowly."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT, LEFT_WRIST, RIGHT_WRIST

STANDING = {0: (0, -60), 1: (0, 0), 2: (-20, 0), 3: (-25, 35), 4: (-25, 70), 5: (20, 0), 6: (25, 35), 7: (25, 70)}
STANDING |= {8: (0, 90), 9: (-12, 90), 10: (-12, 140), 11: (-12, 190), 12: (12, 90), 13: (12, 140), 14: (12, 190)}
MOVES = {"left": (LEFT_WRIST,), "right": (RIGHT_WRIST,), "none": ()}


def wave(label: str, random: np.random.Generator, frames: int = 24) -> np.ndarray:
    """(frames, 137, 3) somebody of a size of their own, somewhere."""
    points = np.zeros((frames, JOINT_COUNT, 3), dtype=np.float32)
    size, place, phase = random.uniform(0.5, 2), random.uniform(100, 400, 2), random.uniform(0, 2 * np.pi)
    for joint, at in STANDING.items():
        points[:, joint, :2] = place + size * (np.array(at) + random.normal(0, 1.5, (frames, 2)))
        points[:, joint, 2] = 0.9
    for joint in MOVES[label]:
        points[:, joint, 1] += size * 40 * (np.sin(0.8 * np.arange(frames) + phase) - 1)
    return points


def waves(people: int = 6, each: int = 2, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """The arrays of a set, `changes` last."""
    random = np.random.default_rng(seed)
    told = [(f"p{person}", label) for person in range(people) for label in MOVES for _ in range(each)]
    clips = [wave(label, random, int(random.integers(15, 40))) for _, label in told]
    return {
        "points": np.concatenate(clips),
        "start": np.cumsum([0, *map(len, clips)]),
        "clip": np.array([f"c{place}" for place in range(len(told))]),
        "subject": np.array([subject for subject, _ in told]),
        "label": np.array([label for _, label in told]),
        "split": np.array([""] * len(told)),
        "fps": np.full(len(told), 25.0),
        "meta": np.array(json.dumps({"tasks": {"wave": "label"}, "folds": 3, "metric": "balanced_accuracy"})),
        **changes,
    }


def write_set(folder: Path, name: str = "waves", **arrays: Any) -> Path:
    """An `.npz`; arrays that are None are left out."""
    path = folder / f"{name}.npz"
    np.savez_compressed(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


def tracks_of(arrays: dict[str, Any]) -> list[KeypointTrack]:
    """The clips."""
    ends = zip(arrays["start"][:-1], arrays["start"][1:], strict=True)
    return [KeypointTrack(arrays["points"][a:b], np.arange(b - a) / 25) for a, b in ends]
