"""Who may read and write what: the fence around the rationale, the token, the origin, the media signature."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.queries.clip_filters import Filters
from app.queries.saved_filters import save
from app.review.assets import ASSET_BASE
from app.tokens import Tokens
from core.types.clips import LabelSource, Split
from core.types.decisions import ReviewMode, Seen
from core.types.runs import CuratedRow, Prediction
from db import bulk_accepts, curated_sets, decisions, pseudo_labels, reviewers, runs
from tests.integration.app.conftest import ORIGIN, ReviewClient
from tests.integration.app.review_study import SECRET_REASON
from training.runs.timelines import ClipTimeline, timeline_path, write_timeline


def test_the_rationale_is_refused_before_the_blind_answer(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    answer = blind.get(f"/clips/{clip.id}/rationale")
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "The rationale is shown after your own answer is saved."},
    )


def test_the_rationale_opens_with_the_blind_answer(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    assert blind.decide(clip.id, "blind", label="positive", rater_confidence=2).status_code == 200
    assert blind.get(f"/clips/{clip.id}/rationale").json()["pseudo_label"]["reasoning"] == SECRET_REASON


def test_anothers_blind_answer_opens_nothing(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    with blind.study.database.write() as connection:
        other = reviewers.ensure(connection, "Grace")
    blind.token = Tokens(blind.study.workspace.signing_key(), 1).reviewer_token(other.id)
    assert blind.get(f"/clips/{clip.id}/rationale").status_code == 403


@pytest.mark.parametrize("kind", ["unclear", "skip"])
def test_what_is_no_blind_answer_opens_nothing(blind: ReviewClient, kind: str) -> None:
    clip = blind.study.add_clips(1)[0]
    assert blind.decide(clip.id, kind).status_code == 200
    assert blind.get(f"/clips/{clip.id}/rationale").status_code == 403


def test_nothing_read_before_the_blind_answer_tells_the_labelers(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    told = blind.get(f"/clips/{clip.id}").text + blind.get("/queue?kind=unreviewed").text
    assert not [word for word in ("negative", "positive", "jaw", "0.8") if word in told]


def test_an_assisted_workspace_shows_the_rationale_at_once(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1)[0]
    assert assisted.get(f"/clips/{clip.id}/rationale").status_code == 200


def test_the_reason_for_a_clip_tells_no_label_before_ones_own_answer(assisted: ReviewClient) -> None:
    (clip,), (sampled,) = assisted.study.add_clips(1), assisted.study.add_clips(1, reliability_sample=True)
    grace = assisted.as_another("Grace")
    grace.decide(sampled.id, "blind", label="positive", rater_confidence=2)
    for one in (clip, sampled):
        grace.decide(one.id, "final", label="positive")
    _wrong_run(assisted, [clip.id, sampled.id])
    before = {item["clip_id"]: item["reason"] for item in assisted.get("/queue?kind=run-differs").json()["items"]}
    assert set(before) == {clip.id}  # the reliability sample is in no queue of a run
    assert not [reason for reason in before.values() if "positive" in reason or "negative" in reason]


def test_what_the_run_says_comes_with_the_rationale_after_ones_own_answer(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1)[0]
    assisted.as_another("Grace").decide(clip.id, "final", label="positive")
    _wrong_run(assisted, [clip.id])
    before = assisted.get(f"/clips/{clip.id}/rationale").json()["run"]
    assisted.decide(clip.id, "final", label="positive")
    after = assisted.get(f"/clips/{clip.id}/rationale").json()["run"]
    assert (before, after["label"], after["held_out"]) == (None, "negative", True)


def test_the_gold_label_comes_with_the_rationale_after_ones_own_answer(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1, gold="negative")[0]
    before = assisted.get(f"/clips/{clip.id}/rationale").json()["gold"]
    assisted.as_another("Grace").decide(clip.id, "final", label="positive")
    assisted.decide(clip.id, "final", label="negative")
    assisted.as_another("Grace").decide(clip.id, "final", label="positive", note="again")
    after = assisted.get(f"/clips/{clip.id}/rationale").json()["gold"]
    assert (before, after) == (None, {"label": "negative", "replaced_by": "positive"})


@pytest.mark.parametrize(("of_the_set", "person_seen"), [("another person's clip", False), ("their clip", True)])
def test_a_clip_outside_the_runs_set_is_told_as_one_it_never_trained_on(
    assisted: ReviewClient, of_the_set: str, person_seen: bool
) -> None:
    clip, other = assisted.study.add_clips(2)
    subject_id = clip.subject_id if of_the_set == "their clip" else other.subject_id
    with assisted.study.database.write() as connection:
        row = CuratedRow(other.id, subject_id, "positive", LabelSource.GOLD, 1.0)
        made = curated_sets.store(connection, "set", {}, [row])
        run = runs.start(connection, curated_set_id=made.id, job_id=None, settings={}, code_version="1")
        runs.store_predictions(connection, [Prediction(run.id, clip.id, -1, (0.9, 0.1), "negative", 0.9)])
        runs.finish(connection, run.id, {"table": []})
        runs.select(connection, run.id)
    assisted.decide(clip.id, "final", label="positive")
    said = assisted.get(f"/clips/{clip.id}/rationale").json()["run"]
    assert (said["held_out"], said["person_seen"]) == (True, person_seen)


def test_the_reliability_sample_stays_shut_in_an_assisted_workspace(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1, reliability_sample=True)[0]
    assert assisted.get(f"/clips/{clip.id}/rationale").status_code == 403
    assisted.decide(clip.id, "blind", label="negative", rater_confidence=1)
    assert assisted.get(f"/clips/{clip.id}/rationale").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/queue?kind=unreviewed", "/queues", "/clips/1", "/clips/1/rationale", "/clips/1/times", "/clips/1/keypoints/0"],
)
def test_no_data_without_a_token(blind: ReviewClient, path: str) -> None:
    blind.study.add_clips(1)
    answer = blind.client.get(f"/api/review{path}")
    assert (answer.status_code, answer.json()["error"]) == (
        401,
        "This request shows no reviewer's token; reload the page.",
    )


def test_an_expired_token_is_refused_with_the_way_out(blind: ReviewClient) -> None:
    blind.token = "x" + blind.token
    answer = blind.get("/queue?kind=unreviewed")
    assert (answer.status_code, "reload the page" in answer.json()["error"]) == (401, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_reads_nothing(blind: ReviewClient, headers: dict[str, str]) -> None:
    assert blind.get("/queue?kind=unreviewed", **headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://elsewhere.example"}, {"Origin": ORIGIN, "Sec-Fetch-Site": "none"}]
)
def test_a_decision_must_come_from_our_own_page(blind: ReviewClient, headers: dict[str, str]) -> None:
    clip = blind.study.add_clips(1)[0]
    body = {"token": "0" * 32, "clip_id": clip.id, "kind": "skip"}
    headers = {**headers, "Authorization": f"Bearer {blind.token}"}
    assert blind.client.post("/api/review/decisions", json=body, headers=headers).status_code == 403
    with blind.study.database.read() as connection:
        assert decisions.history(connection, clip.id) == []


def test_a_body_larger_than_any_decision_is_refused(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    assert blind.decide(clip.id, "skip", note="x" * 70_000).status_code == 413


@pytest.mark.parametrize(
    "fields",
    [
        {"reviewer_id": 2},
        {"rater_confidence": 4},
        {"token": "short"},
        {"claim_verdicts": {"1": "maybe"}},
        {"seconds_spent": -1},
    ],
)
def test_a_decision_in_another_form_is_refused(blind: ReviewClient, fields: dict[str, object]) -> None:
    clip = blind.study.add_clips(1)[0]
    answer = blind.decide(clip.id, "skip", **fields)
    assert (answer.status_code, next(iter(fields)) in answer.json()["error"]) == (422, True)


def test_media_wants_the_signature_of_its_own_clip(blind: ReviewClient) -> None:
    first, second = blind.study.add_clips(2)
    url = blind.get(f"/clips/{first.id}").json()["video"]["url"]
    other = url.replace(f"/{first.id}/", f"/{second.id}/")
    assert [blind.client.get(one).status_code for one in (url, other, url.split("?")[0])] == [200, 401, 401]


def test_no_path_comes_from_an_address(blind: ReviewClient) -> None:
    blind.study.add_clips(1)
    for path in ("/api/media/1/..%2f..%2ftelltale.db", "/review/assets/x/..%2f..%2ftokens.py"):
        assert blind.client.get(path).status_code == 404


def test_a_module_is_served_by_its_path_and_nothing_beside_the_modules_is(blind: ReviewClient) -> None:
    module = blind.client.get(f"{ASSET_BASE}/player/player.js")
    assert (module.status_code, module.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    for path in ("assets.py", "..%2ftokens.py", "player%2f..%2fassets.py", "types.d.ts", "player/", "/etc/passwd"):
        assert blind.client.get(f"{ASSET_BASE}/{path}").status_code == 404, path


def test_a_video_is_served_in_ranges(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    url = blind.get(f"/clips/{clip.id}").json()["video"]["url"]
    answer = blind.client.get(url, headers={"Range": "bytes=0-99"})
    assert (answer.status_code, len(answer.content), answer.headers["content-type"]) == (206, 100, "video/mp4")


def test_a_failure_that_nobody_foresaw_tells_the_browser_nothing(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    (blind.study.workspace.features_dir / "keypoints" / f"{clip.id}.safetensors").write_bytes(b"\0" * 100)
    answer = blind.get(f"/clips/{clip.id}/keypoints/0")
    assert answer.status_code in {404, 500}
    assert "Traceback" not in json.dumps(answer.json())


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("blind", {"label": "positive", "rater_confidence": 3}), ("unclear", {}), ("skip", {})],
)
def test_a_decision_on_a_clip_of_the_test_split_is_refused_with_the_rule(
    blind: ReviewClient, kind: str, fields: dict[str, Any]
) -> None:
    clip = blind.study.add_clips(1, labeled=False, split=Split.TEST)[0]
    answer = blind.decide(clip.id, kind, **fields)
    assert (answer.status_code, answer.json()["error"]) == (
        409,
        f"Clip {clip.id} is of the test split, which is scored against the labels it was imported with; "
        "no decision on it is kept.",
    )
    with blind.study.database.read() as connection:
        assert decisions.history(connection, clip.id) == []


def test_what_others_said_is_told_after_ones_own_answer(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    grace = blind.as_another("Grace")
    grace.decide(clip.id, "blind", label="positive", rater_confidence=3)
    grace.decide(clip.id, "unclear", note="the light is bad")
    assert blind.get(f"/clips/{clip.id}/rationale").status_code == 403
    blind.decide(clip.id, "blind", label="negative", rater_confidence=1)
    told = blind.get(f"/clips/{clip.id}/rationale").json()["history"]
    assert [(one["who"], one["kind"], one["label"], one["note"]) for one in told] == [
        ("Grace", "blind", "positive", ""),
        ("Grace", "unclear", None, "the light is bad"),
        ("Ada", "blind", "negative", ""),
    ]


def test_assisted_review_tells_nobodys_answer_before_ones_own(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1)[0]
    assisted.as_another("Grace").decide(clip.id, "unclear", note="the light is bad")
    assert assisted.get(f"/clips/{clip.id}/rationale").json()["history"] == []
    assisted.decide(clip.id, "unclear")
    assert len(assisted.get(f"/clips/{clip.id}/rationale").json()["history"]) == 2


def _seen(client: ReviewClient, clip_id: int) -> list[frozenset[Seen] | None]:
    """What this reviewer had seen at each answer on the clip."""
    with client.study.database.read() as connection:
        rows = decisions.history(connection, clip_id)
    return [row.seen for row in rows if row.reviewer_id == client.reviewer_id]


def test_the_rationale_that_was_given_out_is_stored_with_the_answers_after_it(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    blind.get(f"/clips/{clip.id}/rationale")
    blind.decide(clip.id, "unclear")
    assert _seen(blind, clip.id) == [frozenset(), frozenset({Seen.RATIONALE})]


def test_others_answers_and_the_runs_are_stored_with_the_answer_given_after_them(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1)[0]
    assisted.as_another("Grace").decide(clip.id, "final", label="positive")
    _wrong_run(assisted, [clip.id])
    assisted.get(f"/clips/{clip.id}/rationale")
    assisted.decide(clip.id, "final", label="positive")
    assisted.get(f"/clips/{clip.id}/rationale")
    assisted.decide(clip.id, "final", label="negative")
    assert _seen(assisted, clip.id) == [frozenset({Seen.RATIONALE}), frozenset(Seen)]


def test_assisted_review_gives_out_nothing_of_the_run_before_ones_own_answer(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1)[0]
    run_id = _wrong_run(assisted, [clip.id])
    halves = np.float32([0.5, 0.5])
    path = timeline_path(assisted.study.workspace.runs_dir / str(run_id), clip.id)
    write_timeline(path, ClipTimeline(("positive", "negative"), np.float32([0.1, 0.3]), halves, np.eye(2)))
    before = assisted.get(f"/clips/{clip.id}/rationale").json()
    assisted.decide(clip.id, "final", label="positive")
    after = assisted.get(f"/clips/{clip.id}/rationale").json()
    assert (before["model"], before["run"], after["model"]["run_id"]) == (None, None, run_id)
    assert _seen(assisted, clip.id) == [frozenset({Seen.RATIONALE})]


def test_a_reason_that_names_labels_is_stored_with_the_answer_given_after_it(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1, labeled=False)[0]
    assisted.as_another("Grace").decide(clip.id, "final", label="positive")
    assisted.decide(clip.id, "final", label="positive")
    _wrong_run(assisted, [clip.id])
    assert "negative" in assisted.get("/queue?kind=run-differs").json()["items"][0]["reason"]
    assisted.decide(clip.id, "final", label="negative")
    assert _seen(assisted, clip.id) == [frozenset(), frozenset({Seen.ANSWERS, Seen.RUN})]


def test_who_accepted_a_clip_in_bulk_is_not_told_its_label_before_an_own_answer(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    with blind.study.database.write() as connection:
        shown = pseudo_labels.of_clip(connection, clip.id)[0].id
        taken = {clip.id: shown}
        bulk_accepts.accept(connection, blind.reviewer_id, taken, reason="sure", mode=ReviewMode.BLIND, token="bulk")
    told = blind.get(f"/clips/{clip.id}").json()
    assert (told["step"], told["decision"]) == ("label", None)


def test_a_saved_filter_by_label_is_on_record_for_those_it_lists_and_those_it_leaves_out(
    assisted: ReviewClient,
) -> None:
    listed, left_out = assisted.study.add_clips(2, labeled=False)
    grace = assisted.as_another("Grace")
    grace.decide(listed.id, "final", label="positive")
    grace.decide(left_out.id, "final", label="negative")
    save(assisted.study.workspace, "positive ones", Filters(label="positive"))
    queue = assisted.get("/queue?kind=saved:positive ones").json()
    assert [item["clip_id"] for item in queue["items"]] == [listed.id]
    for clip in (listed, left_out):
        assisted.decide(clip.id, "final", label="positive")
        assert _seen(assisted, clip.id) == [frozenset({Seen.ANSWERS})]


def test_the_size_of_a_queue_by_label_tells_nothing_of_the_reliability_sample(assisted: ReviewClient) -> None:
    assisted.study.add_clips(2, reliability_sample=True)
    save(assisted.study.workspace, "negative ones", Filters(label="negative"))
    sizes = {one["kind"]: one["size"] for one in assisted.get("/queues").json()}
    assert sizes["saved:negative ones"] == 0


@pytest.fixture
def twice(review_client: Callable[..., ReviewClient]) -> ReviewClient:
    """Every clip comes back to its reviewer at once."""
    return review_client(repeat_share=1, repeat_after_days=0)


def _judged(client: ReviewClient) -> int:
    clip = client.study.add_clips(1)[0]
    client.decide(clip.id, "blind", label="positive", rater_confidence=2)
    client.decide(clip.id, "final", label="positive")
    return clip.id


def test_a_clip_that_came_back_is_told_as_if_nobody_had_judged_it(twice: ReviewClient) -> None:
    told = twice.get(f"/clips/{_judged(twice)}").json()
    assert (told["step"], told["repeat"], told["blind"], told["decision"], told["twice"]) == (
        "label",
        True,
        None,
        None,
        None,
    )


def test_the_rationale_of_a_clip_that_came_back_is_shut_until_the_second_answer(twice: ReviewClient) -> None:
    clip = _judged(twice)
    answer = twice.get(f"/clips/{clip}/rationale")
    assert answer.status_code == 403
    assert answer.json()["error"].startswith("This clip has come back to you")
    assert twice.decide(clip, "repeat", label="negative", rater_confidence=1).status_code == 200
    assert twice.get(f"/clips/{clip}/rationale").status_code == 200


def test_both_answers_are_told_once_the_second_is_saved(twice: ReviewClient) -> None:
    clip = _judged(twice)
    twice.decide(clip, "repeat", label="negative", rater_confidence=1)
    told = twice.get(f"/clips/{clip}").json()
    assert (told["step"], told["repeat"], told["twice"]) == (
        "done",
        False,
        {"first": "positive", "second": "negative"},
    )


def _wrong_run(client: ReviewClient, clip_ids: list[int]) -> int:
    """A selected run that says the opposite of what people say of these clips; returns its id."""
    with client.study.database.write() as connection:
        rows = [CuratedRow(clip_id, clip_id, "positive", LabelSource.HUMAN, 1.0) for clip_id in clip_ids]
        made = curated_sets.store(connection, "set", {}, rows)
        run = runs.start(connection, curated_set_id=made.id, job_id=None, settings={}, code_version="1")
        said = [Prediction(run.id, clip_id, 0, (0.9, 0.1), "negative", 0.9) for clip_id in clip_ids]
        runs.store_predictions(connection, said)
        runs.finish(connection, run.id, {"table": []})
        runs.select(connection, run.id)
    return run.id
