"""`telltale check` on workspaces that are really broken: what it says, and what `--repair` leaves."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from app.cli.main import main
from app.opened_workspace import OpenedWorkspace, _open, opened_workspace
from app.workspace_check.check import check_workspace
from core.errors import InputError
from core.feature_store import FeatureStore
from core.process_identity import ProcessIdentity, this_host
from core.progress import SilentProgress
from core.run_owner import RunOwner
from core.settings.loader import SETTINGS_FILE
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.features import FeatureKind, Producer
from core.workspace import open_workspace
from db import curated_sets, decisions, jobs, labeling_claims, leases, provider_uploads, reviewers, runs
from db.engine import open_database
from db.integrity import NEWEST_SCHEMA
from db.provider_uploads import Upload
from labeling.ingest.import_folder import import_folder
from labeling.perception.extract_features import extract_features
from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.served import served
from tests.integration.labeling.study import Study

GONE = 2**22 - 3  # no process has it
KILLED = RunOwner(ProcessIdentity(GONE, 0.0, this_host(), None), "a run that was killed")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips with features, thumbnails and a decision."""
    folder = tmp_path_factory.mktemp("whole")
    study, workspace = Study(folder / "given"), open_workspace(folder / "study")
    for number, name in enumerate("ab"):
        study.video(f"{name}.mp4", shade=40 * number)
        study.keypoints(f"openpose/{name}")
    database = open_database(workspace)
    import_folder(workspace, database, study.root, progress=SilentProgress())
    extract_features(workspace, database, SilentProgress(), workers=1)
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
        decisions.record(
            connection,
            NewDecision("t" * 32, 1, reviewer.id, DecisionKind.BLIND, ReviewMode.BLIND, "positive", rater_confidence=2),
        )
    database.dispose()
    return workspace.root


