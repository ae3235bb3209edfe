"""What is counted of the people who judge, and who settles their disputes."""

import secrets
from pathlib import Path

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.adjudication import adjudicate, disputes, reveal, settled, take_back
from app.queries.reviewers import PeopleFacts, may_lead, people_facts
from core.errors import DecisionError
from core.types.clips import Clip
from core.types.decisions import DecisionKind, NewDecision, Reviewer, ReviewMode, Seen
from core.workspace import open_workspace
from db import clips, decisions, disclosures, pseudo_labels, reviewers
from db.engine import open_database
from tests.integration.app.review_study import ReviewStudy
from training.evaluation.reviewer_agreement import alpha


@pytest.fixture
def study(tmp_path: Path) -> ReviewStudy:
    workspace = open_workspace(tmp_path / "workspace")
    (tmp_path / "videos").mkdir()
    return ReviewStudy(workspace, open_database(workspace), tmp_path / "videos")


@pytest.fixture
def opened(study: ReviewStudy) -> OpenedWorkspace:
    return OpenedWorkspace(study.workspace, study.database)


@pytest.fixture
def people(study: ReviewStudy) -> dict[str, Reviewer]:
    with study.database.write() as connection:
        return {name: reviewers.ensure(connection, name) for name in ("Ada", "Grace", "Mary")}


def _judge(study: ReviewStudy, who: Reviewer, clip: Clip, own: str, final: str, note: str = "") -> None:
    """The model's label is negative (tests.integration.app.review_study)."""
    with study.database.write() as connection:
        shown = pseudo_labels.latest_of(connection, [clip.id]).get(clip.id)
        assert shown is not None
        blind = NewDecision(secrets.token_hex(16), clip.id, who.id, DecisionKind.BLIND, ReviewMode.BLIND, own, 2)
        kind = DecisionKind.ACCEPT if final == "negative" else DecisionKind.CORRECT
        last = NewDecision(
            secrets.token_hex(16), clip.id, who.id, kind, ReviewMode.BLIND, final, pseudo_label_id=shown.id, note=note
        )
        decisions.record(connection, blind)
        decisions.record(connection, last)


def _of(facts: PeopleFacts, name: str) -> tuple[tuple[int, int], ...]:
    one = next(one for one in facts.people if one.reviewer.name == name)
    return tuple((share.hits, share.n) for share in (one.agreed, one.moved_to_model, one.moved_away))


