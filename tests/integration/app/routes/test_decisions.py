"""What a posted decision becomes in the log, and what the screen is told of a clip."""

import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from app.queries.clip_filters import Filters
from app.queries.saved_filters import save
from core.feature_store import FeatureStore
from core.taxonomy import Taxonomy
from core.taxonomy_changes import Retitled, TaxonomyChange
from core.types.decisions import Decision, DecisionKind, ReviewMode, Seen
from core.types.features import FeatureKind
from db import bulk_accepts, decisions, label_changes, pseudo_labels, queues
from db.bulk_accepts import Bulk
from tests.integration.app.conftest import ReviewClient
from tests.integration.app.review_study import FRAMES, numbered_points


def log(client: ReviewClient, clip_id: int) -> list[Decision]:
    with client.study.database.read() as connection:
        return decisions.history(connection, clip_id)


def pseudo_label_id(client: ReviewClient, clip_id: int) -> int:
    with client.study.database.read() as connection:
        stored = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
    assert stored is not None
    return stored.id


def accept_in_bulk(client: ReviewClient, clip_ids: list[int]) -> Bulk:
    accepted = {clip_id: pseudo_label_id(client, clip_id) for clip_id in clip_ids}
    with client.study.database.write() as connection:
        return bulk_accepts.accept(
            connection, client.reviewer_id, accepted, reason="sure", mode=ReviewMode.BLIND, token=f"bulk {clip_ids}"
        )


@pytest.mark.parametrize(("label", "kind"), [("negative", DecisionKind.ACCEPT), ("positive", DecisionKind.CORRECT)])
def test_the_server_tells_accept_from_correct(blind: ReviewClient, label: str, kind: DecisionKind) -> None:
    clip = blind.study.add_clips(1)[0]
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    shown = pseudo_label_id(blind, clip.id)
    answer = blind.decide(clip.id, "final", label=label, pseudo_label_id=shown)
    assert (answer.json()["decision"]["kind"], log(blind, clip.id)[-1].kind) == (kind, kind)


def test_a_final_answer_before_the_blind_one_is_refused(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    answer = blind.decide(clip.id, "final", label="negative", pseudo_label_id=pseudo_label_id(blind, clip.id))
    assert (answer.status_code, log(blind, clip.id)) == (409, [])


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"queue": "unreviewed", "asked": False}, "unreviewed"),
        ({"queue": "unreviewed", "asked": True}, None),  # somebody has picked it
        ({"queue": "run-differs", "asked": True}, "run-differs"),  # out of the list of what a run contradicts
        ({"queue": "saved:1"}, None),
        ({"queue": "no queue"}, None),
        ({}, None),
    ],
)
def test_a_decision_keeps_the_queue_that_brought_its_clip_up(
    blind: ReviewClient, told: dict[str, Any], kept: str | None
) -> None:
    clip = blind.study.add_clips(1)[0]
    assert blind.decide(clip.id, "blind", label="positive", rater_confidence=2, **told).status_code == 200
    assert log(blind, clip.id)[-1].queue == kept


