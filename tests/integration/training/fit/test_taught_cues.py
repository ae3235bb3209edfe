"""A network that is taught the measured cues of long clips finds them in clips of new people and counts them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import BODY, JOINT_COUNT, RIGHT_WRIST
from core.progress import SilentProgress
from core.types.clips import LabelSource
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.runs import CuratedRow
from tests.integration.training.planted import LABELS, tiny_settings
from training.data.dataset import ClipSource
from training.data.dataset_spec import DatasetSpec
from training.data.pose_cache import PoseCache
from training.data.pose_input import pose_input
from training.fit.fitter import Fitter
from training.fit.fold_fits import FoldFits, shape_of
from training.fit.resources import resolved
from training.models.fusion import Fusion
from training.runs.prefix_predictions import timelines_of

PEOPLE, HZ, SECONDS, WAVE_S = 12, 25, 40, 1.0
BEGIN = ((0.0, 0.0), "")
NEW = {20, 21, 22, 23}  # clips of the people who are not learned from


def waves(clip_id: int) -> list[int]:
    """Seconds at which a person waves: often under the first label, seldom under the second."""
    random = np.random.default_rng(clip_id)
    return sorted(random.choice(np.arange(1, SECONDS - 2, 2), size=(10, 4)[clip_id % 2], replace=False).tolist())


def track(clip_id: int) -> KeypointTrack:
    random = np.random.default_rng(clip_id)
    points = np.zeros((SECONDS * HZ, JOINT_COUNT, 3), dtype=np.float32)
    body = np.random.default_rng(99).uniform(100, 300, size=(BODY.stop, 2))
    points[:, BODY, :2] = body + random.normal(0, 1, size=(len(points), BODY.stop, 2))
    points[:, BODY, 2] = 1
    for second in waves(clip_id):
        frames = slice(round(second * HZ), round((second + WAVE_S) * HZ))
        points[frames, RIGHT_WRIST, 1] -= 80
    return KeypointTrack(points, np.arange(len(points)) / HZ)


def measured(clip_id: int) -> CueMeasurement:
    cues = tuple(Cue("waving", second, second + WAVE_S, 1.0, ()) for second in waves(clip_id))
    return CueMeasurement(cues, (CueCoverage("waving", SECONDS, ((0.0, SECONDS),), ""),), SECONDS)


class Taught:
    """A fit of the clips of all but two people, of which the others' cues are not known."""

    def __init__(self, folder: Path) -> None:
        clips = range(2 * PEOPLE)
        self.folder = folder
        self.rows = [
            CuratedRow(one, one // 2, LABELS[one % 2], LabelSource.GOLD, 1.0) for one in clips if one not in NEW
        ]
        self.source = ClipSource(
            None,
            PoseCache.of({one: pose_input(track(one)) for one in clips}),
            {one: f"clip {one}" for one in clips},
            dict.fromkeys(clips, frozenset({"pose"})),
            widths={},
            measured={},
            taught={row.clip_id: measured(row.clip_id) for row in self.rows},
        )
        wanted = tiny_settings(
            stage1_steps=80, batch_clips=4, patch_frames=5, window_frames=100, width=16, learning_rate=5e-3
        )
        wanted = wanted.model_copy(update={"step_frames": 4 * 330})
        self.settings = resolved(wanted, self.source.training_frames(clips), None)
        self.spec = DatasetSpec((), self.source.kinds, ("pose",), {}, {}, {}, {})
        self.fitter = Fitter(self.source, self.settings, LABELS, folder, SilentProgress())

    def fit(self) -> Fusion:
        shape = shape_of(self.settings, self.spec, self.source, len(LABELS))
        return FoldFits(self.fitter, shape, self.settings, LABELS, self.spec, None).single(self.rows, 0, "pose", BEGIN)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    return Taught(tmp_path_factory.mktemp("taught"))


@pytest.fixture(scope="module")
def model(taught: Taught) -> Iterator[Fusion]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield taught.fit()
    torch.set_num_threads(threads)


def test_the_cues_are_found_in_clips_of_new_people(taught: Taught, model: Fusion) -> None:
    assert model.pose is not None
    found = taught.fitter.found_cues(model.pose, sorted(NEW))
    assert found[:, 0, 0] == pytest.approx([len(waves(clip_id)) for clip_id in sorted(NEW)], abs=1)
    assert found[:, 0, 1] == pytest.approx([SECONDS / 60] * len(NEW), rel=0.02)


def test_how_often_a_cue_is_found_tells_the_label_of_new_people(taught: Taught, model: Fusion) -> None:
    assert model.found_cue_scores is not None
    assert model.pose is not None
    counts = torch.from_numpy(taught.fitter.found_cues(model.pose, sorted(NEW)))
    assert model.found_cue_scores(counts).argmax(dim=1).tolist() == [one % 2 for one in sorted(NEW)]
    told = taught.fitter.predict(model, sorted(NEW))
    assert [int(np.argmax(told[one])) for one in sorted(NEW)] == [one % 2 for one in sorted(NEW)]


def test_a_timeline_ends_with_the_prediction_of_the_clip(taught: Taught, model: Fusion) -> None:
    told = taught.fitter.predict(model, [20])[20]
    ((_, timeline),) = timelines_of(model, taught.source, [20], LABELS, SilentProgress())
    assert timeline.probabilities[-1] == pytest.approx(told, abs=1e-5)


def test_a_finished_fit_that_is_taken_up_again_counts_the_same(taught: Taught, model: Fusion) -> None:
    again = taught.fit()
    for name, values in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], values), name
