"""The peers by name, in the order of a table."""

from collections.abc import Mapping

from training.peers.constant import Majority
from training.peers.cue_rates import CueRates
from training.peers.ddnet import DdNetPeer
from training.peers.interface import Peer
from training.peers.linear import Linear
from training.peers.minirocket import MiniRocket
from training.peers.pose_mlp import PoseMlpPeer
from training.peers.stgcn import StGcnPeer

_ALWAYS: tuple[Peer, ...] = (Majority(), CueRates(), Linear(), MiniRocket(), DdNetPeer(), PoseMlpPeer())
_GRAPHS: tuple[Peer, ...] = (StGcnPeer(), StGcnPeer(all_points=True, name="ST-GCN, 137 points"))

PEERS: Mapping[str, Peer] = {peer.name: peer for peer in _ALWAYS}
GRAPH_NETWORKS: Mapping[str, Peer] = {peer.name: peer for peer in _GRAPHS}
"""Those whose fits take hours on a processor."""
