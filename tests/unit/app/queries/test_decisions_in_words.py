"""A line of the decision log, for people."""

from dataclasses import replace
from datetime import UTC, datetime

from app.queries.library import in_words
from core.taxonomy import DEFAULT_TAXONOMY
from core.types.decisions import Decision, DecisionKind, ReviewMode

JUDGED = Decision(
    id=1,
    token="a",
    clip_id=1,
    reviewer_id=1,
    kind=DecisionKind.BLIND,
    mode=ReviewMode.BLIND,
    label="positive",
    rater_confidence=2,
    blind_label=None,
    pseudo_label_id=None,
    undoes_id=None,
    claim_verdicts={},
    note="",
    seconds_spent=None,
    created_at=datetime(2026, 11, 30, tzinfo=UTC),
    seen=frozenset(),
    queue=None,
)


def test_a_judgment_is_told_by_the_labels_title_and_the_words_of_confidence() -> None:
    assert in_words(JUDGED, DEFAULT_TAXONOMY) == "judged blind: Positive (won), fairly sure"


def test_a_skipped_clip_has_neither_label_nor_confidence() -> None:
    skipped = replace(JUDGED, kind=DecisionKind.SKIP, label=None, rater_confidence=None)
    assert in_words(skipped, DEFAULT_TAXONOMY) == "skipped"
