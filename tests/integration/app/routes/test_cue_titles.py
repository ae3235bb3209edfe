"""What the Review screen is told of measured cues: their family, and the words that people read."""

from tests.integration.app.conftest import ReviewClient


def test_cues_and_claims_have_the_same_title_and_cues_their_family(blind: ReviewClient) -> None:
    (clip,) = blind.study.add_clips(1)
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    told = blind.get(f"/clips/{clip.id}/rationale").json()
    (cue,) = told["cues"]
    assert told["not_measurable"] == ""
    assert (cue["title"], cue["family"]) == ("Touching the jaw", "self-touch")
    assert "Touching the jaw" in {claim["cue_title"] for claim in told["pseudo_label"]["claims"]}
