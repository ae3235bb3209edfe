"""Logistic regression on what a clip looks like on average: the model that a network has to be worth more than.

Its features are moments and energies. Moments: mean and deviation over the frames of the joints relative to the neck
(fingers to their wrist, the face to the tip of the nose bridge), of the places of the body's joints in the clip, of the
velocities and speeds of all (per second, so that frame rates agree), and of the distances of all pairs of body joints.
Energies: `training.models.band_energies`, which the shortcut of our network reads too. Whether the energies are read,
beside moments in full or a tenth of them, and the strength of the L2 regularization have the lowest balanced log loss on
people held out of the training clips.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import BODY
from core.progress import Progress
from training.data.pose_input import PoseInput, pose_input
from training.models.band_energies import band_count, band_energies
from training.peers.constant import Constant
from training.peers.interface import FittedPeer, LabeledClips, Scores, spread_out
from training.peers.placement import Places, joints_there, placed, rooted

Matrix = npt.NDArray[np.float64]
Reading = Callable[[Matrix], Matrix]
"""What a model reads of standardized features (N, F)."""

_REGULARIZATIONS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # C of scikit-learn, the strongest first
_WEIGHTS = ((1.0, 0.0), (1.0, 1.0), (0.1, 1.0))  # of moments and energies
_OUTLIER = 5.0  # deviations; the energy of a clip with faults can be far off all others
_PARTS = 3
_FRAMES_AT_ONCE = 4_000
_LARGEST = 1e4  # spreads: a place that is farther away is a fault of its detector
_LEAST_P = 1e-6


@dataclass(frozen=True)
class Linear:
    """The linear model of this module."""

    name: str = "linear"
    seeded: bool = False

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:  # noqa: ARG002
        """Chooses the regularization on people held out, then fits all clips."""
        from threadpoolctl import threadpool_limits

        taught = training.taught
        if len(taught) < 2:
            return Constant.of_the_only_label(training)
        joints = joints_there(training.tracks)
        features = []
        for number, track in enumerate(training.tracks):
            progress.report(0.3 * number / len(training.tracks), "features")
            progress.raise_if_cancelled()
            features.append(clip_features(track, pose_input(track), joints))
        given = np.stack(features)
        with threadpool_limits(1):  # matrices so small that a second thread costs more than it does
            reading, strength = _chosen(given, training, readings_of(joints), progress)
            model = fitted(given, training.labels, strength, reading)
        return _Fitted(model, joints, taught, len(training.classes), _count(model))


@dataclass(frozen=True)
class _Fitted:
    model: Any
    joints: npt.NDArray[np.intp]
    taught: npt.NDArray[np.intp]
    classes: int
    parameters: int
    remark: str = ""

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """Log probabilities."""
        if not tracks:
            return np.zeros((0, self.classes))
        features = np.stack([clip_features(track, pose_input(track), self.joints) for track in tracks])
        return spread_out(self.model.predict_log_proba(features), self.taught, self.classes)


def clip_features(track: KeypointTrack, pose: PoseInput, joints: npt.NDArray[np.intp]) -> Matrix:
    """(F,) moments, then energies, of a clip; `pose` is its `pose_input`."""
    points = torch.from_numpy(np.asarray(pose.channels, dtype=np.float32))[None]
    energies = band_energies(points, torch.from_numpy(np.array(pose.mask))[None], tuple(joints.tolist()))[0]
    return np.concatenate([clip_statistics(track, joints), energies.double().numpy()])


def readings_of(joints: npt.NDArray[np.intp]) -> list[Reading]:
    """What a model may read of `clip_features`, the least first."""
    energies = band_count(tuple(joints.tolist()))
    return [partial(_read, energies=energies, weights=weights) for weights in _WEIGHTS]


def _read(scaled: Matrix, energies: int, weights: tuple[float, float]) -> Matrix:
    moments = scaled.shape[1] - energies
    parts = scaled[:, :moments], np.clip(scaled[:, moments:], -_OUTLIER, _OUTLIER)
    return np.concatenate([weight * part for weight, part in zip(weights, parts, strict=True) if weight], axis=1)


def clip_statistics(track: KeypointTrack, joints: npt.NDArray[np.intp]) -> Matrix:
    """(F,) means, then deviations, over the frames of a clip; zeros where it shows no point."""
    places = np.clip(placed(track, joints), -_LARGEST, _LARGEST)
    frame_s = np.diff(track.time_s) if len(places) > 1 else np.ones(0)
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for values in _in_parts(places, joints, frame_s):
        count += len(values)
        total = total + values.sum(axis=0)
        squares = squares + (values**2).sum(axis=0)
    mean = total / count
    return np.concatenate([mean, np.sqrt(np.maximum(squares / count - mean**2, 0))])


def _in_parts(places: Places, joints: npt.NDArray[np.intp], frame_s: Matrix) -> Iterator[Matrix]:
    """(frames, F / 2) the values whose statistics are taken, some frames at a time."""
    body = np.flatnonzero(joints < BODY.stop)
    first, second = np.triu_indices(len(body), 1)
    for start in range(0, len(places), _FRAMES_AT_ONCE):
        part = places[start : start + _FRAMES_AT_ONCE + 1].astype(np.float64)
        velocity = np.diff(part, axis=0) / frame_s[start : start + len(part) - 1, None, None]
        part = part[:_FRAMES_AT_ONCE]
        # The last frame of a clip moves as the one before it.
        velocity = np.concatenate([velocity, velocity[-1:] if len(velocity) else np.zeros((1, len(joints), 2))])
        velocity = np.clip(velocity[: len(part)], -_LARGEST, _LARGEST)
        apart = np.linalg.norm(part[:, body[first]] - part[:, body[second]], axis=2)
        moving = [velocity.reshape(len(part), -1), np.linalg.norm(velocity, axis=2)]
        still = [one.reshape(len(part), -1) for one in (rooted(part, joints), part[:, body])]
        yield np.concatenate([*still, *moving, apart], axis=1)


def fitted(features: Matrix, labels: npt.NDArray[Any], regularization: float, reading: Reading) -> Any:
    """The logistic regression on what is read of the standardized features, labels balanced."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    last = LogisticRegression(C=regularization, class_weight="balanced", max_iter=1000, tol=1e-3)
    return make_pipeline(StandardScaler(), FunctionTransformer(reading), last).fit(features, labels)


