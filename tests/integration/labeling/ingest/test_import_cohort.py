"""A simulated cohort goes through the same importer as any other data, and stays marked as simulated."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.simulation import PRESETS, keypoints_of, sample_cohort, write_cohort
from core.simulation.transcripts import transcript_of
from core.types.clips import Split
from core.types.features import FeatureKind
from core.workspace import COHORT_FILE, Workspace
from db import clips, cues, features
from db.engine import Database
from labeling.ingest.import_folder import import_folder
from labeling.label_run import label_clips
from labeling.perception.extract_features import extract_features
from tests.integration.labeling.study import Importer, Study


def test_a_key_point_only_cohort_becomes_clips_without_video(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    cohort = sample_cohort(replace(PRESETS["imigue"], clip_s=8.0), seed=3, clips=6)
    write_cohort(cohort, tmp_path / "cohort", SilentProgress())
    report = import_folder(workspace, database, tmp_path / "cohort", progress=SilentProgress())
    assert (report.warnings, report.refused) == ([], [])
    assert sorted(report.imported) == sorted(clip.name for clip in cohort.clips)
    with database.read() as connection:
        stored = clips.many(connection, clips.all_ids(connection))
        truths = clips.simulated_truths(connection)
        producers = {features.of_clip(connection, clip.id)[FeatureKind.KEYPOINTS].producer.name for clip in stored}
    assert producers == {"cohort-keypoints"}
    for clip in stored:
        made = next(one for one in cohort.clips if one.name == clip.name)
        assert clip.video_path is None
        assert clip.simulated
        assert (truths[clip.id], clip.subject, clip.split) == (made.truth, made.subject, Split(made.split))
        assert clip.gold_label == (made.truth if made.revealed else None)
        assert clip.transcript == transcript_of(made).strip()
        with FeatureStore(workspace.features_dir).open(clip.id, FeatureKind.KEYPOINTS) as file:
            assert np.array_equal(file.read("points"), keypoints_of(cohort, made).points)
    again = import_folder(workspace, database, tmp_path / "cohort", progress=SilentProgress())
    assert again.imported == []
    assert len(again.warnings) == len(stored)
    assert all("is there already and was left as it is" in sentence for sentence in again.warnings)


def test_the_best_possible_of_a_cohort_comes_into_the_workspace(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    cohort = sample_cohort(replace(PRESETS["imigue"], clip_s=8.0), seed=3, clips=4)
    write_cohort(cohort, tmp_path / "cohort", SilentProgress())
    import_folder(workspace, database, tmp_path / "cohort", progress=SilentProgress())
    kept = json.loads((workspace.root / COHORT_FILE).read_text(encoding="utf-8"))
    assert 0.5 < kept["best_possible"]["balanced_accuracy"] < 1


def test_a_key_point_only_cohort_is_perceived_and_labeled_by_both_labelers(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    cohort = sample_cohort(replace(PRESETS["imigue"], clip_s=8.0), seed=3, clips=4)
    write_cohort(cohort, tmp_path / "cohort", SilentProgress())
    import_folder(workspace, database, tmp_path / "cohort", progress=SilentProgress())
    report = extract_features(workspace, database, SilentProgress(), workers=1)
    assert len(report.perceived) == 4
    assert report.refused == ()
    assert report.warnings == ("4 clips have key points alone and no video, so no image features.",)
    with database.read() as connection:
        training = clips.all_ids(connection, split=Split.TRAIN)
        measured = [cues.of_clip(connection, clip_id) for clip_id in training]
    assert [one and one.duration_s for one in measured] == [pytest.approx(8.0)] * len(training)
    simulated = label_clips(workspace, database, "simulated", SilentProgress())
    assert (len(simulated.labeled), simulated.failed) == (len(training), ())
    assert len(label_clips(workspace, database, "cues", SilentProgress()).labeled) == len(training)


def cohort_json(study: Study, truth: str = "positive", simulated: bool = True) -> None:
    clip = {"truth": truth, "frame_count": 30, "frame_rate": "25/1", "width_px": 160, "height_px": 120}
    content = {"format": "telltale-cohort-1", "simulated": simulated, "clips": {"a": clip, "b": clip}}
    (study.root / "cohort.json").write_text(json.dumps(content), encoding="utf-8")


def test_a_rendered_clip_keeps_its_video_and_its_truth(study: Study, run_import: Importer, database: Database) -> None:
    path = study.video("a.mp4")
    study.table("clip,subject,label\na,s01,\nb,s02,\n")
    cohort_json(study)
    report = run_import(study)
    assert report.imported == ["a"]
    assert report.refused == ["b is left out: the cohort has neither its video nor its key points."]
    with database.read() as connection:
        clip = clips.by_name(connection, "a")
        assert clip is not None
        assert clips.simulated_truths(connection) == {clip.id: "positive"}
    assert clip.simulated
    assert clip.video_path == str(path)
    assert clip.gold_label is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"simulated": true', "was not written by Telltale's cohort generator"),
        ('{"clips": []}', "was not written by Telltale's cohort generator"),
        ('{"simulated": false, "clips": {}}', "does not say that its clips are simulated"),
    ],
)
def test_a_file_that_is_no_cohort_is_one_sentence(
    study: Study, run_import: Importer, content: str, sentence: str
) -> None:
    study.video("a.mp4")
    (study.root / "cohort.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        run_import(study)


def test_a_cohort_of_other_labels_is_refused(study: Study, run_import: Importer) -> None:
    study.video("a.mp4")
    cohort_json(study, truth="happy")
    with pytest.raises(InputError, match="unknown label 'happy'; the labels are positive, negative"):
        run_import(study)
