"""Clips as arrays: key points converted once a run (`training.data.pose_cache`), image and text features read from their
files.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from core.errors import FeatureError, InputError, TrainingError
from core.feature_store import FeatureStore
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.progress import Progress
from core.settings.training import TrainingSettings
from core.types.clips import Clip
from core.types.cues import CueMeasurement
from core.types.features import FeatureKind
from training.data.batch import Example
from training.data.cue_rates import counts_so_far, event_counts
from training.data.cue_targets import cue_targets
from training.data.dataset_spec import KIND_OF
from training.data.pose_cache import PoseCache
from training.data.pose_input import PoseInput, pose_input

Summary = Callable[[KeypointTrack, PoseInput], npt.NDArray[np.float64]]
"""Numbers of a whole clip that are made of its key points as they are stored, and as the model reads them."""
Rows = slice | npt.NDArray[np.int64] | npt.NDArray[np.float64]
NO_FRAME = -1  # a row that reads nothing; it parts two windows, so that no offset is taken from one to the other
_ALL = slice(None)
_LEAST_SEEN = 0.01


class ClipSource:
    """Features of the clips of one run, made by `open_clips` or, of key points alone, by `clips_of_tracks`.

    `names` and `kinds`: names and modalities by clip id. `refused`: clips that are not available although they were
    wanted, by id, with the reason. `measured`: cues whose rates a model reads, `taught`: cues that it learns to find.
    `summaries`: what `open_clips` was asked to make of key points, by clip id.
    """

    def __init__(
        self,
        store: FeatureStore | None,
        poses: PoseCache,
        names: Mapping[int, str],
        kinds: Mapping[int, frozenset[str]],
        *,
        widths: Mapping[str, int],
        measured: Mapping[int, CueMeasurement],
        taught: Mapping[int, CueMeasurement] | None = None,
        cue_names: Sequence[str] | None = None,
        windows: tuple[int, int] = (0, 0),
        refused: Mapping[int, str] | None = None,
        summaries: Mapping[int, npt.NDArray[np.float64]] | None = None,
    ) -> None:
        self.refused = dict(refused or {})
        self.summaries = dict(summaries or {})
        self._store = store
        self._poses = poses
        self.names = names
        self.kinds = kinds
        self.widths = widths
        self._measured = measured
        self._window_frames, self._windows = windows
        self._counts: dict[int, npt.NDArray[np.float64]] = {}
        self.cue_names = _names_of(measured) if cue_names is None else list(cue_names)
        self.taught = taught or {}
        self.taught_names = _names_of(self.taught)

    def read_by(self, settings: TrainingSettings) -> "ClipSource":
        """The same clips and cache, for a model of other settings: its windows and what it does with cues."""
        return ClipSource(
            self._store,
            self._poses,
            self.names,
            self.kinds,
            widths=self.widths,
            measured=self._measured if settings.measured_cues else {},
            taught=self.taught if settings.taught_cues else {},
            windows=settings.windows,
            refused=self.refused,
            summaries=self.summaries,
        )

    def example(self, clip_id: int, modalities: Sequence[str], rows: Mapping[str, Rows] | None = None) -> Example:
        """The clip, or the frames of its key points and images that `rows` has by modality; `NO_FRAME` is a missing one.

        Key points between two frames are interpolated; one that only one of the frames has is as there.
        Without `rows`, the model's input in prediction: the whole clip or its sampled windows.
        """
        rows = (
            {"pose": self._predicted_frames(clip_id)} if rows is None and "pose" in self.kinds[clip_id] else rows or {}
        )
        values: dict[str, npt.NDArray[np.float16 | np.float32]] = {}
        pose_mask = None
        for name in modalities:
            if name not in self.kinds[clip_id]:
                continue
            if name == "pose":
                values[name], pose_mask = _read_rows(self.pose(clip_id), rows.get(name, _ALL))
            else:
                with self._features.open(clip_id, KIND_OF[name]) as file:
                    read = rows.get(name, _ALL)
                    values[name] = file.read("features", 2)[read if isinstance(read, slice) else read.astype(np.int64)]
        cues = self.cue_counts(clip_id) if "pose" in values and self.cue_names else None
        return Example(clip_id, None, 1.0, values, pose_mask, cues)

    def cue_targets(self, clip_id: int, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
        """(T, cues) the `training.data.cue_targets` of these frames of the clip, in the order of `taught_names`."""
        time_s = np.interp(rows, np.arange(self.length(clip_id, "pose")), self.pose(clip_id).time_s)
        time_s[rows == NO_FRAME] = np.nan
        return cue_targets(self.taught.get(clip_id), self.taught_names, time_s)

    def pose(self, clip_id: int) -> PoseInput:
        """All frames of the clip's key points."""
        return self._poses[clip_id]

    def joints(self, clip_ids: Iterable[int]) -> tuple[int, ...]:
        """The joints that these clips have in a hundredth of their frames together, as indices; all where they have none."""
        seen, frames = np.zeros(JOINT_COUNT), 0
        for clip_id in clip_ids:
            if "pose" in self.kinds[clip_id]:
                seen += self.pose(clip_id).mask.sum(axis=0)
                frames += self.length(clip_id, "pose")
        found = np.flatnonzero(seen >= max(1.0, _LEAST_SEEN * frames))
        return tuple(found.tolist() or range(JOINT_COUNT))

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
            return len(self.pose(clip_id).time_s[self._predicted_frames(clip_id)])
        return self.length(clip_id, "image") if "image" in self.kinds[clip_id] else 1

    def length(self, clip_id: int, modality: str) -> int:
        """All frames of "pose" or "image" of a clip that has them."""
        if modality == "pose":
            return len(self.pose(clip_id).time_s)
        with self._features.open(clip_id, KIND_OF[modality]) as file:
            return file.length("features", 2)

    def training_frames(self, clip_ids: Iterable[int]) -> list[int]:
        """The frames of the clips, of key points or else of images, 1 where a clip has neither."""
        return [self._length_of_any(clip_id) for clip_id in clip_ids if clip_id in self.names]

    def _length_of_any(self, clip_id: int) -> int:
        found = next((name for name in ("pose", "image") if name in self.kinds[clip_id]), None)
        return 1 if found is None else self.length(clip_id, found)

    @property
    def _features(self) -> FeatureStore:
        if self._store is None:
            raise LookupError("clips of key points alone have no other features")
        return self._store

    def token_times_s(self, clip_id: int, modality: str, starts: Sequence[int]) -> npt.NDArray[np.float64]:
        """(L,) the middle of each token in seconds: of "pose", with the first frames `starts`, or "image", one frame
        per token.
        """
        if modality == "image":
            with self._features.open(clip_id, FeatureKind.IMAGE) as file:
                return np.asarray(file.read("time_s", 1), dtype=np.float64)
        time_s = np.asarray(self.pose(clip_id).time_s[self._predicted_frames(clip_id)], dtype=np.float64)
        lengths = np.diff([*starts, len(time_s)])
        return np.asarray(np.add.reduceat(time_s, starts) / lengths, dtype=np.float64)

    def _predicted_frames(self, clip_id: int) -> Rows:
        """The frames of the key points that a prediction reads: those of the sampled windows, else all."""
        frames = self.length(clip_id, "pose")
        if not self._windows or frames <= self._windows * self._window_frames:
            return _ALL
        starts = np.linspace(0, frames - self._window_frames, self._windows).round().astype(np.int64)
        return np.asarray((starts[:, None] + np.arange(self._window_frames)).reshape(-1))


