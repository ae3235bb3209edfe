"""What the settings leave open, by the clips and the machine: batch, frames of a step and of a token, steps, threads.

Free of torch, because a page tells the time of a run before it starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from core.settings.training import TrainingSettings

_BYTES_OF_A_FRAME = 32 * 2**10  # of a training step of PoseMLP 64 wide at 137 points; features are most of it
_SHARE_OF_MEMORY = 0.1
_LEAST_FRAMES = 2_000
_MOST_FRAMES, _MOST_FRAMES_GPU = 80_000, 640_000
_SHORT_FRAMES = 500  # of clips of up to 20 seconds; few frames, each of which may matter
_SHORT_PATCH, _LONG_PATCH = 2, 5
_SHORT_CLIPS, _LONG_CLIPS = 32, 16
# Frames of a longer clip that a step on a CPU reads; what tells its label by rate is read of the whole clip anyway.
_LONG_READ = 500
_SHORT_PASSES = 40  # over the clips of a training set, found on three sets of movements
_LONG_PASSES = 20  # found on simulated interviews
_LEAST_STEPS, _MOST_STEPS = 400, 2_000
_STEP_FACTORS = (0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Machine:
    """The memory of the device that trains, and whether that is a GPU."""

    memory_bytes: int
    gpu: bool


def resolved_values(settings: TrainingSettings, frames: Sequence[int], machine: Machine) -> TrainingSettings:
    """The settings with every 0 that follows clips or machine replaced. `frames`: of the clips of the curated set."""
    usual = median(frames) if frames else 1
    short = usual <= _SHORT_FRAMES if settings.clip_length == "auto" else settings.clip_length == "short"
    batch = settings.batch_clips or (_SHORT_CLIPS if short else _LONG_CLIPS)
    by_memory = int(machine.memory_bytes * _SHARE_OF_MEMORY / _BYTES_OF_A_FRAME)
    most = _MOST_FRAMES_GPU if machine.gpu else _MOST_FRAMES if short else batch * _LONG_READ
    passes = _SHORT_PASSES if short else _LONG_PASSES
    steps = min(max(_LEAST_STEPS, passes * len(frames) // batch), _MOST_STEPS)
    return settings.model_copy(
        update={
            "clip_length": "short" if short else "long",
            "step_frames": settings.step_frames or max(_LEAST_FRAMES, min(by_memory, most)),
            "batch_clips": batch,
            "patch_frames": settings.patch_frames or (_SHORT_PATCH if short else _LONG_PATCH),
            "stage1_steps": settings.stage1_steps or steps,
            "stage2_steps": settings.stage2_steps or max(1, steps // 2),
            "max_threads": settings.threads,
        }
    )


def candidate_steps(settings: TrainingSettings) -> tuple[int, ...]:
    """The steps of a modality alone among which resolved settings choose on held-out people; the usual ones without a choice."""
    usual = settings.stage1_steps
    return tuple(max(1, round(usual * factor)) for factor in _STEP_FACTORS) if settings.steps_by_folds else (usual,)
