"""`telltale bench openpose`: reads the OpenPose files of a 26-minute clip in every supported format.

The alternative is a plain loop of `json.load` over the same files, by `zipfile`, `tarfile` or line by line for
archives. It neither checks values nor follows a person. Both are measured in turns in one run; the fastest round of
each counts, because other programs only make a round slower. Memory is measured in a process per format: `python -m
benchmarks.openpose.bench PATH FRAMES` prints one line.

Every frame has all points, which is the highest cost for one person. The files take about 1 GB of disk, and the
plain loop 1 GB of memory where it loads a single .json.
"""

import io
import itertools
import json
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.process_memory import peak_memory_mib
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.child_processes import own_command, own_environment
from core.errors import KeypointError
from core.pose.openpose.clip import frame_file_name, read_openpose, write_openpose_frame
from core.pose.skeleton import JOINT_COUNT

FRAMES = 39_000
"""26 minutes at 25 frames a second, iMiGUE's longest interview."""

LEFT_OUT = (
    "A slow disk: the files were written a moment ago and come from memory.",
    "Damaged files, missing points and frames with several people.",
    "Storing what was read, as feature files and in the database.",
    "Readers other than json.load.",
)
_SHORTER = 10
_LEAST_ROUNDS = 2
_MAX_GROWTH_KIB = 1.0  # per frame: file names and offsets, positions of the tracked person
_CLIP = "clip"


