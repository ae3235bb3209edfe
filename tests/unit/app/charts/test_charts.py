"""Charts: colors of the taxonomy, intervals as they were measured."""

import pytest

from app.charts.claim_checks import claim_checks
from app.charts.claim_timeline import Span, claim_timeline
from app.charts.label_counts import confidence_histogram
from app.charts.model_scores import confusion, curves, forest
from app.charts.palette import LIGHT
from app.charts.reliability import reliability_diagram
from app.queries.plotted_values import CalibrationPoint, Interval
from core.taxonomy import DEFAULT_TAXONOMY


def test_a_forest_plot_shows_each_interval_from_its_low_to_its_high_end() -> None:
    figure = forest(
        [Interval("majority", 0.5, 0.4, 0.7), Interval("fusion", 0.8, 0.6, 0.9)],
        title="x",
        chance=0.5,
        best=None,
        palette=LIGHT,
    )
    marks = figure.data[0]
    assert list(marks.y) == ["fusion", "majority"]
    assert list(marks.error_x.array) == [pytest.approx(0.1), pytest.approx(0.2)]
    assert list(marks.error_x.arrayminus) == [pytest.approx(0.2), pytest.approx(0.1)]


def test_curves_are_the_mean_over_folds() -> None:
    points = [
        {"fold": fold, "stage": 2, "modality": "fusion", "step": 1, "train_loss": loss}
        for fold, loss in ((0, 1.0), (1, 3.0))
    ]
    named = [line for line in curves(points, "train_loss", palette=LIGHT).data if line.name]
    assert [list(line.y) for line in named] == [[2.0]]


def test_curves_leave_out_steps_without_the_metric() -> None:
    points = [{"fold": 0, "stage": 1, "modality": "pose", "step": 1, "train_loss": 1.0, "train_accuracy": None}]
    assert all(len(line.x) == 0 for line in curves(points, "train_accuracy", palette=LIGHT).data)


def test_a_confusion_cell_shows_count_and_share_of_its_row() -> None:
    figure = confusion([[3, 1], [0, 0]], ["a", "b"], palette=LIGHT)
    assert figure.data[0].text[0][0] == "3<br>75%"
    assert figure.data[0].z[1][0] == 0


def test_claims_are_shown_as_shares_of_each_labeler() -> None:
    figure = claim_checks({"cues": {"supported": 3, "contradicted": 1}}, palette=LIGHT)
    assert {bar.name: bar.x[0] for bar in figure.data}["supported"] == 0.75


def test_the_histogram_has_one_bar_a_bin_for_labels_that_never_occurred() -> None:
    figure = confidence_histogram({"positive": [1, 2]}, [0.0, 0.5, 1.0], DEFAULT_TAXONOMY, palette=LIGHT)
    assert [list(bar.y) for bar in figure.data] == [[1, 2], [0, 0]]


def test_a_small_share_of_claims_has_no_figure_in_its_bar() -> None:
    figure = claim_checks({"cues": {"supported": 99, "contradicted": 1}}, palette=LIGHT)
    assert {bar.name: bar.text[0] for bar in figure.data if bar.text[0]} == {"supported": "99%"}


def test_a_name_is_never_markup_in_a_chart() -> None:
    figure = claim_checks({"<b>cues</b> & <a href='x'>": {"supported": 1}}, palette=LIGHT)
    assert figure.data[0].y[0] == "&lt;b&gt;cues&lt;/b&gt; &amp; &lt;a href='x'&gt;"


def test_a_reliability_diagram_shows_each_bin_with_interval_and_number() -> None:
    figure = reliability_diagram([CalibrationPoint(0.75, 0.5, 0.2, 0.8, 6)], palette=LIGHT)
    marks = figure.data[-1]
    assert (marks.x[0], marks.y[0], marks.text[0].strip()) == (0.75, 0.5, "6")
    assert (marks.error_y.array[0], marks.error_y.arrayminus[0]) == (pytest.approx(0.3), pytest.approx(0.3))


def test_a_reliability_diagram_has_the_diagonal_and_a_calibration_where_there_is_one() -> None:
    figure = reliability_diagram([], [(0.0, 0.1), (1.0, 0.9)], palette=LIGHT)
    assert [(list(line.x), list(line.y)) for line in figure.data[:2]] == [([0, 1], [0, 1]), ([0.0, 1.0], [0.1, 0.9])]


def span(start_s: float, end_s: float, *, lane: int = 0, hollow: bool = False, text: str = "text") -> Span:
    return Span(lane, start_s, end_s, "smile", text, "#123456", hollow=hollow)


def test_a_dropped_claim_is_hollow() -> None:
    full, hollow = claim_timeline(["a"], [span(0, 5), span(20, 25, hollow=True)], 60, palette=LIGHT).data[:2]
    assert (full.marker.color, hollow.marker.color) == (("#123456",), ("#FFFFFF",))
    assert hollow.marker.line.color == ("#123456",)


def test_claims_of_one_moment_do_not_cover_each_other() -> None:
    full = claim_timeline(["a"], [span(5, 10), span(7, 9), span(40, 45)], 60, palette=LIGHT).data[0]
    assert list(full.y) == [0, 1, 0]


def test_the_second_lane_begins_below_the_lines_of_the_first() -> None:
    full = claim_timeline(["a", "b"], [span(5, 10), span(7, 9), span(5, 10, lane=1)], 60, palette=LIGHT).data[0]
    assert list(full.y) == [0, 1, 2]


def test_a_claim_at_a_moment_can_still_be_seen() -> None:
    full = claim_timeline(["a"], [span(5, 5)], 100, palette=LIGHT).data[0]
    assert full.x[0] == pytest.approx(0.4)


def test_a_title_that_would_run_out_of_the_picture_stands_before_its_bar() -> None:
    *_, right, left = claim_timeline(["a"], [span(58, 59)], 60, palette=LIGHT).data
    assert (len(right.x), list(left.x)) == (0, [58])


def test_the_words_of_a_claim_are_never_markup_in_a_timeline() -> None:
    full = claim_timeline(
        ["<i>a</i>"], [span(0, 1, text="<script>x</script>\n<a href='javascript:y'>z</a>")], 60, palette=LIGHT
    ).data[0]
    assert full.customdata[0] == "&lt;script&gt;x&lt;/script&gt;<br>&lt;a href='javascript:y'&gt;z&lt;/a&gt;"


def test_lines_of_modalities_differ_without_their_colors() -> None:
    points = [
        {"fold": 0, "stage": 1, "modality": modality, "step": 1, "train_loss": 1.0}
        for modality in ("pose", "image", "text", "fusion")
    ]
    named = [line for line in curves(points, "train_loss", palette=LIGHT).data if line.name]
    assert len({line.marker.symbol for line in named}) == len(named)


def test_bars_of_labels_and_checks_differ_without_their_colors() -> None:
    labels = confidence_histogram({}, [0.5, 0.75, 1.0], DEFAULT_TAXONOMY, palette=LIGHT)
    checks = claim_checks({"cues": {"supported": 3, "contradicted": 1, "not_measurable": 1}}, palette=LIGHT)
    for figure, kinds in ((labels, len(DEFAULT_TAXONOMY)), (checks, 3)):
        assert len({bar.marker.pattern.shape for bar in figure.data}) == kinds
