"""SLEAP (Pereira et al., Nature Methods 2022): its analysis as .csv, a row for each instance that was found.

Columns `track`, `frame_idx` (from 0), `instance.score`, and x, y and score of each node (`nose.x`, `nose.y`, `nose.score`).
"""

from pathlib import Path

import numpy as np

from core.errors import KeypointError
from core.printable import printable
from labeling.ingest.tracking_tables.joint_words import joints_read
from labeling.ingest.tracking_tables.table import TrackingTable, numbers_of, on_frames, one_of, points_at, read_columns


def is_sleap(header: list[str]) -> bool:
    """Whether the first line is that of SLEAP's analysis."""
    return {"track", "frame_idx"} <= set(header)


def read_sleap(path: Path, frame_count: int, header: list[str]) -> TrackingTable:
    """Raises KeypointError naming the file and its nodes, where too few of them are OpenPose's."""
    said: list[str] = []
    nodes = [name.removesuffix(".x") for name in header if name.endswith(".x")]
    known = joints_read(path, "SLEAP", nodes, said)
    lacking = [f"{node}.y" for node in known if f"{node}.y" not in header]
    if lacking:
        raise KeypointError(f"{printable(path.name)} (SLEAP) has no column {printable(lacking[0])}.")
    table = read_columns(path)
    table.columns = [str(name).strip() for name in table.columns]
    x, y = (np.stack([numbers_of(table, f"{node}.{axis}", path) for node in known], axis=1) for axis in "xy")
    scores = np.stack(
        [
            np.nan_to_num(numbers_of(table, f"{node}.score", path), nan=1.0)
            if f"{node}.score" in table
            else np.ones(len(table))
            for node in known
        ],
        axis=1,
    )
    of_track, several = one_of(
        np.asarray(table["track"].astype(str)), np.asarray(np.isfinite(x).any(axis=1)), "track", path
    )
    rows = np.flatnonzero(of_track)
    points, other_frames = on_frames(
        lambda places: points_at(list(known.values()), x[rows[places]], y[rows[places]], scores[rows[places]]),
        numbers_of(table, "frame_idx", path)[rows],
        frame_count,
        path,
        dense=False,
    )
    return TrackingTable(points, "sleap", tuple(one for one in (*said, several, other_frames) if one))
