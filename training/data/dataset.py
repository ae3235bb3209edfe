"""Clips as tensors, read lazily from the feature store.

Key points are converted by `pose_input` once a run and kept as memory-mapped float16 in the run's cache folder, so
that reading one window of a 26-minute interview is cheap. Image and text features are read from their files.
"""

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from core.errors import FeatureError, InputError, TrainingError
from core.feature_store import FeatureStore
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.progress import Progress
from core.types.clips import Clip
from core.types.cues import CueMeasurement
from core.types.features import FeatureKind
from core.types.runs import CuratedRow
from training.data.augmentation import Augmentation
from training.data.batch import Example
from training.data.cue_rates import counts_so_far, event_counts
from training.data.dataset_spec import KIND_OF
from training.data.pose_input import CHANNELS, pose_input
from training.data.soft_labels import target_of

_SCALE_FRAMES = 200  # frames sampled per clip for the input's mean and standard deviation


@dataclass(frozen=True, slots=True)
class Window:
    """A time range of a clip in seconds, end exclusive."""

    start_s: float
    end_s: float


class ClipSource:
    """Features of the clips of one run, made by `open_clips`.

    `kinds`: modalities by clip id. `refused`: clips that are not available although they were wanted, by id, with
    the reason.
    """

    def __init__(
        self,
        store: FeatureStore,
        cache: Path,
        clips: Mapping[int, Clip],
        kinds: Mapping[int, frozenset[str]],
        *,
        widths: Mapping[str, int],
        measured: Mapping[int, CueMeasurement],
        cue_names: Sequence[str] | None = None,
        windows: tuple[int, int] = (0, 0),
        refused: Mapping[int, str] | None = None,
    ) -> None:
        self.refused = dict(refused or {})
        self._store = store
        self._cache = cache
        self.clips = clips
        self.kinds = kinds
        self.widths = widths
        self._measured = measured
        self._window_frames, self._windows = windows
        self._counts: dict[int, npt.NDArray[np.float64]] = {}
        named = sorted({coverage.name for found in measured.values() for coverage in found.coverage})
        self.cue_names = named if cue_names is None else list(cue_names)

    def read_by(self, windows: tuple[int, int], *, cues: bool) -> "ClipSource":
        """The same clips and cache, for a model with other windows (`TrainingSettings.windows`) or without cues."""
        return ClipSource(
            self._store,
            self._cache,
            self.clips,
            self.kinds,
            widths=self.widths,
            measured=self._measured if cues else {},
            windows=windows,
            refused=self.refused,
        )

    def example(
        self,
        clip_id: int,
        modalities: Sequence[str],
        *,
        target: npt.NDArray[np.float32] | None = None,
        weight: float = 1.0,
        window: Window | None = None,
    ) -> Example:
        """The given window of the clip; without one, the model's input in prediction: the whole clip or its sampled
        windows.
        """
        values: dict[str, npt.NDArray[np.float16]] = {}
        pose_mask = None
        for name in modalities:
            if name not in self.kinds[clip_id]:
                continue
            if name == "pose":
                rows = self._rows(clip_id, window)
                values[name] = np.array(self._cached(clip_id, "channels")[rows])
                pose_mask = np.array(self._cached(clip_id, "mask")[rows])
            elif name == "image":
                values[name] = self._images(clip_id, window)
            else:
                with self._store.open(clip_id, FeatureKind.TEXT) as file:
                    values[name] = file.read("features", 2)
        cues = self.cue_counts(clip_id) if "pose" in values and self.cue_names else None
        return Example(clip_id, target, weight, values, pose_mask, cues)

    def cue_counts(self, clip_id: int) -> npt.NDArray[np.float64]:
        """(cues, 2) in the order of `cue_names`: events and measurable minutes of the whole clip, even if only
        windows are read.
        """
        if clip_id not in self._counts:
            self._counts[clip_id] = event_counts(self._measured.get(clip_id), self.cue_names)
        return self._counts[clip_id]

    def cue_counts_so_far(self, clip_id: int, time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(L, cues, 2) counts up to each time in `time_s` (L,); the last row is of the whole clip."""
        until_s = np.append(time_s[:-1], np.inf)
        return counts_so_far(self._measured.get(clip_id), self.cue_names, until_s)

    def frames(self, clip_id: int) -> int:
        """Frames read in prediction, of key points or else of image features: the cost of a forward pass."""
        if "pose" in self.kinds[clip_id]:
            return len(self._cached(clip_id, "time")[self._rows(clip_id, None)])
        if "image" in self.kinds[clip_id]:
            with self._store.open(clip_id, FeatureKind.IMAGE) as file:
                return file.length("features", 2)
        return 1

    def token_times_s(self, clip_id: int, modality: str, starts: Sequence[int]) -> npt.NDArray[np.float64]:
        """(L,) the middle of each token in seconds: of "pose", with the first frames `starts`, or "image", one frame
        per token.
        """
        if modality == "image":
            with self._store.open(clip_id, FeatureKind.IMAGE) as file:
                return np.asarray(file.read("time_s", 1), dtype=np.float64)
        time_s = np.asarray(self._cached(clip_id, "time")[self._rows(clip_id, None)], dtype=np.float64)
        lengths = np.diff([*starts, len(time_s)])
        return np.asarray(np.add.reduceat(time_s, starts) / lengths, dtype=np.float64)

    def pose_scale(self, clip_ids: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and standard deviation (137, 5) of the detected key points of these clips; 0 and 1 for joints never
        detected.
        """
        count = np.zeros((JOINT_COUNT, 1))
        total = np.zeros((JOINT_COUNT, CHANNELS))
        squares = np.zeros((JOINT_COUNT, CHANNELS))
        for clip_id in clip_ids:
            if "pose" not in self.kinds[clip_id]:
                continue
            channels, mask = self._cached(clip_id, "channels"), self._cached(clip_id, "mask")
            every = max(1, len(channels) // _SCALE_FRAMES)
            sample = channels[::every].astype(np.float64)
            count += mask[::every].sum(axis=0)[:, None]
            total += sample.sum(axis=0)  # missing points are zeros
            squares += (sample**2).sum(axis=0)
        mean = total / np.maximum(count, 1)
        deviation = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean**2, 0))
        deviation[deviation < 1e-4] = 1.0
        return torch.tensor(mean, dtype=torch.float32), torch.tensor(deviation, dtype=torch.float32)

    def _rows(self, clip_id: int, window: Window | None) -> slice | npt.NDArray[np.int64]:
        """The frames of the key points to read: those of the window, else of the sampled windows, else all."""
        time_s = self._cached(clip_id, "time")
        if window is not None:
            return slice(*np.searchsorted(time_s, [window.start_s, window.end_s]))
        if not self._windows or len(time_s) <= self._windows * self._window_frames:
            return slice(None)
        starts = np.linspace(0, len(time_s) - self._window_frames, self._windows).round().astype(np.int64)
        return np.asarray((starts[:, None] + np.arange(self._window_frames)).reshape(-1))

    def _cached(self, clip_id: int, what: str) -> npt.NDArray[Any]:
        array: npt.NDArray[Any] = np.load(self._cache / f"{clip_id}.{what}.npy", mmap_mode="r")
        return array

    def _images(self, clip_id: int, window: Window | None) -> npt.NDArray[np.float16]:
        with self._store.open(clip_id, FeatureKind.IMAGE) as file:
            if window is None:
                return file.read("features", 2)
            start, stop = np.searchsorted(file.read("time_s", 1), [window.start_s, window.end_s])
            return file.rows("features", int(start), int(stop))


