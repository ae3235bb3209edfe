"""The process that finds key points: it dies, hangs or loses its parent. Its packages are small ones that answer at once."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.child_processes import SOURCE_ROOT
from core.errors import FeatureError, WeightsError
from labeling.perception.keypoints import holistic_process
from labeling.perception.keypoints.holistic_points import FACE_FIRST, POINT_COUNT
from labeling.perception.keypoints.holistic_process import MOST_DEATHS, HolisticProcess

# Says in the first point of the body: mean of red, mean of blue (both /255), and how many pictures it remembers.
_GRAPH = """
import os, signal, sys, time
from types import SimpleNamespace
class SolutionBase:
    def __init__(self, **options):
        self.streams = options["outputs"]
        self.remembered = 0
    def reset(self):
        self.remembered = 0
    def process(self, picture):
        {what}
        self.remembered += 1
        place = SimpleNamespace(x=picture[..., 0].mean() / 255, y=picture[..., 2].mean() / 255, visibility=self.remembered)
        found = dict.fromkeys(self.streams) | {{"pose_landmarks": SimpleNamespace(landmark=[place] * 33)}}
        print("a library's own words")
        return SimpleNamespace(**found)
"""

remove = holistic_process._remove
Packages = Callable[..., Path]


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    def made(what: str = "pass", graph: str = _GRAPH) -> Path:
        folder = tmp_path / "packages" / "mediapipe" / "python"
        (folder / "solutions").mkdir(parents=True)
        for name in ("__init__", *(f"solutions/{each}" for each in ("holistic", "pose", "face_mesh", "hands"))):
            (folder / f"{name}.py").touch()
        (folder / "solution_base.py").write_text(graph.format(what=what))
        return tmp_path / "packages"

    return made


@pytest.fixture
def started(packages: Packages) -> Iterator[HolisticProcess]:
    process = HolisticProcess(packages())
    process.begin("film")
    yield process
    process.close()


def picture(red: int, blue: int, height: int = 4, width: int = 6) -> np.ndarray:
    return np.full((height, width, 3), (blue, 0, red), dtype=np.uint8)


def first(process: HolisticProcess, frame: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in process.points(frame)[0])


def test_each_picture_is_handed_over_as_rgb_whatever_its_size(started: HolisticProcess) -> None:
    assert first(started, picture(255, 51)) == (1.0, 0.2, 1)
    assert first(started, picture(51, 255, 40, 60)) == (0.2, 1.0, 2)
    assert first(started, picture(0, 102, 3, 3)) == (0.0, 0.4, 3)
    points = started.points(picture(0, 0))
    assert points.shape == (POINT_COUNT, 3)
    assert not points[FACE_FIRST:].any()


def test_another_video_begins_without_the_person_of_the_one_before(started: HolisticProcess) -> None:
    first(started, picture(0, 0))
    assert first(started, picture(0, 0))[2] == 2
    started.begin("another")
    assert first(started, picture(0, 0))[2] == 1


def test_a_process_is_replaced_after_some_videos_since_it_grows_with_each(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holistic_process, "_MOST_VIDEOS", 3)
    process = HolisticProcess(packages())
    pids = []
    for number in range(7):
        process.load()
        process.begin(str(number))
        assert first(process, picture(0, 0))[2] == 1
        pids.append(process.pid)
    process.close()
    assert len(set(pids[:3])) == 1
    assert len(set(pids[3:6])) == 1
    assert len(set(pids)) == 3
    assert not [pid for pid in pids if pid is not None and psutil.pid_exists(pid)]


def test_a_killed_process_is_replaced_and_no_picture_is_lost(started: HolisticProcess) -> None:
    first(started, picture(255, 0))
    killed = started.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert first(started, picture(0, 255)) == (0.0, 1.0, 1)
    assert started.pid != killed
    assert not psutil.pid_exists(killed)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "(it ended with -9)"),
        ("raise RuntimeError('no graph today')", "(RuntimeError: no graph today)"),
    ],
)
def test_a_picture_that_kills_it_every_time_is_given_up_with_the_name_of_the_video(
    packages: Packages, what: str, why: str
) -> None:
    process = HolisticProcess(packages(what))
    process.begin("film")
    with pytest.raises(FeatureError) as refusal:
        process.points(picture(0, 0))
    assert str(refusal.value) == (
        f"film: the process that finds its key points died {MOST_DEATHS} times at one picture {why}, so nothing was made "
        "of it."
    )
    process.close()


def test_a_process_that_hangs_is_killed(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holistic_process, "_PICTURE_S", 0.2)
    process = HolisticProcess(packages("time.sleep(600)"))
    process.begin("film")
    with pytest.raises(FeatureError, match=r"^film: .* \(it ended with -9\)"):
        process.points(picture(0, 0))
    process.close()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="only Linux gives shared memory out page by page")
def test_a_picture_for_which_there_is_no_shared_memory_is_one_sentence_and_leaves_none(
    started: HolisticProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, offset: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    made: list[str] = []
    monkeypatch.setattr(os, "posix_fallocate", full)
    monkeypatch.setattr(holistic_process, "_remove", lambda memory: (made.append(memory.name), remove(memory)))
    with pytest.raises(FeatureError, match=r"^film: this machine has no 1 MiB of shared memory left for one of its"):
        started.points(picture(0, 0, 1000, 400))
    assert len(made) == 1
    assert made[0] not in shared_memory()
    monkeypatch.undo()
    assert first(started, picture(255, 0)) == (1.0, 0.0, 1)


def test_packages_that_cannot_be_loaded_are_one_sentence(packages: Packages) -> None:
    folder = packages(graph="raise ImportError('built for another Python')")
    with pytest.raises(WeightsError) as refusal:
        HolisticProcess(folder).load()
    assert str(refusal.value) == f"MediaPipe in {folder} cannot be loaded (ImportError: built for another Python)."


def test_nothing_is_left_of_it_when_it_is_closed(started: HolisticProcess) -> None:
    first(started, picture(0, 0))
    pid, memory = started.pid, started._memory
    assert pid is not None
    assert memory is not None
    started.close()
    assert not psutil.pid_exists(pid)
    assert memory.name not in shared_memory()


def test_kill_9_of_the_parent_in_the_middle_of_a_picture_leaves_no_process_and_no_memory(packages: Packages) -> None:
    program = """
        import sys, threading, time
        from pathlib import Path
        import numpy as np
        from labeling.perception.keypoints.holistic_process import HolisticProcess
        process = HolisticProcess(Path(sys.argv[1]))
        process.load()
        threading.Thread(target=process.points, args=(np.zeros((64, 64, 3), np.uint8),), daemon=True).start()
        while process._memory is None:
            time.sleep(0.01)
        print(process.pid, process._memory.name, flush=True)
        time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(packages("time.sleep(600)"))]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=SOURCE_ROOT)
    assert parent.stdout is not None
    pid, name = parent.stdout.readline().split()
    children = [child.pid for child in psutil.Process(parent.pid).children(recursive=True)]
    assert int(pid) in children
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 10
    while (any(map(psutil.pid_exists, children)) or name in shared_memory()) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [child for child in children if psutil.pid_exists(child)]
    assert name not in shared_memory()


def shared_memory() -> set[str]:
    """Names of the shared memory of this machine that Python made, where the system lists them."""
    return {path.name for path in Path("/dev/shm").glob("psm_*")}
