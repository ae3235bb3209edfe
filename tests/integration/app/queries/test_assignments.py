"""Assigning clips and double coding, from the press on the Reviewers page to the queue of the coder."""

import secrets

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.assignments import Order, assign_clips, assignment_facts, fitting, take_back
from app.queries.clip_filters import Filters
from app.queries.double_coding import double_code, double_coding_facts
from app.queries.hidden_answers import blindness, keep_told
from app.queries.review_queues import first_queue, review_queues
from app.queries.reviewers import people_facts
from app.queries.saved_filters import clips_to_review, save, saved
from core.errors import InputError
from core.types.clips import Clip
from core.types.decisions import Reviewer, Seen
from db import reviewers
from tests.integration.app.conftest import ReviewClient


def _opened(client: ReviewClient) -> OpenedWorkspace:
    return OpenedWorkspace(client.study.workspace, client.study.database)


def _person(client: ReviewClient, role: str = "reviewer") -> Reviewer:
    with client.study.database.write() as connection:
        return reviewers.set_role(connection, client.reviewer_id, role)


def _token() -> str:
    return secrets.token_hex(16)


def _waiting(client: ReviewClient) -> list[int]:
    return [item["clip_id"] for item in client.get("/queue?kind=assigned").json()["items"]]


def _judge(client: ReviewClient, clip: Clip, own: str, final: str | None = None) -> None:
    answered = client.decide(clip.id, "blind", label=own, rater_confidence=2)
    assert answered.status_code == 200, answered.text
    shown = client.get(f"/clips/{clip.id}/rationale").json()["pseudo_label"]
    client.decide(clip.id, "final", label=final or own, pseudo_label_id=shown["id"])


def test_clips_are_dealt_among_the_named_coders_and_nobody_elses_queue_holds_them(blind: ReviewClient) -> None:
    clips = blind.study.add_clips(5)
    grace, mary = blind.as_another("Grace"), blind.as_another("Mary")
    order = Order((grace.reviewer_id, mary.reviewer_id), number=4)
    assert fitting(_opened(blind), _person(blind), order) == 5
    assign_clips(_opened(blind), _person(blind), order, _token())
    assert (len(_waiting(grace)), len(_waiting(mary))) == (2, 2)
    free = {clip.id for clip in clips}.difference(_waiting(grace), _waiting(mary))
    assert [item["clip_id"] for item in blind.get("/queue?kind=unreviewed").json()["items"]] == sorted(free)


def test_everybody_named_gets_each_clip_where_that_is_asked_for(blind: ReviewClient) -> None:
    blind.study.add_clips(2)
    grace = blind.as_another("Grace")
    order = Order((blind.reviewer_id, grace.reviewer_id), everybody=True)
    assign_clips(_opened(blind), _person(blind), order, _token())
    assert sorted(_waiting(blind)) == sorted(_waiting(grace)) == [1, 2]


def test_a_saved_filter_of_the_library_is_assigned_without_the_test_split_and_the_reliability_sample(
    blind: ReviewClient,
) -> None:
    named, _, _ = blind.study.add_clips(1), blind.study.add_clips(1), blind.study.add_clips(1, reliability_sample=True)
    save(blind.study.workspace, "one person", Filters(subject=named[0].subject))
    save(blind.study.workspace, "all of them", Filters(search="clip"))
    one, every = (Order((blind.reviewer_id,), saved_filter=name) for name in ("one person", "all of them"))
    assert [fitting(_opened(blind), _person(blind), order) for order in (one, every)] == [1, 2]
    assign_clips(_opened(blind), _person(blind), one, _token())
    assert _waiting(blind) == [named[0].id]


def test_a_saved_filter_leaves_out_what_is_assigned_to_others(blind: ReviewClient) -> None:
    first, second = blind.study.add_clips(2)
    grace = blind.as_another("Grace")
    save(blind.study.workspace, "all", Filters(search="clip"))
    save(blind.study.workspace, "first", Filters(subject=first.subject))
    assign_clips(_opened(blind), _person(blind), Order((grace.reviewer_id,), saved_filter="first"), _token())
    every = saved(blind.study.workspace, "all")
    left = [clips_to_review(blind.study.workspace, blind.study.database, every, _person(who)) for who in (blind, grace)]
    assert left == [[second.id], [first.id, second.id]]


