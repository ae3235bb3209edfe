"""Chunks of a video: whole or not there, of one key alone, taken up again after the last good one."""

from pathlib import Path

import numpy as np
import pytest

from labeling.perception.pipeline.chunks import ChunkStore, clip_folder, discard_chunks

ROWS = {"pose_points": np.arange(12, dtype=np.float32).reshape(4, 3)}


@pytest.fixture
def store(tmp_path: Path) -> ChunkStore:
    store = ChunkStore(tmp_path, 7, "key")
    store.append(1, ROWS)
    store.append(2, ROWS)
    return store


def test_a_chunk_gives_back_its_rows_bit_for_bit(store: ChunkStore) -> None:
    assert (store.rows(2, "pose_points", 1, 3) == ROWS["pose_points"][1:3]).all()


def test_arrays_that_a_chunk_lacks_are_left_out(store: ChunkStore) -> None:
    assert set(store.read(1, ["pose_points", "image_frame"])) == {"pose_points"}


def test_an_earlier_try_is_taken_up(tmp_path: Path, store: ChunkStore) -> None:
    assert ChunkStore(tmp_path, 7, "key").begin() == 2


def test_chunks_of_another_key_are_removed(tmp_path: Path, store: ChunkStore) -> None:
    assert ChunkStore(tmp_path, 7, "other").begin() == 0
    assert list(clip_folder(tmp_path, 7).iterdir()) == []


def test_a_damaged_chunk_and_all_after_it_are_made_again(tmp_path: Path, store: ChunkStore) -> None:
    first = next(clip_folder(tmp_path, 7).rglob("00000001.safetensors"))
    first.write_bytes(first.read_bytes()[:20])
    assert ChunkStore(tmp_path, 7, "key").begin() == 0
    assert list(clip_folder(tmp_path, 7).rglob("*.safetensors")) == []


def test_other_clips_keep_theirs(tmp_path: Path, store: ChunkStore) -> None:
    ChunkStore(tmp_path, 8, "key").append(1, ROWS)
    discard_chunks(tmp_path, 7)
    assert not clip_folder(tmp_path, 7).exists()
    assert ChunkStore(tmp_path, 8, "key").begin() == 1


def test_discarding_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    discard_chunks(tmp_path, 9)
    assert not clip_folder(tmp_path, 9).exists()
