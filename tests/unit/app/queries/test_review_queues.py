"""Queues of the Review screen as an address names them."""

import pytest

from app.queries.review_queues import kind_in_address


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("audit", "reliability"),
        ("doubtful", "needs-review"),
        ("leaks", "leaks"),
        ("saved:mine", "saved:mine"),
        (None, None),
    ],
)
def test_an_address_from_before_the_queues_were_renamed_opens_the_same_queue(
    asked: str | None, kind: str | None
) -> None:
    assert kind_in_address(asked) == kind
