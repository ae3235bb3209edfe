"""Shares of clips as they are shown: counts, interval over subjects, and a word where it cannot be trusted."""

from app.components.annotated_table import Figure
from app.queries.proportions import Share

ENOUGH = Share(((4, 5), (2, 5), (5, 5)) * 4)


def test_clips_are_counted_by_their_subject() -> None:
    found = Share.of([(7, True), (3, False), (7, False), (7, True)])
    assert (found.by_subject, found.hits, found.n) == (((0, 1), (2, 3)), 2, 4)


def test_alike_clips_of_a_subject_widen_the_interval_of_the_same_share() -> None:
    alike = Share(((5, 5), (0, 5)) * 6).interval
    apart = Share(((3, 5), (2, 5)) * 6).interval
    assert alike.high - alike.low > 2 * (apart.high - apart.low)


def test_a_share_over_enough_subjects_is_said_with_its_interval_alone() -> None:
    assert ENOUGH.sentence() == "73% (54% to 87%; 44 of 60)"


def test_of_few_subjects_the_interval_says_that_it_cannot_be_trusted() -> None:
    few = Share(ENOUGH.by_subject[:3])
    assert few.sentence() == "73% (5% to 99%, which cannot be trusted: 3 subjects; 11 of 15)"
    assert Figure.share(few).remark.endswith("\ncannot be trusted: 3 subjects")


def test_where_no_subject_differs_the_interval_says_that_it_cannot_be_trusted() -> None:
    assert Share(((5, 5),) * 12).sentence() == (
        "100% (76% to 100%, which cannot be trusted: no subject differs; 60 of 60)"
    )


def test_without_clips_there_is_nothing_to_compare() -> None:
    assert (Share(()).value, Share(()).sentence()) == (None, "nothing to compare yet")