def open_clips(
    store: FeatureStore,
    clips: Sequence[Clip],
    kinds: Mapping[int, frozenset[str]],
    *,
    cache: Path,
    max_frames: int,
    measured: Mapping[int, CueMeasurement],
    progress: Progress,
    cue_names: Sequence[str] | None = None,
    windows: tuple[int, int] = (0, 0),
    needed: Collection[int] | None = None,
) -> ClipSource:
    """Checks every feature once and fills the cache folder, which is emptied first.

    `kinds`: modalities by clip id. `windows`: `TrainingSettings.windows`. `cue_names`: the cues to read, in this
    order, instead of all that were measured. `needed`: clips that must be readable, all by default; others that are
    not are left out (`ClipSource.refused`). Raises TrainingError, naming the clip, for features that are not finite,
    of another width than those of other clips, or longer than `max_frames`.
    """
    if cache.exists():
        shutil.rmtree(cache)
    cache.mkdir(parents=True)
    widths: dict[str, int] = {}
    refused: dict[int, str] = {}
    # Needed clips first: the width of their features is the one that others must have.
    for clip in sorted(clips, key=lambda clip: needed is not None and clip.id not in needed):
        progress.raise_if_cancelled()
        try:
            _check_and_cache(store, clip, kinds[clip.id], cache=cache, max_frames=max_frames, widths=widths)
        except (TrainingError, FeatureError) as error:
            if needed is None or clip.id in needed:
                raise
            refused[clip.id] = str(error)
    return ClipSource(
        store,
        cache,
        {clip.id: clip for clip in clips if clip.id not in refused},
        kinds,
        widths=widths,
        measured=measured,
        cue_names=cue_names,
        windows=windows,
        refused=refused,
    )


