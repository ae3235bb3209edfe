"""The commands that the manual tells people to type run, page after page, in one small study."""

import io
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.main import main
from core.pose.openpose.clip import frame_file_name, write_openpose_frame
from core.settings.loader import SETTINGS_FILE
from docs.generate_reference import ROOT
from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.served import served
from tests.keypoint_sets import standing, write_set
from tests.unit.test_docs_commands import PAGES, typed_on

pytestmark = pytest.mark.long

FIRST = ("own-videos.md", "labelers.md", "train-and-evaluate.md")  # what a study goes through; then the other pages
RUN_ELSEWHERE = {
    "serve": "tests/integration/app/test_serving.py",
    "demo": "Makefile",
    "bench": "tests/integration/benchmarks",
    "cohort": "tests/browser/test_the_loop.py",  # the one of the manual has hundreds of clips
    "models": "tests/integration/app/cli/test_models.py",  # the line of the manual fetches a gigabyte
}
SETTINGS = """
[labeling]
frames_per_s = 2
picture_px = 96
[labeling.gemini]
base_url = "{gemini}"
[labeling.openai]
base_url = "{openai}/v1"
[training]
folds = 2
width = 16
layers = 1
batch_clips = 8
stage1_steps = 6
stage2_steps = 6
[training.stgcn]
window_frames = 50
channels = 8
"""
VIDEO = "videos/s01-01.mp4"
FOLDERS = {"--openpose": "openpose", "--transcripts": "transcripts", "import": "."}


class Terminal(io.StringIO):
    """Somebody who answers every question with their name."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def study(cohort_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files of a cohort; its `study` is empty but for the settings of a small model."""
    folder = shutil.copytree(cohort_folder, tmp_path_factory.mktemp("docs") / "cohort")
    write_set(folder / "walks.npz", {f"w{n}": standing(60, n) for n in range(4)})
    (folder / "frames" / "openpose" / "walk").mkdir(parents=True)
    for number, frame in enumerate(standing(10)):
        path = folder / "frames" / "openpose" / "walk" / frame_file_name("walk", number)
        path.write_bytes(write_openpose_frame(frame[None]))
    (folder / "frames" / "clips.csv").write_text("clip,subject,label,fps\nwalk,P1,slow,25\n")
    with served(FakeGemini().app) as gemini, served(FakeOpenAI().app) as openai, pytest.MonkeyPatch.context() as patch:
        (folder / "study").mkdir()
        (folder / "study" / SETTINGS_FILE).write_text(SETTINGS.format(gemini=gemini, openai=openai))
        patch.setenv("GEMINI_API_KEY", KEY)
        patch.setenv("TELLTALE_WORKSPACE", str(folder / "study"))
        patch.chdir(folder)
        yield folder


def filled_in(arguments: list[str]) -> list[str]:
    """The arguments with the study's files in the place of DIR and VIDEO."""
    before = ["", *arguments]
    folders = [FOLDERS[before[place]] if one == "DIR" else one for place, one in enumerate(arguments)]
    return [VIDEO if one == "VIDEO" else one for one in folders]


def run(arguments: list[str]) -> int:
    """The exit status of the command, with somebody at the terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", Terminal("Ada\n" * 9))
        try:
            main(arguments)
        except SystemExit as stopped:
            return int(stopped.code or 0)
    return 0


def test_the_commands_of_the_manual_run_as_they_stand_there(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [path for path in RUN_ELSEWHERE.values() if not (ROOT / path).exists()] == []
    pages = sorted(
        PAGES, key=lambda page: (page.name not in FIRST, FIRST.index(page.name) if page.name in FIRST else 0)
    )
    failed = []
    for line in [line for page in pages for line in typed_on(page)]:
        _, *arguments = shlex.split(line, comments=True)
        if arguments[0] in RUN_ELSEWHERE:
            continue
        status, told = run(filled_in(arguments)), capsys.readouterr()
        if status:
            failed.append(f"{line}\n{told.out[-300:]}{told.err[-500:]}")
    assert not failed, "\n\n".join(failed)
    assert (study / "exported" / "model_card.md").is_file()
