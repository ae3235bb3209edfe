"""The sentence below a results table: what the fusion is better than, on how many clips, and what not to trust."""

from typing import Any

from app.queries.table_findings import finding, interval_doubts, modalities_sentence

FIGURE = {"value": 0.7, "low": 0.6, "high": 0.8}


def compared(*pairs: tuple[str, float, float], n: int = 25, subjects: int = 5) -> dict[str, Any]:
    """A table of the fusion and the rows of `pairs`: (name, fusion minus it, p)."""
    return {
        "table": [{"name": name, "n": n, "subjects": subjects} for name in (*(one[0] for one in pairs), "fusion")],
        "pairs": [
            {"a": "fusion", "b": name, "n": n, "difference": {**FIGURE, "value": value}, "p": p}
            for name, value, p in pairs
        ],
    }


def test_what_the_fusion_does_not_beat_is_said_with_the_number_of_clips() -> None:
    assert finding(compared(("cue rates alone", 0.02, 0.4))) == (
        "Fusion is not shown to be better than cue rates alone (balanced accuracy, adjusted p under 0.05; 25 clips of "
        "5 subjects)."
    )


def test_what_it_beats_and_what_beats_it_are_said_apart() -> None:
    found = compared(
        ("majority", 0.3, 0.001), ("logistic regression on cues", -0.2, 0.002), ("cue rates alone", 0.1, 0.3)
    )
    assert finding(found).startswith(
        "Fusion is better than majority, and worse than logistic regression on cues, and not shown to be better than cue "
        "rates alone ("
    )


def test_a_difference_that_is_likely_among_so_many_tests_is_not_called_better() -> None:
    several = compared(
        ("majority", 0.3, 0.03), ("logistic regression on cues", 0.2, 0.5), ("cue rates alone", 0.1, 0.6)
    )
    assert finding(several).startswith(
        "Fusion is not shown to be better than majority, logistic regression on cues or cue rates alone ("
    )


def test_a_table_without_the_fusion_says_nothing_of_it() -> None:
    assert finding({"table": [{"name": "gold only", "n": 3}], "pairs": []}) == ""


def test_few_subjects_are_said_below_the_table() -> None:
    assert interval_doubts([{"name": "fusion", "subjects": 5, "accuracy": FIGURE}]) == [
        "Intervals over 5 subjects cannot be trusted."
    ]


def test_a_figure_of_one_is_said_to_have_no_interval_to_trust() -> None:
    assert interval_doubts(
        [{"name": "fusion", "subjects": 40, "accuracy": {"value": 1.0, "low": 0.9, "high": 1.0}}]
    ) == ["The interval of a figure of 0 or 1 cannot be trusted: no subject differs."]


def test_of_enough_subjects_nothing_is_said() -> None:
    assert interval_doubts([{"name": "fusion", "subjects": 10, "accuracy": FIGURE, "auroc": None}]) == []


def test_a_table_of_an_older_version_that_does_not_tell_its_subjects_is_not_doubted() -> None:
    assert interval_doubts([{"name": "fusion", "accuracy": FIGURE}]) == []


def alone(**figures: tuple[float, float, float]) -> list[dict[str, Any]]:
    """Rows of modalities alone, by (value, low, high), and the majority of two labels."""
    rows = {"majority": (0.5, 0.5, 0.5)} | {f"{name} alone": figure for name, figure in figures.items()}
    return [
        {"name": name, "balanced_accuracy": dict(zip(("value", "low", "high"), figure, strict=True))}
        for name, figure in rows.items()
    ]


def test_a_modality_is_above_chance_where_its_interval_is_and_not_told_from_it_elsewhere() -> None:
    table = alone(pose=(0.52, 0.44, 0.6), image=(0.47, 0.4, 0.55), text=(0.86, 0.81, 0.9))
    assert modalities_sentence(table) == (
        "Alone, text 0.86 [0.81, 0.90] is above chance; pose 0.52 [0.44, 0.60] and image 0.47 [0.40, 0.55] are not told "
        "from chance (balanced accuracy; chance is 0.50)."
    )


def test_a_table_without_a_modality_alone_says_nothing_of_them() -> None:
    assert modalities_sentence(alone()) == ""
    assert modalities_sentence(alone(pose=(0.6, 0.55, 0.7))[1:]) == ""
