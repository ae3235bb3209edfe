import multiprocessing
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from safetensors.numpy import save_file

from core.errors import FeatureError
from core.feature_store import FeatureStore, RowBlocks
from core.types.features import FeatureKind, Producer

PRODUCER = Producer(name="hog", version="1.0", settings_digest="abc")
DTYPES = st.sampled_from([np.float16, np.float32, np.float64, np.uint8, np.int64, np.bool_])
ARRAYS = DTYPES.flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=7))
)


def same_bits(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(st.sampled_from(["points", "time_s", "features"]), ARRAYS, min_size=1), st.sampled_from(FeatureKind)
)
def test_what_is_written_is_read_back_bit_for_bit(
    tmp_path: Path, arrays: dict[str, npt.NDArray[Any]], kind: FeatureKind
) -> None:
    store = FeatureStore(tmp_path)
    store.write(7, kind, arrays, PRODUCER)
    with store.open(7, kind) as file:
        assert file.shapes == {name: array.shape for name, array in arrays.items()}
        assert all(same_bits(file.read(name), array) for name, array in arrays.items())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ARRAYS, st.data())
def test_a_slice_of_the_file_is_a_slice_of_the_array(
    tmp_path: Path, array: npt.NDArray[Any], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(array)))
    stop = data.draw(st.integers(start, len(array)))
    store = FeatureStore(tmp_path)
    store.write(7, FeatureKind.IMAGE, {"features": array}, PRODUCER)
    with store.open(7, FeatureKind.IMAGE) as file:
        assert same_bits(file.rows("features", start, stop), np.ascontiguousarray(array[start:stop]))


def test_an_array_that_is_not_contiguous_comes_back_as_it_looked(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.float32).reshape(4, 6)[::-1, ::2].T
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": array}, PRODUCER)
    with store.open(1, FeatureKind.IMAGE) as file:
        assert file.read("features").tolist() == array.tolist()


def test_an_array_of_the_other_byte_order_comes_back_with_its_values(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.array([1.5, -2.0], dtype=">f4")}, PRODUCER)
    with store.open(1, FeatureKind.IMAGE) as file:
        assert file.read("features").tolist() == [1.5, -2.0]


def test_a_frame_without_a_person_stays_nan(tmp_path: Path) -> None:
    boxes = np.array([[1, 2, 3, 4], [np.nan] * 4], dtype=np.float32)
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.PERSON, {"box_xyxy_px": boxes}, PRODUCER)
    with store.open(1, FeatureKind.PERSON) as file:
        assert np.isnan(file.rows("box_xyxy_px", 1, 2)).all()


def test_a_file_says_who_made_it(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    path = store.write(3, FeatureKind.TEXT, {"features": np.ones((1, 2), np.float16)}, PRODUCER)
    with store.open(3, FeatureKind.TEXT) as file:
        assert (path, file.producer) == ("text/3.safetensors", PRODUCER)


def test_arrays_outlive_the_file_they_came_from(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.write(3, FeatureKind.TEXT, {"features": np.ones((4, 2), np.float16)}, PRODUCER)
    with store.open(3, FeatureKind.TEXT) as file:
        rows = file.rows("features", 1, 3)
    store.write(3, FeatureKind.TEXT, {"features": np.zeros((4, 2), np.float16)}, PRODUCER)
    assert rows.tolist() == [[1, 1], [1, 1]]


def test_a_missing_file_is_an_error_that_names_clip_and_kind(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="image features of clip 9 are missing"):
        FeatureStore(tmp_path).open(9, FeatureKind.IMAGE)


@pytest.mark.parametrize("kept", [0, 4, 60, -1])
def test_a_cut_file_is_an_error_that_names_it(tmp_path: Path, kept: int) -> None:
    store = FeatureStore(tmp_path)
    path = tmp_path / store.write(9, FeatureKind.IMAGE, {"features": np.ones((50, 8), np.float16)}, PRODUCER)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FeatureError, match=r"image/9\.safetensors is cut"):
        store.open(9, FeatureKind.IMAGE)


def test_a_foreign_safetensors_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    save_file({"features": np.ones(3)}, tmp_path / "image" / "9.safetensors")
    with pytest.raises(FeatureError, match="not one of Telltale's"):
        FeatureStore(tmp_path).open(9, FeatureKind.IMAGE)


def test_a_file_of_another_clip_is_refused(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    path = tmp_path / store.write(1, FeatureKind.IMAGE, {"features": np.ones(3)}, PRODUCER)
    path.rename(tmp_path / store.path(2, FeatureKind.IMAGE))
    with pytest.raises(FeatureError, match="of clip 1, not image features of clip 2"):
        store.open(2, FeatureKind.IMAGE)


def test_an_unknown_array_is_an_error_that_lists_what_there_is(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.ones(3)}, PRODUCER)
    with (
        store.open(1, FeatureKind.IMAGE) as file,
        pytest.raises(FeatureError, match="no array 'points', only features"),
    ):
        file.read("points")


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (0, 4), (3, 2)])
def test_rows_that_are_not_all_there_are_an_error(tmp_path: Path, start: int, stop: int) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.ones(3)}, PRODUCER)
    with store.open(1, FeatureKind.IMAGE) as file, pytest.raises(FeatureError, match=f"no rows {start} to {stop}"):
        file.rows("features", start, stop)


