"""Numbers in addresses and bodies: what no clip, answer or time can be is refused in a sentence."""

from collections.abc import Iterator

import pytest

from tests.integration.app.conftest import ReviewClient

HUGE = ["9" * 5000, str(2**63), "9" * 400]


@pytest.fixture
def client(assisted: ReviewClient) -> Iterator[ReviewClient]:
    assisted.study.add_clips(1)
    return assisted


@pytest.mark.parametrize("number", HUGE, ids=["5000 digits", "2**63", "400 digits"])
@pytest.mark.parametrize("path", ["", "/rationale", "/words", "/times", "/keypoints/0", "/confidence", "/person"])
def test_a_clip_that_no_database_can_hold_is_not_there(client: ReviewClient, path: str, number: str) -> None:
    answer = client.get(f"/clips/{number}{path}")
    assert (answer.status_code, "There is no clip" in answer.json()["error"]) == (404, True)
    assert len(answer.json()["error"]) < 200


@pytest.mark.parametrize("number", HUGE, ids=["5000 digits", "2**63", "400 digits"])
@pytest.mark.parametrize(
    "path",
    ["/clips/1/keypoints/{}", "/clips/1/rationale?pseudo_label={}", "/queue?kind=saved-filter-{}", "/queues?kind={}"],
)
def test_a_number_in_an_address_that_names_nothing_is_refused(client: ReviewClient, path: str, number: str) -> None:
    answer = client.get(path.format(number))
    assert answer.status_code in {404, 422}
    assert answer.json()["error"]


@pytest.mark.parametrize("number", HUGE, ids=["5000 digits", "2**63", "400 digits"])
def test_media_of_a_clip_that_no_database_can_hold_is_refused(client: ReviewClient, number: str) -> None:
    assert client.client.get(f"/api/media/{number}/video?signature=x").status_code == 404


@pytest.mark.parametrize("number", HUGE, ids=["5000 digits", "2**63", "400 digits"])
def test_a_bulk_accept_that_no_database_can_hold_cannot_be_taken_back(client: ReviewClient, number: str) -> None:
    assert client.post(f"/bulks/{number}/take-back", {}).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"clip_id": 2**63},
        {"clip_id": 10**400},
        {"pseudo_label_id": 2**63},
        {"undoes_id": 2**63},
        {"claim_verdicts": {str(2**63): "right"}},
        {"claim_verdicts": {"-1": "right"}},
        {"seconds_spent": 10**400},
        {"rater_confidence": 10**400},
    ],
    ids=str,
)
def test_a_decision_with_a_number_that_no_database_can_hold_is_refused(
    client: ReviewClient, fields: dict[str, object]
) -> None:
    answer = client.post("/decisions", {"token": "0" * 32, "clip_id": 1, "kind": "skip", **fields})
    assert (answer.status_code, next(iter(fields)) in answer.json()["error"]) == (422, True)


@pytest.mark.parametrize("clip_id", [2**63, 10**400, -1], ids=["2**63", "10**400", "-1"])
def test_a_lease_of_a_clip_that_no_database_can_hold_is_refused(client: ReviewClient, clip_id: int) -> None:
    assert client.post("/leases", {"clip_ids": [clip_id]}).status_code == 422


@pytest.mark.parametrize(
    "seconds", ["Infinity", "NaN", "1e999", "9" * 5000], ids=["inf", "nan", "1e999", "5000 digits"]
)
def test_a_time_that_is_no_number_of_seconds_is_refused(client: ReviewClient, seconds: str) -> None:
    body = f'{{"token": "{"0" * 32}", "clip_id": 1, "kind": "skip", "seconds_spent": {seconds}}}'
    answer = client.client.post_bytes("/api/review/decisions", body.encode(), client.own_headers())
    assert (answer.status_code, "decision cannot be read" in answer.json()["error"]) == (422, True)


@pytest.mark.parametrize(
    "ranges", ["bytes=0-" + "9" * 5000, "bytes=" + "9" * 5000 + "-", "bytes=-" + "9" * 5000, "bytes=x"]
)
def test_a_range_of_no_length_is_refused_or_cut(client: ReviewClient, ranges: str) -> None:
    url = client.get("/clips/1").json()["video"]["url"]
    assert client.client.get(url, headers={"Range": ranges}).status_code in {206, 400, 416}
