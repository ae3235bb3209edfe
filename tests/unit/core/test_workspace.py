"""The folder of a study."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import WorkspaceError
from core.workspace import open_workspace


def test_opening_makes_the_folders(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "study")
    folders = (workspace.features_dir, workspace.media_dir, workspace.runs_dir, workspace.logs_dir)
    assert all(folder.is_dir() for folder in folders)


def test_opening_leaves_no_probe_behind(tmp_path: Path) -> None:
    open_workspace(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["features", "logs", "media", "runs"]


def test_a_file_in_the_workspaces_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("not a folder")
    with pytest.raises(WorkspaceError, match=r"study cannot be written: .*\.$"):
        open_workspace(tmp_path / "study")


def test_the_signing_key_stays_and_is_its_owners_alone(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    assert workspace.signing_key() == workspace.signing_key()
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_everybody_who_asks_at_once_gets_the_same_signing_key(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: workspace.signing_key(), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
