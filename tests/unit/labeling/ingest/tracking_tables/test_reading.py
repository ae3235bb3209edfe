"""Tables of OpenFace, DeepLabCut and SLEAP become OpenPose's points, or say what to export."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import KeypointError
from core.pose.skeleton import LEFT_EAR, LEFT_SHOULDER, LEFT_WRIST, NOSE, RIGHT_WRIST
from labeling.ingest.tracking_tables.reading import read_tracking_table
from labeling.ingest.tracking_tables.table import TrackingTable

FRAMES = 6


def written(path: Path, rows: Sequence[Sequence[object]], comma: str = ",") -> Path:
    path.write_text("".join(comma.join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


def deeplabcut(
    path: Path, parts: Sequence[str], frames: int = FRAMES, likelihood: float = 0.9, animals: Sequence[str] = ()
) -> Path:
    """A table in which part number p of animal number a lies at (100 a + 10 p + frame, 50) px."""
    columns = [(animal, part) for animal in (animals or [""]) for part in parts]
    rows: list[list[object]] = [["scorer", *["net"] * 3 * len(columns)]]
    if animals:
        rows.append(["individuals", *(animal for animal, _ in columns for _ in range(3))])
    rows.append(["bodyparts", *(part for _, part in columns for _ in range(3))])
    rows.append(["coords", *["x", "y", "likelihood"] * len(columns)])
    for frame in range(frames):
        cells: list[object] = [frame]
        for animal, part in columns:
            at = 100 * (animals.index(animal) if animals else 0) + 10 * parts.index(part) + frame
            cells += [at, 50, likelihood]
        rows.append(cells)
    return written(path, rows)


def sleap(path: Path, nodes: Sequence[str], rows: Sequence[tuple[str, int, float]]) -> Path:
    """`rows`: track, frame, and the place of all nodes."""
    header = [
        "track",
        "frame_idx",
        "instance.score",
        *(f"{node}.{one}" for node in nodes for one in ("x", "y", "score")),
    ]
    return written(path, [header, *([track, at, 0.9, *[place, 50, 0.8] * len(nodes)] for track, at, place in rows)])


def openface(path: Path, rows: Sequence[tuple[int, int, float, int]], columns: int = 68) -> Path:
    """As OpenFace writes: a blank after each comma. Point n lies at (200 + n, 100 + n).

    `rows`: frame, face, confidence, success.
    """
    header = ["frame", "face_id", "timestamp", "confidence", "success"]
    header += [f"eye_lmk_{axis}_{n}" for axis in "xy" for n in range(56)]
    header += [f"{axis}_{n}" for axis in "xy" for n in range(columns)]
    lines: list[list[object]] = [header]
    for frame, face, confidence, success in rows:
        # The eyes' 28 points each lie around the middle of the landmarks 36-41 and 42-47; the second eye is written first.
        eyes = [at + side for at in (200, 100) for side in (*[44.5] * 28, *[38.5] * 28)]
        landmarks = [at + n for at in (200, 100) for n in range(columns)]
        lines.append([frame, face, 0.04 * (frame - 1), confidence, success, *eyes, *landmarks])
    return written(path, lines, comma=", ")


def read(path: Path) -> TrackingTable:
    return read_tracking_table(path, FRAMES)


BODY = ("nose", "LeftShoulder", "wrist_l", "R_wrist", "tailbase")


def test_deeplabcut_parts_are_read_by_what_their_names_mean(tmp_path: Path) -> None:
    found = read(deeplabcut(tmp_path / "a.csv", BODY))
    assert found.tool == "deeplabcut"
    assert found.points[3, [NOSE, LEFT_SHOULDER, LEFT_WRIST, RIGHT_WRIST], 0].tolist() == [3, 13, 23, 33]
    assert found.points[3, NOSE].tolist() == pytest.approx([3, 50, 0.9])
    assert (found.points[..., 2] > 0).sum() == 4 * FRAMES
    assert found.said == ("a.csv (DeepLabCut): 4 of 5 points are read; OpenPose has no tailbase.",)


def test_a_part_below_deeplabcuts_cutoff_is_missing(tmp_path: Path) -> None:
    assert not read(deeplabcut(tmp_path / "a.csv", BODY[:4], likelihood=0.59)).points.any()


def test_of_several_animals_the_one_seen_most_is_read(tmp_path: Path) -> None:
    path = deeplabcut(tmp_path / "a.csv", BODY[:4], animals=("mother", "child"))
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[5].split(",")
    lines[5] = ",".join([cells[0], *[""] * 12, *cells[13:]])  # the mother is missing in a frame
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read(path)
    assert found.points[0, NOSE, 0] == 100
    assert found.said == ("a.csv has 2 individuals; child, seen most often, is read.",)


def test_a_mouse_is_refused_with_the_names_of_its_points(tmp_path: Path) -> None:
    with pytest.raises(
        KeypointError, match=r"mouse\.csv \(DeepLabCut\) has the points snout, leftear, tailbase: fewer than 3"
    ):
        read(deeplabcut(tmp_path / "mouse.csv", ("snout", "leftear", "tailbase")))


def test_two_names_for_one_point_do_not_count(tmp_path: Path) -> None:
    found = read(deeplabcut(tmp_path / "a.csv", ("nose", "Nose", "lwrist", "r_wrist", "earL")))
    assert not found.points[:, NOSE].any()
    assert found.points[:, LEFT_EAR].any()


def test_openface_landmarks_are_the_first_68_points_of_the_face(tmp_path: Path) -> None:
    found = read(openface(tmp_path / "a.csv", [(n + 1, 0, 0.98, 1) for n in range(FRAMES)]))
    assert found.tool == "openface"
    assert found.points[2, 25:93, 0].tolist() == [200 + n for n in range(68)]
    assert found.points[2, 25, 2] == pytest.approx(0.98)
    assert found.said == ()


def test_openface_pupils_are_the_middles_of_the_eyes_they_lie_in(tmp_path: Path) -> None:
    found = read(openface(tmp_path / "a.csv", [(n + 1, 0, 0.98, 1) for n in range(FRAMES)]))
    assert found.points[0, 93, :2].tolist() == [238.5, 138.5]  # the person's right eye, landmarks 36 to 41
    assert found.points[0, 94, :2].tolist() == [244.5, 144.5]


def test_a_frame_without_success_has_no_face(tmp_path: Path) -> None:
    found = read(openface(tmp_path / "a.csv", [(n + 1, 0, 0.5, int(n != 4)) for n in range(FRAMES)]))
    assert [bool(one.any()) for one in found.points] == [True, True, True, True, False, True]


def test_of_several_faces_the_one_seen_most_is_read(tmp_path: Path) -> None:
    rows = [(n + 1, face, 0.9, int(face == 1 or n < 2)) for n in range(FRAMES) for face in (0, 1)]
    found = read(openface(tmp_path / "a.csv", rows))
    assert found.said == ("a.csv has 2 faces; face 1, seen most often, is read.",)
    assert found.points[:, 25].any(axis=1).all()


def test_openface_without_landmarks_says_what_to_ask_for(tmp_path: Path) -> None:
    with pytest.raises(KeypointError, match=r"a\.csv \(OpenFace\) has no column x_10; .*-2Dfp"):
        read(openface(tmp_path / "a.csv", [(1, 0, 0.9, 1)], columns=10))


def test_sleap_rows_lie_at_their_frames(tmp_path: Path) -> None:
    found = read(sleap(tmp_path / "a.csv", ("nose", "wrist_left", "wrist_right"), [("", 1, 11), ("", 4, 14)]))
    assert found.tool == "sleap"
    assert found.points[:, NOSE, 0].tolist() == [0, 11, 0, 0, 14, 0]
    assert found.points[1, NOSE, 2] == pytest.approx(0.8)


def test_of_several_sleap_tracks_the_longest_is_read(tmp_path: Path) -> None:
    rows = [("track_0", 0, 1.0), ("track_1", 0, 2.0), ("track_1", 1, 3.0)]
    found = read(sleap(tmp_path / "a.csv", ("nose", "wrist_left", "wrist_right"), rows))
    assert found.points[:2, NOSE, 0].tolist() == [2, 3]
    assert found.said == ("a.csv has 2 tracks; track track_1, seen most often, is read.",)


@pytest.mark.parametrize(
    ("frames", "said"), [(FRAMES + 1, "1 more than its video"), (FRAMES - 1, "1 fewer than its video")]
)
def test_a_frame_more_or_less_is_said(tmp_path: Path, frames: int, said: str) -> None:
    found = read(deeplabcut(tmp_path / "a.csv", BODY[:4], frames=frames))
    assert found.points.shape == (FRAMES, 137, 3)
    assert said in found.said[0]


@pytest.mark.parametrize("frames", [1, 60])
def test_a_table_of_another_video_is_refused(tmp_path: Path, frames: int) -> None:
    with pytest.raises(KeypointError, match=rf"a\.csv has {frames} frames and its video {FRAMES}"):
        read(deeplabcut(tmp_path / "a.csv", BODY[:4], frames=frames))


@pytest.mark.parametrize(
    ("name", "told"), [("a.h5", "export it as CSV"), ("a.slp", "Export Analysis CSV"), ("a.pickle", "save_as_csv=True")]
)
def test_what_cannot_be_read_says_what_to_export(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / name).write_bytes(b"\x89HDF\r\n")
    with pytest.raises(KeypointError, match=told):
        read(tmp_path / name)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe\x80" * 40,
        b"scorer,net\n",
        b"scorer,net,net,net\nbodyparts,nose,nose,nose\ncoords,x,y,likelihood\n",
        b"scorer,net\nbodyparts,nose\n0,1\n",
        b"track,frame_idx,nose.x,nose.y\n",
        b"track,frame_idx,nose.x,l_wrist.x,r_wrist.x\n,0,1,2,3\n",
        b"track,frame_idx,nose.x,nose.y,lwrist.x,lwrist.y,rwrist.x,rwrist.y\n,0,one,2,3,4,5,6\n",
        b"track,frame_idx,nose.x,nose.y,lwrist.x,lwrist.y,rwrist.x,rwrist.y\n,0.5,1,2,3,4,5,6\n",
        b"track,frame_idx,nose.x,nose.y,lwrist.x,lwrist.y,rwrist.x,rwrist.y\n,-1,1,2,3,4,5,6\n",
        b"track,frame_idx,nose.x,nose.y,lwrist.x,lwrist.y,rwrist.x,rwrist.y\n,1,1,2,3,4,5,6\n,1,1,2,3,4,5,6\n",
        b"frame,confidence,success\n1,1,1\n",
        b'frame,confidence,success,"\n' + b"1," * 9,
        b"clip,subject\na,P1\n",
    ],
    ids=range(14),
)
def test_a_broken_table_is_refused_in_one_sentence_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(KeypointError) as told:
        read(path)
    assert "bad.csv" in str(told.value)
    assert "\n" not in str(told.value)


def test_places_that_are_no_numbers_are_missing_points(tmp_path: Path) -> None:
    path = sleap(
        tmp_path / "a.csv", ("nose", "wrist_left", "wrist_right"), [("", 0, float("nan")), ("", 1, float("inf"))]
    )
    assert not read(path).points.any()


def test_the_table_reads_like_one_that_a_spreadsheet_saved(tmp_path: Path) -> None:
    path = deeplabcut(tmp_path / "a.csv", BODY[:4])
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)  # a byte order mark, and lines that end with CR LF
    assert np.count_nonzero(read(path).points[..., 2]) == 4 * FRAMES
