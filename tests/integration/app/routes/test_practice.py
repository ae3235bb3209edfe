"""Practice clips through the routes: what is told before the answer, what after it, and what comes first."""

import secrets
from collections.abc import Callable

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters, Reader, narrowing
from app.queries.hidden_answers import blindness
from app.queries.practice import let_begin, mark_clips, marked_clips, practice_of_coders
from app.queries.reviewers import people_facts
from core.errors import InputError
from core.types.clips import Clip
from core.types.decisions import Reviewer, ReviewMode
from db import clips, decisions, reviewers
from tests.integration.app.conftest import ReviewClient
from tests.integration.app.review_study import SECRET_REASON

WHY = "The smile reaches the eyes."


def _opened(client: ReviewClient) -> OpenedWorkspace:
    return OpenedWorkspace(client.study.workspace, client.study.database)


def _person(client: ReviewClient, role: str = "reviewer") -> Reviewer:
    with client.study.database.write() as connection:
        return reviewers.set_role(connection, client.reviewer_id, role)


def _marked(client: ReviewClient, number: int = 1) -> list[Clip]:
    made = client.study.add_clips(number, gold="positive")
    lead = _person(client.as_another("Lena"), "lead")
    mark_clips(_opened(client), lead, [clip.id for clip in made], WHY, secrets.token_hex(16))
    return made


def _practice(client: ReviewClient, clip: Clip, label: str) -> None:
    answered = client.decide(clip.id, "practice", label=label, rater_confidence=2)
    assert (answered.status_code, answered.json()["decision"]["kind"]) == (200, "practice")


@pytest.fixture
def client(review_client: Callable[..., ReviewClient]) -> ReviewClient:
    """A study that asks for practice, in the mode in which a clip that is no practice would show its rationale at once."""
    return review_client(ReviewMode.ASSISTED, practice_clips=2, practice_pass_share=0.5)


@pytest.mark.parametrize("mode", list(ReviewMode))
def test_nothing_of_a_practice_clip_is_told_before_the_answer(
    mode: ReviewMode, review_client: Callable[..., ReviewClient]
) -> None:
    client = review_client(mode, practice_clips=2)
    (clip,) = _marked(client)
    told = client.get(f"/clips/{clip.id}")
    assert (told.json()["mode"], told.json()["step"], told.json()["practice"]) == ("blind", "label", {"feedback": None})
    assert not [
        word for word in ("positive", "negative", WHY) if word in told.text + client.get("/queue?kind=practice").text
    ]
    assert client.get(f"/clips/{clip.id}/rationale").status_code == 403
    assert blindness(_opened(client), [clip], _person(client), spoil=True).hidden == {clip.id}
    assert blindness(_opened(client), [clip], None, spoil=True).hidden == {clip.id}


def test_a_practice_clip_is_not_found_by_its_label_or_its_rationale(client: ReviewClient) -> None:
    (clip,) = _marked(client)
    by_label, by_words = (
        narrowing(filters, Reader(client.reviewer_id, all_open=True))
        for filters in (Filters(label="positive"), Filters(said="jaw"))
    )
    with client.study.database.read() as connection:
        assert [clips.page(connection, **by) for by in (by_label, by_words)] == [[], []]
    _practice(client, clip, "negative")
    with client.study.database.read() as connection:
        assert [one.id for one in clips.page(connection, **by_words)] == [clip.id]


def test_after_the_answer_the_known_label_comes_with_its_explanation_and_then_the_rationale(
    client: ReviewClient,
) -> None:
    first, second = _marked(client, 2)
    _practice(client, first, "negative")
    told = client.get(f"/clips/{first.id}").json()
    assert (told["step"], told["rationale_open"]) == ("practiced", True)
    assert told["practice"]["feedback"] == {
        "right": False,
        "label": "negative",
        "known_label": "positive",
        "known_from": "gold",
        "explanation": WHY,
        "answered": 1,
        "right_so_far": 0,
        "first": "Practice comes first: 1 of 2 practice clips answered.",
    }
    assert client.get(f"/clips/{first.id}/rationale").json()["pseudo_label"]["reasoning"] == SECRET_REASON
    assert client.get(f"/clips/{second.id}").json()["practice"] == {"feedback": None}


