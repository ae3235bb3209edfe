"""Which failure is one input's own, and which would be that of all."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError

from core.errors import FeatureError, InputError, JobCancelledError, WorkspaceError
from core.failing_alone import own_failure
from core.feature_store import FeatureStore
from core.types.features import FeatureKind, Producer


def test_a_sentence_stays_as_it_is() -> None:
    assert own_failure(InputError("a.mp4 is an empty file.")) == "a.mp4 is an empty file."


def test_a_file_that_cannot_be_read_is_named() -> None:
    gone = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "a.mp4")
    assert own_failure(gone) == "a.mp4 cannot be read: No such file or directory."


def test_what_nobody_foresaw_is_told_in_one_printable_sentence() -> None:
    assert own_failure(ValueError("bad\x1b[2J\nvalue" + "x" * 2000)).startswith(r"ValueError: bad\x1b[2J value")
    assert len(own_failure(ValueError("x" * 2000))) <= 600


@pytest.mark.parametrize("error", [JobCancelledError("stopped"), WorkspaceError("The database is gone.")])
def test_a_cancel_and_a_lost_workspace_end_all(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        own_failure(error)
    assert raised.value is error


def test_a_sector_that_cannot_be_read_is_one_inputs_own_fault() -> None:
    unreadable = OSError(errno.EIO, os.strerror(errno.EIO), "a.mp4")
    assert own_failure(unreadable) == "a.mp4 cannot be read: Input/output error."


def the_full_disk() -> OSError:
    with pytest.raises(OSError, match="No space left") as raised:
        Path("/dev/full").write_text("x", encoding="utf-8")
    return raised.value


def test_a_full_disk_ends_all_in_a_sentence() -> None:
    with pytest.raises(
        WorkspaceError,
        match=r"^The disk is full: .* cannot be written\. What was finished before is kept",
    ):
        own_failure(the_full_disk())


def test_a_full_disk_ends_all_also_where_the_library_of_feature_files_tells_of_it_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("core.feature_store.save_file", full)
    with pytest.raises(FeatureError) as refused:
        FeatureStore(tmp_path).write(1, FeatureKind.IMAGE, {"a": np.ones(3)}, Producer("p", "1", ""))
    with pytest.raises(WorkspaceError, match=r"^The disk is full: "):
        own_failure(refused.value)


def test_a_full_disk_ends_all_also_where_another_error_tells_of_it() -> None:
    told = FeatureError("The feature file cannot be written.")
    told.__cause__ = the_full_disk()
    with pytest.raises(WorkspaceError, match=r"^The disk is full: "):
        own_failure(told)
