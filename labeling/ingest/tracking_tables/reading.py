"""Reading one table of key points, by whichever tool its first line names."""

from pathlib import Path

from core.errors import KeypointError
from core.guarded_files import open_regular, reason_of
from core.printable import printable
from labeling.ingest.tracking_tables.deeplabcut import is_deeplabcut, read_deeplabcut
from labeling.ingest.tracking_tables.openface import is_openface, read_openface
from labeling.ingest.tracking_tables.sleap import is_sleap, read_sleap
from labeling.ingest.tracking_tables.table import TrackingTable

TABLE_SUFFIXES = (".csv", ".h5", ".slp", ".pickle")
_LONGEST_HEADER = 2**20  # bytes; OpenFace's has some 10,000
_EXPORTS = {
    ".h5": "export it as CSV: deeplabcut.analyze_videos_converth5_to_csv, or in SLEAP File, Export Analysis CSV",
    ".slp": "in SLEAP, export it with File, Export Analysis CSV",
    ".pickle": "it may run programs, so it is not opened; let DeepLabCut save as CSV (save_as_csv=True)",
}


def read_tracking_table(path: Path, frame_count: int) -> TrackingTable:
    """Key points of a video of `frame_count` frames. Raises KeypointError naming the file, and what to export instead."""
    told = _EXPORTS.get(path.suffix.lower())
    if told is not None:
        raise KeypointError(f"{printable(path.name)} is not read: {told}.")
    header = _header(path)
    if is_deeplabcut(header):
        return read_deeplabcut(path, frame_count)
    if is_openface(header):
        return read_openface(path, frame_count, header)
    if is_sleap(header):
        return read_sleap(path, frame_count, header)
    raise KeypointError(
        f"{printable(path.name)} is no table of key points of OpenFace, DeepLabCut or SLEAP: it begins with the columns "
        f"{printable(', '.join(header[:4]), 80)}."
    )


def _header(path: Path) -> list[str]:
    try:
        with open_regular(path) as file:
            line = file.readline(_LONGEST_HEADER).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise KeypointError(f"{printable(path.name)} cannot be read: {reason_of(error)}.") from error
    return [cell.strip().strip('"').strip() for cell in line.split(",")]