def test_a_type_that_cannot_be_kept_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.ones(3)}, PRODUCER)
    with pytest.raises(FeatureError, match="cannot keep 'features'"):
        store.write(1, FeatureKind.IMAGE, {"features": np.array(["a", None], dtype=object)}, PRODUCER)
    with store.open(1, FeatureKind.IMAGE) as file:
        assert file.read("features").tolist() == [1, 1, 1]


def test_nothing_to_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="no arrays"):
        FeatureStore(tmp_path).write(1, FeatureKind.IMAGE, {}, PRODUCER)


def test_a_folder_that_cannot_be_made_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "image").write_text("a file in the way")
    with pytest.raises(FeatureError, match=r"image/1\.safetensors cannot be written"):
        FeatureStore(tmp_path).write(1, FeatureKind.IMAGE, {"features": np.ones(3)}, PRODUCER)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.ones(3)}, PRODUCER)

    def full_disk(arrays: object, path: str, metadata: object) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.feature_store.save_file", full_disk)
    with pytest.raises(FeatureError, match="No space left"):
        store.write(1, FeatureKind.IMAGE, {"features": np.zeros(3)}, PRODUCER)
    assert [path.name for path in (tmp_path / "image").iterdir()] == ["1.safetensors"]
    with store.open(1, FeatureKind.IMAGE) as file:
        assert file.read("features").tolist() == [1, 1, 1]


def _write_many(root: str, value: int) -> None:
    store = FeatureStore(Path(root))
    for _ in range(20):
        store.write(1, FeatureKind.IMAGE, {"features": np.full((2000, 8), value, np.float16)}, PRODUCER)


def test_readers_see_a_whole_file_while_several_processes_write_it(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.zeros((2000, 8), np.float16)}, PRODUCER)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(tmp_path), value)) for value in (1, 2)]
    for writer in writers:
        writer.start()
    seen = []
    while any(writer.is_alive() for writer in writers):
        with store.open(1, FeatureKind.IMAGE) as file:
            seen.append(len(np.unique(file.read("features"))))
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert set(seen) == {1}
    assert [path.name for path in (tmp_path / "image").iterdir()] == ["1.safetensors"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ARRAYS, st.integers(1, 5))
def test_an_array_in_blocks_is_stored_like_a_whole_one(
    tmp_path: Path, array: npt.NDArray[Any], block_rows: int
) -> None:
    def blocks() -> list[npt.NDArray[Any]]:
        return [array[start : start + block_rows] for start in range(0, len(array), block_rows)]

    store = FeatureStore(tmp_path)
    arrays = {"features": RowBlocks(array.shape, array.dtype, blocks), "time_s": np.arange(3.0)}
    store.write(7, FeatureKind.IMAGE, arrays, PRODUCER)
    with store.open(7, FeatureKind.IMAGE) as file:
        assert file.producer == PRODUCER
        assert same_bits(file.read("features"), array)
        assert file.read("time_s").tolist() == [0.0, 1.0, 2.0]


def test_blocks_that_do_not_add_up_are_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.ones((2, 3), np.float16)}, PRODUCER)
    short = RowBlocks((5, 3), np.dtype("float16"), lambda: [np.zeros((2, 3), np.float16)])
    with pytest.raises(FeatureError, match="have 2 rows, not 5"):
        store.write(1, FeatureKind.IMAGE, {"features": short}, PRODUCER)
    with store.open(1, FeatureKind.IMAGE) as file:
        assert file.shapes["features"] == (2, 3)


def test_an_array_of_other_dimensions_is_refused(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.write(1, FeatureKind.IMAGE, {"features": np.zeros(3)}, Producer("swapped", "1", ""))
    with store.open(1, FeatureKind.IMAGE) as file:
        for read in (lambda: file.read("features", 2), lambda: file.length("features", 2)):
            with pytest.raises(FeatureError, match=r"features of the shape \(3,\), where 2 dimensions .* --repair"):
                read()


def test_a_feature_file_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    (tmp_path / "image").mkdir()
    os.mkfifo(tmp_path / store.path(1, FeatureKind.IMAGE))
    with pytest.raises(FeatureError, match="it is a FIFO, not a file"):
        store.open(1, FeatureKind.IMAGE)
