"""Numbers in addresses and bodies: what no clip, answer or time can be is refused in a sentence."""

from collections.abc import Iterator

import pytest

from tests.integration.app.conftest import ReviewClient

HUGE = ["9" * 5000, str(2**63), "9" * 400]


@pytest.fixture
def client(assisted: ReviewClient) -> Iterator[ReviewClient]:
    assisted.study.add_clips(1)
    return assisted


def test_a_clip_that_no_database_can_hold_is_not_there(client: ReviewClient) -> None:
    for path in ("", "/rationale", "/words", "/times", "/keypoints/0", "/confidence", "/person"):
        for number in HUGE:
            answer = client.get(f"/clips/{number}{path}")
            assert (answer.status_code, "There is no clip" in answer.json()["error"]) == (404, True), path
            assert len(answer.json()["error"]) < 200


def test_a_number_in_an_address_that_names_nothing_is_refused(client: ReviewClient) -> None:
    for path in ("/clips/1/keypoints/{}", "/clips/1/rationale?pseudo_label={}", "/queues?kind={}", "/queue?kind={}"):
        for number in HUGE:
            answer = client.get(path.format(number))
            assert answer.status_code in {404, 422}, path
            assert len(answer.json()["error"]) < 200


def test_media_and_bulk_accepts_that_no_database_can_hold_are_not_there(client: ReviewClient) -> None:
    for number in HUGE:
        assert client.client.get(f"/api/media/{number}/video?signature=x").status_code == 404
        assert client.post(f"/bulks/{number}/take-back", {}).status_code == 404


def test_a_decision_with_a_number_that_no_database_can_hold_is_refused(client: ReviewClient) -> None:
    wrong: list[dict[str, object]] = [
        {"clip_id": 2**63},
        {"clip_id": 10**400},
        {"pseudo_label_id": 2**63},
        {"undoes_id": 2**63},
        {"claim_verdicts": {str(2**63): "right"}},
        {"claim_verdicts": {"-1": "right"}},
        {"seconds_spent": 10**400},
        {"rater_confidence": 10**400},
    ]
    for fields in wrong:
        answer = client.post("/decisions", {"token": "0" * 32, "clip_id": 1, "kind": "skip", **fields})
        assert (answer.status_code, next(iter(fields)) in answer.json()["error"]) == (422, True), fields


def test_a_lease_of_a_clip_that_no_database_can_hold_is_refused(client: ReviewClient) -> None:
    for clip_id in (2**63, 10**400, -1):
        assert client.post("/leases", {"clip_ids": [clip_id]}).status_code == 422


def test_a_time_that_is_no_number_of_seconds_is_refused(client: ReviewClient) -> None:
    for time_s in ("Infinity", "NaN", "1e999", "9" * 5000):
        body = f'{{"token": "{"0" * 32}", "clip_id": 1, "kind": "skip", "seconds_spent": {time_s}}}'
        answer = client.client.post_bytes("/api/review/decisions", body.encode(), client.own_headers())
        assert (answer.status_code, "decision cannot be read" in answer.json()["error"]) == (422, True)


def test_a_range_of_no_length_is_refused_or_cut(client: ReviewClient) -> None:
    url = client.get("/clips/1").json()["video"]["url"]
    endless = "9" * 5000
    for ranges in (f"bytes=0-{endless}", f"bytes={endless}-", f"bytes=-{endless}", "bytes=x"):
        assert client.client.get(url, headers={"Range": ranges}).status_code in {206, 400, 416}
