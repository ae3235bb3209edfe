"""Sets of movements that others made: what is read, what is repaired and said, what is refused with a sentence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.movements import sets as sets_module
from benchmarks.movements.sets import grouped_splits, read_folder, read_set, tasks_of
from core.errors import InputError
from tests.fakes.movement_sets import waves, write_set


def meta(**changes: Any) -> np.ndarray:
    return np.array(json.dumps({"tasks": {"wave": "label"}, "folds": 3, "metric": "balanced_accuracy", **changes}))


def test_people_are_on_one_side_of_every_fold(tmp_path: Path) -> None:
    (task,), told = read_folder(write_set(tmp_path, **waves()).parent)
    assert (task.title, task.metric, len(task.rounds), len(task.fits), told) == (
        "waves, wave",
        "balanced_accuracy",
        1,
        3,
        [],
    )
    subjects = task.clips.subjects
    assert all(not set(subjects[training]) & set(subjects[test]) for training, test in task.fits)
    assert sorted(np.concatenate([test for _, test in task.fits])) == list(range(len(subjects)))


def test_without_meta_the_labels_are_taken_as_they_are_in_five_folds(tmp_path: Path) -> None:
    (task,), _ = read_folder(write_set(tmp_path, **waves(meta=None)).parent)
    assert (task.title, task.metric, len(task.fits)) == ("waves, label", "balanced_accuracy", 5)


def test_fewer_people_than_folds_take_fewer_folds(tmp_path: Path) -> None:
    (task,), _ = read_folder(write_set(tmp_path, **waves(people=2, meta=None)).parent)
    assert len(task.fits) == 2


def test_a_task_may_be_a_part_of_the_label(tmp_path: Path) -> None:
    arrays = waves(meta=meta(tasks={"arm": "before_colon", "pace": "after_colon"}))
    arrays["label"] = np.array(
        [f"{one}:{'fast' if place % 2 else 'slow'}" for place, one in enumerate(arrays["label"])]
    )
    tasks, _ = read_folder(write_set(tmp_path, **arrays).parent)
    assert [list(task.clips.classes) for task in tasks] == [["left", "none", "right"], ["fast", "slow"]]


def test_a_set_of_one_label_is_named_and_left_out_and_the_others_stay(tmp_path: Path) -> None:
    write_set(tmp_path, "one", **waves(label=np.array(["wave"] * 36)))
    tasks, told = read_folder(write_set(tmp_path, **waves()).parent)
    assert [task.set_name for task in tasks] == ["waves"]
    assert told == ["one, wave is left out: every clip is labeled 'wave'."]


def test_splits_of_the_same_clips_are_rounds_of_one_task_in_whatever_order_they_lie(tmp_path: Path) -> None:
    arrays = waves(people=4, each=1)
    for number in (1, 2):
        order = np.arange(12) if number == 1 else np.arange(12)[::-1]
        pieces = [arrays["points"][arrays["start"][place] : arrays["start"][place + 1]] for place in order]
        split = np.where(arrays["subject"] == f"p{number}", "test", "train")[order]
        told = waves(
            people=4, each=1, meta=meta(split="given", metric="accuracy", protocol=f"published split {number}")
        )
        told |= {"points": np.concatenate(pieces), "start": np.cumsum([0, *map(len, pieces)]), "split": split}
        told |= {"subject": arrays["subject"][order], "label": arrays["label"][order]}
        write_set(tmp_path, f"waves{number}", **told)
    (task,), _ = read_folder(tmp_path)
    assert (task.set_name, len(task.rounds)) == ("waves", 2)
    for number, ((training, test),) in enumerate(task.rounds, 1):
        assert sorted(arrays["clip"][test]) == sorted(arrays["clip"][arrays["subject"] == f"p{number}"])
        assert len(training) == 9


def test_a_split_that_shares_a_person_is_refused(tmp_path: Path) -> None:
    arrays = waves(meta=meta(split="given"))
    arrays["split"] = np.array(["test", *["train"] * 35])
    with pytest.raises(InputError, match=r"waves is left out: 1 people are in both sides of its split\."):
        tasks_of(grouped_splits([read_set(write_set(tmp_path, **arrays))])[0])


def test_a_set_that_names_nobody_counts_each_clip_as_a_person_and_says_so(tmp_path: Path) -> None:
    found = read_set(write_set(tmp_path, **waves(subject=None)))
    assert len(set(found.subjects.tolist())) == 36
    assert not found.people
    assert found.remarks == ["waves.npz has no subject, so every clip counts as a person of its own."]


def test_where_every_clip_has_a_subject_of_its_own_intervals_are_over_clips(tmp_path: Path) -> None:
    arrays = waves()
    found = read_set(write_set(tmp_path, **{**arrays, "subject": arrays["clip"]}))
    assert not found.people
    assert found.remarks == []


def test_a_label_that_only_test_people_have_is_told_once(tmp_path: Path) -> None:
    arrays = waves()
    arrays["label"][arrays["subject"] == "p0"] = "hop"
    _, told = read_folder(write_set(tmp_path, **arrays).parent)
    assert told == ["waves, wave: 'hop' occur among test people alone in some fit; there they count as wrong."]


def test_one_person_a_label_is_measured_and_said(tmp_path: Path) -> None:
    arrays = waves()
    arrays["subject"] = arrays["label"]
    (task,), told = read_folder(write_set(tmp_path, **arrays).parent)
    assert len(task.fits) == 3
    assert told == [
        "waves, wave: 'left', 'none', 'right' occur among test people alone in some fit; there they count as wrong."
    ]


def test_one_person_alone_is_left_out(tmp_path: Path) -> None:
    tasks, told = read_folder(write_set(tmp_path, **waves(people=1)).parent)
    assert tasks == []
    assert told == ["waves, wave is left out: it shows one person, so that nobody can be held out."]


def test_four_hundred_labels_are_a_task(tmp_path: Path) -> None:
    labels = np.array([f"word {place % 400}" for place in range(800)])
    points = np.ones((800, 137, 3), dtype=np.float32)
    arrays = {"points": points, "start": np.arange(801), "label": labels, "subject": np.arange(800) % 8}
    (task,), _ = read_folder(write_set(tmp_path, **arrays).parent)
    assert len(task.clips.classes) == 400


def test_points_that_are_no_numbers_or_without_confidence_count_as_missing(tmp_path: Path) -> None:
    arrays = waves()
    arrays["points"][0, 4] = np.nan
    arrays["points"][1, 4] = 1e30
    arrays["points"][2, 4, 2] = -1
    found = read_set(write_set(tmp_path, **arrays))
    assert not found.tracks[0].present[:3, 4].any()
    assert found.remarks == [
        "waves.npz: 3 points of the clip c0 are no numbers, have a confidence outside 0..2 or lie far from all others; they "
        "count as missing."
    ]


def test_a_point_far_from_the_others_of_its_clip_counts_as_missing(tmp_path: Path) -> None:
    arrays = waves()
    arrays["points"][0, 4, :2] = 5e6
    found = read_set(write_set(tmp_path, **arrays))
    assert not found.tracks[0].present[0, 4]
    assert found.tracks[0].present[0, 3]


@pytest.mark.parametrize("scale", [0.001, 1000.0, -1.0])
def test_metres_and_mirrored_or_negative_places_are_read_as_they_are(tmp_path: Path, scale: float) -> None:
    arrays = waves()
    arrays["points"][..., :2] *= scale
    found = read_set(write_set(tmp_path, **arrays))
    assert (found.tracks[0].points == arrays["points"][: arrays["start"][1]]).all()
    assert found.remarks == []


def test_depth_is_dropped_and_said(tmp_path: Path) -> None:
    arrays = waves()
    deep = np.insert(arrays["points"], 2, 7.0, axis=2)
    found = read_set(write_set(tmp_path, **{**arrays, "points": deep}))
    assert (found.tracks[0].points == arrays["points"][: arrays["start"][1]]).all()
    assert found.remarks == ["The points of waves.npz are in 3-D; their depth was left out."]


@pytest.mark.parametrize("fps", [0.0, -3.0, np.nan, 1e9])
def test_a_frame_rate_that_is_none_is_read_as_25(tmp_path: Path, fps: float) -> None:
    rates = np.full(36, 120.0)
    rates[0] = fps
    found = read_set(write_set(tmp_path, **waves(fps=rates)))
    assert found.tracks[0].frame_s == pytest.approx(0.04)
    assert found.tracks[1].frame_s == pytest.approx(1 / 120)
    assert found.remarks == [
        "waves.npz: the fps of the clip c0 is not within 0.1 to 10,000; 25 frames a second were taken."
    ]


def test_clips_without_a_point_are_kept_and_counted(tmp_path: Path) -> None:
    arrays = waves()
    arrays["points"][: arrays["start"][18]] = 0
    found = read_set(write_set(tmp_path, **arrays))
    assert len(found.tracks) == 36
    assert found.remarks == ["waves.npz: no frame has a point in 18 clips (c0, c1, c2, …)."]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"points": np.zeros((9, 25, 3))},
            r"points has the shape \(9, 25, 3\); \(frames, 137, 3\) with x",
        ),
        ({"points": np.array(["text"])}, "points has the shape"),
        ({"points": np.full((9, 137, 3), 7.0), "start": np.arange(0, 37) // 4}, "the last number in points is a conf"),
        ({"start": np.arange(37)}, "start must rise from 0 to"),
        ({"start": np.array([0.5, 3])}, "start has the shape .* for 36 clips it is .* whole numbers"),
        ({"label": np.array(["a"])}, r"label has the shape \(1,\); one entry a clip is needed, \(36,\)"),
        ({"label": None}, "has no array label"),
        ({"fps": np.array(["fast"] * 36)}, "fps has the shape .* one number a clip is needed"),
        ({"meta": np.array("{")}, "meta is no complete JSON"),
        ({"meta": np.array("[]")}, "meta is no JSON object"),
        (
            {"meta": meta(tasks={"x": "the middle"})},
            "the tasks of meta are names with one of label, before_colon, after_colon",
        ),
        ({"meta": meta(folds=1)}, "the folds of meta are a whole number from 2"),
        ({"clip": np.array([{}] * 36, dtype=object)}, "clip is a pickle, which can run code and is not read"),
    ],
)
def test_a_file_of_another_form_is_refused_with_a_sentence_that_names_it(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    path = write_set(tmp_path, **waves(**changes))
    with pytest.raises(InputError, match=rf"^waves\.npz:? {sentence}"):
        read_set(path)


def test_a_file_that_is_no_npz_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 nothing")
    tasks, told = read_folder(write_set(tmp_path, **waves()).parent)
    assert len(tasks) == 1
    assert told[0].startswith("broken.npz cannot be opened as an .npz file")


def test_points_that_would_not_fit_into_memory_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_set(tmp_path, **waves())
    monkeypatch.setattr(sets_module, "_most_bytes", lambda: 1000)
    with pytest.raises(InputError, match=r"waves\.npz: points takes .* up to 1 kB are read\."):
        read_set(path)


def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no \.npz file"):
        read_folder(tmp_path)
    with pytest.raises(InputError, match=r"is no folder"):
        read_folder(tmp_path / "nothing")


def test_a_metric_of_frames_is_left_out_by_name(tmp_path: Path) -> None:
    tasks, told = read_folder(write_set(tmp_path, **waves(meta=meta(metric="event_f1", tasks={}))).parent)
    assert tasks == []
    assert told[0].startswith("waves is left out: its metric is 'event_f1'")
