import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError, JobCancelledError
from core.media.proxy import needs_proxy
from core.media.video import decode_frames, probe_video
from core.pose.openpose.clip import read_openpose
from core.progress import SilentProgress
from core.simulation import (
    PRESETS,
    Cohort,
    keypoints_of,
    read_cohort,
    read_keypoint_archive,
    render_clip,
    sample_cohort,
    write_cohort,
)

TINY = replace(PRESETS["demo"], subjects=2, clips=4, clip_s=2.0, width_px=320, height_px=180)
TINY_INTERVIEWS = replace(PRESETS["imigue"], subjects=2, clips=4, clip_s=4.0)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cohort, Path]:
    folder = tmp_path_factory.mktemp("rendered") / "cohort"
    cohort = sample_cohort(TINY, seed=5)
    write_cohort(cohort, folder, SilentProgress(), processes=1)
    return cohort, folder


@pytest.fixture(scope="module")
def unrendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cohort, Path]:
    folder = tmp_path_factory.mktemp("unrendered") / "cohort"
    cohort = sample_cohort(TINY_INTERVIEWS, seed=5)
    write_cohort(cohort, folder, SilentProgress(), processes=1)
    return cohort, folder


def facts(folder: Path) -> dict:
    return json.loads((folder / "cohort.json").read_text())


def test_the_table_has_the_columns_of_import_and_reveals_no_other_label(rendered: tuple[Cohort, Path]):
    cohort, folder = rendered
    rows = list(csv.DictReader((folder / "clips.csv").read_text().splitlines()))
    assert list(rows[0]) == ["clip", "subject", "label", "split", "transcript"]
    shown = {row["clip"]: row["label"] for row in rows}
    assert shown == {clip.name: clip.truth if clip.revealed else "" for clip in cohort.clips}
    assert all((folder / "transcripts" / row["transcript"]).is_file() for row in rows)


def test_the_facts_say_simulated_and_carry_truth_events_and_the_bound(rendered: tuple[Cohort, Path]):
    cohort, folder = rendered
    told = facts(folder)
    assert told["simulated"] is True
    assert told["settings"]["clip_s"] == 2.0
    assert told["gestures"]["touching jaw"] == {
        "per_min": pytest.approx(0.33),
        "published": True,
        "log_rate_won_minus_lost": -1.0,
    }
    assert told["best_possible"]["accuracy"] >= told["best_possible"]["majority"] - 0.02
    for clip in cohort.clips:
        assert told["clips"][clip.name]["truth"] == clip.truth
        assert len(told["clips"][clip.name]["events"]) == len(clip.events)


def test_a_video_has_one_picture_a_row_of_key_points(rendered: tuple[Cohort, Path]):
    cohort, folder = rendered
    for clip in cohort.clips:
        info = probe_video(folder / "videos" / f"{clip.name}.mp4")
        assert info.frame_count == clip.frame_count == len(keypoints_of(cohort, clip).points)
        assert (info.width_px, info.height_px, info.frame_rate) == (320, 180, Fraction(25))


def test_a_browser_plays_a_rendered_video_as_it_is(rendered: tuple[Cohort, Path]):
    cohort, folder = rendered
    assert not needs_proxy(probe_video(folder / "videos" / f"{cohort.clips[0].name}.mp4"))


def test_openpose_files_hold_exactly_the_key_points(rendered: tuple[Cohort, Path]):
    cohort, folder = rendered
    clip = cohort.clips[0]
    read = read_openpose(folder / "openpose" / f"{clip.name}.zip", clip.frame_count)
    assert np.array_equal(read.points, keypoints_of(cohort, clip).points)


def test_the_figure_stands_where_its_key_points_are(rendered: tuple[Cohort, Path]):
    cohort, folder = rendered
    clip = cohort.clips[0]
    track = keypoints_of(cohort, clip)
    for frame, (_, picture) in enumerate(decode_frames(folder / "videos" / f"{clip.name}.mp4")):
        if not track.present[frame, 1]:
            continue
        neck, corner = picture[tuple(track.points[frame, 1, 1::-1].astype(int))], picture[-20, 10]
        assert np.abs(neck.astype(int) - corner).max() > 20
        assert np.ptp(picture[30:90, 120:200]) > 60  # a face has dark and light


def test_interviews_have_compact_key_points_and_no_video(unrendered: tuple[Cohort, Path]):
    cohort, folder = unrendered
    assert not (folder / "videos").exists()
    for clip in cohort.clips:
        told = facts(folder)["clips"][clip.name]
        assert told["video"] is None
        assert (told["frame_count"], told["frame_rate"]) == (clip.frame_count, "25/1")
        track = read_keypoint_archive(folder / told["keypoints"])
        assert np.array_equal(track.points, keypoints_of(cohort, clip).points)


def test_a_clip_of_a_written_cohort_can_be_rendered_later(unrendered: tuple[Cohort, Path], tmp_path: Path):
    _, folder = unrendered
    cohort = read_cohort(folder)
    clip = cohort.clips[1]
    render_clip(cohort, clip.name, tmp_path / "later.mp4")
    info = probe_video(tmp_path / "later.mp4")
    assert (info.frame_count, info.width_px) == (clip.frame_count, cohort.preset.width_px)


def test_a_written_cohort_is_read_back_as_it_was(rendered: tuple[Cohort, Path]):
    cohort, folder = rendered
    assert read_cohort(folder) == cohort
    assert read_cohort(folder / "cohort.json") == cohort


@pytest.mark.parametrize("content", ["no json", "[]", '{"format": "telltale-cohort-1"}', '{"format": "other"}'])
def test_a_foreign_cohort_file_is_named(tmp_path: Path, content: str):
    (tmp_path / "cohort.json").write_text(content)
    with pytest.raises(InputError, match=r"cohort\.json"):
        read_cohort(tmp_path)


def test_a_cohort_whose_clips_were_edited_is_refused(rendered: tuple[Cohort, Path], tmp_path: Path):
    told = facts(rendered[1])
    told["clips"].popitem()
    (tmp_path / "cohort.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match="other clips"):
        read_cohort(tmp_path)


def test_two_processes_write_what_one_does(rendered: tuple[Cohort, Path], tmp_path: Path):
    cohort, folder = rendered
    write_cohort(cohort, tmp_path / "again", SilentProgress(), processes=2)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".mp4":
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder)).read_bytes(), path.name
    names = {path.name for path in (tmp_path / "again" / "videos").iterdir()}
    assert names == {f"{clip.name}.mp4" for clip in cohort.clips}


class Cancelled(SilentProgress):
    def raise_if_cancelled(self) -> None:
        raise JobCancelledError("Cancelled.")


def test_a_cancelled_cohort_leaves_no_cohort_file(tmp_path: Path):
    with pytest.raises(JobCancelledError):
        write_cohort(sample_cohort(TINY, seed=5), tmp_path / "cut", Cancelled(), processes=1)
    assert not (tmp_path / "cut" / "cohort.json").exists()