@pytest.fixture
def study(whole: Path, tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "study"
    shutil.copytree(whole, root)
    yield root
    for opened in (_open(root).opened,) if is_database(root) else ():
        opened.database.dispose()


def is_database(root: Path) -> bool:
    with closing(sqlite3.connect(root / "telltale.db")) as connection:
        try:
            return connection.execute("SELECT version_num FROM alembic_version").fetchone() == (NEWEST_SCHEMA,)
        except sqlite3.DatabaseError:
            return False


def sql(root: Path, *statements: str) -> None:
    with closing(sqlite3.connect(root / "telltale.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def features(root: Path, kind: FeatureKind) -> Path:
    return root / "features" / kind.value / "1.safetensors"


# Each breaks a workspace in one way.


def overwrite_a_page(root: Path) -> None:
    with closing(sqlite3.connect(root / "telltale.db")) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_clips_split_id'").fetchone()
    with (root / "telltale.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x0a" + b"\xff" * (size - 1))


def write_no_database(root: Path) -> None:
    (root / "telltale.db").write_bytes(b"this is no database at all " * 500)


def delete_a_subject(root: Path) -> None:
    sql(root, "DELETE FROM subjects WHERE id = (SELECT subject_id FROM clips WHERE id = 1)")


def drop_a_column(root: Path) -> None:
    sql(root, "ALTER TABLE prompts DROP COLUMN version")


def claim_an_older_schema(root: Path) -> None:
    sql(root, "UPDATE alembic_version SET version_num = '0001'")


def move_a_video(root: Path) -> None:
    sql(root, "UPDATE clips SET video_path = '/gone/a.mp4' WHERE id = 1")


def cut_a_video(root: Path) -> None:
    with closing(sqlite3.connect(root / "telltale.db")) as connection:
        (path,) = connection.execute("SELECT video_path FROM clips WHERE id = 1").fetchone()
    content = Path(path).read_bytes()
    (root / "cut.mp4").write_bytes(content[: len(content) // 2])
    sql(root, f"UPDATE clips SET video_path = '{root / 'cut.mp4'}' WHERE id = 1")


def empty_a_video(root: Path) -> None:
    (root / "empty.webm").touch()
    sql(root, f"UPDATE clips SET video_path = '{root / 'empty.webm'}' WHERE id = 1")


def delete_features(root: Path) -> None:
    features(root, FeatureKind.IMAGE).unlink()


def cut_features(root: Path) -> None:
    path = features(root, FeatureKind.PERSON)
    path.write_bytes(path.read_bytes()[:-10])


def replace_features(root: Path) -> None:
    FeatureStore(root / "features").write(1, FeatureKind.IMAGE, {"a": np.zeros(3)}, Producer("other", "1", "x"))


def forget_a_record(root: Path) -> None:
    sql(root, "DELETE FROM features WHERE clip_id = 1 AND kind = 'image'")


def cut_a_thumbnail(root: Path) -> None:
    path = root / "media" / "1.jpg"
    path.write_bytes(path.read_bytes()[:-100])


def cut_a_proxy(root: Path) -> None:
    (root / "media" / "1.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x0f\x00\x00mdat")


def leave_media_of_no_clip(root: Path) -> None:
    shutil.copy(root / "media" / "1.jpg", root / "media" / "77.jpg")


def delete_a_thumbnail(root: Path) -> None:
    (root / "media" / "1.jpg").unlink()


def leave_a_temporary_file(root: Path) -> None:
    (root / "runs" / f".model.safetensors.{GONE}-0a1b2c3d.partial").touch()


def leave_half_a_key(root: Path) -> None:
    (root / f".secret-{GONE}-0a1b2c3d").touch()


def kill_a_job(root: Path) -> None:
    died = subprocess.Popen([sys.executable, "-c", ""])
    database = opened_workspace(root).database
    with database.write() as connection:
        jobs.start(connection, jobs.enqueue(connection, "perceive", {}).id, died.pid)
    died.wait()


def add_run(opened: OpenedWorkspace, *, finished: bool) -> None:
    with opened.database.write() as connection:
        curated = curated_sets.store(connection, "gold", {}, [])
        run = runs.start(connection, curated_set_id=curated.id, job_id=None, settings={}, code_version="1")
        runs.set_artifacts(connection, run.id, f"runs/{run.id}")
        if finished:
            runs.finish(connection, run.id, {})
            runs.select(connection, run.id)
    (opened.workspace.runs_dir / str(run.id)).mkdir()


def kill_a_run(root: Path) -> None:
    add_run(opened_workspace(root), finished=False)


def lose_a_model(root: Path) -> None:
    add_run(opened_workspace(root), finished=True)
    for name in ("config.json", "model_card.md"):
        (root / "runs" / "1" / name).write_text("{}")


def leave_files_of_a_run(root: Path) -> None:
    (root / "runs" / "41").mkdir()


def kill_a_labeling_run(root: Path) -> None:
    with opened_workspace(root).database.write() as connection:
        labeling_claims.claim(connection, 1, "gemini", KILLED)


def set_the_clock_back(root: Path) -> None:
    with opened_workspace(root).database.write() as connection:
        leases.take(connection, [1], 1, timedelta(days=365))


def leave_an_upload(root: Path) -> None:
    with opened_workspace(root).database.write() as connection:
        provider_uploads.record(connection, Upload(1, "gemini", "generativelanguage.example", "files/x1"), KILLED)


MENDED = [
    (delete_features, "features", "The image features of clip 1 are missing"),
    (cut_features, "features", "person/1.safetensors"),
    (replace_features, "features", "image/1.safetensors was made by other 1 (x), but is recorded as of hog"),
    (forget_a_record, "features", "image/1.safetensors is recorded nowhere"),
    (cut_a_thumbnail, "media", "1.jpg is cut or no picture."),
    (cut_a_proxy, "media", "1.mp4 is cut."),
    (leave_media_of_no_clip, "media", "77.jpg is of no clip."),
    (leave_a_temporary_file, "temporary", ".partial was left by a process that was killed."),
    (leave_half_a_key, "temporary", "-0a1b2c3d was left by a process that was killed."),
    (kill_a_job, "job", "Job 1 (perceive) is running, but its process is gone."),
    (kill_a_run, "run", "Run 1 is running, but no process trains it."),
    (kill_a_labeling_run, "claim", "1 clip is claimed by a labeling run that has ended."),
    (set_the_clock_back, "lease", "1 clip is reserved for more than a day; the clock was ahead then."),
]
TOLD = [
    (overwrite_a_page, "database", "telltale.db is damaged ("),
    (write_no_database, "database", "telltale.db is damaged (file is not a database)"),
    (delete_a_subject, "reference", "row 1 of clips refers to a row of subjects that is not there."),
    (drop_a_column, "schema", "telltale.db has no prompts.version"),
    (claim_an_older_schema, "schema", "is of schema 0001, this version's is"),
    (move_a_video, "video", "The video /gone/a.mp4 of clip a is missing"),
    (cut_a_video, "video", "cut.mp4 of clip a is cut"),
    (empty_a_video, "video", "empty.webm of clip a is empty"),
    (delete_a_thumbnail, "media", "1.jpg is missing; `telltale perceive` makes it again."),
    (lose_a_model, "run", "Run 1 has succeeded and is the selected one, but its file"),
    (leave_files_of_a_run, "run", "runs/41 holds files of a run that the database does not know"),
    (leave_an_upload, "upload", "The video files/x1 of clip 1 may still lie with generativelanguage.example"),
]


def log(root: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(root / "telltale.db")) as connection:
        return connection.execute("SELECT * FROM decisions").fetchall()


def test_a_whole_workspace_has_no_findings(study: Path) -> None:
    assert check_workspace(study).found == ()


def sizes(root: Path) -> set[tuple[Path, int]]:
    return {(path, path.stat().st_size) for path in root.rglob("*") if path.is_file() and path.name != "lock"}


def expect(root: Path, kind: str, told: str) -> None:
    before = sizes(root)
    found = check_workspace(root).found
    assert {finding.kind for finding in found} == {kind}
    assert any(told in finding.sentence for finding in found)
    assert all(finding.sentence.endswith(".") and "\n" not in finding.sentence for finding in found)
    assert sizes(root) == before


@pytest.mark.parametrize(("breaking", "kind", "told"), TOLD)
def test_what_cannot_be_mended_is_told_and_left(
    study: Path, breaking: Callable[[Path], None], kind: str, told: str
) -> None:
    breaking(study)
    expect(study, kind, told)


@pytest.mark.parametrize(("breaking", "kind", "told"), MENDED)
def test_what_can_be_mended_is_told_and_mended_when_asked_and_every_decision_stays(
    study: Path, breaking: Callable[[Path], None], kind: str, told: str
) -> None:
    decided = log(study)
    breaking(study)
    expect(study, kind, told)
    report = check_workspace(study, repair=True)
    assert report.is_whole
    assert all(finding.mend for finding in report.mended)
    left = check_workspace(study).found
    assert all("`telltale perceive` makes it again" in finding.sentence for finding in left)  # a thumbnail
    assert log(study) == decided
    assert decided


def test_features_that_were_forgotten_are_made_again(study: Path) -> None:
    cut_features(study)
    check_workspace(study, repair=True)
    opened = opened_workspace(study)
    extract_features(opened.workspace, opened.database, SilentProgress(), workers=1)
    assert check_workspace(study).found == ()


def test_repair_asks_the_server_for_what_was_left_with_it_and_says_what_it_refuses(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    gemini = FakeGemini(files={"x1": b"video"}, refuses_deletes=True)
    with served(gemini.app) as address:
        (study / SETTINGS_FILE).write_text(f'[labeling.gemini]\nbase_url = "{address}"\n', encoding="utf-8")
        _open.cache_clear()
        with opened_workspace(study).database.write() as connection:
            provider_uploads.record(connection, Upload(1, "gemini", urlsplit(address).netloc, "x1"), KILLED)
        (refused,) = check_workspace(study, repair=True).found
        assert "It could not be mended: x1 was not deleted: " in refused.sentence
        gemini.refuses_deletes = False
        assert check_workspace(study, repair=True).is_whole
    assert gemini.files == {}
    assert check_workspace(study).found == ()


def test_repair_waits_for_work_that_is_under_way(study: Path) -> None:
    with opened_workspace(study).database.write() as connection:
        jobs.start(connection, jobs.enqueue(connection, "perceive", {}).id, 1)
    with pytest.raises(InputError, match=r"Job 1 \(perceive\) is under way"):
        check_workspace(study, repair=True)


def test_a_folder_without_a_workspace_is_refused_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no workspace at"):
        check_workspace(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_findings_and_exits_1_until_they_are_mended(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delete_features(study)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(study)])
    assert ended.value.code == 1
    assert "--repair removes the file and its record" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["check", str(study), "--repair", "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"], told["findings"][0]["mended"]) == (True, True)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(study)])
    assert ended.value.code == 0
    assert "is whole" in capsys.readouterr().out


def test_of_many_findings_of_a_kind_twenty_are_told_and_the_rest_counted(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(101, 126):
        shutil.copy(study / "media" / "1.jpg", study / "media" / f"{number}.jpg")
    with pytest.raises(SystemExit):
        main(["check", str(study)])
    told = capsys.readouterr().out
    assert told.count("is of no clip.") == 20
    assert "... and 5 more findings of the kind media; --json lists all." in told
