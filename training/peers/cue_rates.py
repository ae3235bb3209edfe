"""How often each measured cue happens, by the Poisson model of the product: for clips long enough to have cues."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import TrainingError
from core.pose.cues.catalog import CATALOG
from core.pose.cues.measurement import MIN_CLIP_S, measure_cues
from core.pose.keypoints import KeypointTrack
from core.progress import Progress
from training.data.cue_rates import CueModel, cue_terms, event_counts, fit_cue_model
from training.peers.interface import FittedPeer, LabeledClips, Scores

_LEAST_SHARE = 0.5  # of the clips that must be long enough


@dataclass(frozen=True)
class CueRates:
    """The model of `training.data.cue_rates` alone."""

    name: str = "cue rates"
    seeded: bool = False

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:  # noqa: ARG002
        """Counts the cues of the training clips. Raises TrainingError where most clips are too short to have any, or no
        cue can be measured.
        """
        long = sum(track.duration_s >= MIN_CLIP_S for track in training.tracks)
        if long < _LEAST_SHARE * len(training.tracks):
            raise TrainingError(
                f"{len(training.tracks) - long} of {len(training.tracks)} clips are shorter than {MIN_CLIP_S:g} s, "
                "too short for cues"
            )
        counts = _counts(training.tracks, progress)
        if not counts[..., 1].any():
            raise TrainingError("no cue can be measured on these points")
        taught = np.eye(len(training.classes))[training.labels]
        model = fit_cue_model(counts, taught, training.subjects.tolist())
        return _Fitted(model, training.labels, len(training.classes), model.log_factor.size)


@dataclass(frozen=True)
class _Fitted:
    model: CueModel
    labels: np.ndarray[tuple[int], np.dtype[np.intp]]
    classes: int
    parameters: int
    remark: str = ""

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        """Log likelihoods by label, shrunk."""
        found = cue_terms(_counts(tracks, None), self.model).sum(axis=2)
        found[:, np.setdiff1d(np.arange(self.classes), self.labels)] = -np.inf
        return np.asarray(found)


def _counts(
    tracks: Sequence[KeypointTrack], progress: Progress | None
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(N, cues, 2) events and measurable minutes."""
    found = np.zeros((len(tracks), len(CATALOG), 2))
    for place, track in enumerate(tracks):
        if progress is not None:
            progress.report(0.9 * place / len(tracks), "cues")
            progress.raise_if_cancelled()
        found[place] = event_counts(measure_cues(track), list(CATALOG))
    return found
