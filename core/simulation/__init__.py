"""The simulated cohort: people with habits whose gestures shift a little with the label, and the best that can be made of them.

No hidden-emotion data can be shipped; this stands in for it, and everything that comes from here says that it is simulated.
"""

from core.simulation.best_accuracy import BestPossible, best_possible
from core.simulation.cohort import Cohort, SimulatedClip, SimulatedSubject, sample_cohort
from core.simulation.cohort_folder import read_cohort, write_cohort
from core.simulation.drawing.video import render_clip
from core.simulation.event_times import Event
from core.simulation.keypoint_archive import read_keypoint_archive
from core.simulation.openpose_keypoints import keypoints_of
from core.simulation.presets import PRESETS, CohortPreset

__all__ = [
    "PRESETS",
    "BestPossible",
    "Cohort",
    "CohortPreset",
    "Event",
    "SimulatedClip",
    "SimulatedSubject",
    "best_possible",
    "keypoints_of",
    "read_cohort",
    "read_keypoint_archive",
    "render_clip",
    "sample_cohort",
    "write_cohort",
]
