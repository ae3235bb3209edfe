"""Key points of iMiGUE's releases with a sheet a video."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import KeypointError
from core.pose.skeleton import BODY, JOINT_COUNT
from labeling.ingest.imigue.skeleton_tables import is_of_a_video, read_skeletons, video_of

FRAMES = 4
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" '
    'ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    '.main+xml"/><Override PartName="/xl/s.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
    'worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.'
    'openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="b"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="b" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="s.xml"/>'
    "</Relationships>",
}


def workbook(path: Path, rows: Sequence[Sequence[float | str]]) -> Path:
    cells = "".join(
        "<row>" + "".join(f'<c t="{"str" if isinstance(one, str) else "n"}"><v>{one}</v></c>' for one in row) + "</row>"
        for row in rows
    )
    sheet = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (_PARTS | {"xl/s.xml": sheet}).items():
            archive.writestr(name, content)
    return path


def points() -> np.ndarray:
    found = np.random.default_rng(0).uniform(1, 99, (FRAMES, JOINT_COUNT, 3)).round(2)
    found[..., 2] /= 100
    found[1, 3] = 0
    return found


def test_a_sheet_has_the_points_of_each_frame(tmp_path: Path) -> None:
    path = workbook(tmp_path / "0012_2.xlsx", points().reshape(FRAMES, -1).tolist())
    found = read_skeletons(path, FRAMES)
    assert np.allclose(found.points, points())
    assert found.said == (
        "0012_2.xlsx: its columns were taken for body, face, left and right hand, in OpenPose's order.",
    )


def test_the_challenges_file_has_the_body_and_says_what_lacks(tmp_path: Path) -> None:
    path = tmp_path / "0012_light.csv"
    rows = [[frame, *points()[frame, BODY].ravel()] for frame in range(FRAMES)]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    found = read_skeletons(path, FRAMES)
    assert np.allclose(found.points[:, BODY], points()[:, BODY])
    assert not found.points[:, BODY.stop :].any()
    assert found.said == ("0012_light.csv has the body alone; face and hands stay without key points.",)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "has an empty sheet"),
        ([[1.0] * 410], "has 410 columns; 411 are read"),
        ([["x"] * 411], "has a cell that is no number"),
        ([[1.0] * 411] * 40, "has 40 frames and its video 4"),
    ],
    ids=range(4),
)
def test_another_sheet_is_refused_in_one_sentence(tmp_path: Path, rows: list[list[float | str]], told: str) -> None:
    with pytest.raises(KeypointError, match=rf"^0012_2\.xlsx .*{told}"):
        read_skeletons(workbook(tmp_path / "0012_2.xlsx", rows), FRAMES)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no workbook"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "0012.xlsx"
    path.write_bytes(data)
    with pytest.raises(KeypointError, match=r"^0012\.xlsx is no workbook that can be read"):
        read_skeletons(path, FRAMES)


def test_a_sheet_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "0012.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/s.xml", "w") as file:
        for _ in range(80):
            file.write(bytes(2**20))
    with pytest.raises(KeypointError, match="unpacks to more than"):
        read_skeletons(path, FRAMES)


@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("0012_2.xlsx", 12),
        ("12.xlsx", 12),
        ("0012_light.csv", 12),
        ("0012_light_hand.csv", None),
        ("labels.xlsx", None),
    ],
)
def test_a_file_tells_its_video(name: str, video: int | None) -> None:
    assert video_of(name) == video


def test_files_of_one_video_are_no_label_tables() -> None:
    assert is_of_a_video("0012_label.csv")
    assert not is_of_a_video("labels_20200831.csv")
