"""Nothing that reads text from outside takes quadratic time; a limit of minutes ends what would take hours."""

import subprocess
import sys

import pytest

from benchmarks.text_growth.readers import READERS
from core.types.transcript import TranscriptSegment, sentences

_LIMIT_S = 300
_SLOW = {name for name in READERS if "leak alarm" in name or "manual" in name}  # linear, and slow: the bench has them
_READ_MOST = f"""
from benchmarks.text_growth.readers import HOSTILE, READERS
for name in [name for name in READERS if name not in {_SLOW}]:
    for unit in HOSTILE:
        READERS[name](unit * (200_000 // len(unit)))
    print(name, flush=True)
"""
_READ_STOPS = """
from core.types.transcript import TranscriptSegment, sentences
print(len(sentences((TranscriptSegment("." * 1_000_000, None, None),))))
"""


def _printed(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_million_full_stops_are_one_sentence() -> None:
    assert _printed(_READ_STOPS) == ["1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yes. No! Really?! ... Well", ["Yes.", "No!", "Really?!", "...", "Well"]),
        (". Hello. Bye", [". Hello.", "Bye"]),
        ("1.5 points.x… So", ["1.5 points.x…", "So"]),
        ("是。好！ Yes", ["是。", "好！", "Yes"]),
        ("one\ntwo\n\n three", ["one", "two", "three"]),
    ],
)
def test_sentences_end_where_they_did(text: str, found: list[str]) -> None:
    assert [one.text for one in sentences((TranscriptSegment(text, None, None),))] == found


@pytest.mark.long
def test_the_quick_readers_are_through_with_every_repetition() -> None:
    assert _printed(_READ_MOST) == [name for name in READERS if name not in _SLOW]
