"""What is listed of answers: what is missing for a labeler, failures, and sums by labeler."""

from dataclasses import replace

import pytest

from core.types.clips import Split
from core.types.cues import BodyRegion
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler
from db import answered_clips, clips, pseudo_labels
from db.answered_clips import UnansweredClip
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from tests.unit.db.conftest import Desk

# Each differs from the first in one part of what makes a labeler.
OTHERS = [
    replace(LABELER, name="another"),
    replace(LABELER, model_id="larger"),
    replace(LABELER, prompt_version="2"),
    replace(LABELER, prompt_digest="1"),
]


def _store(
    desk: Desk, clip_id: int, labeler: Labeler = LABELER, digest: str = "settings", label: str = "positive"
) -> int:
    with desk.database.write() as connection:
        return pseudo_labels.store(connection, clip_id, labeler, digest, answer(label, 0.8)).id


def test_clips_that_a_labeler_has_not_answered_are_told_with_what_a_plan_needs(desk: Desk) -> None:
    with desk.database.write() as connection:
        spoken = clips.add(connection, replace(new_clip(50), transcript="We lost.", video_path="50.mp4")).id
    answered, silent = desk.clip(), desk.clip()
    desk.clip(test=True)
    _store(desk, answered)
    with desk.database.read() as connection:
        found = answered_clips.unanswered(connection, LABELER, {"settings"})
    assert found == [UnansweredClip(spoken, 30.0, "50.mp4", 8), UnansweredClip(silent, 30.0, None, 0)]


@pytest.mark.parametrize(
    "other", OTHERS, ids=lambda labeler: f"{labeler.name} {labeler.model_id} {labeler.prompt_version}"
)
def test_an_answer_counts_for_the_very_labeler_that_gave_it(desk: Desk, other: Labeler) -> None:
    clip_id = desk.clip()
    _store(desk, clip_id)
    with desk.database.read() as connection:
        assert answered_clips.answered_clips(connection, LABELER, {"settings"}).done == {clip_id}
        assert answered_clips.answered_clips(connection, other, {"settings"}).done == set()
        assert [one.clip_id for one in answered_clips.unanswered(connection, other, {"settings"})] == [clip_id]


@pytest.mark.parametrize("digest", ["settingr", "settingt"])
def test_an_answer_with_other_settings_is_to_be_given_again(desk: Desk, digest: str) -> None:
    clip_id = desk.clip()
    _store(desk, clip_id)
    with desk.database.read() as connection:
        assert answered_clips.answered_clips(connection, LABELER, {digest}).done == set()
        assert [one.clip_id for one in answered_clips.unanswered(connection, LABELER, {digest})] == [clip_id]


def test_a_labeler_that_answers_again_is_the_same_one_and_another_is_new(desk: Desk) -> None:
    clip_id = desk.clip()
    for number, labeler in enumerate((LABELER, *OTHERS, LABELER)):
        _store(desk, clip_id, labeler, str(number))
    with desk.database.read() as connection:
        found = pseudo_labels.labelers(connection)
        counts = pseudo_labels.counts_by_labeler(connection)
    assert [replace(one, id=None) for one in found] == [LABELER, *OTHERS]
    assert [counts[one.id or 0] for one in found] == [2, 1, 1, 1, 1]


def test_the_newest_failures_come_first_with_who_failed(desk: Desk) -> None:
    clip_id = desk.clip()
    with desk.database.write() as connection:
        for number, labeler in enumerate((LABELER, OTHERS[0], LABELER)):
            pseudo_labels.fail(connection, clip_id, labeler, "0", f"Reason {number}.")
        found = pseudo_labels.failures(connection)
        newest = pseudo_labels.failures(connection, limit=2)
    assert [(one.clip_id, one.reason, one.labeler.name) for one in found] == [
        (clip_id, "Reason 2.", LABELER.name),
        (clip_id, "Reason 1.", "another"),
        (clip_id, "Reason 0.", LABELER.name),
    ]
    assert newest == found[:2]


def test_answers_for_a_clip_are_its_own_newest_first(desk: Desk) -> None:
    below, middle, above = (desk.clip() for _ in range(3))
    made = [_store(desk, clip_id, digest=str(n)) for n, clip_id in enumerate((below, middle, above, middle))]
    with desk.database.read() as connection:
        assert [one.id for one in pseudo_labels.of_clip(connection, middle)] == [made[3], made[1]]
        assert pseudo_labels.newest_id(connection) == made[-1]


def test_before_the_first_answer_the_newest_id_is_nought(desk: Desk) -> None:
    with desk.database.read() as connection:
        assert pseudo_labels.newest_id(connection) == 0


def test_claims_come_back_whole_in_their_order_and_only_kept_ones_count_as_contradicted(desk: Desk) -> None:
    claim = Claim(
        start_s=0.5,
        end_s=1.5,
        cue="nodding",
        region=BodyRegion.HEAD,
        text="A nod.",
        speaks_for="positive",
        weight=0.25,
        kept=True,
        reflection="It holds.",
        check=ClaimCheck.CONTRADICTED,
        check_note="No nod was measured.",
        joints=(0, 1),
        leak="",
    )
    claims = (
        claim,
        replace(claim, cue="a smile", kept=False),
        replace(claim, cue="blinking", check=ClaimCheck.SUPPORTED),
    )
    clip_id = desk.clip()
    with desk.database.write() as connection:
        said = replace(answer("positive", 0.8), claims=claims)
        stored = pseudo_labels.store(connection, clip_id, LABELER, "0", said)
        summary = pseudo_labels.summaries_of(connection, [clip_id])[clip_id]
    assert tuple(replace(one, id=None) for one in stored.answer.claims) == claims
    assert (summary.kept_claims, summary.contradicted_claims) == (2, 1)


def test_a_clip_of_the_train_split_alone_lacks_an_answer(desk: Desk) -> None:
    desk.clip(test=True)
    training = desk.clip()
    with desk.database.read() as connection:
        assert clips.all_ids(connection, Split.TRAIN) == [training]
        assert [one.clip_id for one in answered_clips.unanswered(connection, LABELER, {"0"})] == [training]
