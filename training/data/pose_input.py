"""Key points of a clip as the model reads them: local, scaled, with offsets.

On top of `core.pose.keypoints.with_offsets` (from the neck, in units of one body scale per clip) every small part is taken
from its own root, so that a pressed lip is not drowned by a moving head: face points from the bridge's tip, fingers
from their wrist, wrists of the hands from the nose (how far a hand is from the face is what self-touch is made of).
The face is further taken from the clip's own mean face: whose face it is must not tell the label.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack, with_offsets
from core.pose.skeleton import FACE, JOINT_COUNT, LEFT_HAND, MIRROR, NOSE, RIGHT_HAND

CHANNELS = 5  # x, y, confidence, dx, dy
FACE_TIP = FACE.start + 30


def _roots() -> npt.NDArray[np.int64]:
    roots = np.arange(JOINT_COUNT)
    roots[FACE] = FACE_TIP
    roots[LEFT_HAND] = LEFT_HAND.start
    roots[RIGHT_HAND] = RIGHT_HAND.start
    roots[[LEFT_HAND.start, RIGHT_HAND.start]] = NOSE
    return roots


ROOTS = _roots()
"""(137,) the joint that each joint's place and offset are taken from; its own index: from the neck, as it came."""
_ROOTED = (np.arange(JOINT_COUNT) != ROOTS) & (np.arange(JOINT_COUNT) != FACE_TIP)
_MIRROR = np.array(MIRROR)


@dataclass(frozen=True, slots=True)
class PoseInput:
    """Channels float16 (T, 137, 5): x, y, confidence, dx, dy, zero where missing; mask bool (T, 137); time_s (T,)."""

    channels: npt.NDArray[np.float16]
    mask: npt.NDArray[np.bool_]
    time_s: npt.NDArray[np.float64]


def pose_input(track: KeypointTrack) -> PoseInput:
    """The whole clip at once, since scale and mean face belong to the clip. A joint without its root counts as missing."""
    offsets = with_offsets(track)
    points = offsets.points.copy()
    mask = offsets.mask & offsets.mask[:, ROOTS]
    moved = offsets.offset_mask & offsets.offset_mask[:, ROOTS]
    points[:, _ROOTED, :2] -= offsets.points[:, ROOTS[_ROOTED], :2]
    points[:, _ROOTED, 3:] -= offsets.points[:, ROOTS[_ROOTED], 3:]
    points[..., 3:] *= moved[..., None]
    points *= mask[..., None]
    rooted_face = np.arange(FACE.start, FACE.stop)
    rooted_face = rooted_face[rooted_face != FACE_TIP]
    seen = np.maximum(mask[:, rooted_face].sum(axis=0), 1)[:, None]
    points[:, rooted_face, :2] -= points[:, rooted_face, :2].sum(axis=0) / seen
    points *= mask[..., None]
    with np.errstate(over="ignore"):  # what float16 cannot hold is infinite then, and `open_clips` names the clip
        return PoseInput(points.astype(np.float16), mask, track.time_s)


def mirrored(
    channels: npt.NDArray[np.float16], mask: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.bool_]]:
    """Left and right changed places, x and dx negated: the input that the mirrored video would have given."""
    # A joint's five channels as one item: copied whole, which is several times as fast.
    joints = np.ascontiguousarray(channels).view(f"V{channels.itemsize * channels.shape[2]}")[..., 0]
    turned = np.take(joints, _MIRROR, axis=1).view(channels.dtype).reshape(channels.shape)
    turned[..., [0, 3]] *= np.float16(-1)
    return turned, mask[:, _MIRROR]