def _names_of(measured: Mapping[int, CueMeasurement]) -> list[str]:
    return sorted({coverage.name for found in measured.values() for coverage in found.coverage})


def _read_rows(pose: PoseInput, rows: Rows) -> tuple[npt.NDArray[np.float16 | np.float32], npt.NDArray[np.bool_]]:
    if isinstance(rows, slice):
        return pose.channels[rows], pose.mask[rows]
    before = np.floor(rows).astype(np.int64)
    channels, mask = pose.channels.take(before, axis=0), pose.mask.take(before, axis=0)
    share = rows - before
    if share.any():
        after = np.minimum(before + (share > 0), len(pose.mask) - 1)
        there = pose.mask.take(after, axis=0)
        weight = np.where(mask & there, share[:, None], there).astype(np.float32)[..., None]
        # torch widens half precision some ten times as fast as NumPy
        here, beside = (torch.from_numpy(one).float() for one in (channels, pose.channels.take(after, axis=0)))
        channels, mask = here.lerp_(beside, torch.from_numpy(weight)).numpy(), mask | there
    nothing = rows == NO_FRAME
    channels[nothing], mask[nothing] = 0, False
    return channels, mask


def clips_of_tracks(tracks: Mapping[int, KeypointTrack], *, windows: tuple[int, int] = (0, 0)) -> ClipSource:
    """Clips of key points alone, held in memory, without a workspace.

    Raises TrainingError, naming the clip by its number, for key points that lie too far apart.
    """
    inputs: dict[int, PoseInput] = {}
    for number, track in tracks.items():
        inputs[number] = _checked_input(track, f"clip {number}")
    return ClipSource(
        None,
        PoseCache.of(inputs),
        {number: f"clip {number}" for number in inputs},
        dict.fromkeys(inputs, frozenset({"pose"})),
        widths={},
        measured={},
        windows=windows,
    )


