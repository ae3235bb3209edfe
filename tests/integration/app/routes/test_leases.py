"""A clip that somebody has open stays out of the queues of others."""

import pytest

from tests.integration.app.conftest import ReviewClient


def _queue(client: ReviewClient) -> list[int]:
    return [item["clip_id"] for item in client.get("/queue?kind=unreviewed").json()["items"]]


def test_what_one_has_open_the_other_is_not_given(blind: ReviewClient) -> None:
    first, second, third = blind.study.add_clips(3)
    grace = blind.as_another("Grace")
    assert blind.post("/leases", {"clip_ids": [first.id, second.id]}).json() == {"taken": {}}
    assert (_queue(blind), _queue(grace)) == ([first.id, second.id, third.id], [third.id])


def test_the_second_hears_who_has_the_clip_open(blind: ReviewClient) -> None:
    (clip,) = blind.study.add_clips(1)
    blind.post("/leases", {"clip_ids": [clip.id]})
    assert blind.as_another("Grace").post("/leases", {"clip_ids": [clip.id]}).json() == {"taken": {str(clip.id): "Ada"}}


@pytest.mark.parametrize(("kind", "free"), [("blind", False), ("skip", True), ("unclear", True)])
def test_a_last_word_gives_the_clip_back(blind: ReviewClient, kind: str, free: bool) -> None:
    (clip,) = blind.study.add_clips(1)
    blind.post("/leases", {"clip_ids": [clip.id]})
    fields = {"label": "positive", "rater_confidence": 2} if kind == "blind" else {}
    assert blind.decide(clip.id, kind, **fields).status_code == 200
    taken = blind.as_another("Grace").post("/leases", {"clip_ids": [clip.id]}).json()["taken"]
    assert (taken == {}) is free


def test_a_judgment_on_a_clip_that_another_has_open_is_kept(blind: ReviewClient) -> None:
    (clip,) = blind.study.add_clips(1)
    blind.post("/leases", {"clip_ids": [clip.id]})
    answer = blind.as_another("Grace").decide(clip.id, "blind", label="positive", rater_confidence=2)
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [{}, {"clip_ids": []}, {"clip_ids": list(range(1, 12))}, {"clip_ids": ["x"]}, []])
def test_a_lease_that_cannot_be_read_is_one_sentence(blind: ReviewClient, body: object) -> None:
    answer = blind.post("/leases", body)
    assert (answer.status_code, answer.json()["error"].startswith("The lease cannot be read: ")) == (422, True)


def test_clips_that_are_not_there_are_left_out(blind: ReviewClient) -> None:
    assert blind.post("/leases", {"clip_ids": [4711]}).json() == {"taken": {}}
