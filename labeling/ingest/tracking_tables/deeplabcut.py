"""DeepLabCut (Mathis et al., Nature Neuroscience 2018): a .csv under a header of three or four lines.

`scorer`, with several animals `individuals`, `bodyparts` and `coords` (x, y, likelihood). People name their body parts
themselves; those are read whose name stands for a point of OpenPose's body.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import KeypointError
from core.printable import printable
from labeling.ingest.tracking_tables.joint_words import joints_read
from labeling.ingest.tracking_tables.table import TrackingTable, numbers_of, on_frames, points_at, read_columns

LEAST_LIKELIHOOD = 0.6
"""DeepLabCut's own `pcutoff`: below it, a place is a guess, and the point counts as missing."""
_COORDINATES = ("x", "y", "likelihood")


def is_deeplabcut(header: list[str]) -> bool:
    """Whether the first line is DeepLabCut's."""
    return header[:1] == ["scorer"]


def read_deeplabcut(path: Path, frame_count: int) -> TrackingTable:
    """Raises KeypointError naming the file and its body parts, where too few of them are OpenPose's."""
    top = read_columns(path, header=None, nrows=4, dtype=str, index_col=0)
    names = [str(one).strip() for one in top.index]
    levels = names.index("coords") + 1 if "coords" in names else 0
    if "bodyparts" not in names[:levels]:
        raise KeypointError(f"{printable(path.name)} (DeepLabCut) has no lines bodyparts and coords under scorer.")
    table = read_columns(path, header=list(range(levels)), index_col=0)
    if table.columns.nlevels != levels:
        raise KeypointError(f"{printable(path.name)} (DeepLabCut) has no {levels} lines of names above its numbers.")
    columns = pd.MultiIndex.from_tuples([tuple(one) for one in table.columns], names=names[:levels])
    table.columns = columns.droplevel("scorer")
    said: list[str] = []
    if "individuals" in names[:levels]:
        table = _of_one_animal(table, path, said)
    parts = list(dict.fromkeys(str(one) for one in table.columns.get_level_values("bodyparts")))
    known = joints_read(path, "DeepLabCut", parts, said)
    values = {one: np.stack([_column(table, part, one, path) for part in known], axis=1) for one in _COORDINATES}
    sure = np.where(values["likelihood"] >= LEAST_LIKELIHOOD, values["likelihood"], 0)
    points, other_frames = on_frames(
        lambda rows: points_at(list(known.values()), values["x"][rows], values["y"][rows], sure[rows]),
        np.arange(len(table), dtype=np.float64),
        frame_count,
        path,
        dense=True,
    )
    return TrackingTable(points, "deeplabcut", (*said, *([other_frames] if other_frames else [])))


def _of_one_animal(table: pd.DataFrame, path: Path, said: list[str]) -> pd.DataFrame:
    names = list(dict.fromkeys(table.columns.get_level_values("individuals")))
    seen = {name: int(table.xs(name, axis=1, level="individuals").notna().to_numpy().sum()) for name in names}
    most = max(names, key=seen.__getitem__)
    if len(names) > 1:
        said.append(
            f"{printable(path.name)} has {len(names)} individuals; {printable(str(most))}, seen most often, is read."
        )
    return pd.DataFrame(table.xs(most, axis=1, level="individuals"))


def _column(
    table: pd.DataFrame, part: str, coordinate: str, path: Path
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if (part, coordinate) not in table:
        raise KeypointError(f"{printable(path.name)} (DeepLabCut) has no {coordinate} of {printable(part)}.")
    return numbers_of(table, (part, coordinate), path)
