"""Telltale installed from a wheel, without a checkout: all of it is there, in one folder, and it runs."""

import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.review.assets import ASSET_BASE, ASSETS
from core.types.jobs import JobState
from core.workspace import open_workspace
from db import jobs
from db.engine import open_database

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "benchmarks", "core", "db", "labeling", "training")
ENTRY_POINT = "app/entry_point.py"  # telltale/__init__.py in the wheel
PATIENCE_S = 120


def outside(**more: str) -> dict[str, str]:
    """The environment of somebody who has no checkout on the path of imports."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | more


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment of its own, which takes what Telltale depends on from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    site_packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet"]
    subprocess.run([*command, "--no-deps", "--no-index", "--ignore-installed", wheel], check=True)
    return folder / "bin"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder to stand in, with an `app` that is not ours."""
    folder = tmp_path / "elsewhere"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "__init__.py").write_text("raise ImportError('somebody else is called app')", encoding="utf-8")
    return folder


def told(bin_folder: Path, cwd: Path, *arguments: str) -> str:
    answer = subprocess.run(
        [bin_folder / "telltale", *arguments], cwd=cwd, env=outside(), capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a clone knows which files are kept")
def test_the_wheel_holds_every_file_of_the_product(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", *FOLDERS], cwd=ROOT, capture_output=True, text=True, check=True)
    kept = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        assert {f"telltale/{name}" for name in kept - {ENTRY_POINT}} - set(archive.namelist()) == set()
        assert archive.read("telltale/__init__.py") == (ROOT / ENTRY_POINT).read_bytes()


def test_one_folder_and_its_metadata_go_to_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {Path(name).parts[0] for name in archive.namelist()}
    assert tops == {"telltale", f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"}


def test_names_as_common_as_app_stay_free_for_others(installed: Path, tmp_path: Path) -> None:
    program = f"from importlib.util import find_spec; print([name for name in {FOLDERS} if find_spec(name)])"
    answer = subprocess.run(
        [installed / "python", "-c", program], cwd=tmp_path, env=outside(), capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_the_wheel_names_what_it_depends_on(wheel: Path) -> None:
    pinned = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    found = {line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")}
    assert found == {name for name in pinned if name}


def test_the_version_is_told(installed: Path, elsewhere: Path, wheel: Path) -> None:
    assert told(installed, elsewhere, "--version") == f"telltale {wheel.name.split('-')[1]}\n"


def test_a_new_workspace_is_made_and_counted(installed: Path, elsewhere: Path, tmp_path: Path) -> None:
    assert "clips: 0" in told(installed, elsewhere, "status", "--workspace", str(tmp_path / "study"))


def test_doctor_tells_what_the_machine_can_do(installed: Path, elsewhere: Path, tmp_path: Path) -> None:
    assert "rules on measured cues" in told(installed, elsewhere, "doctor", "--workspace", str(tmp_path / "study"))


def test_a_job_does_its_work_in_a_process_of_its_own(installed: Path, elsewhere: Path, tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "study")
    database = open_database(workspace)
    with database.write() as connection:
        failed = jobs.enqueue(connection, "perceive", {})
        jobs.fail(connection, failed.id, "as a test wants it")
    told(installed, elsewhere, "jobs", "resume", str(failed.id), "--workspace", str(workspace.root))
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with database.read() as connection:
            resumed = jobs.all(connection)[0]
        if resumed.state not in jobs.UNFINISHED:
            break
        log = workspace.logs_dir / f"{resumed.id}.log"
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)
    database.dispose()
    assert resumed.id != failed.id
    assert resumed.state is JobState.SUCCEEDED, resumed.error


@pytest.fixture
def address(installed: Path, elsewhere: Path, tmp_path: Path) -> Iterator[str]:
    """Where a server answers that was started from the wheel."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [installed / "telltale", "serve", "--port", str(port), "--workspace", tmp_path / "study"]
    process = subprocess.Popen(command, cwd=elsewhere, env=outside(), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    try:
        while not answers(f"http://127.0.0.1:{port}/_stcore/health"):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, TimeoutError):  # the request is held until the app is imported
        return False


def test_the_scripts_of_the_review_screen_are_served(address: str) -> None:
    with urllib.request.urlopen(f"{address}{ASSET_BASE}/review.js") as answer:
        assert answer.read() == ASSETS["review.js"]


def test_the_command_of_a_checkout_runs_wherever_one_stands(elsewhere: Path, tmp_path: Path) -> None:
    folder = Path(sys.executable).parent
    assert "clips: 0" in told(folder, elsewhere, "status", "--workspace", str(tmp_path / "study"))
