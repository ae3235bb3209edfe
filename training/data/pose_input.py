"""Key points of a clip as the model's input: relative to a local root joint, scaled, with inter-frame offsets.

Starts from `core.pose.keypoints.with_offsets` (relative to the neck, in body scales of the clip). Small parts are
then taken relative to a root of their own, so that a movement of the head does not hide a pressed lip: face points
to the tip of the nose bridge, fingers to their wrist, the wrists of the hands to the nose (the distance from hand to
face shows self-touch). The mean face of the clip is subtracted from the face, so that identity does not predict the
label.
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
"""(137,) the root joint of each joint; its own index where it stays relative to the neck."""
_ROOTED = (np.arange(JOINT_COUNT) != ROOTS) & (np.arange(JOINT_COUNT) != FACE_TIP)
_MIRROR = np.array(MIRROR)


@dataclass(frozen=True, slots=True)
class PoseInput:
    """`channels` float16 (T, 137, 5): x, y, confidence, dx, dy, zero where missing. `mask` bool (T, 137). `time_s`
    (T,).
    """

    channels: npt.NDArray[np.float16]
    mask: npt.NDArray[np.bool_]
    time_s: npt.NDArray[np.float64]


def pose_input(track: KeypointTrack) -> PoseInput:
    """Converts a whole clip, since scale and mean face are computed per clip. A joint without its root counts as
    missing.
    """
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
    with np.errstate(over="ignore"):  # values too large for float16 become infinite; `open_clips` refuses such a clip
        return PoseInput(points.astype(np.float16), mask, track.time_s)


def mirrored(
    channels: npt.NDArray[np.float16], mask: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.bool_]]:
    """Left and right joints swapped, x and dx negated: the input of the mirrored video."""
    # The five channels of a joint are viewed as one item, which makes the copy several times as fast.
    joints = np.ascontiguousarray(channels).view(f"V{channels.itemsize * channels.shape[2]}")[..., 0]
    turned = np.take(joints, _MIRROR, axis=1).view(channels.dtype).reshape(channels.shape)
    turned[..., [0, 3]] *= np.float16(-1)
    return turned, mask[:, _MIRROR]
