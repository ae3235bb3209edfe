"""The folder of a study."""

import os
import stat
from collections.abc import Iterator
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


def _mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """As most machines have it: new files can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_workspace_and_its_folders_are_their_owners_alone(tmp_path: Path, usual_umask: None) -> None:
    workspace = open_workspace(tmp_path / "study")
    folders = (workspace.root, workspace.features_dir, workspace.media_dir, workspace.runs_dir, workspace.logs_dir)
    assert {_mode(folder) for folder in folders} == {"0o700"}


def test_the_files_of_an_older_workspace_are_shut_when_it_is_opened(tmp_path: Path, usual_umask: None) -> None:
    root = open_workspace(tmp_path / "study").root
    names = ("telltale.db", "telltale.db-wal", "telltale.db.schema-0013", "secret.key", "secrets.toml", "telltale.toml")
    for name in names:
        (root / name).write_text("")
    root.chmod(0o755)
    (root / "media").chmod(0o777)
    open_workspace(root)
    assert {_mode(root / name) for name in names} == {"0o600"}
    assert {_mode(root), _mode(root / "media")} == {"0o700"}


def test_what_is_not_the_workspaces_own_keeps_its_mode(tmp_path: Path, usual_umask: None) -> None:
    (tmp_path / "elsewhere").mkdir()
    root = tmp_path / "study"
    root.mkdir()
    (root / "media").symlink_to(tmp_path / "elsewhere")
    (root / "my notes.txt").write_text("")
    open_workspace(root)
    assert (_mode(tmp_path / "elsewhere"), _mode(root / "my notes.txt")) == ("0o755", "0o644")


@pytest.mark.parametrize("key", ["", "  \n", "short", "a" * 31, "\u00e4" * 64, "a" * 40 + "\n" + "b" * 40])
def test_a_key_that_anybody_could_guess_is_refused_with_the_way_out(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.key").write_text(key, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"secret\.key is no key .*delete it"):
        open_workspace(tmp_path).signing_key()


def test_a_key_of_ones_own_may_end_with_a_line_break(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("k" * 32 + "\n")
    assert open_workspace(tmp_path).signing_key() == "k" * 32
