"""OpenFace 2 (Baltrušaitis et al., FG 2018): a .csv with 68 face landmarks a frame, in pixels, and 56 points of the eyes.

Its landmarks are the first 68 of OpenPose's 70 face points; a pupil is the middle of an eye's 28 points. Columns are found
by name; blanks in the header, which OpenFace writes, do not matter. `frame` begins with 1.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import KeypointError
from core.pose.skeleton import FACE
from core.printable import printable
from labeling.ingest.tracking_tables.table import (
    Numbers,
    TrackingTable,
    numbers_of,
    on_frames,
    one_of,
    points_at,
    read_columns,
)

_LANDMARKS = 68
_EYE_POINTS = 28
_RIGHT_EYE, _LEFT_EYE = slice(36, 42), slice(42, 48)
_PUPILS = (FACE.start + 68, FACE.start + 69)  # of the right and the left eye
_NEEDED = ("frame", "confidence", "success", *(f"{axis}_{n}" for axis in "xy" for n in range(_LANDMARKS)))
_EYES = tuple(f"eye_lmk_{axis}_{n}" for axis in "xy" for n in range(2 * _EYE_POINTS))


def is_openface(header: list[str]) -> bool:
    """Whether the first line is OpenFace's."""
    return {"frame", "confidence", "success"} <= set(header)


def read_openface(path: Path, frame_count: int, header: list[str]) -> TrackingTable:
    """Raises KeypointError naming the file, and what to ask OpenFace for where landmarks are missing."""
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise KeypointError(
            f"{printable(path.name)} (OpenFace) has no column {missing[0]}; let FeatureExtraction write 2-D landmarks (-2Dfp)."
        )
    wanted = {*_NEEDED, *_EYES, "face_id"}
    table = read_columns(path, usecols=lambda name: name.strip() in wanted)
    table.columns = [str(name).strip() for name in table.columns]
    success = numbers_of(table, "success", path) > 0
    of_face, said = (
        one_of(np.asarray(table["face_id"]), success, "face", path)
        if "face_id" in table
        else (np.ones(len(table), dtype=np.bool_), "")
    )
    table, success = table[of_face], success[of_face]
    points, other_frames = on_frames(
        lambda rows: _points(table.iloc[rows], success[rows], path),
        numbers_of(table, "frame", path) - 1,
        frame_count,
        path,
        dense=True,
    )
    return TrackingTable(points, "openface", tuple(one for one in (said, other_frames) if one))


def _points(table: pd.DataFrame, success: npt.NDArray[np.bool_], path: Path) -> npt.NDArray[np.float32]:
    confidence = np.where(success, numbers_of(table, "confidence", path), 0)
    x, y = (_columns(table, [f"{axis}_{n}" for n in range(_LANDMARKS)], path) for axis in "xy")
    points = points_at(
        range(FACE.start, FACE.start + _LANDMARKS), x, y, np.repeat(confidence[:, None], _LANDMARKS, axis=1)
    )
    if all(name in table for name in _EYES):
        eye_x, eye_y = (_columns(table, [f"eye_lmk_{axis}_{n}" for n in range(2 * _EYE_POINTS)], path) for axis in "xy")
        middles = np.stack([one.reshape(-1, 2, _EYE_POINTS).mean(axis=2) for one in (eye_x, eye_y)], axis=-1)
        for joint, eye in zip(_PUPILS, (_RIGHT_EYE, _LEFT_EYE), strict=True):
            lids = np.stack([x[:, eye].mean(axis=1), y[:, eye].mean(axis=1)], axis=-1)
            nearer = np.linalg.norm(middles - lids[:, None], axis=-1).argmin(axis=1)
            pupil = middles[np.arange(len(table)), nearer]
            points[:, joint] = points_at([joint], pupil[:, :1], pupil[:, 1:], confidence[:, None])[:, joint]
    return points


def _columns(table: pd.DataFrame, names: list[str], path: Path) -> Numbers:
    return np.stack([numbers_of(table, name, path) for name in names], axis=1)
