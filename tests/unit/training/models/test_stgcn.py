"""The peer of the key-point backbone: its graph, its parts, its sizes, its edges in time."""

import pytest
import torch

from core.pose.skeleton import GRAPH_EDGES, LEFT_HAND, NECK, RIGHT_HAND
from training.models.fusion import parameter_count
from training.models.stgcn import StGcn, StGcnClassifier, edges_among, hops_from, segment_starts, spatial_configuration


@pytest.mark.parametrize("joints", [25, 137])
def test_every_joint_is_reached_from_the_neck(joints: int) -> None:
    assert -1 not in hops_from(NECK, edges_among(range(joints)), joints)


@pytest.mark.parametrize("missing", [(7, LEFT_HAND.start), (4, RIGHT_HAND.start), (0, 55)])
def test_the_joins_of_the_parts_are_edges(missing: tuple[int, int]) -> None:
    assert missing in GRAPH_EDGES


@pytest.mark.parametrize("joints", [25, 137])
def test_the_three_parts_share_the_neighbors_of_every_joint(joints: int) -> None:
    parts = spatial_configuration(range(joints))
    torch.testing.assert_close(parts.sum(dim=(0, 1)), torch.ones(joints))
    assert ((parts > 0).sum(dim=0) <= 1).all()
    assert (parts[0].diagonal() > 0).all()
    hops = torch.tensor(hops_from(NECK, edges_among(range(joints)), joints))
    _, nearer_from, nearer_to = parts[1:2].nonzero().unbind(dim=1)
    assert (hops[nearer_from] == hops[nearer_to] - 1).all()


def test_the_shoulder_takes_from_the_neck_as_nearer_and_from_the_elbow_as_farther() -> None:
    parts = spatial_configuration(range(137))
    assert parts[1, 1, 2] > 0
    assert parts[2, 3, 2] > 0
    assert parts[:, 4, 2].sum() == 0


def test_the_papers_size_has_the_published_parameters() -> None:
    # 3.1 million with the head for 60 actions and joints of Kinetics; the importance of edges grows with the graph.
    without_importance = parameter_count(StGcn(64, 25)) - 9 * 3 * 25 * 25
    assert without_importance == pytest.approx(3.06e6, rel=0.02)
    assert parameter_count(StGcn(64, 137)) - parameter_count(StGcn(64, 25)) == 9 * 3 * (137**2 - 25**2)
    assert parameter_count(StGcn(16, 25)) < parameter_count(StGcn(64, 25)) / 10


@pytest.mark.parametrize("frames", [1, 4, 21, 22])
def test_four_frames_give_a_token(frames: int) -> None:
    model = StGcn(4, 25).eval()
    tokens, there = model(torch.randn(2, frames, 137, 3), torch.ones(2, frames, 137, dtype=torch.bool))
    assert tokens.shape == (2, -(-frames // 4), 16)
    assert there.all()


def test_padding_does_not_reach_the_frames_before_it() -> None:
    torch.manual_seed(0)
    model = StGcn(4, 25).eval()
    for unit in model.units:
        torch.nn.init.normal_(unit.norm.bias)
    points, mask = torch.randn(1, 20, 137, 3), torch.ones(1, 20, 137, dtype=torch.bool)
    alone, _ = model(points, mask)
    padded, there = model(
        torch.cat([points, torch.zeros(1, 16, 137, 3)], dim=1),
        torch.cat([mask, torch.zeros(1, 16, 137, dtype=torch.bool)], dim=1),
    )
    torch.testing.assert_close(padded[:, :5], alone)
    assert there[0].tolist() == [True] * 5 + [False] * 4


def test_tokens_of_segments_begin_where_their_frames_do() -> None:
    assert segment_starts(15, 10) == [0, 4, 8, 10, 14]


def test_a_point_whose_neighbor_is_missing_is_joined_to_the_next_one_on_the_way_to_the_neck() -> None:
    points = (1, 2, 4, 8, 10)  # neck, shoulder, wrist without its elbow, hip, knee without its side of the hip
    named = {(points[a], points[b]) for a, b in edges_among(points)}
    assert named == {(1, 2), (2, 4), (1, 8), (8, 10)}


def test_without_a_neck_the_point_nearest_to_it_is_the_center() -> None:
    points = (3, 4, 6, 7)  # two arms without shoulders
    assert -1 not in hops_from(0, edges_among(points), 4)
    assert (spatial_configuration(points).sum(dim=(0, 1)) - 1).abs().max() < 1e-6


def test_the_papers_network_has_the_published_parameters() -> None:
    # 3.1 million for 60 actions on 25 joints.
    assert parameter_count(StGcnClassifier(range(25), 60)) == pytest.approx(3.1e6, rel=0.03)


def test_padding_does_not_change_what_the_papers_network_says() -> None:
    torch.manual_seed(0)
    model = StGcnClassifier((0, 1, 2, 3), 3, channels=4).eval()
    points = torch.randn(2, 20, 4, 3)
    alone = model(points, torch.ones(2, 20, dtype=torch.bool))
    inside = torch.cat([torch.ones(2, 20, dtype=torch.bool), torch.zeros(2, 12, dtype=torch.bool)], dim=1)
    torch.testing.assert_close(model(torch.cat([points, torch.full((2, 12, 4, 3), 9.0)], dim=1), inside), alone)


def test_no_dropout_stands_before_a_batch_norm() -> None:
    for unit in StGcn(4, 25).units:
        assert not any(isinstance(part, torch.nn.Dropout) for part in unit.modules())
