"""Importing again with other labels, transcripts or key points: listed first, taken over on demand, decisions kept."""

from pathlib import Path

import pytest

from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.clips import Clip, LabelSource
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, decisions, features, reviewers, transcripts
from db.engine import Database
from labeling.ingest.clip_writer import ImportReport
from labeling.ingest.import_folder import import_folder
from labeling.ingest.reimport import Update
from tests.integration.labeling.study import Importer, Study

TABLE = "clip,subject,label,split,transcript\na,P1,negative,train,Well.\nb,P2,positive,test,\n"


@pytest.fixture
def imported(study: Study, run_import: Importer) -> Study:
    """Clips a, with key points, of the train split, and b of the test split."""
    study.video("a.mp4")
    study.video("b.mp4", shade=40)
    study.keypoints("openpose/a")
    study.table(TABLE)
    run_import(study)
    return study


class Again:
    """Imports the study once more."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self._workspace, self._database = workspace, database

    def __call__(self, study: Study, update: Update) -> ImportReport:
        return import_folder(self._workspace, self._database, study.root, update=update, progress=SilentProgress())


@pytest.fixture
def again(workspace: Workspace, database: Database) -> Again:
    return Again(workspace, database)


def stored(database: Database, name: str) -> Clip:
    with database.read() as connection:
        clip = clips.by_name(connection, name)
    assert clip is not None
    return clip


def with_other_points(study: Study) -> None:
    folder = study.root / "openpose" / "a"
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"0.9", b"0.7"))


def test_what_would_change_is_listed_and_nothing_is_stored(imported: Study, again: Again, database: Database) -> None:
    imported.video("c.mp4", shade=80)
    imported.table(TABLE.replace("a,P1,negative", "a,P1,positive").replace("Well.", "Never.") + "c,P3,,train,\n")
    with_other_points(imported)
    before = stored(database, "a")
    assert again(imported, Update.LIST).changes == [
        "a.mp4: its label becomes positive (it was negative).",
        "a.mp4: its transcript becomes another.",
        "a.mp4: its key points become others.",
        "c.mp4 is new.",
    ]
    assert stored(database, "a") == before
    with database.read() as connection:
        assert clips.by_name(connection, "c") is None


def test_an_update_takes_over_what_it_listed(
    imported: Study, again: Again, database: Database, workspace: Workspace
) -> None:
    imported.table(TABLE.replace("a,P1,negative", "a,P1,positive").replace("Well.", "Never."))
    with_other_points(imported)
    listed = again(imported, Update.LIST).changes
    assert again(imported, Update.APPLY).changes == listed
    a = stored(database, "a")
    assert (a.gold_label, a.transcript) == ("positive", "Never.")
    with FeatureStore(workspace.features_dir).open(a.id, FeatureKind.KEYPOINTS) as file:
        assert file.read("points", 3)[0, 30, 2] == pytest.approx(0.7)
    assert again(imported, Update.LIST).changes == []


def test_key_points_that_changed_are_newer_than_what_was_made_of_them(
    imported: Study, again: Again, database: Database
) -> None:
    a = stored(database, "a")
    with database.read() as connection:
        before = features.of_clip(connection, a.id)[FeatureKind.KEYPOINTS].created_at
    again(imported, Update.APPLY)
    with database.read() as connection:
        assert features.of_clip(connection, a.id)[FeatureKind.KEYPOINTS].created_at == before
    with_other_points(imported)
    again(imported, Update.APPLY)
    with database.read() as connection:
        assert features.of_clip(connection, a.id)[FeatureKind.KEYPOINTS].created_at > before


def test_a_decision_outlives_the_update_and_its_conflict_is_seen(
    imported: Study, again: Again, database: Database
) -> None:
    a = stored(database, "a")
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada")
        for kind in (DecisionKind.BLIND, DecisionKind.CORRECT):
            decisions.record(connection, NewDecision(kind, a.id, ada.id, kind, ReviewMode.BLIND, "negative", 2))
    imported.table(TABLE.replace("a,P1,negative", "a,P1,positive"))
    again(imported, Update.APPLY)
    with database.read() as connection:
        label = clips.labels(connection, [a.id])[a.id]
    assert (label.label, label.source, label.conflict) == ("negative", LabelSource.HUMAN, True)


def test_the_label_of_a_test_clip_stays_as_it_was_imported(imported: Study, again: Again, database: Database) -> None:
    imported.table(TABLE.replace("b,P2,positive", "b,P2,negative"))
    report = again(imported, Update.APPLY)
    assert "b.mp4 keeps its label (negative now) as it is a test clip." in report.warnings
    assert stored(database, "b").gold_label == "positive"


def test_whose_clip_it_is_and_its_split_stay(imported: Study, again: Again, database: Database) -> None:
    imported.table(TABLE.replace("a,P1,negative,train", "a,P9,negative,test"))
    report = again(imported, Update.APPLY)
    assert "a.mp4 keeps whose clip it is (P1, now P9)." in report.warnings
    assert "a.mp4 keeps its split (train, now test)." in report.warnings
    assert stored(database, "a").subject == "P1"


def test_an_import_without_update_says_what_one_would_do(imported: Study, again: Again, database: Database) -> None:
    imported.table(TABLE.replace("a,P1,negative", "a,P1,positive"))
    told = [one for one in again(imported, Update.KEEP).warnings if one.startswith("a.mp4")]
    assert told == [
        "a.mp4 is there already and was left as it is; --update would do more: its label becomes positive (it was negative)."
    ]
    assert stored(database, "a").gold_label == "negative"


def test_a_label_that_a_clip_lacked_is_added(imported: Study, again: Again, database: Database, tmp_path: Path) -> None:
    imported.video("c.mp4", shade=80)
    imported.table(TABLE + "c,P3,,train,\n")
    again(imported, Update.KEEP)
    imported.table(TABLE + "c,P3,positive,train,\n")
    assert again(imported, Update.APPLY).changes == ["c.mp4: its label becomes positive (it had none)."]
    assert stored(database, "c").gold_label == "positive"


def test_times_of_words_come_with_the_new_transcript(imported: Study, again: Again, database: Database) -> None:
    imported.table(TABLE.replace(",Well.", ","))
    (imported.root / "transcripts").mkdir()
    (imported.root / "transcripts" / "a.vtt").write_text(
        "WEBVTT\n\n00:00.100 --> 00:00.900\nNever.\n", encoding="utf-8"
    )
    again(imported, Update.APPLY)
    with database.read() as connection:
        (segment,) = transcripts.of_clip(connection, stored(database, "a").id)
    assert (segment.text, segment.start_s) == ("Never.", 0.1)


def test_the_same_files_change_nothing(imported: Study, again: Again) -> None:
    assert again(imported, Update.LIST).changes == []
