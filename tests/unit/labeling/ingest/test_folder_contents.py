from pathlib import Path

import pytest

from labeling.ingest.folder_contents import find_sources

_ENDINGS = [".zip", ".tar", ".tar.gz", ".tgz", ".json", ".jsonl"]


def study(folder: Path, *files: str) -> Path:
    for name in ("a.mp4", *files):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize("ending", _ENDINGS)
@pytest.mark.parametrize("place", ["openpose/a", "openpose/a_openpose", "a_openpose"])
def test_an_archive_of_key_points_is_found_by_its_clips_name(tmp_path: Path, place: str, ending: str) -> None:
    sources = find_sources(study(tmp_path, f"{place}{ending}"))
    assert sources.keypoints_of("a") == tmp_path / f"{place}{ending}"


def test_a_folder_of_key_points_comes_before_an_archive(tmp_path: Path) -> None:
    folder = study(tmp_path, "openpose/a.zip")
    (folder / "openpose" / "a").mkdir()
    assert find_sources(folder).keypoints_of("a") == folder / "openpose" / "a"


@pytest.mark.parametrize("ending", _ENDINGS)
def test_an_archive_of_no_clip_is_named(tmp_path: Path, ending: str) -> None:
    folder = study(tmp_path, f"openpose/b{ending}", "openpose/notes.txt")
    assert find_sources(folder).unclaimed_keypoints(["a"]) == [folder / "openpose" / f"b{ending}"]
