"""Evaluations as they are shown: pairs turned to the reference, the stop signal, the curve."""

from pathlib import Path
from typing import Any

import pytest

from app.charts.evaluations import decision_curves
from app.charts.palette import LIGHT
from app.queries.evaluations import (
    QueueAdvice,
    ablation,
    condition_sentences,
    evaluation,
    lines_below,
    newest_evaluation,
    queue_advice,
)
from app.queries.evaluations import test_split_sentence as look_sentence
from app.queries.paired_comparisons import pair_lines
from core.errors import NotFoundError, TrainingError
from core.workspace import Workspace, open_workspace
from training.evaluation.evaluation_folder import evaluation_folder

FIGURE = {"value": 0.7, "low": 0.6, "high": 0.8}


def pair(a: str, b: str, value: float, p: float = 0.04) -> dict[str, Any]:
    return {"a": a, "b": b, "n": 9, "difference": {"value": value, "low": value - 0.1, "high": value + 0.2}, "p": p}


def folds_result() -> dict[str, Any]:
    return {
        "table": [{"name": name} for name in ("pose alone", "ST-GCN alone", "image alone", "fusion")],
        "pairs": [
            pair("pose alone", "ST-GCN alone", 0.1),
            pair("pose alone", "image alone", 0.1),
            pair("pose alone", "fusion", -0.05),
        ],
        "left_out": {"text alone": "no clip of the set has text features"},
        "folds": 4,
        "subjects": 10,
        "seeds": [0, 1],
        "scored_sentence": "9 of 9.",
        "stgcn_budget_s": 60.0,
    }


def point(queue: str, decisions: int, value: float) -> dict[str, Any]:
    figure = {"value": value, "low": value - 0.1, "high": value + 0.1}
    return {"queue": queue, "decisions": decisions, "hours": 0.5, "balanced_accuracy": figure, "share_of_all_gold": 0.9}


def conditions_result() -> dict[str, Any]:
    return {
        **folds_result(),
        "table": [
            {"name": "gold only", "share_of_all_gold": 0.8},
            {"name": "+ 5 decisions, uncertain", "share_of_all_gold": 0.97},
            {"name": "+ 5 decisions, random", "share_of_all_gold": 0.9},
        ],
        "pairs": [
            pair("gold only", "+ 5 decisions, uncertain", -0.2),
            pair("+ 5 decisions, uncertain", "+ 5 decisions, random", 0.03),
        ],
        "curve": [point("uncertain", 0, 0.7), point("uncertain", 5, 0.8), point("random", 0, 0.7)],
        "flat_at": {"uncertain": 5, "random": None},
        "evaluation": {"human": {"accuracy": 0.9, "seconds_per_clip": 45.0}, "flat_gain": 0.01},
        "simulated_human": True,
        "model": "fusion",
        "decidable": 27,
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path)


def test_a_pair_is_turned_so_that_a_plus_speaks_for_fusion() -> None:
    _, lines = pair_lines(folds_result())
    assert lines == [
        ["pose alone − ST-GCN alone", "9", "+0.100 [+0.000, +0.300]", "0.080"],
        ["fusion − pose alone", "9", "+0.050 [-0.150, +0.150]", "0.080"],
    ]


def test_p_values_side_by_side_are_adjusted_for_each_other_and_the_page_says_so() -> None:
    found = folds_result()
    found["pairs"] = [pair("pose alone", "fusion", -0.1, 0.01), pair("image alone", "fusion", -0.1, 0.03)]
    header, lines = pair_lines(found)
    assert header[-1] == "p, adjusted"
    assert [line[-1] for line in lines] == ["0.020", "0.030"]
    assert "adjusted for the 2 tests side by side (Holm)" in lines_below(found)[0]


def test_an_arm_is_held_against_gold_only_and_a_queue_against_uniform_drawing() -> None:
    _, lines = pair_lines(conditions_result())
    assert [line[0] for line in lines] == [
        "+ 5 decisions, uncertain − gold only",
        "+ 5 decisions, uncertain − + 5 decisions, random",
    ]


def test_what_is_left_out_and_the_budget_are_said() -> None:
    said = " ".join(lines_below(folds_result()))
    assert "ST-GCN had 60 s for all its fits" in said
    assert "Left out: text alone, because no clip of the set has text features." in said


def test_what_each_queue_gave_is_said_with_its_test_against_random_order_and_the_stop_signal() -> None:
    said = " ".join(condition_sentences(conditions_result()))
    assert "right in 90 % of the clips, 45 s a clip" in said
    assert "Of what all gold gives: 5 decisions, uncertain, 0.97; 5 decisions, random, 0.90." in said
    assert "in random order: uncertain +0.030 [-0.070, +0.230], adjusted p 0.08. None is shown to be better." in said
    assert "Best" not in said
    assert "uncertain at 5 decisions, random never" in said


