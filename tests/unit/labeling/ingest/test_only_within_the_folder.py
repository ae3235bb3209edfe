"""What tables, manifests and links name is read within the folders that were given, and nowhere else."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from core.errors import InputError, TranscriptError
from core.media.timebase import frame_rate_of
from core.settings.loader import Settings
from labeling.ingest.cohort_truth import read_cohort_folder
from labeling.ingest.folder_contents import ImportSources, find_sources
from labeling.ingest.imigue.layout import find_speech
from labeling.ingest.transcripts import find_transcript, read_transcript


def study(folder: Path) -> ImportSources:
    """A study in `folder`/study; private.txt lies beside it."""
    (folder / "study" / "transcripts").mkdir(parents=True)
    (folder / "study" / "a.mp4").touch()
    (folder / "study" / "clips.csv").write_text("clip,transcript\n")
    (folder / "private.txt").write_text("My password.")
    return find_sources(folder / "study")


def said(sources: ImportSources, cell: str | None) -> list[str]:
    return [segment.text for segment in find_transcript(sources, "a", cell).segments]


@pytest.mark.parametrize(
    "cell", ["../private.txt", "../../private.txt", "transcripts/../../private.txt", "{}/private.txt"]
)
def test_a_cell_that_leads_out_of_the_study_is_not_read(tmp_path: Path, cell: str) -> None:
    sources = study(tmp_path)
    with pytest.raises(TranscriptError, match=r"private\.txt (is not read: it lies outside the folder|was not found)"):
        said(sources, cell.format(tmp_path))


def test_a_cell_that_names_a_link_out_of_the_study_is_not_read(tmp_path: Path) -> None:
    sources = study(tmp_path)
    (tmp_path / "study" / "words.txt").symlink_to(tmp_path / "private.txt")
    with pytest.raises(TranscriptError, match=r"words\.txt is not read: it lies outside the folder"):
        said(sources, "words.txt")


def test_a_transcript_that_is_a_link_out_of_its_folder_is_not_read(tmp_path: Path) -> None:
    study(tmp_path)
    (tmp_path / "study" / "transcripts" / "a.txt").symlink_to(tmp_path / "private.txt")
    sources = find_sources(tmp_path / "study")
    with pytest.raises(TranscriptError, match=r"a\.txt is not read: it lies outside the folder"):
        said(sources, None)


@pytest.mark.parametrize("cell", ["a\0.txt", "a" * 300 + ".txt", "/dev/zero.txt", ".txt", "no such.txt"])
def test_a_name_that_no_file_has_was_not_found(tmp_path: Path, cell: str) -> None:
    with pytest.raises(TranscriptError, match="was not found"):
        said(study(tmp_path), cell)


@pytest.mark.parametrize("cell", ["a.txt", "sub/../a.txt", "transcripts/b.txt", "b.txt", "{}/study/a.txt"])
def test_what_lies_within_is_read_however_it_is_called(tmp_path: Path, cell: str) -> None:
    sources = study(tmp_path)
    (tmp_path / "study" / "sub").mkdir()
    (tmp_path / "study" / "a.txt").write_text("I won.")
    (tmp_path / "study" / "transcripts" / "b.txt").write_text("I won.")
    assert said(sources, cell.format(tmp_path)) == ["I won."]


def test_a_folder_given_by_name_may_lie_elsewhere(tmp_path: Path) -> None:
    study(tmp_path)
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "a.txt").write_text("I won.")
    sources = find_sources(tmp_path / "study", transcripts=tmp_path / "words")
    assert said(sources, "a.txt") == said(sources, None) == ["I won."]


def test_a_transcript_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(2**34)
    with pytest.raises(TranscriptError, match=r"a\.txt is larger than 4 MiB"):
        read_transcript(tmp_path / "a.txt")


def test_a_transcript_of_speech_that_is_a_link_out_of_its_folder_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "private.txt").write_text("My password.")
    for name in ("0012", "0013"):
        (tmp_path / "speech" / name).mkdir(parents=True)
    (tmp_path / "speech" / "0012" / "0012.txt").symlink_to(tmp_path / "private.txt")
    (tmp_path / "speech" / "0013" / "0013.txt").write_text("I won.")
    assert list(find_speech(tmp_path / "speech")) == [13]


def cohort(folder: Path, name: str, frame_rate: object) -> Path:
    clip = {"truth": "positive", "frame_count": 3, "frame_rate": frame_rate, "width_px": 64, "height_px": 64}
    (folder / "cohort.json").write_text(json.dumps({"simulated": True, "clips": {name: clip}}))
    return folder / "cohort.json"


def test_a_clip_of_a_cohort_that_leads_out_of_it_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "cohort").mkdir()
    (tmp_path / "private.safetensors").touch()
    name = "../../private"
    read = read_cohort_folder(cohort(tmp_path / "cohort", name, "25/1"), Settings().taxonomy)
    with pytest.raises(InputError, match="is not read: it lies outside the folder"):
        read.keypoints_of(name)


@pytest.mark.parametrize("frame_rate", ["1e999999999", "1/0", "0/1", "-25/1", "9" * 5000, "nan", "²⁵", "", 25, None])
def test_a_frame_rate_is_a_fraction_of_short_numbers(tmp_path: Path, frame_rate: object) -> None:
    with pytest.raises(InputError, match=r"cohort\.json was not written by Telltale"):
        read_cohort_folder(cohort(tmp_path, "a", frame_rate), Settings().taxonomy)


@pytest.mark.parametrize("text", ["25/1", "30000/1001", "25"])
def test_a_frame_rate_is_what_it_says(text: str) -> None:
    assert frame_rate_of(text) == Fraction(text)


@pytest.mark.parametrize("name", ["transcripts", "openpose", "clips.csv"])
def test_what_is_found_by_its_name_and_leads_out_is_not_used(tmp_path: Path, name: str) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "a.mp4").touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("clip\n") if name == "clips.csv" else elsewhere.mkdir()
    (tmp_path / "study" / name).symlink_to(elsewhere)
    sources = find_sources(tmp_path / "study")
    assert (sources.transcripts, sources.openpose, sources.table) == (None, None, None)
    option = {"clips.csv": "table"}.get(name, name)
    assert sources.passed_over == (
        f"{name} in study leads out of the folder (name it with --{option} if it is meant), so it was not used.",
    )
    assert find_sources(tmp_path / "study", **{option: elsewhere}).passed_over == ()
