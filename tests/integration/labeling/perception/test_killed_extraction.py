"""kill -9 in the middle of a perceive over twenty clips; then the same command again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, features
from db.engine import Database
from labeling.perception.extract_features import extract_features
from tests.integration.labeling.study import Importer, Study

CLIPS = 20
PERCEIVE = (
    "import sys; from pathlib import Path; from core.progress import SilentProgress;"
    "from core.workspace import open_workspace; from db.engine import open_database;"
    "from labeling.perception.extract_features import extract_features;"
    "workspace = open_workspace(Path(sys.argv[1]));"
    "extract_features(workspace, open_database(workspace), SilentProgress(), workers=1)"
)


def recorded(database: Database) -> dict[int, set[FeatureKind]]:
    with database.read() as connection:
        return {clip_id: set(features.of_clip(connection, clip_id)) for clip_id in clips.all_ids(connection)}


def test_it_finishes_makes_nothing_twice_and_leaves_no_torn_file(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    for number in range(CLIPS):
        study.video(f"clip-{number:02d}.mp4", shade=8 * number)
        study.keypoints(f"openpose/clip-{number:02d}")
    run_import(study)
    command = [sys.executable, "-c", PERCEIVE, str(workspace.root)]
    process = subprocess.Popen(command, start_new_session=True, cwd=Path(__file__).parents[4])
    while sum(FeatureKind.IMAGE in kinds for kinds in recorded(database).values()) < 5:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {clip_id for clip_id, kinds in recorded(database).items() if FeatureKind.IMAGE in kinds}
    assert 5 <= len(done) < CLIPS
    store = FeatureStore(workspace.features_dir)
    written = {
        path: path.stat().st_mtime_ns
        for clip_id in done
        for path in (workspace.features_dir / store.path(clip_id, kind) for kind in FeatureKind)
        if path.is_file()
    }
    report = extract_features(workspace, database, SilentProgress(), workers=1)
    assert (report.refused, report.untouched) == ((), len(done))
    assert all(path.stat().st_mtime_ns == moment for path, moment in written.items())
    for clip_id, kinds in recorded(database).items():
        assert kinds == {FeatureKind.PERSON, FeatureKind.IMAGE, FeatureKind.KEYPOINTS}
        for kind in kinds:
            with store.open(clip_id, kind) as file:
                assert all(np.isfinite(file.read(name)).any() for name in file.shapes)
    assert not list(workspace.features_dir.rglob("*.partial"))
    assert not list((workspace.features_dir / "partial").glob("*"))


def test_chunks_of_a_clip_that_was_stored_before_the_kill_are_removed(
    study: Study, run_import: Importer, workspace: Workspace, database: Database
) -> None:
    study.video("clip.mp4")
    study.keypoints("openpose/clip")
    run_import(study)
    extract_features(workspace, database, SilentProgress(), workers=1)
    left = workspace.features_dir / "partial" / "1" / "key"
    left.mkdir(parents=True)
    (left / "00000001.safetensors").write_bytes(b"chunk")
    report = extract_features(workspace, database, SilentProgress(), workers=1)
    assert (report.untouched, left.parent.exists()) == (1, False)