def _check_and_cache(
    store: FeatureStore,
    clip: Clip,
    kinds: frozenset[str],
    *,
    cache: Path,
    max_frames: int,
    widths: dict[str, int],
) -> None:
    if "pose" in kinds:
        _cache_pose(store, clip, cache, max_frames)
    for name in sorted(kinds - {"pose"}):
        width = _checked_width(store, clip, KIND_OF[name], max_frames)
        if widths.setdefault(name, width) != width:
            raise TrainingError(
                f"The {name} features of the clip {clip.name!r} are {width} wide, those of others {widths[name]}."
            )


def _cache_pose(store: FeatureStore, clip: Clip, cache: Path, max_frames: int) -> None:
    with store.open(clip.id, FeatureKind.KEYPOINTS) as file:
        _refuse_long(clip, file.length("points", 3), max_frames)
        try:
            track = KeypointTrack(file.read("points", 3), file.read("time_s", 1))
        except InputError as error:
            raise TrainingError(f"The key points of the clip {clip.name!r} cannot be read: {error}") from error
    given = pose_input(track)
    if not np.isfinite(given.channels).all():
        raise TrainingError(
            f"The key points of the clip {clip.name!r} lie so far apart that one of them must be wrong: more than "
            f"{np.finfo(np.float16).max:.0f} shoulder widths."
        )
    for name, array in (("channels", given.channels), ("mask", given.mask), ("time", given.time_s)):
        path = cache / f"{clip.id}.{name}.npy"
        try:
            np.save(path, array)
        except OSError as error:  # numpy's own error for a full disk has neither errno nor file name
            raise TrainingError(f"{path} cannot be written: {error.strerror or error}.") from error


def _refuse_long(clip: Clip, frames: int, max_frames: int) -> None:
    if frames > max_frames:
        raise TrainingError(
            f"The clip {clip.name!r} has {frames} frames, more than training.max_frames allows ({max_frames})."
        )


def _checked_width(store: FeatureStore, clip: Clip, kind: FeatureKind, max_frames: int) -> int:
    with store.open(clip.id, kind) as file:
        _refuse_long(clip, file.length("features", 2), max_frames)
        features = file.read("features", 2)
    if not np.isfinite(features).all():
        raise TrainingError(f"The {kind.value} features of the clip {clip.name!r} hold a value that is not a number.")
    return int(features.shape[1])


class TrainingWindows(Dataset[Example]):
    """Random windows of curated rows, one item per row. The generator is the caller's, which saves its state in
    checkpoints. `cue_scores`: by clip id, the (classes,) scores of its cues that come with the row.
    """

    def __init__(
        self,
        source: ClipSource,
        rows: Sequence[CuratedRow],
        *,
        label_index: Mapping[str, int],
        modalities: Sequence[str],
        window_frames: int,
        augmentation: Augmentation,
        generator: torch.Generator,
        cue_scores: Mapping[int, npt.NDArray[np.float64]] = MappingProxyType({}),
    ) -> None:
        self._source = source
        self._rows = rows
        self._cue_scores = cue_scores
        self._label_index = label_index
        self._modalities = modalities
        self._window_frames = window_frames
        self._augmentation = augmentation
        self._generator = generator

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Example:
        row = self._rows[index]
        clip = self._source.clips[row.clip_id]
        speed = self._augmentation.speed(self._generator)
        source_frames = self._window_frames * speed
        window_s = source_frames / float(clip.frame_rate)
        start_s = torch.rand(1, generator=self._generator).item() * max(0.0, clip.duration_s - window_s)
        example = self._source.example(
            row.clip_id,
            self._modalities,
            target=target_of(row, self._label_index),
            weight=row.weight,
            window=Window(start_s, start_s + window_s),
        )
        found = len(example.values.get("pose", ()))
        # A clip shorter than the window stays shorter. All others get the same length, which makes batches fastest.
        short = found < int(source_frames) - 1
        frames = max(1, round(found / speed)) if short else self._window_frames
        example = replace(example, cue_scores=self._cue_scores.get(row.clip_id))
        return self._augmentation(example, self._generator, frames=frames)


def packed(source: ClipSource, clip_ids: Sequence[int], frames: int) -> Iterator[list[int]]:
    """Groups of clips of similar length whose padded frames stay within `frames`; a longer clip is a group of its
    own.
    """
    group: list[int] = []
    longest = 0
    for length, clip_id in sorted((source.frames(clip_id), clip_id) for clip_id in clip_ids):
        if group and max(longest, length) * (len(group) + 1) > frames:
            yield group
            group, longest = [], 0
        group.append(clip_id)
        longest = max(longest, length)
    if group:
        yield group