def test_adoption_tells_who_followed_the_model(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    first, second, third, fourth = study.add_clips(4)
    _judge(study, people["Ada"], first, "negative", "negative")
    _judge(study, people["Ada"], second, "positive", "negative")
    _judge(study, people["Ada"], third, "positive", "positive")
    _judge(study, people["Ada"], fourth, "negative", "positive")
    assert _of(people_facts(opened), "Ada") == ((2, 4), (1, 2), (1, 2))
    assert _of(people_facts(opened), "Grace") == ((0, 0), (0, 0), (0, 0))


def test_agreement_is_of_the_answers_before_the_reveal(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    for clip, own in zip(study.add_clips(4), ("positive", "negative", "positive", "negative"), strict=True):
        _judge(study, people["Ada"], clip, own, "negative")
        _judge(study, people["Grace"], clip, own, own)
    (pair,) = people_facts(opened).pairs
    assert (pair.first, pair.second, pair.kappa.value, pair.kappa.clips) == ("Ada", "Grace", 1, 4)


def test_the_reliability_sample_is_counted_by_itself(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    for clip in (*study.add_clips(2), *study.add_clips(3, reliability_sample=True)):
        for who in ("Ada", "Grace"):
            _judge(study, people[who], clip, "positive", "positive")
    facts = people_facts(opened)
    assert (facts.alpha.clips, facts.reliability_alpha.clips) == (5, 3)


def _dispute(study: ReviewStudy, people: dict[str, Reviewer]) -> Clip:
    (clip,) = study.add_clips(1)
    _judge(study, people["Ada"], clip, "positive", "positive", "smiles at 0:01")
    _judge(study, people["Grace"], clip, "negative", "negative")
    return clip


def test_a_dispute_shows_each_answer_with_its_note(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    reveal(opened, people["Ada"], clip, watched=False)  # she has judged it
    (found,) = disputes(opened, people["Ada"])
    assert found.clip.id == clip.id
    assert found.answers is not None
    assert {(one.reviewer, one.label, one.note) for one in found.answers} == {
        ("Ada", "positive", "smiles at 0:01"),
        ("Grace", "negative", ""),
    }


def test_without_a_lead_nobody_sees_a_dispute_on_a_clip_not_judged(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    _dispute(study, people)
    assert disputes(opened, people["Mary"]) == []


def test_a_dispute_that_a_lead_has_read_is_not_judged_blind_by_that_lead(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    (clip,) = study.add_clips(1, reliability_sample=True)
    _judge(study, people["Ada"], clip, "positive", "positive")
    _judge(study, people["Grace"], clip, "negative", "negative")
    with study.database.write() as connection:
        lead = reviewers.set_role(connection, people["Mary"].id, "lead")
    reveal(opened, lead, clip, watched=True)
    _judge(study, lead, clip, "positive", "positive")
    with study.database.read() as connection:
        row = decisions.blind_row(connection, clip.id, lead.id)
    assert row is not None
    assert row.seen == frozenset({Seen.ANSWERS})
    (pair,) = [one for one in people_facts(opened).pairs if "Mary" not in (one.first, one.second)]
    assert people_facts(opened).reliability_alpha.value == pytest.approx(
        alpha({clip.id: ["positive", "negative"]}, {clip.id: clip.subject_id}).value
    )
    assert pair.kappa.clips == 1


def test_a_lead_sees_what_others_said_after_watching_the_clip_alone(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    with study.database.write() as connection:
        lead = reviewers.set_role(connection, people["Mary"].id, "lead")
    (hidden,) = disputes(opened, lead)
    assert (hidden.answers, hidden.people, hidden.judged) == (None, ("Ada", "Grace"), False)
    with pytest.raises(DecisionError, match=f"Watch {clip.name} first"):
        reveal(opened, lead, clip, watched=False)
    with study.database.read() as connection:
        assert disclosures.of_clip(connection, clip.id, lead.id) == frozenset()
    reveal(opened, lead, clip, watched=True)
    with study.database.read() as connection:
        assert disclosures.of_clip(connection, clip.id, lead.id) == frozenset({Seen.ANSWERS})
    (shown,) = disputes(opened, lead)
    assert [one.label for one in shown.answers or ()] == ["positive", "negative"]


def test_who_does_not_settle_is_shown_no_answers(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    with study.database.write() as connection:
        reviewers.set_role(connection, people["Mary"].id, "lead")
    with pytest.raises(DecisionError, match=r"Ada is no lead"):
        reveal(opened, people["Ada"], clip, watched=True)


def test_what_was_settled_is_told_listed_and_taken_back(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    titles = {"positive": "Positive", "negative": "Negative"}
    made = adjudicate(opened, people["Grace"], clip, "positive", "the smile lasts")
    assert made.sentence(titles) == "Settled as Positive by Grace; Ada had said Positive, Grace Negative."
    (listed,) = settled(opened, people["Grace"])
    assert (listed, listed.note) == (made, "the smile lasts")
    with pytest.raises(DecisionError, match="not one of yours"):
        take_back(opened, people["Ada"], listed)
    take_back(opened, people["Grace"], listed)
    assert settled(opened, people["Grace"]) == []
    assert [one.clip.id for one in disputes(opened, people["Grace"])] == [clip.id]
    with pytest.raises(DecisionError, match="undone already"):
        take_back(opened, people["Grace"], listed)
    with study.database.read() as connection:
        assert [row.kind.value for row in decisions.history(connection, clip.id)][-2:] == ["adjudicate", "undo"]


def test_what_was_settled_is_listed_for_leads_and_for_those_who_judged_it(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    adjudicate(opened, people["Grace"], clip, "positive", "")
    assert settled(opened, people["Mary"]) == []
    assert [one.own for one in settled(opened, people["Ada"])] == [False]
    with study.database.read() as connection:
        assert disclosures.of_clip(connection, clip.id, people["Mary"].id) == frozenset()
        assert Seen.ANSWERS in disclosures.of_clip(connection, clip.id, people["Ada"].id)


def test_an_adjudicated_label_counts_before_everybodys(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    adjudicate(opened, people["Grace"], clip, "positive", "the smile lasts")
    assert disputes(opened, people["Grace"]) == []
    with study.database.read() as connection:
        label = clips.labels(connection, [clip.id])[clip.id]
    assert (label.label, label.source.value) == ("positive", "adjudicated")


def test_what_is_settled_is_not_settled_twice(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    adjudicate(opened, people["Grace"], clip, "positive", "the smile lasts")
    with pytest.raises(DecisionError, match=f"{clip.name}: nobody disagrees any more, or somebody has just settled it"):
        adjudicate(opened, people["Ada"], clip, "negative", "")
    with study.database.read() as connection:
        assert clips.labels(connection, [clip.id])[clip.id].label == "positive"


def test_once_there_is_a_lead_nobody_else_settles(
    study: ReviewStudy, opened: OpenedWorkspace, people: dict[str, Reviewer]
) -> None:
    clip = _dispute(study, people)
    with study.database.write() as connection:
        lead = reviewers.set_role(connection, people["Mary"].id, "lead")
        known = reviewers.all(connection)
    assert [may_lead(known, one) for one in (people["Ada"], lead, None)] == [False, True, False]
    with pytest.raises(DecisionError, match=r"Ada is no lead; a lead settles disputes here\."):
        adjudicate(opened, people["Ada"], clip, "positive", "")
    assert [one.clip.id for one in disputes(opened, lead)] == [clip.id]
