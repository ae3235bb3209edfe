"""Processes of Telltale's own code find its folders, and what the user's environment adds."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from core.child_processes import SOURCE_ROOT, own_command, own_environment


def test_what_was_on_the_path_of_imports_stays_there_after_our_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/theirs")
    assert own_environment()["PYTHONPATH"].split(os.pathsep) == [str(SOURCE_ROOT), "/theirs"]


def test_without_such_a_path_the_current_folder_is_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert own_environment()["PYTHONPATH"] == str(SOURCE_ROOT)


def test_variables_of_the_caller_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert own_environment(OMP_NUM_THREADS="1")["OMP_NUM_THREADS"] == "1"


def test_a_module_of_the_same_name_in_the_current_folder_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text("print('not ours')", encoding="utf-8")
    (tmp_path / "app" / "__init__.py").touch()
    command = own_command("app", "status", "--json", "--workspace", str(tmp_path / "study"))
    answer = subprocess.run(command, cwd=tmp_path, env=own_environment(), capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["clips"] == 0
