"""The charts of the Overview, drawn as plain HTML."""

import re

import pytest

from app.components import overview_charts
from app.queries.plotted_values import Interval
from core.taxonomy import DEFAULT_TAXONOMY, Label, Taxonomy
from core.types.clips import LabelSource


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the charts give to Streamlit."""
    found: list[str] = []
    monkeypatch.setattr(overview_charts.st, "html", found.append)
    return found


def test_a_bar_has_a_part_for_each_label_as_wide_as_its_share_of_the_longest_bar(drawn: list[str]) -> None:
    counts = {
        ("positive", LabelSource.GOLD): 1,
        ("positive", LabelSource.PSEUDO): 3,
        ("negative", LabelSource.PSEUDO): 1,
    }
    overview_charts.label_bars(counts, DEFAULT_TAXONOMY)
    assert re.findall(r"width:([\d.]+)%", drawn[0]) == ["25.00", "75.00", "25.00"]
    assert re.findall(r"<b>(\d+)</b>", drawn[0]) == ["1", "3", "1"]


def test_labels_differ_without_their_colors(drawn: list[str]) -> None:
    neutral = Label(name="neutral", title="Neutral", color="#777777", key="3")
    taxonomy = Taxonomy(labels=(*DEFAULT_TAXONOMY.labels, neutral))
    overview_charts.label_bars({(label.name, LabelSource.HUMAN): 1 for label in taxonomy}, taxonomy)
    assert len(set(re.findall(r"tt-hatch-\d", drawn[0]))) == len(taxonomy)


def test_an_interval_reaches_from_its_low_to_its_high_end_and_stands_there_in_figures(drawn: list[str]) -> None:
    overview_charts.interval_rows([Interval("fusion", 0.8, 0.6, 0.9)], title="x", chance=0.5, best=None)
    assert 'style="left:60.00%;width:30.00%"' in drawn[0]
    assert "0.80 <small>[0.60, 0.90]</small>" in drawn[0]


def test_a_name_is_never_markup(drawn: list[str]) -> None:
    overview_charts.interval_rows([Interval("<b>x</b>", 0.8, 0.6, 0.9)], title="<i>", chance=None, best=None)
    assert "<b>x" not in drawn[0]
    assert "<i>" not in drawn[0]