def open_clips(
    store: FeatureStore,
    clips: Sequence[Clip],
    kinds: Mapping[int, frozenset[str]],
    *,
    cache: Path,
    max_frames: int,
    measured: Mapping[int, CueMeasurement],
    taught: Mapping[int, CueMeasurement] | None = None,
    progress: Progress,
    cue_names: Sequence[str] | None = None,
    windows: tuple[int, int] = (0, 0),
    needed: Collection[int] | None = None,
    summary: Summary | None = None,
) -> ClipSource:
    """Checks every feature once and fills the cache folder, which is emptied first.

    `kinds`: modalities by clip id. `windows`: `TrainingSettings.windows`. `cue_names`: the cues to read, in this
    order, instead of all that were measured. `taught`: the cues that a network learns to find. `needed`: clips that must
    be readable, all by default; others that are not are left out (`ClipSource.refused`). `summary` is made of the key
    points of the needed clips while they are in memory (`ClipSource.summaries`). Raises TrainingError, naming the
    clip, for features that are not finite, of another width than those of other clips, or longer than `max_frames`.
    """
    if cache.exists():
        shutil.rmtree(cache)
    cache.mkdir(parents=True)
    poses = PoseCache(cache)
    widths: dict[str, int] = {}
    refused: dict[int, str] = {}
    summaries: dict[int, npt.NDArray[np.float64]] = {}
    # Needed clips first: the width of their features is the one that others must have.
    for clip in sorted(clips, key=lambda clip: needed is not None and clip.id not in needed):
        progress.raise_if_cancelled()
        is_needed = needed is None or clip.id in needed
        try:
            if "pose" in kinds[clip.id]:
                track, pose = _read_pose(store, clip, max_frames)
                poses.add(clip.id, pose)
                if summary is not None and is_needed:
                    summaries[clip.id] = summary(track, pose)
            _check_widths(store, clip, kinds[clip.id] - {"pose"}, max_frames=max_frames, widths=widths)
        except (TrainingError, FeatureError) as error:
            if is_needed:
                raise
            refused[clip.id] = str(error)
    return ClipSource(
        store,
        poses,
        {clip.id: clip.name for clip in clips if clip.id not in refused},
        kinds,
        widths=widths,
        measured=measured,
        taught=taught,
        cue_names=cue_names,
        windows=windows,
        refused=refused,
        summaries=summaries,
    )


def _check_widths(
    store: FeatureStore, clip: Clip, kinds: frozenset[str], *, max_frames: int, widths: dict[str, int]
) -> None:
    for name in sorted(kinds):
        width = _checked_width(store, clip, KIND_OF[name], max_frames)
        if widths.setdefault(name, width) != width:
            raise TrainingError(
                f"The {name} features of the clip {clip.name!r} are {width} wide, those of others {widths[name]}."
            )


def _read_pose(store: FeatureStore, clip: Clip, max_frames: int) -> tuple[KeypointTrack, PoseInput]:
    with store.open(clip.id, FeatureKind.KEYPOINTS) as file:
        _refuse_long(clip, file.length("points", 3), max_frames)
        try:
            track = KeypointTrack(file.read("points", 3), file.read("time_s", 1))
        except InputError as error:
            raise TrainingError(f"The key points of the clip {clip.name!r} cannot be read: {error}") from error
    return track, _checked_input(track, f"the clip {clip.name!r}")


def _checked_input(track: KeypointTrack, called: str) -> PoseInput:
    given = pose_input(track)
    if not np.isfinite(given.channels).all():
        raise TrainingError(
            f"The key points of {called} lie so far apart that one of them must be wrong: more than "
            f"{np.finfo(np.float16).max:.0f} times the spread of the body."
        )
    return given


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
