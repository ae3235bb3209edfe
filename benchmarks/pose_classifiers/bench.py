"""`telltale bench pose-classifiers`: our key-point model against ST-GCN, on the same batches in one run.

Both are measured from points to logits, as `telltale train --modalities pose` builds them by default; a training
step is forward, backward and AdamW. They run in turns and ratios are taken within a round, because other programs
slow both; medians over rounds are reported. Whole fits of short clips stand beside (`whole_fits`). A whole interview
does not fit in a training step of ST-GCN (tens of GB with 137 joints), which is therefore measured on a tenth of one;
its cost per frame is constant. Memory is measured in a separate process:
`python -m benchmarks.pose_classifiers.bench JSON` prints one number.
"""

import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch.nn import functional as F

from benchmarks.movements.sets import tasks_to_measure
from benchmarks.pose_classifiers.whole_fits import FitSizes, fit_parts, fit_rows, made_up
from benchmarks.process_memory import peak_memory_mib
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.child_processes import own_command, own_environment
from core.errors import TrainingError
from core.settings.training import TrainingSettings
from training.data.batch import Batch, ModalityInput
from training.data.pose_input import CHANNELS
from training.fit.resources import resolved
from training.models.fusion import Fusion, parameter_count
from training.models.model_shape import ModelShape
from training.peers.interface import LabeledClips

LEAST_TIMES_A_STEP = 300
LEFT_OUT = (
    "Accuracy: the points are random and the labels mean nothing.",
    "GPUs: both models are measured on the processor.",
    "Reading and changing clips, but in whole fits: a step begins with its batch in memory.",
    "A whole interview by ST-GCN: a tenth of one is measured and counted ten times.",
    "The ST-GCN authors' own code: the peer is written from their paper.",
    "Models that read images or text.",
)
_LINEAR = 1.1  # memory may grow by this factor more than the number of frames
_SEEN = 0.8  # share of the points that are present
_TENTH = 10
_INTERVIEW_FRAMES, _INTERVIEWS = 8_700, 359
_JOINTS = (137, 25)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Clips per batch, frames of a window, of a usual and of a long interview, and least number of rounds."""

    batch: int = 8
    window: int = 250
    clip: int = 8_700
    long: int = 40_000
    rounds: int = 3


def default_settings() -> TrainingSettings:
    """The default settings, resolved for a set of interviews of iMiGUE's size."""
    return resolved(TrainingSettings(), [_INTERVIEW_FRAMES] * _INTERVIEWS, None)


def default_shape() -> ModelShape:
    """The key-point model of the default settings, alone, as for interviews."""
    settings = default_settings()
    return ModelShape(
        modalities=("pose",),
        classes=2,
        width=settings.width,
        layers=settings.layers,
        heads=settings.heads,
        patch_frames=settings.patch_frames,
        image_features=0,
        text_features=0,
        dropout=settings.dropout,
        modality_dropout=settings.modality_dropout,
        head_dropout=settings.head_dropout,
        stgcn_channels=settings.stgcn.channels,
        stgcn_segment_frames=settings.stgcn.window_frames,
    )


def bench_pose_classifiers(*, seconds: float, parts: Parts, folder: Path | None = None) -> tuple[BenchRow, ...]:
    """Speed, parameters and memory with 137 and 25 joints. `seconds`: time per kind of input. `folder`: of sets of
    movements, on whose clips whole fits are timed; else on clips that mean nothing.

    Raises TrainingError where the process that measures memory dies, InputError for a folder without a set.
    """
    sizes, shape, fits = Sizes(), default_shape(), FitSizes()
    sets = {"random points": made_up(fits)} if folder is None else clips_of_sets(folder)
    rows: list[BenchRow] = []
    parts.expect(3 * len(_JOINTS) + 1 + fit_parts(sets))
    for joints in _JOINTS:
        parts.begin(f"windows of {sizes.window} frames, {joints} joints")
        rows += window_rows(shape, joints, sizes, seconds, parts)
        parts.begin(f"whole clips, {joints} joints")
        rows += clip_rows(shape, joints, sizes, parts)
    for joints in _JOINTS:
        parts.begin(f"memory of a training step, {joints} joints")
        rows += memory_rows(shape, joints, sizes, parts)
    parts.begin("memory by the length of a clip")
    rows += growth_rows(shape, sizes, parts)
    rows += fit_rows(sets, fits, parts)
    return tuple(rows)


def clips_of_sets(folder: Path) -> dict[str, LabeledClips]:
    """The clips of each set of the folder, with the labels of its first task, by the set's name.

    Raises InputError for a folder without a set.
    """
    found: dict[str, LabeledClips] = {}
    for task in tasks_to_measure(folder)[0]:
        found.setdefault(task.set_name, task.clips)
    return found


