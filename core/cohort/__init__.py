"""The simulated cohort: people with habits whose gestures shift a little with the label, and the best that can be made of them.

No hidden-emotion data can be shipped; this stands in for it, and everything that comes from here says that it is simulated.
"""

from core.cohort.archive import read_keypoint_archive
from core.cohort.bayes import BestPossible, best_possible
from core.cohort.keypoints_of import keypoints_of
from core.cohort.model import Cohort, SimulatedClip, SimulatedSubject, sample_cohort
from core.cohort.placing import Event
from core.cohort.presets import PRESETS, CohortPreset
from core.cohort.render import render_clip
from core.cohort.write import read_cohort, write_cohort

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