def test_what_each_modality_is_worth_is_read_off_the_rows_without_it() -> None:
    names = ("majority", "fusion", "fusion without pose", "fusion without text")
    rows = [{"name": name, "balanced_accuracy": FIGURE} for name in names]
    found = ablation({"table": [*rows, {"name": "fusion without image", "balanced_accuracy": None}]})
    assert [(one.name, one.emphasized) for one in found] == [
        ("fusion", True),
        ("fusion without pose", False),
        ("fusion without text", False),
    ]
    assert ablation({"table": rows[:2]}) == []


def test_the_newest_evaluation_of_a_protocol_is_shown(workspace: Workspace) -> None:
    for number in (1, 2):
        with evaluation_folder(workspace, {"protocol": "conditions", "seeds": [number]}) as folder:
            folder.finish({"table": []})
    newest = newest_evaluation(workspace, "conditions")
    assert newest is not None
    assert newest["seeds"] == [2]
    assert newest_evaluation(workspace, "grouped-folds") is None
    assert evaluation(workspace, "conditions", newest["digest"]) == newest
    with pytest.raises(NotFoundError, match="no finished evaluation 0 by the protocol conditions"):
        evaluation(workspace, "conditions", "0")


def test_an_evaluation_from_before_the_protocol_was_renamed_is_still_shown(workspace: Workspace) -> None:
    with evaluation_folder(workspace, {"protocol": "arms", "seeds": [0]}) as folder:
        old = folder.finish({"table": []})
    assert newest_evaluation(workspace, "conditions") == {**old, "protocol": "conditions"}


def _evaluated(workspace: Workspace, *pairs: dict[str, Any]) -> None:
    with evaluation_folder(workspace, {"protocol": "conditions", "seeds": [0]}) as folder:
        folder.finish({**conditions_result(), "pairs": list(pairs)})


def test_without_an_evaluation_no_queue_is_advised(workspace: Workspace) -> None:
    assert queue_advice(workspace) is None


def test_the_highest_of_three_scores_is_no_reason_to_advise_a_queue(workspace: Workspace) -> None:
    _evaluated(workspace, pair("+ 5 decisions, uncertain", "+ 5 decisions, random", 0.03, p=0.2))
    assert queue_advice(workspace) is None


def test_a_queue_is_not_advised_by_a_p_value_that_the_other_tests_explain(workspace: Workspace) -> None:
    others = [pair("gold only", f"+ 5 decisions, {name}", 0.1, p=0.5) for name in ("uncertain", "random")]
    _evaluated(workspace, *others, pair("+ 5 decisions, uncertain", "+ 5 decisions, random", 0.03, p=0.04))
    assert queue_advice(workspace) is None


def test_a_queue_that_is_worse_than_random_order_is_not_advised(workspace: Workspace) -> None:
    _evaluated(workspace, pair("+ 5 decisions, uncertain", "+ 5 decisions, random", -0.3, p=0.001))
    assert queue_advice(workspace) is None


def test_a_queue_that_is_shown_to_be_better_is_advised_by_its_name_in_review(workspace: Workspace) -> None:
    shown = pair("+ 5 decisions, passes disagree", "+ 5 decisions, random", 0.03, p=0.01)
    _evaluated(workspace, shown, pair("+ 5 decisions, uncertain", "+ 5 decisions, random", 0.2, p=0.4))
    assert queue_advice(workspace) == QueueAdvice("disagree", shown["difference"], 0.02, None)


def test_two_processes_do_not_make_the_same_evaluation(workspace: Workspace) -> None:
    plan = {"protocol": "conditions"}
    with (
        evaluation_folder(workspace, plan),
        pytest.raises(TrainingError, match=r"^Another process runs this evaluation"),
        evaluation_folder(workspace, plan),
    ):
        raise AssertionError("both have it")


@pytest.mark.parametrize(("runs", "said"), [(0, "has never been scored"), (1, "scored once"), (3, "scored 3 times")])
def test_the_looks_at_the_test_split_are_told(runs: int, said: str, workspace: Workspace) -> None:
    for number in range(runs):
        (workspace.runs_dir / str(number)).mkdir()
        (workspace.runs_dir / str(number) / "test_split.json").touch()
    assert said in look_sentence(workspace)


def test_the_sentence_on_the_test_split_says_which_labels_it_is_scored_against(tmp_path: Path) -> None:
    told = look_sentence(open_workspace(tmp_path))
    assert told.endswith("against the labels that its clips were imported with. Decisions on them are refused.")


def test_the_curve_has_a_line_a_queue_and_a_ring_where_it_is_flat() -> None:
    found = conditions_result()
    figure = decision_curves(found["curve"], levels={"all gold": 0.9}, flat_at=found["flat_at"], palette=LIGHT)
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    rings = [trace for trace in figure.data if trace.mode == "markers"]
    assert [(line.name, list(line.x), list(line.y)) for line in lines] == [
        ("uncertain", [0, 5], [0.7, 0.8]),
        ("random", [0], [0.7]),
    ]
    assert [list(ring.x) for ring in rings] == [[5], []]
    assert [shape.y0 for shape in figure.layout.shapes] == [0.9]
