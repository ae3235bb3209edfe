"""The commands tell how many inputs failed, and their exit status says so, with everything else done."""

from pathlib import Path

import pytest

from app.cli import demo_stages
from app.cli.main import main
from app.jobs.kinds import WORK
from core.workspace import open_workspace
from db import clips
from db.engine import open_database
from tests.integration.labeling.study import Study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = Study(tmp_path / "study")
    made.video("a.mp4")
    made.video("b.mp4", shade=30)
    for name in "ab":
        made.keypoints(f"openpose/{name}")
    made.table("clip,subject\na,P1\nb,P2\n")
    return made


def run(*arguments: str, workspace: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--workspace", str(workspace)])
    return int(ended.value.code or 0)


def names_in(root: Path) -> list[str]:
    database = open_database(open_workspace(root))
    with database.read() as connection:
        found = [clip.name for clip in clips.many(connection, clips.all_ids(connection))]
    database.dispose()
    return found


@pytest.mark.long
def test_an_import_of_good_inputs_alone_exits_0(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", str(study.root), workspace=tmp_path / "ws") == 0
    assert capsys.readouterr().out.endswith("2 clips imported, 0 refused.\n")


def test_an_update_is_listed_first_and_made_only_where_somebody_says_yes(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("import", str(study.root), workspace=tmp_path / "ws")
    study.table("clip,subject,label\na,P1,positive\nb,P2,\n")
    capsys.readouterr()
    assert run("import", str(study.root), "--update", workspace=tmp_path / "ws") == 1
    told = capsys.readouterr()
    assert "a.mp4: its label becomes positive (it had none).\n" in told.out
    assert told.err == "1 changes are listed and none was made; --yes takes them over.\n"
    assert run("import", str(study.root), "--update", "--yes", workspace=tmp_path / "ws") == 0
    assert "changed: a.mp4: its label becomes positive (it had none).\n" in capsys.readouterr().out
    assert run("import", str(study.root), "--update", workspace=tmp_path / "ws") == 0
    assert capsys.readouterr().out.endswith("Nothing would change.\n")


def test_an_import_with_a_bad_video_and_bad_key_points_counts_both_and_exits_1(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (study.root / "a.mp4").write_text("no video", encoding="utf-8")
    for frame in (study.root / "openpose" / "b").iterdir():
        frame.write_text("{", encoding="utf-8")
    assert run("import", str(study.root), workspace=tmp_path / "ws") == 1
    told = capsys.readouterr()
    assert told.out.endswith("1 clips imported, 1 refused, 1 other inputs could not be read.\n")
    assert told.err.startswith("Not everything was imported: 1 refused and 1 could not be read, first: ")
    assert "a.mp4" in told.err
    assert told.err.count("\n") == 1
    assert names_in(tmp_path / "ws") == ["b"]


@pytest.mark.long
def test_perceive_with_a_video_that_is_gone_makes_the_other_clip_and_exits_1(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("import", str(study.root), workspace=tmp_path / "ws")
    (study.root / "a.mp4").unlink()
    capsys.readouterr()
    assert run("perceive", "--workers", "1", workspace=tmp_path / "ws") == 1
    told = capsys.readouterr()
    assert told.err.startswith("Not everything could be made of each clip: ")
    assert "a: its video is no longer at" in told.err
    media = tmp_path / "ws" / "media"
    assert [path.name for path in media.glob("*.jpg")] == ["2.jpg"]


def test_a_stage_of_the_demo_that_fails_for_a_clip_goes_on_with_the_others_and_says_so(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def stage(kind: str, refused: list[str]) -> None:
        def work(*_: object) -> dict[str, object]:
            done.append(kind)
            return {"refused": refused}

        monkeypatch.setitem(WORK, kind, work)

    for kind in ("import", "perceive", "label", "train"):
        stage(kind, ["c-03.mp4 is an empty file."] if kind == "import" else [])
    monkeypatch.setattr(demo_stages, "_write", lambda *_, **__: {})
    assert run("demo", "--no-serve", "--clips", "8", workspace=tmp_path / "ws") == 1
    assert done == ["import", "perceive", "label", "label", "train"]
    assert "imported: 1 refused, first: c-03.mp4 is an empty file." in capsys.readouterr().err
