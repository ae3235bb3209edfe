"""Behavioral cues measured on the key points, and in which parts of a clip they could be measured."""

from core.pose.cues.catalog import CATALOG, CueDefinition, CueRule
from core.pose.cues.measurement import measure_cues

__all__ = ["CATALOG", "CUES_VERSION", "CueDefinition", "CueRule", "measure_cues"]

CUES_VERSION = "1"
"""Version in the producer of stored cues; must be raised with every change of a definition or threshold."""