def test_the_same_token_is_stored_once(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    answers = [blind.decide(clip.id, "skip", token="ab" * 16).json() for _ in range(2)]
    assert [answer["already"] for answer in answers] == [False, True]
    assert len(log(blind, clip.id)) == 1


def test_a_label_outside_the_taxonomy_is_refused_by_name(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    answer = blind.decide(clip.id, "blind", label="furious", rater_confidence=2)
    assert (answer.status_code, "'furious'" in answer.json()["error"]) == (409, True)


def test_a_queue_tells_what_its_reviewer_can_take_back_newest_first(blind: ReviewClient) -> None:
    first, second = blind.study.add_clips(2)
    blind.decide(first.id, "skip")
    blind.decide(second.id, "unclear")
    undoable = blind.get("/queue?kind=recent").json()["undoable"]
    assert [row["clip_id"] for row in undoable] == [second.id, first.id]
    blind.decide(second.id, "undo", undoes_id=undoable[0]["id"])
    assert [row["clip_id"] for row in blind.get("/queue?kind=recent").json()["undoable"]] == [first.id]


def test_a_bulk_accept_is_one_step_among_those_that_can_be_taken_back(blind: ReviewClient) -> None:
    skipped, *sure, unclear = blind.study.add_clips(4)
    blind.decide(skipped.id, "skip")
    made = accept_in_bulk(blind, [clip.id for clip in sure])
    blind.decide(unclear.id, "unclear")
    steps = blind.get("/queue?kind=recent").json()["undoable"]
    assert [step.get("bulk_id") or step["clip_id"] for step in steps] == [unclear.id, made.id, skipped.id]
    assert blind.post(f"/bulks/{made.id}/take-back", {}).json() == {"clips": 2, "job_id": None}
    assert blind.post(f"/bulks/{made.id}/take-back", {}).json() == {"clips": 0, "job_id": None}
    assert len(blind.get("/queue?kind=recent").json()["undoable"]) == 2


def test_anothers_bulk_accept_is_not_taken_back(blind: ReviewClient) -> None:
    made = accept_in_bulk(blind, [blind.study.add_clips(1)[0].id])
    answer = blind.as_another("Ben").post(f"/bulks/{made.id}/take-back", {})
    assert (answer.status_code, answer.json()["error"]) == (409, "Only whoever accepted in bulk takes it back.")


def test_a_bulk_accept_that_is_not_there_is_a_sentence(blind: ReviewClient) -> None:
    answer = blind.post("/bulks/9/take-back", {})
    assert (answer.status_code, answer.json()["error"]) == (404, "There is no bulk accept 9.")


def test_a_clip_says_where_its_reviewer_stands(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    steps = [blind.get(f"/clips/{clip.id}").json()["step"]]
    blind.decide(clip.id, "blind", label="negative", rater_confidence=2)
    steps.append(blind.get(f"/clips/{clip.id}").json()["step"])
    blind.decide(clip.id, "final", label="negative", pseudo_label_id=pseudo_label_id(blind, clip.id))
    steps.append(blind.get(f"/clips/{clip.id}").json()["step"])
    assert steps == ["label", "reveal", "done"]


def test_a_queue_gives_each_clip_its_reason(blind: ReviewClient) -> None:
    added = blind.study.add_clips(3)
    answer = blind.get("/queue?kind=unreviewed").json()
    assert [item["clip_id"] for item in answer["items"]] == [clip.id for clip in added]
    assert {item["reason"] for item in answer["items"]} == {"Nobody has judged this clip yet."}
    assert (answer["total"], answer["more"]) == (3, False)


def test_every_queue_tells_how_many_clips_it_holds_by_now(blind: ReviewClient) -> None:
    first, _second = blind.study.add_clips(2)
    before = {one["kind"]: one["size"] for one in blind.get("/queues").json()}
    blind.decide(first.id, "skip")
    after = {one["kind"]: one["size"] for one in blind.get("/queues").json()}
    assert (after["unreviewed"], after["skipped"]) == (before["unreviewed"] - 1, before["skipped"] + 1)


def test_one_queue_is_counted_alone(blind: ReviewClient) -> None:
    blind.study.add_clips(1)
    every = {one["kind"]: one for one in blind.get("/queues").json()}
    assert blind.get("/queues?kind=unreviewed").json() == [every["unreviewed"]]
    refused = blind.get("/queues?kind=nonsense")
    assert (refused.status_code, refused.json()) == (422, {"error": "There is no queue called 'nonsense'."})


def test_no_queue_is_counted_while_another_ones_read_holds_decisions_up(
    blind: ReviewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind.study.add_clips(1)
    count = queues.size
    reads: list[sa.Connection] = []

    def watched(connection: sa.Connection, *given: Any, **options: Any) -> int:
        assert all(before.closed for before in reads)
        reads.append(connection)
        return count(connection, *given, **options)

    monkeypatch.setattr(queues, "size", watched)
    assert len(blind.get("/queues").json()) == len(reads) > 1


def test_a_saved_filter_is_a_queue_under_its_name(blind: ReviewClient) -> None:
    first, second, _ = blind.study.add_clips(3)
    save(blind.study.workspace, "two of them", Filters(among=(first.id, second.id)))
    blind.decide(first.id, "unclear")
    answer = blind.get("/queue?kind=saved:two of them").json()
    assert [item["clip_id"] for item in answer["items"]] == [second.id, first.id]
    assert {item["reason"] for item in answer["items"]} == {"Of the saved filter “two of them”."}
    assert (answer["total"], answer["more"], len(answer["undoable"])) == (2, False, 1)


def test_a_saved_filter_that_is_gone_is_missed_by_name(blind: ReviewClient) -> None:
    answer = blind.get("/queue?kind=saved:gone")
    assert (answer.status_code, "no saved filter 'gone'" in answer.json()["error"]) == (404, True)


def test_an_unknown_queue_is_refused_by_name(blind: ReviewClient) -> None:
    answer = blind.get("/queue?kind=nonsense")
    assert (answer.status_code, answer.json()) == (422, {"error": "There is no queue called 'nonsense'."})


def test_an_unknown_clip_is_a_sentence(blind: ReviewClient) -> None:
    answer = blind.get("/clips/99")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no clip 99."})


def test_key_points_arrive_as_they_were_stored(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    chunk = blind.get(f"/clips/{clip.id}/keypoints/0").content
    _, _, _, first, frames, x0, dx, y0, dy = struct.unpack_from("<4sHHIIffff", chunk)
    steps = np.frombuffer(chunk, dtype="<u2", offset=32).reshape(frames, 137, 3)
    expected = numbered_points(FRAMES)
    present = expected[..., 2] > 0
    assert (first, frames) == (0, FRAMES)
    assert ((steps[..., 2] > 0) == present).all()
    assert np.abs(x0 + steps[..., 0][present] * dx - expected[..., 0][present]).max() < 0.05
    assert np.abs(y0 + steps[..., 1][present] * dy - expected[..., 1][present]).max() < 0.05


def test_frame_times_are_those_of_the_key_points(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    times = np.frombuffer(blind.get(f"/clips/{clip.id}/times").content, dtype="<f8")
    with FeatureStore(blind.study.workspace.features_dir).open(clip.id, FeatureKind.KEYPOINTS) as file:
        assert (times == file.read("time_s")).all()


def test_a_clip_without_key_points_is_timed_by_its_video(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    (blind.study.workspace.features_dir / "keypoints" / f"{clip.id}.safetensors").unlink()
    times = np.frombuffer(blind.get(f"/clips/{clip.id}/times").content, dtype="<f8")
    assert (len(times), blind.get(f"/clips/{clip.id}").json()["keypoints"]) == (FRAMES, None)


def test_confidence_is_summed_up_over_the_whole_clip(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    bins = np.frombuffer(blind.get(f"/clips/{clip.id}/confidence").content, dtype="<f4").reshape(-1, 3)
    assert bins.shape == (FRAMES, 3)
    assert np.allclose(bins[:, 0], 7 / 12)  # seven of the twelve upper-body joints carry the number
    assert not bins[:, 1:].any()


def test_a_video_that_is_gone_is_said_so(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    for video in blind.study.videos.iterdir():
        video.unlink()
    told = blind.get(f"/clips/{clip.id}").json()
    assert (told["video"], told["video_missing"]) == (None, True)


def in_mode(client: ReviewClient, mode: ReviewMode) -> None:
    """Changes the mode of the workspace under the running routes."""
    review = client.study.workspace.settings.review.model_copy(update={"mode": mode})
    settings = client.study.workspace.settings.model_copy(update={"review": review})
    client.workspace_now.append(replace(client.study.workspace, settings=settings))


def test_a_changed_mode_holds_from_the_next_clip_on(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    in_mode(blind, ReviewMode.ASSISTED)
    assert (blind.get(f"/clips/{clip.id}").json()["mode"], blind.get(f"/clips/{clip.id}/rationale").status_code) == (
        "assisted",
        200,
    )


def test_a_clip_that_was_begun_blind_stays_blind_when_the_mode_changes(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    in_mode(blind, ReviewMode.ASSISTED)
    assert blind.get(f"/clips/{clip.id}").json()["mode"] == "blind"
    blind.decide(clip.id, "final", label="positive", pseudo_label_id=pseudo_label_id(blind, clip.id))
    assert [row.mode for row in log(blind, clip.id)] == [ReviewMode.BLIND, ReviewMode.BLIND]


def test_a_blind_answer_from_a_page_older_than_the_assisted_mode_is_refused_with_the_way_out(
    blind: ReviewClient,
) -> None:
    clip = blind.study.add_clips(1)[0]
    in_mode(blind, ReviewMode.ASSISTED)
    answer = blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    assert (answer.status_code, log(blind, clip.id)) == (409, [])
    assert "load the page again" in answer.json()["error"]


def test_a_clip_whose_rationale_was_shown_in_assisted_mode_stays_assisted_for_that_person_alone(
    assisted: ReviewClient,
) -> None:
    clip = assisted.study.add_clips(1)[0]
    assisted.get(f"/clips/{clip.id}/rationale")
    in_mode(assisted, ReviewMode.BLIND)
    others = assisted.as_another("Grace").get(f"/clips/{clip.id}").json()
    shown = assisted.get(f"/clips/{clip.id}").json()
    assert (others["mode"], shown["mode"], shown["rationale_open"]) == ("blind", "assisted", True)
    assert assisted.get(f"/clips/{clip.id}/rationale").status_code == 200
    assisted.decide(clip.id, "final", label="positive", pseudo_label_id=pseudo_label_id(assisted, clip.id))
    row = log(assisted, clip.id)[0]
    assert (row.mode, row.seen) == (ReviewMode.ASSISTED, {Seen.RATIONALE})


def test_a_clip_that_was_judged_assisted_is_not_asked_for_a_blind_label_later(assisted: ReviewClient) -> None:
    clip = assisted.study.add_clips(1)[0]
    assisted.decide(clip.id, "final", label="positive", pseudo_label_id=pseudo_label_id(assisted, clip.id))
    in_mode(assisted, ReviewMode.BLIND)
    shown = assisted.get(f"/clips/{clip.id}").json()
    assert (shown["mode"], shown["step"], shown["rationale_open"]) == ("assisted", "done", True)
    answer = assisted.decide(clip.id, "final", label="negative", pseudo_label_id=pseudo_label_id(assisted, clip.id))
    assert (answer.status_code, log(assisted, clip.id)[-1].mode) == (200, ReviewMode.ASSISTED)


def with_title(client: ReviewClient, title: str) -> str:
    """A lead gives the first label another title; returns the digest of the labels before."""
    now = client.workspace_now[-1]
    first, *others = now.settings.taxonomy
    taxonomy = Taxonomy(labels=(first.model_copy(update={"title": title}), *others))
    with client.study.database.write() as connection:
        change = TaxonomyChange(taxonomy, (), (Retitled(first.name, first.title, title),), ())
        label_changes.record(connection, change, client.reviewer_id)
    client.workspace_now.append(replace(now, settings=now.settings.model_copy(update={"taxonomy": taxonomy})))
    return now.settings.taxonomy.digest


@pytest.mark.parametrize("of_an_older_version", [False, True])
def test_an_answer_under_labels_that_were_changed_since_is_refused_and_not_stored(
    blind: ReviewClient, of_an_older_version: bool
) -> None:
    clip = blind.study.add_clips(1)[0]
    before = with_title(blind, "Relieved")
    known = {} if of_an_older_version else {"taxonomy_digest": before}
    answer = blind.decide(clip.id, "blind", label="positive", rater_confidence=2, **known)
    sentence = "The labels were changed on Settings; load the page again: your answer is not saved."
    assert (answer.status_code, answer.json()["error"], log(blind, clip.id)) == (409, sentence, [])


def test_an_answer_under_the_labels_of_today_is_stored(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    with_title(blind, "Relieved")
    today = blind.workspace_now[-1].settings.taxonomy.digest
    answer = blind.decide(clip.id, "blind", label="positive", rater_confidence=2, taxonomy_digest=today)
    assert answer.status_code == 200


def test_an_answer_saved_before_the_labels_changed_is_told_as_saved_when_it_is_sent_again(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    digest = blind.study.workspace.settings.taxonomy.digest
    sent = {"token": "a" * 32, "label": "positive", "rater_confidence": 2, "taxonomy_digest": digest}
    blind.decide(clip.id, "blind", **sent)
    with_title(blind, "Relieved")
    again = blind.decide(clip.id, "blind", **sent)
    assert (again.status_code, again.json()["already"]) == (200, True)


def test_labels_that_were_changed_hinder_no_undo(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    digest = blind.study.workspace.settings.taxonomy.digest
    skipped = blind.decide(clip.id, "skip", taxonomy_digest=digest).json()["decision"]["id"]
    with_title(blind, "Relieved")
    assert blind.decide(clip.id, "undo", undoes_id=skipped, taxonomy_digest=digest).status_code == 200
