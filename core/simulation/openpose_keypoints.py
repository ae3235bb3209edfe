"""A clip's key points as OpenPose would give them."""

import numpy as np

from core.media.timebase import frame_times_s
from core.pose.keypoints import KeypointTrack
from core.simulation.cohort import Cohort, SimulatedClip
from core.simulation.openpose_faults import with_faults
from core.simulation.rig.person import Performance, perform

_FAULTS = 1  # the stream of random numbers beside the clip's own


def keypoints_of(cohort: Cohort, clip: SimulatedClip | str) -> KeypointTrack:
    """The clip, acted out and seen by OpenPose with all its faults; always the same. NotFoundError for an unknown name."""
    clip = cohort.clip(clip) if isinstance(clip, str) else clip
    return found_keypoints(cohort, clip, perform(cohort, clip))


def found_keypoints(cohort: Cohort, clip: SimulatedClip, performance: Performance) -> KeypointTrack:
    """What OpenPose finds of a performance that is there already."""
    random = np.random.default_rng((clip.seed, _FAULTS))
    points = with_faults(performance.points, performance.time_s, cohort.preset.height_px, random)
    return KeypointTrack(points, frame_times_s(clip.frame_count, cohort.preset.frame_rate))
