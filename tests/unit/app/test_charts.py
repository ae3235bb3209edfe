"""Charts: colours of the taxonomy, intervals as they were measured."""

import pytest

from app.charts import Interval, claim_checks, confidence_histogram, confusion, curves, forest, label_balance
from core.records import LabelSource
from core.taxonomy import DEFAULT_TAXONOMY, Label, Taxonomy


def test_labels_have_the_colours_of_the_taxonomy() -> None:
    figure = label_balance({("positive", LabelSource.GOLD): 3, ("negative", LabelSource.PSEUDO): 2}, DEFAULT_TAXONOMY)
    assert [bar.marker.color for bar in figure.data] == [label.colour for label in DEFAULT_TAXONOMY]
    assert list(figure.data[0].y) == ["Pseudo", "Gold"]
    assert list(figure.data[0].x) == [0, 3]


def test_a_third_label_gets_its_own_bar() -> None:
    third = Label(name="neutral", title="Neutral", colour="#777777", key="3")
    figure = label_balance({("neutral", LabelSource.HUMAN): 1}, Taxonomy(labels=(*DEFAULT_TAXONOMY.labels, third)))
    assert [bar.name for bar in figure.data][-1] == "Neutral"


def test_a_forest_plot_shows_each_interval_from_its_low_to_its_high_end() -> None:
    figure = forest(
        [Interval("majority", 0.5, 0.4, 0.7), Interval("fusion", 0.8, 0.6, 0.9)], title="x", chance=0.5, best=None
    )
    marks = figure.data[0]
    assert list(marks.y) == ["fusion", "majority"]
    assert list(marks.error_x.array) == [pytest.approx(0.1), pytest.approx(0.2)]
    assert list(marks.error_x.arrayminus) == [pytest.approx(0.2), pytest.approx(0.1)]


def test_curves_are_the_mean_over_folds() -> None:
    points = [
        {"fold": fold, "stage": 2, "modality": "fusion", "epoch": 1, "train_loss": loss}
        for fold, loss in ((0, 1.0), (1, 3.0))
    ]
    named = [line for line in curves(points, "train_loss").data if line.name]
    assert [list(line.y) for line in named] == [[2.0]]


def test_curves_leave_out_epochs_without_the_metric() -> None:
    points = [
        {"fold": 0, "stage": 1, "modality": "pose", "epoch": 1, "train_loss": 1.0, "validation_balanced_accuracy": None}
    ]
    assert all(len(line.x) == 0 for line in curves(points, "validation_balanced_accuracy").data)


def test_a_confusion_cell_shows_count_and_share_of_its_row() -> None:
    figure = confusion([[3, 1], [0, 0]], ["a", "b"])
    assert figure.data[0].text[0][0] == "3<br>75%"
    assert figure.data[0].z[1][0] == 0


def test_claims_are_shown_as_shares_of_each_labeler() -> None:
    figure = claim_checks({"cues": {"supported": 3, "contradicted": 1}})
    assert {bar.name: bar.x[0] for bar in figure.data}["supported"] == 0.75


def test_the_histogram_has_one_bar_a_bin_for_labels_that_never_occurred() -> None:
    figure = confidence_histogram({"positive": [1, 2]}, [0.0, 0.5, 1.0], DEFAULT_TAXONOMY)
    assert [list(bar.y) for bar in figure.data] == [[1, 2], [0, 0]]
