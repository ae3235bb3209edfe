"""PoseMLP as a peer: the product's own network and fit, with the settings that it ships with, on key points alone."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.progress import Progress, SilentProgress
from core.settings.training import TrainingSettings
from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from training.data.dataset import clips_of_tracks
from training.data.dataset_spec import DatasetSpec
from training.fit.fitter import Fitter
from training.fit.fold_fits import FoldFits, shape_of
from training.fit.inference import probabilities_of
from training.fit.resources import resolved
from training.models.fusion import Fusion, parameter_count
from training.peers.constant import Constant
from training.peers.interface import FittedPeer, LabeledClips, Scores, spread_out


@dataclass(frozen=True)
class PoseMlpPeer:
    """The product's fit of key points alone, without cues; `settings` are the shipped ones."""

    settings: TrainingSettings = field(default_factory=lambda: TrainingSettings(device="cpu", max_threads=1))
    name: str = "PoseMLP"
    seeded: bool = True

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:
        """As `telltale train --modalities pose` fits a fold."""
        taught = training.taught
        if len(taught) < 2:
            return Constant.of_the_only_label(training)
        settings = self.settings.model_copy(update={"seed": seed})
        source = clips_of_tracks(dict(enumerate(training.tracks)), windows=settings.windows)
        rows = _rows_of(training)
        settings = resolved(settings, source.training_frames(row.clip_id for row in rows), None)
        spec = _spec_of(len(rows))
        names = [str(label) for label in taught]
        with tempfile.TemporaryDirectory(prefix="telltale-peer-") as folder:
            fitter = Fitter(source, settings, names, Path(folder), progress)
            fits = FoldFits(fitter, shape_of(settings, spec, source, len(taught)), settings, names, spec, None)
            model = fits.single(rows, 0, "pose", ((0.0, 1.0), "PoseMLP"))
        return _Fitted(model, settings, taught, len(training.classes), parameter_count(model))


@dataclass(frozen=True)
class _Fitted:
    model: Fusion
    settings: TrainingSettings
    taught: npt.NDArray[np.intp]
    classes: int
    parameters: int
    remark: str = ""

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """Log probabilities."""
        if not tracks:
            return np.zeros((0, self.classes))
        source = clips_of_tracks(dict(enumerate(tracks)), windows=self.settings.windows)
        found = probabilities_of(self.model, source, range(len(tracks)), SilentProgress())
        chances = np.array([found[place] for place in range(len(tracks))])
        return spread_out(np.log(np.maximum(chances, np.finfo(np.float64).tiny)), self.taught, self.classes)


def _rows_of(training: LabeledClips) -> list[CuratedRow]:
    return [
        CuratedRow(place, int(subject), str(label), LabelSource.GOLD, 1.0)
        for place, (label, subject) in enumerate(zip(training.labels, training.subjects, strict=True))
    ]


def _spec_of(clips: int) -> DatasetSpec:
    kinds = dict.fromkeys(range(clips), frozenset({"pose"}))
    return DatasetSpec(
        clips=(), kinds=kinds, modalities=("pose",), left_out={}, producers={}, statistics={}, measured={}
    )
