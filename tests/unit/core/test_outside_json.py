"""JSON from outside is read within limits, and each refusal is a sentence."""

import json
from typing import Any

import pytest

from core.outside_json import JsonError, JsonLimits, read_json

_LIMITS = JsonLimits(size=10_000, depth=4, digits=20)


@pytest.mark.parametrize("value", [None, True, 7, -0.5, "ä\n😀", [1, [2]], {"a": {"b": [None]}}])
def test_plain_json_is_read_as_it_is(value: Any) -> None:
    assert read_json(json.dumps(value).encode(), "It", _LIMITS) == value


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "It is no complete JSON: Expecting value at character 0 of 0."),
        (b"<html>", "It is no complete JSON: Expecting value at character 0 of 6."),
        (b"[1] 2", "It is no complete JSON: Extra data at character 4 of 5."),
        (b"\xff", "It is not UTF-8: byte 0 is 0xff."),
        (b" " * 10_001, "It is larger than 0.00954 MiB."),
        (b"[" * 5 + b"]" * 5, "It nests deeper than 4 levels."),
        (b"[" * 5000 + b"]" * 5000, "It nests deeper than 4 levels."),
        (b'{"a":' * 2000, "It nests deeper than 4 levels."),
        (b"9" * 21, "It has a number of 21 characters; up to 20 are read."),
        (b"1." + b"0" * 5000, "It has a number of 5,002 characters; up to 20 are read."),
        (b"[NaN]", "It has nan, which is no number."),
        (b'{"a": {"share": -Infinity}}', "It has -inf as 'share', which is no number."),
        (b"1e999", "It has inf, which is no number."),
        (b'{"a": 1, "a": 2}', "It has 'a' twice in one object."),
        (b'{"\\ud800": 1, "\\ud801": 2}', "It has '\ufffd' twice in one object."),
    ],
)
def test_what_is_no_json_or_beyond_a_limit_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(JsonError) as caught:
        read_json(data, "It", _LIMITS)
    assert str(caught.value) == sentence


def test_every_text_that_is_read_can_be_stored() -> None:
    assert read_json('{"\\ud800": ["\\udfff", {"a": "\\u0000"}]}', "It") == {"\ufffd": ["\ufffd", {"a": "\ufffd"}]}
    assert read_json('"\\ud83d\\ude00"', "It") == "😀"