def test_practice_comes_before_every_other_queue_and_decision(client: ReviewClient) -> None:
    (clip,) = client.study.add_clips(1)
    marked = _marked(client, 2)
    assert [one["kind"] for one in client.get("/queues").json()] == ["practice"]
    refused = client.get("/queue?kind=unreviewed")
    assert (refused.status_code, refused.json()["error"]) == (
        403,
        "Practice comes first: 0 of 2 practice clips answered.",
    )
    assert client.decide(clip.id, "skip").status_code == 409
    for one in marked:
        _practice(client, one, "positive")
    assert client.decide(clip.id, "skip").status_code == 200
    assert client.get("/queue?kind=practice").json()["items"] == []


def test_who_fails_waits_for_more_practice_clips_or_a_lead(client: ReviewClient) -> None:
    (clip,) = client.study.add_clips(1)
    for one in _marked(client, 2):
        _practice(client, one, "negative")
    assert client.decide(clip.id, "skip").json()["error"] == (
        "Practice is not passed: 0 of the last 2 practice clips right, 50% wanted. A lead can let you begin, or mark more "
        "practice clips."
    )
    with pytest.raises(InputError, match="marked by a lead"):
        let_begin(_opened(client), _person(client), client.reviewer_id)
    let_begin(_opened(client), _person(client.as_another("Lena"), "lead"), client.reviewer_id)
    assert client.decide(clip.id, "skip").status_code == 200


def test_practice_answers_are_no_judgments_no_progress_and_no_agreement(client: ReviewClient) -> None:
    marked = _marked(client, 2)
    grace = client.as_another("Grace")
    for one in marked:
        for who in (client, grace):
            _practice(who, one, "negative")
    facts = people_facts(_opened(client))
    assert (facts.pairs, facts.alpha.clips, {one.judged for one in facts.people}) == ((), 0, {0})
    with client.study.database.read() as connection:
        assert [decisions.history(connection, one.id) for one in marked] == [[], []]


def test_a_practice_clip_takes_no_decision_of_its_coder(client: ReviewClient) -> None:
    marked = _marked(client, 2)
    for one in marked:
        _practice(client, one, "positive")
    refused = client.decide(marked[0].id, "final", label="positive")
    assert (refused.status_code, refused.json()["error"]) == (
        409,
        "This clip is for practice; no decision of yours on it counts.",
    )


def test_the_reviewers_page_tells_how_many_were_right(client: ReviewClient) -> None:
    first, second = _marked(client, 2)
    _practice(client, first, "positive")
    found = {one.reviewer.name: (one.state, one.right, one.of) for one in practice_of_coders(_opened(client))}
    assert found == {"Ada": ("Not passed yet", 1, 2), "Lena": ("Not asked for", 0, 0)}
    _practice(client, second, "negative")
    found = {one.reviewer.name: (one.state, one.right, one.of) for one in practice_of_coders(_opened(client))}
    assert found["Ada"] == ("Passed", 1, 2)


def test_without_a_lead_the_known_labels_show_to_who_marked_them_or_has_answered(blind: ReviewClient) -> None:
    (clip,) = blind.study.add_clips(1, gold="positive")
    grace, mary = blind.as_another("Grace"), blind.as_another("Mary")
    mark_clips(_opened(blind), _person(blind), [clip.id], WHY, secrets.token_hex(16))
    _practice(grace, clip, "negative")
    shown = [marked_clips(_opened(blind), _person(who))[0].known is not None for who in (blind, grace, mary)]
    assert shown == [True, True, False]
