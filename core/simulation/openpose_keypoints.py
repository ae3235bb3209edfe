"""A simulated clip's key points as OpenPose would detect them."""

import numpy as np

from core.media.timebase import frame_times_s
from core.pose.keypoints import KeypointTrack
from core.simulation.cohort import Cohort, SimulatedClip
from core.simulation.openpose_faults import with_faults
from core.simulation.rig.person import Performance, perform

_FAULTS = 1  # index of the random stream for detection errors, separate from the clip's own


def keypoints_of(cohort: Cohort, clip: SimulatedClip | str) -> KeypointTrack:
    """The clip's key points with detection errors; deterministic. Raises NotFoundError for an unknown name."""
    clip = cohort.clip(clip) if isinstance(clip, str) else clip
    return found_keypoints(cohort, clip, perform(cohort, clip))


def found_keypoints(cohort: Cohort, clip: SimulatedClip, performance: Performance) -> KeypointTrack:
    """Like `keypoints_of`, for a performance that was already computed."""
    random = np.random.default_rng((clip.seed, _FAULTS))
    points = with_faults(performance.points, performance.time_s, cohort.preset.height_px, random)
    return KeypointTrack(points, frame_times_s(clip.frame_count, cohort.preset.frame_rate))
