"""The table of what goes into a training: few labels stand side by side, many one below the other."""

from app.queries.training_plan import SourceShare, source_table
from core.taxonomy import Label

LABELS = [Label(name=f"l{number}", title=f"Label {number}", color="#336699") for number in range(8)]
GOLD = SourceShare("gold", {"l0": 3, "l1": 2, "l7": 1}, 1.0)
PSEUDO = SourceShare("pseudo", {"l1": 4}, 0.4)


def test_few_labels_are_columns_and_each_source_a_line() -> None:
    assert source_table([GOLD, PSEUDO], LABELS[:2], []) == (
        ["label source", "Label 0", "Label 1", "mean weight"],
        [["gold", 3, 2, "1.00"], ["pseudo", 0, 4, "0.40"]],
    )


def test_many_labels_are_lines_so_that_no_figure_is_cut_off() -> None:
    header, lines = source_table([GOLD, PSEUDO], LABELS[:7], LABELS[7:])
    assert header == ["label", "gold", "pseudo"]
    assert lines[1] == ["Label 1", 2, 4]
    assert lines[-2:] == [["1 other label", 1, 0], ["mean weight", "1.00", "0.40"]]


def test_rows_that_reviewers_dispute_are_counted_under_no_label() -> None:
    disputed = SourceShare("human", {"l0": 1}, 0.8, disputed=2)
    assert source_table([disputed], LABELS[:1], [])[1] == [["human", 1, 2, "0.80"]]
