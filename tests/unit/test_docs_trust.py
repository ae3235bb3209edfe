"""Each sentence of the page on trust names tests that are there."""

import re

from docs.generate_reference import ROOT

PAGE = ROOT / "docs" / "explanation" / "what-it-trusts.md"


def _rows() -> list[tuple[str, list[str]]]:
    rows = [line.strip("|").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return [
        (sentence.strip(), re.findall(r"`(\w+)`", tests)) for sentence, tests in rows if sentence.strip() != "sentence"
    ]


def test_each_sentence_on_trust_has_a_test() -> None:
    assert [sentence for sentence, tests in _rows() if not tests] == []


def test_each_test_that_the_page_on_trust_names_is_there() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert {name for _, tests in _rows() for name in tests} - there == set()
