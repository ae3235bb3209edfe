"""Every peer on small sets: it learns what is there, bears what is missing, and is the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import JobCancelledError, TrainingError
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import NECK
from core.progress import SilentProgress
from core.settings.training import TrainingSettings
from tests.fakes.movement_sets import MOVES, tracks_of, waves
from training.models.ddnet import DdNet, joint_distances, motions
from training.models.fusion import parameter_count
from training.peers.catalog import GRAPH_NETWORKS, PEERS
from training.peers.constant import Majority
from training.peers.cue_rates import CueRates
from training.peers.ddnet import DdNetPeer
from training.peers.interface import FittedPeer, LabeledClips, Peer
from training.peers.linear import Linear, clip_statistics
from training.peers.minirocket import MiniRocket
from training.peers.network_fit import not_learned
from training.peers.placement import joints_there, placed
from training.peers.pose_mlp import PoseMlpPeer
from training.peers.stgcn import StGcnPeer

TINY = (Linear(), DdNetPeer(filters=4, steps=3, batch=8), StGcnPeer(channels=2, steps=2, batch=4))
SHIPPED = PoseMlpPeer(TrainingSettings(device="cpu", max_threads=1, stage1_steps=2, width=8, heads=2))
# aeon compiles its kernels for 20 s the first time.
QUICK = (*TINY, SHIPPED, pytest.param(MiniRocket(), marks=pytest.mark.long))
LEARNERS = (Linear(), *(pytest.param(one, marks=pytest.mark.long) for one in (MiniRocket(), DdNetPeer(8, 300, 30))))


def name_of(peer: Peer) -> str:
    return peer.name


def clips(people: int = 5, each: int = 2, seed: int = 0) -> LabeledClips:
    arrays = waves(people, each, seed)
    classes = sorted(MOVES)
    labels = np.array([classes.index(one) for one in arrays["label"]])
    return LabeledClips(tracks_of(arrays), labels, np.unique(arrays["subject"], return_inverse=True)[1], classes)


def fitted(peer: Peer, training: LabeledClips, seed: int = 0) -> FittedPeer:
    torch.set_num_threads(1)
    return peer.fit(training, seed=seed, progress=SilentProgress())


def empty(frames: int = 10) -> KeypointTrack:
    return KeypointTrack(np.zeros((frames, 137, 3)), np.arange(frames) / 25)


@pytest.mark.parametrize("peer", LEARNERS, ids=name_of)
def test_it_learns_which_arm_is_waved_by_people_it_has_not_seen(peer: Peer) -> None:
    model, others = fitted(peer, clips()), clips(people=4, seed=1)
    assert (model.scores(others.tracks).argmax(axis=1) == others.labels).mean() > 0.8


@pytest.mark.parametrize("peer", QUICK, ids=name_of)
def test_clips_without_a_point_of_one_frame_or_without_any_are_scored_with_numbers(peer: Peer) -> None:
    training = clips(people=3, each=1)
    half = replace(training, tracks=[empty() if place % 2 else one for place, one in enumerate(training.tracks)])
    scores = fitted(peer, half).scores([empty(), empty(1), empty(0), training.tracks[0]])
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("peer", QUICK, ids=name_of)
def test_a_label_that_no_training_clip_has_is_never_said(peer: Peer) -> None:
    training = clips(people=3)
    known = training.part(np.flatnonzero(training.labels != 1))
    scores = fitted(peer, known).scores(training.tracks)
    assert (scores[:, 1] == -np.inf).all()
    assert np.isfinite(scores[:, [0, 2]]).all()


@pytest.mark.parametrize("peer", QUICK[1:], ids=name_of)
def test_a_seed_gives_the_same_model_twice(peer: Peer) -> None:
    training = clips(people=3, each=1)
    first, second = (fitted(peer, training, seed=3).scores(training.tracks) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("peer", QUICK, ids=name_of)
def test_a_fit_can_be_cancelled(peer: Peer) -> None:
    class Cancelled(SilentProgress):
        def raise_if_cancelled(self) -> None:
            raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError):
        peer.fit(clips(people=2, each=1), seed=0, progress=Cancelled())


def test_the_majority_is_the_most_frequent_label() -> None:
    training = clips(people=2)
    more = training.part(np.flatnonzero((training.labels != 0) | (training.subjects == 0)))
    said = fitted(Majority(), more.part(np.flatnonzero(more.labels != 2))).scores(training.tracks).argmax(axis=1)
    assert (said == 1).all()


def test_clips_too_short_for_cues_are_refused_and_not_answered_by_the_majority() -> None:
    with pytest.raises(TrainingError, match=r"18 of 18 clips are shorter than 2 s, too short for cues"):
        fitted(CueRates(), clips(people=3))


def test_long_clips_have_cue_rates() -> None:
    training = clips(people=3, each=1)
    slow = [KeypointTrack(one.points, np.arange(len(one.points)) / 7.5) for one in training.tracks]
    scores = fitted(CueRates(), replace(training, tracks=slow)).scores(slow)
    assert np.isfinite(scores).all()


def test_distance_and_size_of_a_person_do_not_count() -> None:
    track = clips().tracks[0]
    far = track.points.copy()
    far[..., :2] = np.where(far[..., 2:] > 0, far[..., :2] * 0.01 - 5, 0)
    joints = joints_there([track])
    np.testing.assert_allclose(placed(KeypointTrack(far, track.time_s), joints), placed(track, joints), atol=2e-3)


def test_frames_of_a_single_point_do_not_change_the_unit() -> None:
    track = clips().tracks[0]
    lost = track.points.copy()
    lost[: 2 * len(lost) // 3, 2:] = 0
    lost[: 2 * len(lost) // 3, 0] = 0
    few = placed(KeypointTrack(lost, track.time_s), np.array([NECK]))
    usual = placed(track, np.array([NECK]))
    assert np.ptp(few) < 3 * np.ptp(usual)


def test_speeds_are_per_second() -> None:
    track = clips().tracks[0]
    joints = joints_there([track])
    slower = KeypointTrack(track.points, track.time_s * 2)
    fast, slow = clip_statistics(track, joints), clip_statistics(slower, joints)
    changed = np.flatnonzero(np.abs(fast - slow) > 1e-9)
    assert len(changed) > 0
    np.testing.assert_allclose(slow[changed], fast[changed] / 2)


def test_a_long_clip_has_the_statistics_of_all_its_frames() -> None:
    track = clips().tracks[0]
    joints = joints_there([track])
    times = 200
    long = KeypointTrack(np.tile(track.points, (times, 1, 1)), np.arange(len(track.points) * times) / 25)
    half = len(clip_statistics(track, joints)) // 2
    standing = slice(0, 4 * len(joints))  # what does not move from the end of one repetition to the next
    for part in (slice(0, half), slice(half, 2 * half)):
        of_long, of_short = (
            clip_statistics(long, joints)[part][standing],
            clip_statistics(track, joints)[part][standing],
        )
        np.testing.assert_allclose(of_long, of_short, atol=1e-4)


@pytest.mark.parametrize(("filters", "published"), [(64, 1.8e6), (32, 0.5e6)])
def test_dd_net_has_the_published_parameters(filters: int, published: float) -> None:
    assert parameter_count(DdNet(15, 21, filters)) == pytest.approx(published, rel=0.03)


def test_the_distances_of_dd_net_do_not_change_with_the_size_of_a_person() -> None:
    places = torch.randn(2, 32, 4, 2)
    pairs = torch.triu_indices(4, 4, offset=1)
    torch.testing.assert_close(joint_distances(3 * places, pairs), joint_distances(places, pairs), rtol=1e-4, atol=1e-4)


def test_the_fast_motion_of_dd_net_spans_two_frames() -> None:
    places = torch.arange(8.0).view(1, 8, 1, 1).expand(1, 8, 1, 2)
    slow, fast = motions(places)
    assert slow.shape == (1, 8, 2)
    assert (slow == 1).all()
    assert fast.shape == (1, 4, 2)
    assert (fast == 2).all()


def test_a_network_that_does_not_know_its_own_training_clips_says_so() -> None:
    training = clips(people=2)
    seen = np.ones(len(training.labels), dtype=bool)
    right = np.eye(3)[training.labels]
    assert not_learned(right, training, seen) == ""
    wrong = right.copy()
    wrong[0] = np.roll(wrong[0], 1)
    assert not_learned(wrong, training, seen) == "it has not learned: 0.917 of its own training clips are right"


def test_every_peer_has_a_name_of_its_own() -> None:
    assert all(name == peer.name for name, peer in {**PEERS, **GRAPH_NETWORKS}.items())
    assert len({**PEERS, **GRAPH_NETWORKS}) == len(PEERS) + len(GRAPH_NETWORKS)
