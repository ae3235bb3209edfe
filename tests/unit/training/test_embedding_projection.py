"""The map of embeddings: what is drawn, where it lies, and what its file keeps."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError, TrainingError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.features import FeatureKind, Producer
from core.workspace import Workspace, open_workspace
from db import clips, features
from db.engine import Database, open_database
from tests.integration.db.log_oracle import new_clip
from training.embedding_projection import clip_vector, make_map, map_path, projected, read_map, sampled

PRODUCER, WIDTH = Producer("test", "1", "0"), 16
NEAR, FAR = range(1, 11), range(11, 21)  # clips of two kinds of look


@pytest.fixture
def study(tmp_path: Path) -> Iterator[tuple[Workspace, Database]]:
    """Twenty clips whose image features lie about two places, and one of the test split."""
    workspace = open_workspace(tmp_path)
    database = open_database(workspace)
    for number in (*NEAR, *FAR, 21):
        _add(workspace, database, number, test=number == 21)
    yield workspace, database
    database.dispose()


def _add(workspace: Workspace, database: Database, number: int, *, test: bool = False) -> None:
    draw = np.random.default_rng(number)
    rows = draw.normal(5.0 if number in FAR else 0.0, 0.3, (7, WIDTH)).astype(np.float32)
    with database.write() as connection:
        made = clips.add(connection, replace(new_clip(number, test=test), digest=secrets.token_hex(32)))
        path = FeatureStore(workspace.features_dir).write(
            made.id, FeatureKind.IMAGE, {"features": rows, "time_s": np.arange(7.0)}, PRODUCER
        )
        features.record(connection, made.id, FeatureKind.IMAGE, PRODUCER, path)


def test_like_clips_lie_nearer_to_each_other_than_to_others(study: tuple[Workspace, Database]) -> None:
    made = make_map(*study, FeatureKind.IMAGE, SilentProgress())
    places = np.column_stack([made.x, made.y])
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    far = np.isin(made.clip_ids, FAR)
    np.fill_diagonal(distance, np.inf)
    assert (far[distance.argmin(axis=1)] == far).all()


def test_no_clip_of_the_test_split_is_on_the_map(study: tuple[Workspace, Database]) -> None:
    made = make_map(*study, FeatureKind.IMAGE, SilentProgress())
    assert (made.clip_ids, made.of, made.files) == ((*NEAR, *FAR), 20, 21)


def test_the_file_gives_back_the_map_that_was_made(study: tuple[Workspace, Database]) -> None:
    assert read_map(study[0], FeatureKind.IMAGE) is None
    made = make_map(*study, FeatureKind.IMAGE, SilentProgress())
    assert read_map(study[0], FeatureKind.IMAGE) == made


def test_the_same_input_lies_where_it_lay_and_another_has_another_digest(study: tuple[Workspace, Database]) -> None:
    first = make_map(*study, FeatureKind.IMAGE, SilentProgress())
    again = make_map(*study, FeatureKind.IMAGE, SilentProgress())
    _add(*study, 22)
    more = make_map(*study, FeatureKind.IMAGE, SilentProgress())
    assert (again.x, again.y, again.input_digest) == (first.x, first.y, first.input_digest)
    assert more.input_digest != first.input_digest


def test_a_cut_feature_file_is_named_and_the_others_are_on_the_map(study: tuple[Workspace, Database]) -> None:
    broken = study[0].features_dir / "image" / "3.safetensors"
    broken.write_bytes(b"cut")
    made = make_map(*study, FeatureKind.IMAGE, SilentProgress())
    assert 3 not in made.clip_ids
    assert [str(broken) in sentence for sentence in made.left_out] == [True]


def test_without_features_the_map_says_what_it_needs(study: tuple[Workspace, Database]) -> None:
    with pytest.raises(TrainingError, match="needs 3 clips with text features and there are 0"):
        make_map(*study, FeatureKind.TEXT, SilentProgress())


def test_a_damaged_map_is_one_sentence_that_names_the_file(study: tuple[Workspace, Database]) -> None:
    path = map_path(study[0], FeatureKind.IMAGE)
    path.parent.mkdir()
    path.write_text("{")
    with pytest.raises(InputError, match=str(path)):
        read_map(study[0], FeatureKind.IMAGE)


def test_a_damaged_map_is_made_anew(study: tuple[Workspace, Database]) -> None:
    path = map_path(study[0], FeatureKind.IMAGE)
    path.parent.mkdir()
    path.write_text("{")
    assert len(make_map(*study, FeatureKind.IMAGE, SilentProgress()).clip_ids) == 20


def test_above_the_limit_a_fixed_lot_draws_without_repeats() -> None:
    drawn = sampled(list(range(1000, 0, -1)), 100)
    assert drawn == sampled(list(range(1, 1001)), 100)
    assert (len(set(drawn)), drawn == sorted(drawn), max(drawn) > 500) == (100, True, True)


def test_clips_that_are_all_alike_have_a_map_all_the_same() -> None:
    places, method = projected(np.ones((5, 4)))
    assert (places.tolist(), method) == ([[0.0, 0.0]] * 5, "all clips are alike")


def test_missing_key_points_move_no_clip(tmp_path: Path) -> None:
    points = np.zeros((4, 137, 3), dtype=np.float32)
    points[:, [1, 2, 5]] = [(50, 50, 1), (30, 50, 1), (70, 50, 1)]
    gaps = points.copy()
    gaps[2] = 0
    store = FeatureStore(tmp_path)
    for number, given in ((1, points), (2, gaps)):
        store.write(number, FeatureKind.KEYPOINTS, {"points": given, "time_s": np.arange(4.0)}, PRODUCER)
    whole, part = (clip_vector(store, number, FeatureKind.KEYPOINTS) for number in (1, 2))
    assert whole is not None
    assert part is not None
    np.testing.assert_allclose(part, whole, atol=1e-3)
