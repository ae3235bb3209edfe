"""The batches of a fit: which frames of which clips a step reads.

A step reads whole clips, all of their frames, as far as its frames allow: a label that shows in how often something
happens is learned badly from one window (balanced accuracy .60 against .70 on whole simulated interviews). Of longer
clips it reads several windows, one at a random place in each equal part of the clip.
"""

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch

from core.settings.training import TrainingSettings
from core.types.runs import CuratedRow
from training.data.batch import Batch, Example, collate
from training.data.dataset import NO_FRAME, ClipSource
from training.data.soft_labels import target_of

_GAP_FRAMES = 8  # between two windows; as many as the longest offset
_MOST_IMAGES = 512  # of a clip in a step; more add cost and hardly another view

_SHORT_FRAMES = 500  # of clips of up to 20 s; in longer ones, how often something happens is not to be changed
_WARP = 0.2
"""A stretch is read at a pace that swings by up to this around its mean."""

Frames = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a step reads a clip. `most_frames`: of one clip; `window_frames`: of each window of a longer clip. A stretch is
    cut to a share of at least `least_crop`. One of up to 20 s is read up to 1 + `speed_change` times as fast or slowly, at
    an uneven pace.
    """

    most_frames: int
    window_frames: int
    least_crop: float = 1.0
    speed_change: float = 0.0

    @classmethod
    def of(cls, settings: TrainingSettings) -> "Reading":
        """The reading of resolved settings (`training.fit.resources`)."""
        window, _ = settings.windows
        most = window if settings.keypoint_model == "stgcn" else settings.step_frames // settings.batch_clips
        return cls(most, window, settings.least_crop, settings.speed_change)

    def frames(self, length: int, random: torch.Generator) -> Frames:
        """The frames that a step reads of a clip of `length` frames, ascending but for `NO_FRAME` between windows; a
        fraction is between two frames.
        """
        share = self.least_crop + (1 - self.least_crop) * _uniform(random)
        if length <= min(_SHORT_FRAMES, self.most_frames):
            return self._paced(length, share, random)
        if length * share <= self.most_frames:
            return _stretch(0, length, max(1.0, length * share), random)
        windows = max(1, self.most_frames // (self.window_frames + _GAP_FRAMES))
        part = length / windows
        read: list[Frames] = []
        for number in range(windows):
            read += [np.full(_GAP_FRAMES, float(NO_FRAME)), _stretch(number * part, part, self.window_frames, random)]
        return np.concatenate(read[1:])

    def _paced(self, length: int, share: float, random: torch.Generator) -> Frames:
        """A stretch of a short clip, faster or slower, and at a pace that swings."""
        speed = float((1 + self.speed_change) ** (2 * _uniform(random) - 1))
        wanted = max(min(length - 1.0, 3.0), (length - 1) * share)
        start = _uniform(random) * (length - 1 - wanted)
        count = max(1, round((wanted + 1) / speed))
        done = np.linspace(0, 1, count) if count > 1 else np.zeros(1)
        swing = self.speed_change and _WARP * (2 * _uniform(random) - 1) / (2 * math.pi)
        done = done + swing * np.sin(2 * math.pi * done)
        return np.asarray(start + wanted * done)


def image_rows(length: int, reading: Reading, random: torch.Generator) -> Frames:
    """The images that a step reads of a clip: of a stretch as for key points, every n-th from a random one on."""
    share = reading.least_crop + (1 - reading.least_crop) * _uniform(random)
    stretch = _stretch(0, length, max(1.0, length * share), random)
    every = -(-len(stretch) // _MOST_IMAGES)
    return stretch[int(_uniform(random) * every) :: every]


@dataclass(frozen=True, slots=True)
class TrainingBatches:
    """Batches of curated rows. `cue_scores` and `shortcut_scores`: by clip id, the (classes,) scores of its cues, and of its
    statistics, that come with the row.
    """

    source: ClipSource
    rows: Sequence[CuratedRow]
    label_index: Mapping[str, int]
    modalities: Sequence[str]
    reading: Reading
    cue_scores: Mapping[int, npt.NDArray[np.float64]]
    shortcut_scores: Mapping[int, npt.NDArray[np.float64]] = field(default_factory=dict)
    teaches_cues: bool = False

    def batch(self, places: Sequence[int], random: torch.Generator) -> Batch:
        """The rows at these places, each read anew."""
        return collate([self._example(self.rows[place], random) for place in places], self.modalities)

    def _example(self, row: CuratedRow, random: torch.Generator) -> Example:
        kinds = self.source.kinds[row.clip_id]
        read: dict[str, Frames] = {}
        if "pose" in self.modalities and "pose" in kinds:
            read["pose"] = self.reading.frames(self.source.length(row.clip_id, "pose"), random)
        if "image" in self.modalities and "image" in kinds:
            read["image"] = image_rows(self.source.length(row.clip_id, "image"), self.reading, random)
        return replace(
            self.source.example(row.clip_id, self.modalities, read),
            target=target_of(row, self.label_index),
            weight=row.weight,
            cue_scores=self.cue_scores.get(row.clip_id),
            shortcut_scores=self.shortcut_scores.get(row.clip_id),
            cue_targets=self.source.cue_targets(row.clip_id, read["pose"])
            if self.teaches_cues and "pose" in read
            else None,
        )


def order_of_rows(
    rows: int, batch: int, steps: range, seed: int, chances: Sequence[float] | None = None
) -> Iterator[list[int]]:
    """The places of the batch of each of these steps: all rows in random order, over and over; with `chances`, drawn by
    them with replacement. A step's batch depends on the seed and its number alone, so that a resumed fit goes on with it.
    """
    batch = min(batch, rows)
    if chances is not None:
        wanted = torch.tensor(chances)
        for step in steps:
            yield torch.multinomial(wanted, batch, replacement=True, generator=_generator(seed, step)).tolist()
        return
    orders: dict[int, list[int]] = {}
    for step in steps:
        places = [divmod(number, rows) for number in range(step * batch, (step + 1) * batch)]
        orders = {
            turn: orders.get(turn) or torch.randperm(rows, generator=_generator(seed, turn)).tolist()
            for turn, _ in places
        }
        yield [orders[turn][place] for turn, place in places]


def _generator(seed: int, number: int) -> torch.Generator:
    return torch.Generator().manual_seed(zlib.crc32(f"{seed}/{number}".encode()))


def _stretch(begin: float, length: float, wanted: float, random: torch.Generator) -> Frames:
    """A random stretch of at most `wanted` whole frames within the `length` frames from `begin` on."""
    count = max(1, int(min(wanted, length)))
    start = int(begin + _uniform(random) * (length - count))
    return np.arange(start, start + count, dtype=np.float64)


def _uniform(random: torch.Generator) -> float:
    return torch.rand(1, generator=random).item()
