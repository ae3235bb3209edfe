"""A model leaves its workspace and answers for videos elsewhere; what it cannot answer for is said in one sentence."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.predict_video import model_folder, predict_video, sentences
from app.jobs.kinds import WORK
from core.errors import InputError, TrainingError
from core.progress import SilentProgress
from core.settings.loader import SETTINGS_FILE
from core.workspace import Workspace, open_workspace
from db import clips, runs
from db.engine import Database, open_database
from training.runs.predict import predict_clips
from training.runs.run_folder import export_model

SMALL_MODEL = """
[review]
reliability_fraction = 0.0
[training]
folds = 2
width = 16
stage1_steps = 6
stage2_steps = 6
"""


@dataclass(frozen=True)
class Trained:
    """A cohort's workspace with one run, and the folder that the cohort was imported from."""

    workspace: Workspace
    database: Database
    cohort: Path
    run_folder: Path

    @property
    def video(self) -> Path:
        return min(self.cohort.rglob("*.mp4"))

    @property
    def openpose(self) -> Path:
        return min((self.cohort / "openpose").glob(f"{self.video.stem}*"))


@pytest.fixture(scope="module")
def trained(cohort_folder: Path, labeled_cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    root = shutil.copytree(labeled_cohort, tmp_path_factory.mktemp("trained") / "workspace")
    (root / SETTINGS_FILE).write_text(SMALL_MODEL)
    workspace = open_workspace(root)
    database = open_database(workspace)
    WORK["train"](workspace, database, {"rule": {"agreement_filter": False}}, SilentProgress())
    with database.read() as connection:
        (run,) = runs.all(connection)
    yield Trained(workspace, database, cohort_folder, root / run.artifacts_path)
    database.dispose()


@pytest.fixture
def exported(trained: Trained, tmp_path: Path) -> Path:
    return export_model(trained.run_folder, tmp_path / "model")


def test_an_exported_model_says_of_a_video_what_the_run_says_of_its_clip(trained: Trained, exported: Path) -> None:
    found = predict_video(trained.video, exported, SilentProgress(), openpose=trained.openpose)
    with trained.database.read() as connection:
        clip = next(one for one in clips.many(connection, clips.all_ids(connection)) if one.name == trained.video.stem)
    (there,) = predict_clips(trained.workspace, trained.database, trained.run_folder, [clip.id], SilentProgress())
    assert found["read"] == ["pose", "image"]
    assert found["lacking"] == ["text"]
    assert found["cues"] == [
        {
            "cue": one.cue,
            "rate": one.rate,
            "base_rate": one.base_rate,
            "speaks_for": one.speaks_for,
            "score": one.score,
        }
        for one in there.cues
    ]
    assert sum(found["probabilities"].values()) == pytest.approx(1)
    assert sentences(found)[0].startswith(f"{found['label']} (")


def test_the_key_points_of_a_video_are_found_in_a_folder_of_many_by_its_name(trained: Trained, exported: Path) -> None:
    many = trained.openpose.parent
    assert len(list(many.iterdir())) > 1
    of_many = predict_video(trained.video, exported, SilentProgress(), openpose=many)
    assert of_many == predict_video(trained.video, exported, SilentProgress(), openpose=trained.openpose)


def test_the_words_are_read_where_they_are_named(trained: Trained, exported: Path, tmp_path: Path) -> None:
    transcript = tmp_path / "said.txt"
    transcript.write_text("I fought for every ball today.")
    found = predict_video(trained.video, exported, SilentProgress(), openpose=trained.openpose, transcript=transcript)
    assert found["read"] == ["pose", "image", "text"]


def test_a_run_is_named_by_its_number_and_an_exported_model_by_its_folder(trained: Trained, exported: Path) -> None:
    assert model_folder("1", trained.workspace) == trained.run_folder
    assert model_folder(str(exported), None) == exported


@pytest.mark.parametrize("given", ["nowhere", "7b"])
def test_what_is_neither_a_run_nor_a_folder_is_told(trained: Trained, given: str) -> None:
    with pytest.raises(InputError, match=f"{given} is neither the number of a run nor the folder"):
        model_folder(given, trained.workspace)


def test_a_text_file_that_is_called_a_video_is_refused_by_its_name(exported: Path, tmp_path: Path) -> None:
    text = tmp_path / "talk.mp4"
    text.write_text("no video")
    with pytest.raises(InputError, match=r"talk\.mp4"):
        predict_video(text, exported, SilentProgress())


def test_a_video_of_which_the_model_reads_nothing_is_refused(trained: Trained, exported: Path) -> None:
    with pytest.raises(TrainingError, match="has none of what the model reads: pose, image, text"):
        predict_video(trained.video, exported, SilentProgress())


def test_features_of_another_producer_are_never_read(trained: Trained, exported: Path) -> None:
    config = json.loads((exported / "config.json").read_text())
    config["producers"]["image"]["version"] = "0"
    (exported / "config.json").write_text(json.dumps(config))
    with pytest.raises(TrainingError, match=r"trained on image features of .* never mixed"):
        predict_video(trained.video, exported, SilentProgress(), openpose=trained.openpose)


def test_cues_of_another_version_are_never_read(trained: Trained, exported: Path) -> None:
    config = json.loads((exported / "config.json").read_text())
    (exported / "config.json").write_text(json.dumps({**config, "cues_version": "0"}))
    with pytest.raises(TrainingError, match="reads cues as version 0 measured them"):
        predict_video(trained.video, exported, SilentProgress(), openpose=trained.openpose)


def test_a_model_is_exported_whole_or_not_at_all(trained: Trained, exported: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is there already"):
        export_model(trained.run_folder, exported)
    (exported / "model.safetensors").unlink()
    with pytest.raises(TrainingError, match=r"model\.safetensors is missing"):
        export_model(exported, tmp_path / "second")
    assert not (tmp_path / "second").exists()


def test_nothing_is_left_in_the_workspace_that_answered(trained: Trained, exported: Path) -> None:
    before = sorted(trained.workspace.root.rglob("*"))
    predict_video(
        trained.video, exported, SilentProgress(), openpose=trained.openpose, weights_dir=trained.workspace.weights_dir
    )
    assert sorted(trained.workspace.root.rglob("*")) == before
