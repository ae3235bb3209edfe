"""Copies of clips for benches: new names, nobody on both sides, the newest answer with its claims."""

from dataclasses import replace

import sqlalchemy as sa

from core.types.clips import Split
from db import benchmark_copies, clips, pseudo_labels
from db.tables import claims
from tests.integration.db.log_oracle import LABELER, answer
from tests.unit.db.conftest import Desk


def test_copies_are_taken_in_turn_with_names_and_subjects_of_their_own(desk: Desk) -> None:
    originals = [desk.clip(), desk.clip(test=True), desk.clip(gold="positive")]
    with desk.database.write() as connection:
        benchmark_copies.copy_clips(connection, 7)
        ids = clips.all_ids(connection)
        every = clips.many(connection, ids)
    first, copies = every[:3], every[3:]
    assert [clip.id for clip in first] == originals
    assert [copy.split for copy in copies] == [first[place % 3].split for place in range(7)]
    assert len({clip.name for clip in every}) == len({clip.digest for clip in every}) == 10
    assert all(copy.gold_label is None for copy in copies)
    assert {copy.subject_id for copy in copies}.isdisjoint({clip.subject_id for clip in first})


def test_no_subject_of_the_copies_is_on_both_sides_and_each_has_several_clips(desk: Desk) -> None:
    for number in range(2):
        desk.clip(test=number == 1)
    with desk.database.write() as connection:
        benchmark_copies.copy_clips(connection, 40)
        copies = clips.many(connection, clips.all_ids(connection))[2:]
    by_side = {side: [copy.subject_id for copy in copies if copy.split is side] for side in (Split.TRAIN, Split.TEST)}
    assert set(by_side[Split.TRAIN]).isdisjoint(by_side[Split.TEST])
    assert [len(of_side) / len(set(of_side)) for of_side in by_side.values()] == [5, 5]


def test_a_copy_has_the_newest_answer_and_that_answers_claims(desk: Desk) -> None:
    answered, _ = desk.clip(), desk.clip()
    desk.answer(answered, "negative", contradicted=3)
    newest = desk.answer(answered, "positive", 0.9, contradicted=1)
    with desk.database.write() as connection:
        benchmark_copies.copy_clips(connection, 4)
        ids = clips.all_ids(connection)
        found = [pseudo_labels.of_clip(connection, clip_id) for clip_id in ids[2:]]
        stored = connection.execute(sa.select(sa.func.count()).select_from(claims)).scalar_one()
    assert [len(answers) for answers in found] == [1, 0, 1, 0]
    for [copy] in (found[0], found[2]):
        assert (copy.answer.label, copy.answer.confidence) == ("positive", 0.9)
        assert [claim.check for claim in copy.answer.claims] == [claim.check for claim in newest.answer.claims]
    assert stored == (2 + 3) + (2 + 1) * 3


def test_a_copy_has_the_answer_that_counts_and_not_one_beside_it(desk: Desk) -> None:
    clip_id = desk.clip()
    desk.answer(clip_id, "positive")
    with desk.database.write() as connection:
        beside = replace(LABELER, name="beside")
        pseudo_labels.store(connection, clip_id, beside, "s", answer("negative", 0.8))
        benchmark_copies.copy_clips(connection, 1)
        copy = clips.all_ids(connection)[-1]
        assert pseudo_labels.latest_of(connection, [copy])[copy].answer.label == "positive"
