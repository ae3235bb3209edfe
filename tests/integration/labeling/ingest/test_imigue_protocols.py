"""The whole release, made up with the protocols' own counts: 255 and 104 videos, and 39 people on both sides of the other."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from core.feature_store import FeatureStore
from core.types.clips import Split
from core.types.features import FeatureKind
from core.workspace import Workspace, open_workspace
from db import annotated_cues, clips, protocols
from db.engine import Database, open_database
from labeling.ingest.imigue.import_release import ImigueReport
from labeling.ingest.imigue.protocols import CROSS_SUBJECT, EMOTION, TRAIN_SUBJECTS
from tests.integration.labeling.ingest.imigue_release import (
    FRAMES,
    ImigueImporter,
    Interview,
    Release,
    emotion_list,
    release_table,
    whole_release,
)


@dataclass
class Imported:
    interviews: list[Interview]
    report: ImigueReport
    workspace: Workspace
    database: Database


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    root = tmp_path_factory.mktemp("imigue")
    release, interviews = Release(root / "release"), whole_release()
    for each in interviews:
        release.video(each.number)
        release.keypoints(each.number, packed="zip" if each.number % 20 == 0 else None)
    release.table(release_table(interviews))
    ids = root / "emotion.txt"
    ids.write_text(emotion_list(interviews), encoding="utf-8")
    workspace = open_workspace(root / "workspace")
    database = open_database(workspace)
    report = ImigueImporter(workspace, database)(release, emotion_ids=ids)
    yield Imported(interviews, report, workspace, database)
    database.dispose()


def sides(imported: Imported, protocol: str) -> Counter[tuple[Split, str | None]]:
    """How many clips of each gold label stand on each side."""
    with imported.database.read() as connection:
        found = protocols.splits(connection, protocol)
        labels = {clip.id: clip.gold_label for clip in clips.many(connection, found)}
    return Counter((side, labels[clip_id]) for clip_id, side in found.items())


def test_the_cross_subject_protocol_has_its_published_sides(imported: Imported) -> None:
    assert sides(imported, CROSS_SUBJECT) == {
        (Split.TRAIN, "positive"): 202,
        (Split.TRAIN, "negative"): 53,
        (Split.TEST, "positive"): 56,
        (Split.TEST, "negative"): 48,
    }


def test_the_emotion_protocol_has_its_published_sides(imported: Imported) -> None:
    assert sides(imported, EMOTION) == {
        (Split.TRAIN, "positive"): 51,
        (Split.TRAIN, "negative"): 51,
        (Split.TEST, "positive"): 50,
        (Split.TEST, "negative"): 50,
    }


def test_a_clips_split_is_its_players_side_in_the_cross_subject_protocol(imported: Imported) -> None:
    with imported.database.read() as connection:
        found = clips.many(connection, clips.all_ids(connection))
    by_number = {each.number: each for each in imported.interviews}
    expected = {
        number: (f"imigue-{each.subject:02d}", each.subject in TRAIN_SUBJECTS) for number, each in by_number.items()
    }
    assert {int(clip.name): (clip.subject, clip.split is Split.TRAIN) for clip in found} == expected


def test_every_side_is_told_next_to_the_published_counts(imported: Imported) -> None:
    assert [counts.sentence for counts in imported.report.counts] == [
        "imigue-cross-subject, train: 255 videos (202 won, 53 lost); as published.",
        "imigue-cross-subject, test: 104 videos (56 won, 48 lost); as published.",
        "imigue-emotion, train: 102 videos (51 won, 51 lost); as published.",
        "imigue-emotion, test: 100 videos (50 won, 50 lost); as published.",
    ]


def test_the_39_people_on_both_sides_of_the_emotion_protocol_are_named_in_the_only_warning(imported: Imported) -> None:
    by_side = {
        side: {f"imigue-{each.subject:02d}" for each in imported.interviews if each.emotion is side} for side in Split
    }
    both = sorted(by_side[Split.TRAIN] & by_side[Split.TEST])
    assert len(both) == 39
    assert imported.report.on_both_sides == tuple(both)
    assert imported.report.warnings == [
        f"39 people stand on both sides of the emotion protocol ({', '.join(both)}): a model can know them again, so "
        "`telltale evaluate` does not score by it; the cross-subject protocol is there."
    ]


def test_every_clip_has_its_key_points_and_a_missing_lower_body_is_no_news(imported: Imported) -> None:
    assert (len(imported.report.imported), imported.report.refused) == (359, [])
    store = FeatureStore(imported.workspace.features_dir)
    with imported.database.read() as connection:
        ids = clips.all_ids(connection)
    for clip_id in ids:
        with store.open(clip_id, FeatureKind.KEYPOINTS) as file:
            points = file.read("points")
        assert points.shape == (FRAMES, 137, 3)
        assert points[:, 0, 2].min() > 0
        assert not points[:, 8:15].any()


def test_the_tables_micro_gestures_are_human_cues_under_their_raw_ids(imported: Imported) -> None:
    assert imported.report.micro_gestures == 2 * 359
    with imported.database.read() as connection:
        assert annotated_cues.counts(connection) == {"iMiGUE": 2 * 359}
        clip = clips.by_name(connection, "0001")
        assert clip is not None
        first, last = annotated_cues.of_clip(connection, clip.id)
    assert (first.class_id, first.name, first.cue) == (2, "bulging face or deep breath", "bulging face or deep breath")
    assert (last.class_id, last.name, last.start_s, last.end_s) == (99, "illustrative body language", 0.04, 0.08)


def test_the_test_split_is_in_nobodys_reliability_sample(imported: Imported) -> None:
    with imported.database.read() as connection:
        tested = clips.many(connection, clips.all_ids(connection, split=Split.TEST))
        trained = clips.many(connection, clips.all_ids(connection, split=Split.TRAIN))
    assert not any(clip.reliability_sample for clip in tested)
    assert any(clip.reliability_sample for clip in trained)
