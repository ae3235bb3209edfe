"""The command line: what it lists, how it fails, what it costs to ask for help."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.cli.main import NOT_IN_THIS_VERSION, main
from tests.made_videos import Made, encode


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([*arguments])
    return stopped.value.code if isinstance(stopped.value.code, int) else 0


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]
    assert run("--version") == 0
    assert capsys.readouterr().out == f"telltale {project['version']}\n"


def test_what_a_command_writes_is_its_users_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert run("--version") == 0
        (tmp_path / "written").write_text("")
        assert (tmp_path / "written").stat().st_mode & 0o077 == 0
    finally:
        os.umask(before)


def test_help_lists_every_command_of_the_design(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    listed = capsys.readouterr().out
    here = [
        "demo",
        "serve",
        "doctor",
        "import",
        "perceive",
        "label",
        "curate",
        "train",
        "evaluate",
        "jobs",
        "status",
        "cohort",
    ]
    for command in (*here, *NOT_IN_THIS_VERSION):
        assert command in listed


@pytest.mark.parametrize("command", sorted(NOT_IN_THIS_VERSION))
def test_a_command_of_later_versions_says_so_in_one_sentence(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "anything", "--some", "option") == 1
    told = capsys.readouterr()
    assert told.err.strip() == f"telltale {command} is part of the design but not in this version."
    assert not told.out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("label", "--labeler", "gemini"), "Nothing was sent: May portrait crops"),
        (("label", "--labeler", "clippy"), "There is no labeler called 'clippy'"),
        (("label", "--labeler", "cues", "--model", "gpt"), "The labeler cues has no model to choose"),
        (("evaluate", "--protocol", "cross-subject", "--run", "1"), "--run is not for the protocol cross-subject"),
        (("evaluate", "--protocol", "nonsense"), "'nonsense' is no protocol"),
        (("train", "--modalities", "pose,smell"), "'smell' is none of pose, image, text"),
        (("train", "--keypoint-model", "gru"), "'gru' is no key-point model; use mlp or stgcn"),
        (("train", "--with", "width"), "'width' is not KEY=VALUE"),
        (("train", "--with", "color=3"), "training.color: is not a setting"),
        (("train", "--with", "stgcn.hue=3"), "training.stgcn.hue: is not a setting"),
        (("train", "--with", "folds=one"), "training.folds: Input should be a valid integer"),
        (("train", "--joints", "17"), "17 joints are in no skeleton here; use 25 or 137"),
        (("evaluate",), "No clip of the train split has a label"),
        (("evaluate", "--run", "7"), "run 7"),
        (("evaluate", "--protocol", "conditions"), "The conditions are scored against the truth"),
        (("evaluate", "--protocol", "conditions", "--rows", "pose"), "--rows is not for the protocol conditions"),
        (("evaluate", "--model", "pose"), "--model is not for the protocol grouped-folds"),
        (("evaluate", "--protocol", "test-split"), "--run: say which run"),
        (("evaluate", "--set", "none"), "no curated set named 'none'"),
        (("train", "--set", "none"), "no curated set named 'none'"),
        (("curate", "one", "--rule", "{"), "--rule"),
        (("import", "no-such-folder"), "no-such-folder"),
        (("jobs", "cancel", "5"), "5"),
    ],
)
def test_a_failure_is_one_sentence_on_standard_error(
    arguments: tuple[str, ...], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *rest = arguments
    where = (
        ("cancel", rest[1], "--workspace", str(tmp_path))
        if command == "jobs"
        else (*rest, "--workspace", str(tmp_path))
    )
    assert run(command, *where) == 1
    told = capsys.readouterr()
    assert part in told.err
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err


def test_the_protocol_arms_is_accepted_under_its_old_name_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evaluate", "--protocol", "arms", "--workspace", str(tmp_path)) == 1
    renamed, failed = capsys.readouterr().err.splitlines()
    assert renamed == "--protocol arms is called conditions now."
    assert "The conditions are scored against the truth" in failed


def test_status_of_an_empty_workspace_is_json_of_zeros(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--json", "--workspace", str(tmp_path)) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["clips"] == 0
    assert facts["pseudo_labels_by_labeler"] == []
    assert facts["decisions"] == []
    assert facts["runs_by_state"] == {}
    assert facts["jobs_by_state"] == {}


def test_status_says_of_a_folder_that_was_no_workspace_that_it_is_new_and_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("status", "--workspace", str(tmp_path / "stduy")) == 0
    assert f"workspace: {tmp_path / 'stduy'} (new, empty)" in capsys.readouterr().out


def test_status_does_not_call_a_workspace_new_a_second_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--json", "--workspace", str(tmp_path)) == 0
    assert json.loads(capsys.readouterr().out)["new"] is True
    assert run("status", "--json", "--workspace", str(tmp_path)) == 0
    assert json.loads(capsys.readouterr().out)["new"] is False
    assert run("status", "--workspace", str(tmp_path)) == 0
    assert "new, empty" not in capsys.readouterr().out


def test_the_workspace_comes_from_the_variable_where_no_option_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path / "study"))
    assert run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["workspace"] == str(tmp_path / "study")


def test_check_takes_the_workspace_as_every_other_command_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "study"
    assert run("status", "--workspace", str(root)) == 0
    capsys.readouterr()
    assert run("check", "--workspace", str(root)) == run("check", str(root)) == 0
    assert capsys.readouterr().out == f"The workspace {root} is whole.\n" * 2


def test_check_takes_one_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", str(tmp_path / "one"), "--workspace", str(tmp_path / "other")) == 1
    assert capsys.readouterr().err == "Two workspaces are named; leave out --workspace or the folder.\n"


def test_an_import_that_imports_nothing_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    assert run("import", str(tmp_path), "--workspace", str(tmp_path / "study")) == 1
    told = capsys.readouterr()
    assert "0 clips imported, 1 refused." in told.out
    assert told.err == "No clip was imported, and none of them had been before.\n"


def test_an_import_of_clips_that_are_all_there_already_exits_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encode(tmp_path / "a.mp4", Made(ticks=range(8)))
    command = ("import", str(tmp_path), "--workspace", str(tmp_path / "study"))
    assert run(*command) == 0
    assert run(*command) == 0
    assert "0 clips imported, 0 refused." in capsys.readouterr().out


def test_help_loads_none_of_the_big_libraries() -> None:
    program = (
        "import sys, app.cli.main\n"
        "big = {'streamlit', 'torch', 'sqlalchemy', 'pandas', 'numpy', 'plotly', 'cv2', 'av', 'sklearn'}\n"
        "print(sorted(big & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
