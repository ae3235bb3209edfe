"""Two people in the picture: the rule chooses one, somebody picks the other, and nobody has to look again."""

import importlib.metadata
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.detected_people import people_of_clip
from core.feature_store import FeatureStore
from core.media.video import write_video
from core.progress import SilentProgress
from core.types.features import FeatureKind
from core.workspace import Workspace
from db import clips, interviewees
from db.engine import Database
from labeling.perception.extract_features import extract_features
from labeling.perception.person.yolo import YoloPersons
from tests.integration.labeling.study import Importer, Study

FRAMES = 12


def file_of(package: str, name: str) -> Path:
    files = importlib.metadata.files(package) or []
    return Path(str(next(file.locate() for file in files if file.name == name)))


@pytest.fixture
def two_people(study: Study, run_import: Importer, workspace: Workspace, database: Database) -> Workspace:
    """A clip of a photograph with two faces, twice side by side, one larger; a real face detector in the settings."""
    photograph = cv2.imread(str(file_of("ultralytics", "zidane.jpg")))
    assert photograph is not None
    face = photograph[0:640, 620:1180]
    small = cv2.resize(face, (420, 480))
    picture = np.full((640, 1060, 3), 128, dtype=np.uint8)
    picture[:, :560] = face
    picture[80:560, 600:1020] = small
    write_video(study.root / "duo.mp4", [picture] * FRAMES, Fraction(25))
    run_import(study)
    perception = workspace.settings.perception.model_copy(
        update={
            "person": "yolo",
            "person_weights": str(file_of("nudenet", "320n.onnx")),
            "person_classes": ("FACE_FEMALE", "FACE_MALE"),
            "image": "hog",
        }
    )
    return replace(workspace, settings=workspace.settings.model_copy(update={"perception": perception}))


def stored(workspace: Workspace, clip_id: int, kind: FeatureKind, name: str) -> npt.NDArray[Any]:
    with FeatureStore(workspace.features_dir).open(clip_id, kind) as file:
        return file.read(name)


def test_the_other_person_can_be_picked_without_detecting_again_and_given_back_to_the_rule(
    two_people: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = OpenedWorkspace(two_people, database)
    extract_features(two_people, database, SilentProgress(), workers=1)
    with database.read() as connection:
        clip = clips.many(connection, clips.all_ids(connection))[0]
    found = people_of_clip(opened, clip)
    assert found is not None
    assert [(person.chosen, person.picked) for person in found.people] == [(True, False), (False, False)]
    assert all(person.portrait.startswith("data:image/jpeg;base64,") for person in found.people)
    ruled = stored(two_people, clip.id, FeatureKind.PERSON, "box_xyxy_px")
    portraits = stored(two_people, clip.id, FeatureKind.IMAGE, "features")
    assert (ruled[:, 2] <= 560).all()

    def no_detection(self: YoloPersons, frames_bgr: object) -> None:
        raise AssertionError("the detector looked again")

    monkeypatch.setattr(YoloPersons, "detect", no_detection)
    with database.write() as connection:
        interviewees.pick(connection, clip.id, found.people[1].point)
    waiting = people_of_clip(opened, clip)
    assert waiting is not None
    assert (waiting.stale, waiting.people[1].picked) == (True, True)
    assert extract_features(two_people, database, SilentProgress(), workers=1).refused == ()
    picked = stored(two_people, clip.id, FeatureKind.PERSON, "box_xyxy_px")
    assert (picked[:, 0] >= 560).all()
    assert not np.array_equal(stored(two_people, clip.id, FeatureKind.IMAGE, "features"), portraits)

    with database.write() as connection:
        interviewees.forget(connection, clip.id)
    assert extract_features(two_people, database, SilentProgress(), workers=1).perceived == ("duo",)
    assert np.array_equal(stored(two_people, clip.id, FeatureKind.PERSON, "box_xyxy_px"), ruled)
    assert extract_features(two_people, database, SilentProgress(), workers=1).untouched == 1
