"""What the machine really refuses becomes one sentence; what is our own fault stays what it is."""

import errno
import os
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import FeatureError
from core.feature_store import FeatureStore
from core.machine_faults import stops_all, storage_error
from core.types.features import FeatureKind, Producer


@contextmanager
def full_files() -> Iterator[None]:
    """The system refuses every byte that this process writes to a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)


def write_on_a_full_device(_folder: Path) -> None:
    with Path("/dev/full").open("wb") as stream:
        stream.write(b"x" * 10_000)


def fill_a_database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "a.db")) as connection:
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.execute("INSERT INTO t VALUES (?)", ("x" * 50_000,))


def write_to_a_locked_database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "a.db")) as one, closing(sqlite3.connect(folder / "a.db", timeout=0)) as two:
        one.execute("BEGIN IMMEDIATE")
        two.execute("BEGIN IMMEDIATE")


def write_to_a_read_only_database(folder: Path) -> None:
    sqlite3.connect(folder / "a.db").close()
    (folder / "a.db").touch()
    with closing(sqlite3.connect(f"file:{folder / 'a.db'}?mode=ro", uri=True)) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")


def read_what_is_no_database(folder: Path) -> None:
    (folder / "a.db").write_bytes(b"no database" * 1000)
    with closing(sqlite3.connect(folder / "a.db")) as connection:
        connection.execute("SELECT * FROM sqlite_master")


def open_a_database_in_no_folder(folder: Path) -> None:
    sqlite3.connect(folder / "gone" / "a.db")


@pytest.mark.parametrize(
    ("fault", "begins"),
    [
        (write_on_a_full_device, "The disk is full"),
        (fill_a_database, "The database cannot be used: database or disk is full"),
        (write_to_a_locked_database, "The database cannot be used: database is locked"),
        (write_to_a_read_only_database, "The database cannot be used: attempt to write a readonly database"),
        (read_what_is_no_database, "The database cannot be used: file is not a database"),
        (open_a_database_in_no_folder, "The database cannot be used: unable to open database file"),
    ],
)
def test_a_fault_of_the_machine_is_one_sentence(tmp_path: Path, fault: Callable[[Path], None], begins: str) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011  # of several libraries
        fault(tmp_path)
    told = str(storage_error(raised.value))
    assert told.startswith(begins)
    assert told.endswith(".")
    assert "\n" not in told
    assert stops_all(raised.value)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EMFILE, errno.EDQUOT, errno.EIO])
def test_the_sentence_names_the_file(number: int) -> None:
    told = str(storage_error(OSError(number, os.strerror(number), "/study/runs/3/model.safetensors")))
    assert "/study/runs/3/model.safetensors" in told


def test_a_sentence_that_hides_a_full_disk_is_seen_through(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    features = {"a": np.zeros(3)}
    with pytest.raises(FeatureError) as raised, full_files():
        store.write(1, FeatureKind.IMAGE, features, Producer("hog", "1", ""))
    assert str(storage_error(raised.value)).startswith("The disk is full")
    assert stops_all(raised.value)
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("y"), FileNotFoundError(errno.ENOENT, "No such file"), sqlite3.IntegrityError()]
)
def test_other_errors_are_none_of_the_machines(error: Exception) -> None:
    assert storage_error(error) is None


def test_one_file_that_may_not_be_read_stops_nothing_else() -> None:
    assert not stops_all(PermissionError(errno.EACCES, "Permission denied", "/videos/a.mp4"))
