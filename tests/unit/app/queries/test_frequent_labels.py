"""Of many labels, a page shows those that most clips have and counts the rest together."""

from app.queries.frequent_labels import MOST_SHOWN, frequent_labels
from core.taxonomy import Label, Taxonomy


def test_all_of_few_labels_are_shown_and_of_many_the_most_frequent_in_the_taxonomys_order() -> None:
    labels = [Label(name=f"l{n}", title=f"L{n}", color="#123456") for n in range(MOST_SHOWN + 3)]
    few = Taxonomy(labels=tuple(labels[:MOST_SHOWN]))
    assert frequent_labels(few, {}) == (labels[:MOST_SHOWN], [])
    clips = {label.name: 1 if label in labels[3:6] else 9 for label in labels}
    shown, others = frequent_labels(Taxonomy(labels=tuple(labels)), clips)
    assert shown == [*labels[:3], *labels[6:]]
    assert others == labels[3:6]
