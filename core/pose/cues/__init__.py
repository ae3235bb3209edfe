"""Cues: what a person does, measured on the key points, with what could not be measured and why."""

from core.pose.cues.catalog import CATALOG, CueDefinition, CueRule
from core.pose.cues.measurement import measure_cues

__all__ = ["CATALOG", "CUES_VERSION", "CueDefinition", "CueRule", "measure_cues"]

CUES_VERSION = "1"
"""Part of the producer of stored cues: raised with every change of a definition or threshold."""
