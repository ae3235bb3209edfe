"""What doctor says of a machine, without loading what it looks for."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.queries.doctor import Diagnosis, Stage, diagnose, journal_sentence
from core.workspace import open_workspace
from db.engine import open_database

ROOT = Path(__file__).parents[4]


def diagnosis_of(tmp_path: Path) -> Diagnosis:
    workspace = open_workspace(tmp_path)
    database = open_database(workspace)
    try:
        return diagnose(workspace.settings, tmp_path, database)
    finally:
        database.dispose()


def stages_of(tmp_path: Path) -> dict[str, Stage]:
    return {stage.stage: stage for stage in diagnosis_of(tmp_path).stages}


def test_every_stage_of_the_design_has_a_strong_and_an_embedded_part(tmp_path: Path) -> None:
    found = stages_of(tmp_path)
    assert list(found) == [
        "person",
        "image",
        "key points",
        "text",
        "pseudo-label",
        "database",
        "files",
        "many machines",
    ]


def test_an_app_that_anybody_of_the_network_may_use_is_told(tmp_path: Path) -> None:
    (tmp_path / "telltale.toml").write_text('[server]\nhost = "0.0.0.0"\n')
    assert ("Served", "0.0.0.0:8501, for everybody who reaches it: there is no login") in diagnosis_of(
        tmp_path
    ).machine.rows()


def test_a_missing_key_is_named_with_the_line_that_sets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    gemini = stages_of(tmp_path)["pseudo-label"]
    assert not gemini.model_there
    assert "the variable GEMINI_API_KEY" in gemini.missing
    assert "export GEMINI_API_KEY=..." in gemini.get


def test_without_rtmlib_one_sentence_says_what_lacks_and_what_adds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pinned,) = [
        line for line in (ROOT / "requirements-no-deps.txt").read_text().splitlines() if line.startswith("rtmlib")
    ]
    assert "rtmlib" not in diagnosis_of(tmp_path).note
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    found = diagnosis_of(tmp_path)
    assert f"`pip install --no-deps {pinned.split()[0]}` adds it" in found.note
    assert "package rtmlib" in {stage.stage: stage.missing for stage in found.stages}["key points"]


def test_without_mediapipe_one_sentence_says_what_lacks_and_the_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    found = diagnosis_of(tmp_path)
    assert f"is not installed in {tmp_path}/environment/mediapipe; `" in found.note
    (row,) = [stage for stage in found.stages if stage.stage == "key points"]
    assert (row.in_use, row.built_in, row.built_in_there) == ("openpose-json", "MediaPipe Holistic", False)


@pytest.mark.parametrize(
    ("labeler", "said"),
    [
        ("gemini", "Pseudo-labels come from Gemini (gemini-2.5-pro)"),
        ("openai", "Pseudo-labels come from a server of your own"),
        ("cues", "Pseudo-labels come from rules on measured cues"),
        ("simulated", "Pseudo-labels come from the simulated labeler"),
    ],
)
def test_the_note_names_the_labeler_that_the_settings_name(tmp_path: Path, labeler: str, said: str) -> None:
    (tmp_path / "telltale.toml").write_text(f'[labeling]\nlabeler = "{labeler}"\n', encoding="utf-8")
    note = diagnosis_of(tmp_path).note
    assert said in note
    assert note.count("Pseudo-labels") == 1


def test_the_note_calls_built_in_only_the_stages_that_have_no_model_in_this_version(tmp_path: Path) -> None:
    found = diagnosis_of(tmp_path)
    assert "Files and many machines run on their built-in backend in this version." in found.note
    in_use = {stage.stage: (stage.in_use, stage.built_in) for stage in found.stages}
    assert all(used == built_in for used, built_in in (in_use["files"], in_use["many machines"]))


def test_a_key_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "very-secret")
    assert "very-secret" not in str(stages_of(tmp_path))


def test_weights_in_the_workspace_are_found_and_taken_by_auto(tmp_path: Path) -> None:
    before = stages_of(tmp_path)["person"]
    assert (before.in_use, before.model_there, before.missing) == ("keypoint-box", False, "weights yolo11x.pt")
    assert before.get == f"telltale models get yolo11x --workspace {tmp_path}"
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "yolo11x.pt").write_bytes(b"weights")
    after = stages_of(tmp_path)["person"]
    assert (after.in_use, after.model_there, after.get) == ("yolo", True, "")


@pytest.mark.parametrize(
    ("mode", "version", "part"),
    [
        ("delete", (3, 40, 1), "SQLite 3.40.1 has the WAL-reset fault"),
        ("wal", (3, 51, 3), "SQLite 3.51.3 is free of the WAL-reset fault"),
        ("postgresql", (3, 51, 3), "postgresql"),
    ],
)
def test_the_journal_is_told_with_its_reason(mode: str, version: tuple[int, int, int], part: str) -> None:
    assert part in journal_sentence(mode, version)


def test_every_missing_model_of_perception_is_one_command_away(tmp_path: Path) -> None:
    found = stages_of(tmp_path)
    for stage, model in (("image", "dinov2-base"), ("key points", "rtmw-l"), ("text", "bert-base-uncased")):
        assert f"telltale models get {model} --workspace {tmp_path}" in found[stage].get


def test_looking_loads_no_model_library() -> None:
    program = (
        "import sys\n"
        "import app.queries.doctor as doctor\n"
        "import app.queries.model_weights\n"
        "from pathlib import Path\n"
        "from core.settings.loader import Settings\n"
        "doctor._stages(Settings(), Path('nowhere'))\n"
        "print(sorted({'torch', 'ultralytics', 'transformers', 'onnxruntime', 'rtmlib', 'sklearn', 'cv2'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
