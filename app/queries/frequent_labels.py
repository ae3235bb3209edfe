"""Which labels a page has room for: all of few, of many those that most clips have."""

from collections.abc import Mapping

from core.taxonomy import Label, Taxonomy

MOST_SHOWN = 12


def frequent_labels(taxonomy: Taxonomy, clips: Mapping[str, int]) -> tuple[list[Label], list[Label]]:
    """The labels to show and those that are counted together, each in the taxonomy's order. `clips`: how many have a label."""
    if len(taxonomy) <= MOST_SHOWN:
        return list(taxonomy), []
    kept = {label.name for label in sorted(taxonomy, key=lambda label: -clips.get(label.name, 0))[:MOST_SHOWN]}
    return [label for label in taxonomy if label.name in kept], [label for label in taxonomy if label.name not in kept]