def _chosen(
    features: Matrix, training: LabeledClips, readings: Sequence[Reading], progress: Progress
) -> tuple[Reading, float]:
    """The reading and the strength with the lowest log loss on held-out people; the first where nobody can be held out."""
    from sklearn.model_selection import GroupKFold

    labels, parts = training.labels, min(_PARTS, len(set(training.subjects.tolist())))
    counts = np.bincount(labels, minlength=len(training.classes))
    candidates = [(reading, strength) for reading in readings for strength in _REGULARIZATIONS]
    losses = np.zeros(len(candidates))
    if parts < 2:
        return candidates[0]
    for part, (kept, held_out) in enumerate(GroupKFold(parts).split(features, groups=training.subjects)):
        known = np.isin(labels[held_out], labels[kept])
        if len(np.unique(labels[kept])) < 2 or not known.any():
            continue
        asked = held_out[known]
        for place, (reading, strength) in enumerate(candidates):
            done = (part * len(candidates) + place) / (parts * len(candidates))
            progress.report(0.3 + 0.6 * done, "regularization")
            progress.raise_if_cancelled()
            model = fitted(features[kept], labels[kept], strength, reading)
            chance = model.predict_proba(features[asked])
            right = chance[np.arange(len(asked)), np.searchsorted(model.classes_, labels[asked])]
            losses[place] -= (np.log(np.maximum(right, _LEAST_P)) / counts[labels[asked]]).sum()
    return candidates[int(losses.argmin())]


def _count(model: Any) -> int:
    last = model.named_steps["logisticregression"]
    return int(last.coef_.size + last.intercept_.size)
