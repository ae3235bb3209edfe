"""What no column holds is refused in a sentence, whichever way it came in."""

import pytest

from core.errors import InputError
from db import reviewers
from tests.unit.db.conftest import Desk


def test_half_a_surrogate_pair_is_refused_where_nobody_made_it_storable(desk: Desk) -> None:
    sentence = r"cannot be stored, as half of a surrogate pair is in it: Eva\\ud800\."
    with pytest.raises(InputError, match=sentence), desk.database.write() as connection:
        reviewers.ensure(connection, "Eva\ud800")
    with desk.database.write() as connection:
        assert reviewers.ensure(connection, "Eva").name == "Eva"


def test_a_number_beyond_64_bits_is_refused(desk: Desk) -> None:
    sentence = r"A number is too large to be stored or looked up\."
    with pytest.raises(InputError, match=sentence), desk.database.read() as connection:
        reviewers.get(connection, 2**63)