def test_an_assigned_clip_can_be_judged_by_anybody_who_opens_it_by_a_link(blind: ReviewClient) -> None:
    (clip,) = blind.study.add_clips(1)
    grace = blind.as_another("Grace")
    assign_clips(_opened(blind), _person(blind), Order((grace.reviewer_id,)), _token())
    assert blind.get(f"/clips/{clip.id}").status_code == 200
    _judge(blind, clip, "positive")
    assert _waiting(grace) == [clip.id]


def test_review_begins_with_what_is_assigned_and_lists_that_queue_for_its_coder_alone(blind: ReviewClient) -> None:
    blind.study.add_clips(1)
    grace = blind.as_another("Grace")
    opened = _opened(blind)
    assign_clips(opened, _person(blind), Order((grace.reviewer_id,)), _token())
    assert [first_queue(opened.workspace, opened.database, _person(who)) for who in (blind, grace)] == [
        "unreviewed",
        "assigned",
    ]
    listed = [review_queues(opened.workspace, opened.database, _person(who))[0] for who in (blind, grace)]
    assert [(one.kind, one.size) for one in listed] == [("unreviewed", 0), ("assigned", 1)]


def test_only_a_lead_assigns_once_there_is_one(blind: ReviewClient) -> None:
    blind.study.add_clips(1)
    lead = _person(blind.as_another("Lena"), "lead")
    order = Order((blind.reviewer_id,))
    with pytest.raises(InputError, match="assigned by a lead"):
        assign_clips(_opened(blind), _person(blind), order, _token())
    assign_clips(_opened(blind), lead, order, _token())
    assert len(_waiting(blind)) == 1


def test_what_is_judged_already_is_not_assigned_to_its_coder(blind: ReviewClient) -> None:
    (clip,) = blind.study.add_clips(1)
    _judge(blind, clip, "positive")
    save(blind.study.workspace, "all", Filters(search="clip"))
    order = Order((blind.reviewer_id,), saved_filter="all")
    with pytest.raises(InputError, match="No clip is left to assign"):
        assign_clips(_opened(blind), _person(blind), order, _token())


def test_the_log_says_who_assigned_what_to_whom_and_what_was_taken_back(blind: ReviewClient) -> None:
    blind.study.add_clips(3)
    grace = blind.as_another("Grace")
    made = assign_clips(_opened(blind), _person(blind), Order((grace.reviewer_id,), number=2), _token())
    assert take_back(_opened(blind), _person(blind), made.id) == 2
    (line,) = assignment_facts(_opened(blind)).log
    assert line.sentence[18:] == (
        "Ada assigned for coding: Grace 2 (2 taken back); 2 at random of: clips that nobody has judged "
        f"(seed {made.seed})"
    )
    assert line.waiting == 0


# ---- Double coding ----


def test_a_double_coded_pair_that_saw_nothing_is_in_kappa_and_in_the_alpha_of_double_coded_clips(
    blind: ReviewClient,
) -> None:
    clips = blind.study.add_clips(6)
    grace = blind.as_another("Grace")
    for clip in clips[:5]:
        _judge(blind, clip, "positive")
    double_code(_opened(blind), _person(blind), 3, grace.reviewer_id, _token())
    waiting = _waiting(grace)
    assert len(waiting) == 3
    assert set(waiting) < {clip.id for clip in clips[:5]}  # what one coder has judged comes first
    of_id = {clip.id: clip for clip in clips}
    for clip_id, own in zip(waiting, ("positive", "negative", "positive"), strict=True):
        assert "answers" not in str(grace.get(f"/clips/{clip_id}").json())
        _judge(grace, of_id[clip_id], own)
    facts = people_facts(_opened(blind))
    (pair,) = facts.pairs
    assert (pair.first, pair.second, pair.kappa.clips, pair.kappa.same) == ("Ada", "Grace", 3, 2)
    assert (facts.double_coded_alpha.clips, facts.double_coded_alpha.same) == (3, 2)
    assert facts.reliability_alpha.clips == 0


