"""The labels of a workspace."""

import pytest
from pydantic import ValidationError

from core.label_colors import colors_for
from core.pose.cues import CATALOG
from core.taxonomy import DEFAULT_TAXONOMY, Label, Taxonomy


def label(name: str, *, key: str, title: str | None = None) -> Label:
    return Label(name=name, title=title or name, color="#102030", key=key)


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (label("joy", key="2", title="Other"), "share the name 'joy'"),
        (label("anger", key="1"), "share the key '1'"),
        (label("anger", key="2", title="joy"), "share the title 'joy'"),
    ],
)
def test_two_labels_share_nothing_that_tells_them_apart(second: Label, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Taxonomy(labels=(label("joy", key="1"), second))


def test_one_label_is_no_taxonomy() -> None:
    with pytest.raises(ValidationError):
        Taxonomy(labels=(label("joy", key="1"),))


def test_names_keep_the_order_of_every_probability_vector() -> None:
    assert [DEFAULT_TAXONOMY.index(name) for name in DEFAULT_TAXONOMY.names] == [0, 1]


def test_a_label_that_is_no_longer_here_is_read_by_its_bare_name() -> None:
    taxonomy = Taxonomy(labels=(label("joy", key="1", title="Joy (won)"), label("anger", key="2")))
    assert (taxonomy.title("joy"), taxonomy.title("neutral")) == ("Joy (won)", "neutral")


def test_every_cue_that_speaks_for_a_label_is_measured() -> None:
    assert {cue for one in DEFAULT_TAXONOMY for cue in one.cue_weights} <= set(CATALOG)


def test_any_number_of_labels_can_be_named_by_title_name_or_another_spelling_and_nine_have_keys() -> None:
    labels = [
        Label(name=f"l{n}", title=f"Label {n}", color="#123456", key=str(n) if n in range(1, 10) else "")
        for n in range(40)
    ]
    taxonomy = Taxonomy(labels=tuple(labels))
    assert (
        taxonomy.named("Label 12")
        == taxonomy.named("label-12")
        == taxonomy.named("LABEL_12")
        == taxonomy.named("L12")
        == "l12"
    )
    assert taxonomy.named("Label 99") is None


def test_four_hundred_labels_have_four_hundred_colors() -> None:
    assert len(set(colors_for(400, ["#a87eeb"]))) == 400
