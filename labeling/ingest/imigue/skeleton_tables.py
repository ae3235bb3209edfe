"""Key points of iMiGUE's newer releases: a sheet a video instead of OpenPose's frame files.

`0012_2.xlsx` (`mg_skeleton_only`): a row a frame without a header, 411 numbers: x, y and confidence of 25 body, 70 face, 21 left
and 21 right hand points. Their order is nowhere stated and assumed to be that of OpenPose's files.
`0012_light.csv` (the MiGA challenge): the number of the frame, then the 75 numbers of the body.
"""

import re
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import KeypointError
from core.guarded_files import open_regular, reason_of
from core.pose.skeleton import BODY, JOINT_COUNT
from core.printable import printable
from labeling.ingest.tracking_tables.table import TrackingTable, numbers_of, on_frames, points_at, read_columns

_SHEET = re.compile(r"(?P<id>\d{1,9})(?:_\d{1,3})?\.xlsx", re.IGNORECASE)
_LIGHT = re.compile(r"(?P<id>\d{1,9})_light\.csv", re.IGNORECASE)
_OF_A_VIDEO = re.compile(r"\d{1,9}_(?:light|light_hand|label)\.csv", re.IGNORECASE)
_BODY_NUMBERS = 3 * (BODY.stop - BODY.start)
_TOOL = "imigue-skeletons"
_BYTES, _BYTES_A_NUMBER = 64 * 2**20, 96  # of an unpacked sheet

Numbers = npt.NDArray[np.float64]


def video_of(name: str) -> int | None:
    """The video id of a file of key points of this name, or None."""
    match = _SHEET.fullmatch(name) or _LIGHT.fullmatch(name)
    return None if match is None else int(match["id"])


def is_of_a_video(name: str) -> bool:
    """Whether a .csv of this name is of one video of the challenge, and no label table."""
    return _OF_A_VIDEO.fullmatch(name) is not None


def read_skeletons(path: Path, frame_count: int) -> TrackingTable:
    """Key points of a video of `frame_count` frames. Raises KeypointError naming the file."""
    name = printable(path.name)
    if _SHEET.fullmatch(path.name):
        numbers = _sheet(path, frame_count)
        assumed = f"{name}: its columns were taken for body, face, left and right hand, in OpenPose's order."
        joints, frames = JOINT_COUNT, np.arange(len(numbers), dtype=np.float64)
    else:
        table = read_columns(path, header=None)
        if table.shape[1] != _BODY_NUMBERS + 1:
            raise KeypointError(f"{name} has {table.shape[1]} columns; {_BODY_NUMBERS + 1} are read.")
        columns = [numbers_of(table, column, path) for column in table.columns]
        frames, numbers = columns[0], np.stack(columns[1:], axis=1)
        assumed = f"{name} has the body alone; face and hands stay without key points."
        joints = BODY.stop
    places = numbers.reshape(len(numbers), joints, 3)
    points, other_frames = on_frames(
        lambda rows: points_at(range(joints), *(places[rows][..., axis] for axis in range(3))),
        frames,
        frame_count,
        path,
        dense=True,
    )
    return TrackingTable(points, _TOOL, (assumed, *([other_frames] if other_frames else [])))


def _sheet(path: Path, frame_count: int) -> Numbers:
    """(T, 411) the numbers of the first sheet."""
    from python_calamine import CalamineError, CalamineWorkbook

    name, wanted = printable(path.name), 3 * JOINT_COUNT
    try:
        with open_regular(path) as file:
            with zipfile.ZipFile(file) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > _BYTES + frame_count * wanted * _BYTES_A_NUMBER:
                raise KeypointError(f"{name} unpacks to more than key points of this video can be.")
            file.seek(0)
            rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    except (CalamineError, zipfile.BadZipFile, NotImplementedError) as error:
        raise KeypointError(f"{name} is no workbook that can be read ({printable(str(error), 100)}).") from error
    except OSError as error:
        raise KeypointError(f"{name} cannot be read: {reason_of(error)}.") from error
    if not rows:
        raise KeypointError(f"{name} has an empty sheet.")
    if {len(row) for row in rows} != {wanted}:
        raise KeypointError(f"{name} has {len(rows[0])} columns; {wanted} are read.")
    try:
        return np.array(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise KeypointError(f"{name} has a cell that is no number.") from error
