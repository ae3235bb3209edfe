"""Rules of curated sets that were stored before a name in them changed."""

import json

import pytest
from pydantic import ValidationError

from training.data.curate import Rule


@pytest.mark.parametrize("name", ["include_excluded", "let_in_held_back"])
def test_a_rule_is_read_under_the_old_name_and_the_new_one(name: str) -> None:
    assert Rule.model_validate_json(json.dumps({name: True})).include_excluded
    assert Rule.model_validate({name: True}).model_dump()["include_excluded"]


def test_a_name_that_no_rule_ever_had_is_refused() -> None:
    with pytest.raises(ValidationError, match="let_in_everything"):
        Rule.model_validate({"let_in_everything": True})
