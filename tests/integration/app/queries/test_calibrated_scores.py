"""A labeler's score as Review and the lists tell it, before and after enough blind judgments."""

from dataclasses import replace

from app.queries.calibrated_scores import score_of_answer
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.pseudo_labels import Labeler
from db import clips, decisions, pseudo_labels, reviewers
from db.engine import Database
from tests.integration.app.conftest import ReviewClient
from tests.integration.db.log_oracle import LABELER, answer, new_clip

OTHER = replace(LABELER, prompt_version="2")


def _judged(database: Database, numbers: range, labeler: Labeler) -> int:
    """Clips of these numbers with an answer that a blind judgment shares on every second; the last one's id."""
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada").id
        for number in numbers:
            clip = clips.add(connection, new_clip(number))
            pseudo_labels.store(connection, clip.id, labeler, "1", answer("positive", 0.95))
            label = "positive" if number % 2 else "negative"
            decisions.record(
                connection, NewDecision(f"{number}", clip.id, ada, DecisionKind.BLIND, ReviewMode.BLIND, label)
            )
    return clip.id


def test_a_score_is_in_per_cent_once_that_version_of_the_labeler_is_calibrated(blind: ReviewClient) -> None:
    database = blind.study.database
    few = _judged(database, range(900, 910), OTHER)
    with database.read() as connection:
        (uncalibrated,) = pseudo_labels.of_clip(connection, few)
    assert score_of_answer(database, uncalibrated).sentence == "very sure"
    many = _judged(database, range(1000, 1040), LABELER)
    with database.read() as connection:
        (calibrated,) = pseudo_labels.of_clip(connection, many)
    assert score_of_answer(database, calibrated).sentence == "50 %, calibrated on 40 blind judgments"
    assert score_of_answer(database, uncalibrated).sentence == "very sure"  # the other version has ten


def test_review_is_told_in_words_until_then(blind: ReviewClient) -> None:
    (clip,) = blind.study.add_clips(1)
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    told = blind.get(f"/clips/{clip.id}/rationale").json()["pseudo_label"]
    assert (told["sure"], told["share"], told["calibrated"]) == ("sure", told["confidence"], "")