def test_nobody_is_the_second_coder_of_a_clip_whose_answer_they_have_seen(blind: ReviewClient) -> None:
    seen, unseen = blind.study.add_clips(2)
    grace = blind.as_another("Grace")
    for clip in (seen, unseen):
        _judge(blind, clip, "positive")
    keep_told(blind.study.database, _person(grace), {Seen.ANSWERS: [seen.id]})
    double_code(_opened(blind), _person(blind), 5, grace.reviewer_id, _token())
    assert _waiting(grace) == [unseen.id]


def test_where_too_few_are_judged_once_unjudged_clips_go_to_two_coders(blind: ReviewClient) -> None:
    judged, *_ = clips = blind.study.add_clips(3)
    grace = blind.as_another("Grace")
    _judge(blind, judged, "positive")
    double_code(_opened(blind), _person(blind), 3, grace.reviewer_id, _token())
    assert set(_waiting(grace)) == {clip.id for clip in clips}
    assert set(_waiting(blind)) == {clip.id for clip in clips[1:]}
    assert double_coding_facts(_opened(blind)).drawn == 3


def test_any_other_coder_is_never_the_first_one(blind: ReviewClient) -> None:
    clips = blind.study.add_clips(4)
    grace, mary = blind.as_another("Grace"), blind.as_another("Mary")
    for clip in clips[:2]:
        _judge(blind, clip, "positive")
    for clip in clips[2:]:
        _judge(grace, clip, "positive")
    double_code(_opened(blind), _person(blind), 4, None, _token())
    assert set(_waiting(blind)) <= {clip.id for clip in clips[2:]}
    assert set(_waiting(grace)) <= {clip.id for clip in clips[:2]}
    assert len(_waiting(blind)) + len(_waiting(grace)) + len(_waiting(mary)) == 4


def test_how_many_clips_fit_a_filter_by_label_tells_no_label_that_the_lead_has_not_met(blind: ReviewClient) -> None:
    (judged,), _ = blind.study.add_clips(1), blind.study.add_clips(1)
    blind.study.add_clips(1, reliability_sample=True)
    _judge(blind, judged, "negative")
    save(blind.study.workspace, "negative ones", Filters(label="negative"))
    order = Order((blind.as_another("Grace").reviewer_id,), saved_filter="negative ones", reliability_sample=True)
    assert fitting(_opened(blind), _person(blind), order) == 1


def test_a_double_coding_pressed_twice_draws_once(blind: ReviewClient) -> None:
    blind.study.add_clips(4)
    grace = blind.as_another("Grace")
    token = _token()
    first, second = (double_code(_opened(blind), _person(blind), 1, grace.reviewer_id, token) for _ in range(2))
    assert first.id == second.id
    assert len(_waiting(grace)) == 1


def test_double_coding_never_takes_the_reliability_sample_or_a_clip_that_two_have_judged(blind: ReviewClient) -> None:
    (twice,), (sampled,) = blind.study.add_clips(1), blind.study.add_clips(1, reliability_sample=True)
    grace, mary = blind.as_another("Grace"), blind.as_another("Mary")
    for who in (blind, grace):
        _judge(who, twice, "positive")
    _judge(blind, sampled, "positive")
    with pytest.raises(InputError, match="No clip can be double-coded"):
        double_code(_opened(blind), _person(blind), 5, mary.reviewer_id, _token())


def test_the_second_coder_judges_blind_also_in_an_assisted_study(assisted: ReviewClient) -> None:
    (clip,) = assisted.study.add_clips(1)
    grace = assisted.as_another("Grace")
    double_code(_opened(assisted), _person(assisted), 1, grace.reviewer_id, _token())
    assert grace.get(f"/clips/{clip.id}").json()["mode"] == "blind"
    assert grace.get(f"/clips/{clip.id}/rationale").status_code == 403
    assert blindness(_opened(assisted), [clip], _person(grace), spoil=True).hidden == {clip.id}
    _judge(grace, clip, "positive")
    assert grace.get(f"/clips/{clip.id}/rationale").status_code == 200


def test_who_is_not_asked_for_double_coding_sees_the_rationale_at_once_in_an_assisted_study(
    assisted: ReviewClient,
) -> None:
    (clip,) = assisted.study.add_clips(1)
    assign_clips(_opened(assisted), _person(assisted), Order((assisted.reviewer_id,)), _token())
    assert assisted.get(f"/clips/{clip.id}/rationale").status_code == 200
