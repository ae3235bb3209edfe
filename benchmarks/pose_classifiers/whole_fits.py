"""Seconds of a whole fit on short clips: PoseMLP and ST-GCN, the same clips, steps and clips a step.

PoseMLP's fit is the product's, with reading, changing and scaling clips. ST-GCN's takes hours, so that a few of its steps
are timed and counted on; what it does before and after its steps is left out, in its favour.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.progress import SilentProgress
from core.settings.training import TrainingSettings
from training.peers.interface import LabeledClips, Peer
from training.peers.placement import joints_there
from training.peers.pose_mlp import PoseMlpPeer
from training.peers.stgcn import StGcnPeer

_LEAST_TIMES_A_FIT = 100
_SHORTEST, _LONGEST = 30, 120  # frames of clips that are made up
_FPS = 30.0


@dataclass(frozen=True, slots=True)
class FitSizes:
    """How many clips are fitted on, how many a step takes, and how many steps. `paced`: fewer and more steps of ST-GCN, from
    whose difference in time its pace is taken.
    """

    clips: int = 64
    batch: int = 16
    steps: int = 400
    width: int = TrainingSettings().width
    channels: int = 64
    paced: tuple[int, int] = (1, 3)


def fit_parts(sets: Mapping[str, LabeledClips]) -> int:
    """How many parts `fit_rows` begins."""
    return sum(1 if _has_all_points(clips) else 2 for clips in sets.values())


def fit_rows(sets: Mapping[str, LabeledClips], sizes: FitSizes, parts: Parts) -> Iterator[BenchRow]:
    """For each set, on all 137 points, which has a budget, and on the points that it has."""
    for name, clips in sets.items():
        some = _some(clips, sizes.clips)
        where = f"{len(some.tracks)} clips of {name}"
        yield from _rows_of(on_all_points(some), f"{where}, all {JOINT_COUNT} points", sizes, parts, held=True)
        if not _has_all_points(clips):
            points = f"the {len(joints_there(some.tracks))} points of the set"
            yield from _rows_of(some, f"{where}, {points}", sizes, parts, held=False)


def made_up(sizes: FitSizes) -> LabeledClips:
    """Short clips of points that mean nothing, all 137 there."""
    random = np.random.default_rng(0)
    tracks = []
    for frames in random.integers(_SHORTEST, _LONGEST, sizes.clips):
        places = 100 * random.standard_normal((1, JOINT_COUNT, 2)) + random.standard_normal((frames, JOINT_COUNT, 2))
        points = np.concatenate([places, np.ones((frames, JOINT_COUNT, 1))], axis=2)
        tracks.append(KeypointTrack(points.astype(np.float32), np.arange(frames) / _FPS))
    numbers = np.arange(sizes.clips)
    return LabeledClips(tracks, numbers % 2, numbers // 4, ("0", "1"))


def on_all_points(clips: LabeledClips) -> LabeledClips:
    """The clips with a copy of a joint that they have in the place of each that none of them has."""
    there = joints_there(clips.tracks)
    absent = np.setdiff1d(np.arange(JOINT_COUNT), there)
    tracks = []
    for track in clips.tracks:
        points = track.points.copy()
        points[:, absent] = points[:, there[:1]]
        tracks.append(KeypointTrack(points, track.time_s))
    return replace(clips, tracks=tracks)


def _rows_of(clips: LabeledClips, where: str, sizes: FitSizes, parts: Parts, *, held: bool) -> Iterator[BenchRow]:
    fewer, more = sizes.paced
    parts.begin(f"a whole fit of PoseMLP and {fewer + more} steps of ST-GCN, {where}")
    settings = TrainingSettings(
        device="cpu", max_threads=1, width=sizes.width, batch_clips=sizes.batch, stage1_steps=sizes.steps
    )
    _seconds(PoseMlpPeer(settings.model_copy(update={"stage1_steps": 1})), clips)  # libraries are loaded once a program
    ours_s = _seconds(PoseMlpPeer(settings), clips)
    few_s, many_s = (
        _seconds(StGcnPeer(channels=sizes.channels, steps=steps, batch=sizes.batch), clips) for steps in sizes.paced
    )
    theirs_s = sizes.steps * (many_s - few_s) / (more - fewer)
    ratio = theirs_s / ours_s
    yield BenchRow(f"PoseMLP, a whole fit of {sizes.steps} steps, {where}", ours_s, "s")
    yield BenchRow(f"ST-GCN, {sizes.steps} steps at the pace of {more - fewer}, {where}", theirs_s, "s")
    budget, holds = (f"at least {_LEAST_TIMES_A_FIT}", ratio >= _LEAST_TIMES_A_FIT) if held else ("", None)
    yield BenchRow(f"ST-GCN / PoseMLP, a whole fit, {where}", ratio, "x", budget, holds)


def _seconds(peer: Peer, clips: LabeledClips) -> float:
    started = time.perf_counter()
    peer.fit(clips, seed=0, progress=SilentProgress())
    return time.perf_counter() - started


def _has_all_points(clips: LabeledClips) -> bool:
    return len(joints_there(clips.tracks)) == JOINT_COUNT


def _some(clips: LabeledClips, count: int) -> LabeledClips:
    """So many of the clips, drawn at random but always the same."""
    return clips.part(np.sort(np.random.default_rng(0).permutation(len(clips.tracks))[:count]))
