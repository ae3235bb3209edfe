"""The simulated cohort: people whose gesture rates depend on habit and, slightly, on the label; and the best possible accuracy.

It replaces real hidden-emotion data, which cannot be shipped. Everything made from it is marked as simulated.
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