@dataclass(frozen=True, slots=True)
class _Contender:
    """A model, its name, and its samples per second by round."""

    name: str
    model: Fusion
    training: list[float] = field(default_factory=list)
    answering: list[float] = field(default_factory=list)


def contenders(shape: ModelShape, joints: int) -> dict[str, ModelShape]:
    """By name: our model, ours with as many parameters as ST-GCN, ST-GCN, and ST-GCN with a quarter of its channels."""
    ours = replace(shape, keypoint_joints=joints, joints=tuple(range(joints)))
    peer = replace(ours, keypoint_model="stgcn")
    return {
        "PoseMLP": ours,
        "PoseMLP 8 x as wide, 4 layers": replace(ours, width=8 * ours.width, layers=4),
        "ST-GCN": peer,
        "ST-GCN, a quarter of the channels": replace(peer, stgcn_channels=peer.stgcn_channels // 4),
    }


def window_rows(shape: ModelShape, joints: int, sizes: Sizes, seconds: float, parts: Parts) -> Iterator[BenchRow]:
    """Samples per second of every model on one batch of windows; the ratio with 137 joints has a budget."""
    batch, single = random_batch(sizes.batch, sizes.window), random_batch(1, sizes.window)
    racers = [_Contender(name, Fusion(one)) for name, one in contenders(shape, joints).items()]
    for racer in racers:
        training_step(racer.model, single)  # the first pass of a network looks for its kernels
    started = time.perf_counter()
    for number in itertools.count(1):
        for place, racer in enumerate(racers):
            rounds_done = number - 1 + place / len(racers)
            parts.report(_share_done(rounds_done / sizes.rounds, started, seconds), f"round {number}, {racer.name}")
            racer.training.append(_samples_per_s(racer.model, batch, training=True))
            racer.answering.append(_samples_per_s(racer.model, batch, training=False))
        if number >= sizes.rounds and time.perf_counter() - started >= seconds:
            break
    where = f"{joints} joints, {sizes.batch} windows of {sizes.window} frames"
    for racer in racers:
        yield BenchRow(f"{racer.name}, parameters, {joints} joints", parameter_count(racer.model), "parameters")
        yield BenchRow(f"{racer.name}, training, {where}", statistics.median(racer.training), "samples/s")
        yield BenchRow(f"{racer.name}, inference, {where}", statistics.median(racer.answering), "samples/s")
    ours, _, peer, _ = racers
    ratio = _ratio(ours.training, peer.training)
    if joints == _JOINTS[0]:
        budget, holds = f"at least {LEAST_TIMES_A_STEP}", ratio >= LEAST_TIMES_A_STEP
        yield BenchRow(f"PoseMLP / ST-GCN, training, {where}", ratio, "x", budget, holds)
    else:
        yield BenchRow(f"PoseMLP / ST-GCN, training, {where}", ratio, "x")
    yield BenchRow(f"PoseMLP / ST-GCN, inference, {where}", _ratio(ours.answering, peer.answering), "x")


def clip_rows(shape: ModelShape, joints: int, sizes: Sizes, parts: Parts) -> Iterator[BenchRow]:
    """Whole interviews a minute, one at a time; ST-GCN's from a tenth of one."""
    ours, _, peer, _ = contenders(shape, joints).values()
    whole, tenth = random_batch(1, sizes.clip), random_batch(1, sizes.clip // _TENTH)
    racers = [
        (_Contender("PoseMLP", Fusion(ours)), whole, 1),
        (_Contender("ST-GCN (from a tenth)", Fusion(peer)), tenth, _TENTH),
    ]
    for number in range(sizes.rounds):
        for racer, batch, clips in racers:
            parts.report(number / sizes.rounds, f"round {number + 1} of {sizes.rounds}, {racer.name}")
            racer.training.append(_samples_per_s(racer.model, batch, training=True) / clips)
            racer.answering.append(_samples_per_s(racer.model, batch, training=False) / clips)
    where = f"{joints} joints, whole clips of {sizes.clip} frames"
    for racer, _, _ in racers:
        yield BenchRow(f"{racer.name}, training, {where}", 60 * statistics.median(racer.training), "clips/min")
        yield BenchRow(f"{racer.name}, inference, {where}", 60 * statistics.median(racer.answering), "clips/min")
    (first, _, _), (second, _, _) = racers
    yield BenchRow(f"PoseMLP / ST-GCN, training, {where}", _ratio(first.training, second.training), "x")
    yield BenchRow(f"PoseMLP / ST-GCN, inference, {where}", _ratio(first.answering, second.answering), "x")


def memory_rows(shape: ModelShape, joints: int, sizes: Sizes, parts: Parts) -> Iterator[BenchRow]:
    """What a training step and its batch hold at most."""
    where = f"{joints} joints, {sizes.batch} windows of {sizes.window} frames"
    racers = contenders(shape, joints)
    for number, (name, one) in enumerate(racers.items()):
        parts.report(number / len(racers), name)
        mib = memory_of_a_step(one, sizes.batch, sizes.window)
        yield BenchRow(f"{name}, memory of a training step, {where}", mib, "MiB")


def growth_rows(shape: ModelShape, sizes: Sizes, parts: Parts) -> Iterator[BenchRow]:
    """What a training step of ours holds at two lengths of interviews."""
    for name, one in contenders(shape, _JOINTS[0]).items():
        if one.keypoint_model == "stgcn":
            continue
        of_length = {}
        for number, frames in enumerate((sizes.clip, sizes.long)):
            parts.report(number / 2, f"{name}, {frames:,} frames")
            of_length[frames] = memory_of_a_step(one, 1, frames)
            yield BenchRow(f"{name}, memory of a training step, one clip of {frames} frames", of_length[frames], "MiB")
        growth = linear_growth(of_length)
        yield BenchRow(
            f"{name}, its growth from {sizes.clip} to {sizes.long} frames, by that of the frames",
            growth,
            "x",
            f"at most {_LINEAR} (linear)",
            growth <= _LINEAR,
        )


def linear_growth(mib_of_frames: dict[int, float]) -> float:
    """How much the memory grows from the shorter to the longer clip, by how much the frames grow: 1 is linear."""
    short, long = sorted(mib_of_frames)
    return (mib_of_frames[long] / mib_of_frames[short]) / (long / short)


def random_batch(clips: int, frames: int) -> Batch:
    """Points of which some are missing, under labels that mean nothing."""
    mask = torch.rand(clips, frames, 137) < _SEEN
    points = torch.randn(clips, frames, 137, CHANNELS) * mask.unsqueeze(-1)
    given = ModalityInput(torch.ones(clips, dtype=torch.bool), points, mask)
    return Batch(tuple(range(clips)), torch.eye(2)[torch.arange(clips) % 2], torch.ones(clips), {"pose": given})


def training_step(model: Fusion, batch: Batch) -> None:
    """One step of a fit from scratch."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters())
    torch.autograd.backward(F.cross_entropy(model(batch).logits, batch.wanted))
    optimizer.step()
    optimizer.zero_grad()


def memory_of_a_step(shape: ModelShape, clips: int, frames: int) -> float:
    """MiB at most, batch included, beyond what a step on ten frames needs. Raises TrainingError where its process dies."""
    task = json.dumps({"shape": shape.to_json(), "clips": clips, "frames": frames})
    command = own_command("benchmarks.pose_classifiers.bench", task)
    done = subprocess.run(command, capture_output=True, text=True, env=own_environment(), check=False)  # noqa: S603  # ourselves
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word; perhaps there was not enough memory"])[-1]
        raise TrainingError(f"The process whose memory was to be measured ended with {done.returncode}: {last}")
    return float(done.stdout)


def _share_done(by_rounds: float, started_s: float, seconds: float) -> float:
    """How much of the rounds and of the seconds is over, whichever takes longer."""
    by_time = min(1.0, (time.perf_counter() - started_s) / seconds) if seconds else 1.0
    return min(by_time, by_rounds, 1.0)


def _samples_per_s(model: Fusion, batch: Batch, *, training: bool) -> float:
    """Steps for at least a quarter of a second, so that one of a millisecond is not lost in the clock's noise."""
    steps, started = 0, time.perf_counter()
    while True:
        if training:
            training_step(model, batch)
        else:
            model.eval()
            with torch.inference_mode():
                model(batch)
        steps += 1
        taken_s = time.perf_counter() - started
        if taken_s >= 0.25:
            return steps * len(batch.clip_ids) / taken_s


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def _print_memory(task: str) -> None:
    wanted = json.loads(task)
    model = Fusion(ModelShape.from_json(wanted["shape"]))
    training_step(model, random_batch(1, 10))  # what the libraries take for themselves
    before = peak_memory_mib()
    training_step(model, random_batch(wanted["clips"], wanted["frames"]))
    print(peak_memory_mib() - before)


if __name__ == "__main__":
    _print_memory(sys.argv[1])
