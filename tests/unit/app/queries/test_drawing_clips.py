"""Which clip goes to which coder."""

from collections import Counter

from app.queries.drawing_clips import dealt, drawn

NOBODY_KNOWS: dict[int, set[int]] = {1: set(), 2: set(), 3: set()}


def test_a_seed_repeats_a_draw_and_another_draws_otherwise() -> None:
    clip_ids = range(100)
    assert drawn(clip_ids, 10, 5) == drawn(reversed(clip_ids), 10, 5)
    assert drawn(clip_ids, 10, 5) != drawn(clip_ids, 10, 6)


def test_a_draw_of_more_than_there_are_takes_all() -> None:
    assert sorted(drawn([4, 2], 10, 5)) == [2, 4]


def test_clips_are_dealt_so_that_each_coder_gets_as_many() -> None:
    made = dealt(range(9), [1, 2, 3], NOBODY_KNOWS)
    assert Counter(one.coder_id for one in made) == {1: 3, 2: 3, 3: 3}


def test_nobody_is_dealt_a_clip_that_they_know() -> None:
    made = dealt(range(6), [1, 2], {1: {0, 1, 2, 3}, 2: set()})
    assert {one.clip_id for one in made if one.coder_id == 1} == {4, 5}
    assert len(made) == 6


def test_a_clip_that_too_few_can_take_is_left_out_and_another_takes_its_place() -> None:
    made = dealt(range(4), [1, 2, 3], {1: {0}, 2: {0}, 3: set()}, 2, each=2)
    assert [one.clip_id for one in made] == [1, 1, 2, 2]


def test_the_one_who_judged_first_is_not_the_second_coder() -> None:
    made = dealt([7, 8], [1, 2], NOBODY_KNOWS, without={7: 2, 8: 1})
    assert {one.clip_id: one.coder_id for one in made} == {7: 1, 8: 2}