def bench_openpose(*, seconds: float, parts: Parts, frames: int = FRAMES) -> tuple[BenchRow, ...]:
    """Frames per second of each format relative to the plain loop, and memory beyond the array of points.

    `seconds`: about how long each format is measured. Raises KeypointError where a measured process dies.
    """
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as made:
        long, short = Path(made, "long"), Path(made, "short")
        parts.expect(2 + len(_LOOPS))
        parts.begin(f"writing {frames:,} frames in {len(_LOOPS)} forms")
        _write_forms(long, frames)
        _write_forms(short, frames // _SHORTER)
        parts.begin(f"reading {frames:,} frames in each form, again and again")
        speeds = _speeds(long, frames, seconds, parts)
        rows = list(_speed_rows(speeds, frames))
        for form in _LOOPS:
            parts.begin(f"memory of reading, {form}")
            rows += _memory_rows(form, _path(short, form), _path(long, form), frames)
    return tuple(rows)


def _speeds(folder: Path, frames: int, seconds: float, parts: Parts) -> dict[str, tuple[list[float], list[float]]]:
    """Frames per second of the plain loop and of ours for each format, one value per round."""
    speeds: dict[str, tuple[list[float], list[float]]] = {form: ([], []) for form in _LOOPS}
    started = time.perf_counter()
    for number in itertools.count(1):
        for form, (theirs, ours) in speeds.items():
            spent_s = time.perf_counter() - started
            by_time = spent_s / max(spent_s, seconds * len(_LOOPS), 0.001)
            parts.report(min(by_time, (number - 1) / _LEAST_ROUNDS), f"round {number}, {form}")
            path = _path(folder, form)
            theirs.append(frames / _seconds_of(partial(_LOOPS[form], path)))
            ours.append(frames / _seconds_of(partial(read_openpose, path, frames)))
        if number >= _LEAST_ROUNDS and time.perf_counter() - started >= seconds * len(_LOOPS):
            break
    return speeds


def _speed_rows(speeds: dict[str, tuple[list[float], list[float]]], frames: int) -> Iterator[BenchRow]:
    for form, (theirs, ours) in speeds.items():
        yield BenchRow(f"json.load loop over {frames:,} frames, {form}", max(theirs), "frames/s")
        yield BenchRow(f"reading {frames:,} frames, {form}", max(ours), "frames/s")
        ratio = max(ours) / max(theirs)
        yield BenchRow(f"reading / json.load loop, {form}", ratio, "x", "at least 1", ratio >= 1)


def _seconds_of(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _memory_rows(form: str, short: Path, long: Path, frames: int) -> Iterator[BenchRow]:
    least, most = (_beyond_array_mib(path, count) for path, count in ((short, frames // _SHORTER), (long, frames)))
    growth_kib = (most - least) * 1024 / (frames - frames // _SHORTER)
    yield BenchRow(f"memory beyond the points, {form}, {frames // _SHORTER:,} frames", least, "MiB")
    yield BenchRow(f"memory beyond the points, {form}, {frames:,} frames", most, "MiB")
    budget = f"at most {_MAX_GROWTH_KIB:g}"
    yield BenchRow(f"its growth, {form}", growth_kib, "KiB/frame", budget, growth_kib <= _MAX_GROWTH_KIB)


def _beyond_array_mib(path: Path, frames: int) -> float:
    command = own_command("benchmarks.openpose.bench", str(path), str(frames))
    done = subprocess.run(command, capture_output=True, text=True, env=own_environment(), check=False)  # noqa: S603  # ourselves
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise KeypointError(f"The process whose memory was to be measured ended with {done.returncode}: {last}")
    return float(done.stdout)


def _load_folder(path: Path) -> None:
    for name in sorted(path.iterdir()):
        with name.open() as file:
            json.load(file)


def _load_zip(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            with archive.open(name) as file:
                json.load(file)


def _load_tar(path: Path) -> None:
    with tarfile.open(path) as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None:
                json.load(file)


def _load_json(path: Path) -> None:
    with path.open() as file:
        json.load(file)


def _load_jsonl(path: Path) -> None:
    with path.open() as file:
        for line in file:
            json.loads(line)


_LOOPS: Mapping[str, Callable[[Path], None]] = {
    "folder": _load_folder,
    "zip": _load_zip,
    "tar": _load_tar,
    "tar.gz": _load_tar,
    "json": _load_json,
    "jsonl": _load_jsonl,
}


def _path(folder: Path, form: str) -> Path:
    return folder / (_CLIP if form == "folder" else f"{_CLIP}.{form}")


def _write_forms(folder: Path, frames: int) -> None:
    _path(folder, "folder").mkdir(parents=True)
    with (
        zipfile.ZipFile(_path(folder, "zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped,
        tarfile.open(_path(folder, "tar"), "w") as tar,
        tarfile.open(_path(folder, "tar.gz"), "w:gz", compresslevel=1) as gzipped,
        _path(folder, "json").open("wb") as listed,
        _path(folder, "jsonl").open("wb") as lines,
    ):
        for number, data in enumerate(_frames(frames)):
            name = frame_file_name(_CLIP, number)
            (_path(folder, "folder") / name).write_bytes(data)
            zipped.writestr(name, data)
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            for archive in (tar, gzipped):
                archive.addfile(entry, io.BytesIO(data))
            listed.write((b"," if number else b"[") + data)
            lines.write(data + b"\n")
        listed.write(b"]")


def _frames(count: int) -> Iterator[bytes]:
    """One swaying person with OpenPose's jitter and three decimals."""
    random = np.random.default_rng(0)
    figure = random.uniform((500, 100), (800, 700), (JOINT_COUNT, 2))
    people = np.empty((250, 1, JOINT_COUNT, 3))
    sway = 40 * np.sin(np.linspace(0, 2 * np.pi, len(people), endpoint=False))
    people[:, 0, :, :2] = figure + sway[:, None, None] + random.normal(0, 1, (len(people), JOINT_COUNT, 2))
    people[:, 0, :, 2] = random.uniform(0.2, 1, (len(people), JOINT_COUNT))
    written = [write_openpose_frame(person) for person in people.round(3).astype(np.float32)]
    return (written[number % len(written)] for number in range(count))


def _print_memory(path: Path, frames: int) -> None:
    before = peak_memory_mib()
    points = read_openpose(path, frames).points
    print(peak_memory_mib() - before - points.nbytes / 2**20)


if __name__ == "__main__":
    _print_memory(Path(sys.argv[1]), int(sys.argv[2]))
