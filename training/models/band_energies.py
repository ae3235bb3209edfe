"""How strongly each point moves, and at what pace: the mean square of the Haar bands of its coordinates.

A Haar band of k frames is the difference of the means of two neighboring stretches of k frames; its mean square over a
clip tells how much happens at that time scale, wherever in the clip it happens. A linear model on these finds, from labels
alone, most of what counts of hand-made cues find: on whole simulated interviews it reaches a balanced accuracy of .72
(counts .80), on one-minute clips .78 (.83); means of neighboring points instead of the points .69 and .75.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from training.models.pose_features import of_joints

BANDS_FRAMES = (2, 4, 8, 16, 32, 64)
"""From 0.08 to 2.6 seconds a stretch, at 25 frames a second."""
_SHORT_FRAMES = 512


def band_count(joints: tuple[int, ...]) -> int:
    """Number of energies for a model that reads these joints."""
    return len(BANDS_FRAMES) * 2 * len(joints)


def band_energies(points: Tensor, mask: Tensor, joints: tuple[int, ...]) -> Tensor:
    """(B, energies), by band, joint and axis, of points (B, T, 137, 3) and mask (B, T, 137), in squared body spreads.

    A missing point counts as its mean over the clip; a clip shorter than two stretches has 0.
    """
    length = _lengths(mask)[:, None]
    found = []
    for frames, squares in _squared_bands(points, mask, joints):
        number = length - 2 * frames + 1
        inside = (torch.arange(squares.shape[1], device=squares.device) < number).to(squares.dtype)
        found.append(torch.bmm(inside.unsqueeze(1), squares).squeeze(1) / number.clamp(min=1))
    return torch.cat(found, dim=-1)


def band_energies_so_far(points: Tensor, mask: Tensor, joints: tuple[int, ...], ends: Tensor) -> Tensor:
    """(L, energies): the `band_energies` of the first clip up to each of the frames `ends` (L,), included."""
    found = []
    for frames, squares in _squared_bands(points[:1], mask[:1], joints):
        number = (torch.minimum(ends + 1, _lengths(mask)[0]) - 2 * frames + 1).clamp(min=0)
        sums = torch.cat([squares.new_zeros(1, squares.shape[-1]), squares[0]]).double().cumsum(dim=0)
        found.append(sums[number.clamp(max=len(sums) - 1)].to(squares.dtype) / number.clamp(min=1)[:, None])
    return torch.cat(found, dim=-1)


def _squared_bands(points: Tensor, mask: Tensor, joints: tuple[int, ...]) -> Iterator[tuple[int, Tensor]]:
    """Frames of each band and its squares (B, T - 2k + 1, coordinates), empty in time for a batch that is too short."""
    moved = _coordinates(points, mask, joints)
    exact = moved.double() if moved.shape[1] > _SHORT_FRAMES else moved  # rounding grows with the length of a sum
    sums = torch.nn.functional.pad(exact.cumsum(dim=1), (0, 0, 1, 0))
    for frames in BANDS_FRAMES:
        if moved.shape[1] < 2 * frames:
            yield frames, moved.new_zeros(len(moved), 0, moved.shape[-1])
            continue
        band = (sums[:, 2 * frames :] + sums[:, : -2 * frames]).sub_(sums[:, frames:-frames], alpha=2)
        yield frames, band.div_(frames).square_().to(moved.dtype)


def _coordinates(points: Tensor, mask: Tensor, joints: tuple[int, ...]) -> Tensor:
    """(B, T, 2 x joints) the place of each point around its mean over the clip, 0 where it is missing."""
    seen = of_joints(mask, joints)
    places = of_joints(points, joints)[..., :2].masked_fill(~seen.unsqueeze(-1), 0).flatten(2)
    there = seen.to(points.dtype).repeat_interleave(2, dim=-1)
    center = places.sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True).clamp(min=1)
    return (places - center).mul_(there)


def _lengths(mask: Tensor) -> Tensor:
    """(B,) frames up to the last one that has a point."""
    there = mask.any(dim=-1)
    if not there.shape[1]:
        return torch.zeros(len(there), dtype=torch.int64, device=mask.device)
    return (torch.arange(1, there.shape[1] + 1, device=mask.device) * there).amax(dim=1)
