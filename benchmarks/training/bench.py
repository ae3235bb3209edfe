"""`telltale bench training`: the cost of a training run on a set of iMiGUE's size, and of attention by length.

The cost of a run is extrapolated: one training step and one prediction of a whole interview are measured and
multiplied by their number in a run with the default settings. Attention is measured on one layer, forward and
backward, compared with a plain softmax, each in its own process: `python -m benchmarks.training.bench JSON` prints
its numbers.
"""

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.pose_classifiers.bench import default_settings, default_shape, random_batch, training_step
from benchmarks.process_memory import peak_memory_mib
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.child_processes import own_command, own_environment
from core.errors import TrainingError
from core.settings.training import TrainingSettings
from training.models.fusion import Fusion

Measure = Callable[[str, int], dict[str, float] | None]

LEFT_OUT = (
    "A whole retrain: a step and an answer are measured and counted as often as a run makes them at most.",
    "What a run does beside its models: reading and changing clips, writing its folder, tables and timelines.",
    "Images and text: the retrain is that of the key points alone.",
    "GPUs: everything is measured on the processor.",
    "Attention in a whole model: one layer is measured, on one clip.",
    "How good the model becomes: points and labels are random.",
)
_LINEAR = 1.1  # memory may grow by this factor more than the number of frames


@dataclass(frozen=True, slots=True)
class Sizes:
    """Frames at which attention is measured, number and mean frames of the interviews (iMiGUE's), and repetitions."""

    attention_frames: tuple[int, ...] = (1_000, 4_000, 8_700, 20_000, 40_000)
    clips: int = 359
    clip_frames: int = 8_700
    rounds: int = 5


def bench_training(parts: Parts, sizes: Sizes | None = None) -> tuple[BenchRow, ...]:
    """The rows of the benchmark. Raises TrainingError where a measured process dies."""
    sizes = sizes or Sizes()
    parts.expect(1 + len(sizes.attention_frames))
    parts.begin("a training step, and an answer on a whole interview")
    rows = [*retrain_rows(default_settings(), sizes, parts)]
    rows += attention_rows(sizes, parts)
    return tuple(rows)


def retrain_rows(settings: TrainingSettings, sizes: Sizes, parts: Parts) -> Iterator[BenchRow]:
    """A run on key points alone, on the cores that torch may use."""
    model = Fusion(default_shape())
    frames = min(sizes.clip_frames, settings.step_frames // settings.batch_clips)
    windows = random_batch(settings.batch_clips, frames)
    whole = random_batch(1, sizes.clip_frames)
    training_step(model, windows)  # warm-up
    steps_s, answers_s = [], []
    for number in range(sizes.rounds):
        parts.report(number / sizes.rounds, f"round {number + 1} of {sizes.rounds}")
        began_s = time.perf_counter()
        training_step(model, windows)
        steps_s.append(time.perf_counter() - began_s)
        model.eval()
        began_s = time.perf_counter()
        with torch.inference_mode():
            model(whole)
        answers_s.append(time.perf_counter() - began_s)
    step_s, answer_s = statistics.median(steps_s), statistics.median(answers_s)
    steps, answers = counts(settings, sizes.clips)
    where = f"{settings.batch_clips} clips of {frames} frames"
    yield BenchRow(f"a training step, {where}", 1000 * step_s, "ms")
    yield BenchRow(f"an answer on a whole interview of {sizes.clip_frames} frames", 1000 * answer_s, "ms")
    yield BenchRow(f"training steps of a retrain on {sizes.clips} interviews, at most", steps, "steps")
    yield BenchRow(f"answers on whole interviews of a retrain on {sizes.clips}, at most", answers, "answers")
    yield BenchRow(
        f"a whole retrain of the key points on {sizes.clips} interviews, extrapolated, {torch.get_num_threads()} threads",
        (steps * step_s + answers * answer_s) / 3600,
        "h",
    )


def counts(settings: TrainingSettings, clips: int) -> tuple[int, int]:
    """(training steps, predictions of whole clips) of a run on one modality, of resolved settings.

    The folds of the table and of model selection predict every clip once, and the timelines once more.
    """
    steps = settings.stage1_steps * (settings.folds + settings.selection_folds + 1)
    answers = 3 * clips
    return steps, answers


def measured_attention(kind: str, tokens: int) -> dict[str, float] | None:
    """`ms` and `mib` of "fused" or "plain" attention; None where the plain one does not fit. Raises TrainingError."""
    task = json.dumps({"kind": kind, "tokens": tokens})
    command = own_command("benchmarks.training.bench", task)
    done = subprocess.run(command, capture_output=True, text=True, env=own_environment(), check=False)  # noqa: S603  # ourselves
    if done.returncode == 0:
        found: dict[str, float] = json.loads(done.stdout)
        return found
    if kind == "plain" and (done.returncode < 0 or "alloc" in done.stderr):
        return None
    last = (done.stderr.strip().splitlines() or ["no word"])[-1]
    raise TrainingError(f"The process whose attention was to be measured ended with {done.returncode}: {last}")


def attention_rows(sizes: Sizes, parts: Parts, measure: Measure = measured_attention) -> Iterator[BenchRow]:
    """Milliseconds and MiB of one layer at each length, fused and plain; the memory of the fused one must grow
    linearly.

    Each length is a part of the benchmark.
    """
    patch = default_settings().patch_frames
    fused: dict[int, float] = {}
    for frames in sizes.attention_frames:
        parts.begin(f"attention over {frames:,} frames, fused and plain")
        for kind in ("fused", "plain"):
            found = measure(kind, frames // patch)
            what = f"{kind} attention, one layer, {frames} frames ({frames // patch} tokens)"
            if found is None:
                yield BenchRow(f"{what}: the machine has not enough memory", float("nan"), "ms")
                continue
            yield BenchRow(f"{what}, time", found["ms"], "ms")
            yield BenchRow(f"{what}, memory", found["mib"], "MiB")
            if kind == "fused":
                fused[frames] = found["mib"]
    short, long = sizes.attention_frames[(len(sizes.attention_frames) - 1) // 2], sizes.attention_frames[-1]
    what = f"fused attention, growth of memory from {short} to {long} frames, by that of the frames"
    if not fused[short]:  # less than the libraries' own memory, so no peak is visible
        yield BenchRow(f"{what}: too little at {short} frames to be measured", float("nan"), "x")
        return
    growth = (fused[long] / fused[short]) / (long / short)
    yield BenchRow(
        what,
        growth,
        "x",
        f"at most {_LINEAR} (linear)",
        growth <= _LINEAR,
    )


def _plain(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    scores = (query @ key.transpose(-2, -1)) / math.sqrt(query.shape[-1])
    return scores.softmax(dim=-1) @ value


def _print_attention(task: str) -> None:
    wanted = json.loads(task)
    shape = default_shape()
    attend = F.scaled_dot_product_attention if wanted["kind"] == "fused" else _plain

    def once(tokens: int) -> None:
        given = [torch.randn(1, shape.heads, tokens, shape.width // shape.heads, requires_grad=True) for _ in range(3)]
        torch.autograd.backward(attend(*given).sum())

    once(8)  # allocates the libraries' own memory
    before = peak_memory_mib()
    once(wanted["tokens"])
    used_mib = peak_memory_mib() - before
    began_s = time.perf_counter()
    once(wanted["tokens"])
    print(json.dumps({"ms": 1000 * (time.perf_counter() - began_s), "mib": used_mib}))


if __name__ == "__main__":
    _print_attention(sys.argv[1])
