"""The numbers behind the pages, on a database with known contents."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.agreement_summary import agreement_lines
from app.queries.labelers import labeler_facts, plan_labels
from app.queries.loop_progress import loop_counts, with_training_refusal
from app.queries.status import status_of
from app.queries.training_plan import absent_modalities, training_input
from core.errors import InputError
from core.types.clips import NewClip, Split
from core.types.cues import BodyRegion
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.features import FeatureKind, Producer
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler, LabelerAnswer
from core.workspace import open_workspace
from db import clips, decisions, features, pseudo_labels, reviewers
from db.engine import open_database

CUES = Labeler("cues", "rules", "1", "d" * 64)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    """Clips 1 to 4 of the train split, 5 of the test split; 1 has gold; the labeler says positive of 1 to 3."""
    workspace = open_workspace(tmp_path)
    opened = OpenedWorkspace(workspace, open_database(workspace))
    with opened.database.write() as connection:
        for number in range(1, 6):
            split = Split.TEST if number == 5 else Split.TRAIN
            gold = "negative" if number == 1 else None
            digest = f"{number:064x}"
            clips.add(
                connection,
                NewClip(
                    f"c{number}", f"p{number}", split, None, digest, 9.0, 225, Fraction(25), 64, 64, gold_label=gold
                ),
            )
        for clip_id in (1, 2, 3):
            claims = (
                Claim(0, 1, "smile", BodyRegion.FACE, "Smiles.", "positive", 0.5, check=ClaimCheck.SUPPORTED),
                Claim(1, 2, "nodding", BodyRegion.HEAD, "Nods.", "positive", 0.5, check=ClaimCheck.CONTRADICTED),
            )
            first = "negative" if clip_id == 3 else "positive"
            answer = LabelerAnswer(first, 0.5, "", "positive", 0.25 * clip_id, "", claims)
            pseudo_labels.store(connection, clip_id, CUES, "s" * 64, answer)
        reviewers.ensure(connection, "Ada")
    yield opened
    opened.database.dispose()


@dataclass(frozen=True)
class FeatureRecordMaker:
    """Records features of clips, without files."""

    opened: OpenedWorkspace

    def __call__(self, clip_id: int, kind: FeatureKind) -> None:
        with self.opened.database.write() as connection:
            features.record(connection, clip_id, kind, Producer("toy", "1", ""), f"{kind}/{clip_id}")


def judge(opened: OpenedWorkspace, clip_id: int, blind: str, final: str) -> None:
    """A blind answer, then the reveal, then the final one."""
    with opened.database.write() as connection:
        pseudo = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
        assert pseudo is not None
        kind = DecisionKind.ACCEPT if final == pseudo.answer.label else DecisionKind.CORRECT
        first = NewDecision(
            f"b{clip_id}", clip_id, 1, DecisionKind.BLIND, ReviewMode.BLIND, label=blind, rater_confidence=2
        )
        second = NewDecision(
            f"f{clip_id}",
            clip_id,
            1,
            kind,
            ReviewMode.BLIND,
            label=final,
            rater_confidence=2,
            pseudo_label_id=pseudo.id,
        )
        decisions.record(connection, first)
        decisions.record(connection, second)


def test_agreement_is_told_before_and_after_the_reveal(study: OpenedWorkspace) -> None:
    judge(study, 2, blind="negative", final="positive")
    judge(study, 3, blind="negative", final="negative")
    lines = agreement_lines(study)
    assert "0 of 2" in lines["Other clips, before the rationale"]
    assert "1 of 2" in lines["Other clips, after the rationale"]
    assert lines["People with pseudo-labels, reliability sample"] == "nothing to compare yet"


def test_a_clip_that_somebody_decided_again_counts_once(study: OpenedWorkspace) -> None:
    judge(study, 2, blind="negative", final="positive")
    again = NewDecision("again", 2, 1, DecisionKind.CORRECT, ReviewMode.BLIND, "negative", 2, pseudo_label_id=2)
    with study.database.write() as connection:
        decisions.record(connection, again)
    assert "0 of 1" in agreement_lines(study)["Other clips, after the rationale"]


def test_the_reliability_sample_counts_by_the_answer_from_before_the_reveal(study: OpenedWorkspace) -> None:
    with study.database.write() as connection:
        sampled = NewClip(
            "a", "p9", Split.TRAIN, None, f"{9:064x}", 9.0, 225, Fraction(25), 64, 64, reliability_sample=True
        )
        clip_id = clips.add(connection, sampled).id
        answer = LabelerAnswer("positive", 0.5, "", "positive", 0.5, "", ())
        pseudo_labels.store(connection, clip_id, CUES, "s" * 64, answer)
    judge(study, clip_id, blind="negative", final="positive")
    assert "0 of 1" in agreement_lines(study)["People with pseudo-labels, reliability sample"]


def test_people_are_compared_with_gold(study: OpenedWorkspace) -> None:
    judge(study, 1, blind="negative", final="negative")
    assert "1 of 1" in agreement_lines(study)["People with gold, last words"]


def test_a_labeler_is_compared_with_people_gold_and_itself(study: OpenedWorkspace) -> None:
    judge(study, 2, blind="positive", final="positive")
    (facts,) = labeler_facts(study)
    assert (facts.with_people.hits, facts.with_people.n) == (1, 1)
    assert (facts.with_gold.hits, facts.with_gold.n) == (0, 1)
    assert (facts.between_passes.hits, facts.between_passes.n) == (2, 3)
    assert facts.claims == {"supported": 3, "contradicted": 3}
    assert facts.histogram == {"positive": [0, 0, 1, 0, 0, 1, 0, 1, 0, 0]}


def test_a_plan_leaves_out_the_test_split_and_what_is_done(study: OpenedWorkspace) -> None:
    plan = plan_labels(study, "cues", None)
    assert (plan.clips, plan.already_labeled, plan.test_split_left_out) == (1, 3, 1)


def test_a_plan_for_the_simulated_labeler_counts_simulated_clips_alone(study: OpenedWorkspace) -> None:
    assert plan_labels(study, "simulated", None).clips == 0


def test_a_plan_stops_at_its_limit(study: OpenedWorkspace) -> None:
    assert plan_labels(study, "cues", 1).clips == 1


def test_a_plan_for_an_unknown_labeler_is_refused(study: OpenedWorkspace) -> None:
    with pytest.raises(InputError, match="'gut feeling' is no labeler"):
        plan_labels(study, "gut feeling", None)


def test_the_loop_counts_each_stage(study: OpenedWorkspace) -> None:
    judge(study, 2, blind="positive", final="positive")
    counts = loop_counts(study, reviewer_id=1)
    assert (counts.clips, counts.labelable, counts.pseudo_labeled, counts.reviewed) == (5, 4, 3, 1)
    assert (counts.perceived, counts.runs_done, counts.simulated) == (0, 0, False)


def test_a_clip_without_key_points_is_not_told_to_be_perceived_where_only_key_points_show_the_person(
    study: OpenedWorkspace,
) -> None:
    record = FeatureRecordMaker(study)
    record(1, FeatureKind.KEYPOINTS)
    record(2, FeatureKind.KEYPOINTS)
    record(2, FeatureKind.PERSON)
    counts = loop_counts(study)
    assert (counts.perceived, counts.to_perceive, counts.not_measurable) == (1, 1, 3)


def test_with_a_detector_a_clip_with_a_video_can_be_perceived(study: OpenedWorkspace) -> None:
    with study.database.write() as connection:
        clips.set_video(connection, 3, "c3.mp4")
    (study.workspace.weights_dir).mkdir()
    (study.workspace.weights_dir / "yolo11x.pt").write_bytes(b"weights")
    counts = loop_counts(study)
    assert (counts.to_perceive, counts.not_measurable, counts.lacking) == (1, 4, "a video")


def test_the_loop_knows_that_training_would_be_refused_and_why(study: OpenedWorkspace) -> None:
    record = FeatureRecordMaker(study)
    for clip_id in range(1, 5):
        record(clip_id, FeatureKind.KEYPOINTS)
    for clip_id in (2, 3):
        judge(study, clip_id, blind="positive", final="positive")
    counts = with_training_refusal(study, loop_counts(study))
    assert counts.training_refused.startswith("4 folds need at least 4 subjects, and the set has 3")


def test_training_without_any_feature_is_known_to_be_refused(study: OpenedWorkspace) -> None:
    judge(study, 2, blind="positive", final="positive")
    assert training_input(study).refusals[-1] == (
        "No clip of the set has features; run `telltale perceive`, which names the clips that lack key points."
    )


def test_modalities_that_no_clip_of_the_next_run_has_are_named(study: OpenedWorkspace) -> None:
    judge(study, 2, blind="positive", final="positive")
    planned = training_input(study).planned
    assert absent_modalities(study, planned, ("pose", "image", "text")) == ""  # that is refused
    record = FeatureRecordMaker(study)
    record(2, FeatureKind.KEYPOINTS)
    record(5, FeatureKind.TEXT)  # of the test split
    told = absent_modalities(study, planned, ("pose", "image", "text"))
    assert told == "No clip has features of image or text: the model reads pose."
    assert absent_modalities(study, planned, ("pose",)) == ""


def test_status_counts_everything(study: OpenedWorkspace) -> None:
    judge(study, 2, blind="positive", final="positive")
    facts = status_of(study)
    assert facts["clips"] == 5
    assert facts["clips_by_split"] == {"train": 4, "test": 1}
    assert facts["labels_by_source"]["gold"] == {"negative": 1}
    assert facts["labels_by_source"]["human"] == {"positive": 1}
    assert [one["pseudo_labels"] for one in facts["pseudo_labels_by_labeler"]] == [3]
    assert {(one["kind"], one["mode"]): one["decisions"] for one in facts["decisions"]} == {
        ("blind", "blind"): 1,
        ("accept", "blind"): 1,
    }
    assert facts["reviewers"] == ["Ada"]
