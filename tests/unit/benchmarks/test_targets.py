import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import main
from benchmarks import targets
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow, Measured
from benchmarks.targets import BenchOptions, run
from core.errors import InputError
from core.settings.perception import PerceptionSettings

KEPT = BenchRow("pipeline against the loop", 1.25, "x", "at least 1", True)
MISSED = BenchRow("pipeline against its limit", 0.5, "share", "at least 0.9", False)
PLAIN = BenchRow("decode alone", 12345.6, "frames/s")
LEFT_OUT = ("Real films.", "GPUs.")
WHOLE_BENCHES = (
    ("perception", "perception.bench", "bench_perception", {}),
    ("openpose", "openpose.bench", "bench_openpose", {}),
    ("pose-classifiers", "pose_classifiers.bench", "bench_pose_classifiers", {}),
    ("training", "training.bench", "bench_training", {}),
    ("claims", "claims.bench", "bench_claims", {}),
    ("label", "label.bench", "bench_label", {}),
    ("start", "start.bench", "bench_start", {}),
    ("fuzz", "fuzz.bench", "bench_fuzz", {}),
    ("text-growth", "text_growth.bench", "bench_text_growth", {}),
    ("movements", "movements.bench", "bench_movements", {"folder": Path("sets")}),
    ("review", "review.bench", "bench_review", {}),
    ("review", "review.drift", "bench_drift", {"drift_s": 2.0}),
    ("review", "review.kills", "bench_kills", {"kills": 1}),
)


def options(*, as_json: bool = False, **others: Any) -> BenchOptions:
    return BenchOptions(settings=PerceptionSettings(), weights_dir=Path("weights"), as_json=as_json, **others)


def told_of(*rows: BenchRow):
    def measure(_options: BenchOptions, parts: Parts) -> Measured:
        parts.expect(1)
        parts.begin("a film")
        return Measured(rows, LEFT_OUT)

    return measure


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch):
    def use(*rows: BenchRow) -> None:
        monkeypatch.setattr(targets, "TARGETS", {"perception": told_of(*rows)})

    return use


def test_a_missed_budget_exits_with_one(measured):
    measured(KEPT, MISSED)
    assert run("perception", options()) == 1


def test_budgets_that_hold_exit_with_nought(measured):
    measured(KEPT, PLAIN)
    assert run("perception", options()) == 0


def test_json_is_one_object_of_rows_with_five_fields(measured, capsys):
    measured(KEPT, PLAIN)
    run("perception", options(as_json=True))
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"rows": [KEPT.as_json(), PLAIN.as_json()], "left_out": list(LEFT_OUT)}


def test_the_table_shows_value_unit_and_budget_and_shouts_a_miss(measured, capsys):
    measured(MISSED, PLAIN)
    run("perception", options())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["what", "value", "unit", "budget", "holds"]
    assert lines[2].split() == ["pipeline", "against", "its", "limit", "0.5", "share", "at", "least", "0.9", "NO"]
    assert lines[3].split() == ["decode", "alone", "12,346", "frames/s"]


def test_what_is_left_out_stands_below_the_table(measured, capsys):
    measured(PLAIN)
    run("perception", options())
    assert capsys.readouterr().out.endswith("\nLeft out:\n- Real films.\n- GPUs.\n")


def test_how_far_a_bench_is_goes_to_standard_error(measured, capsys):
    measured(PLAIN)
    run("perception", options(as_json=True))
    assert "part 1 of 1: a film" in capsys.readouterr().err


def test_a_bench_that_never_says_how_far_it_is_is_refused(monkeypatch):
    monkeypatch.setattr(targets, "TARGETS", {"perception": lambda options, parts: Measured([PLAIN], LEFT_OUT)})
    with pytest.raises(ValueError, match="told of 0 parts"):
        run("perception", options())


@pytest.mark.parametrize(("target", "module", "function", "chosen"), WHOLE_BENCHES)
def test_every_bench_says_what_it_leaves_out(target, module, function, chosen, monkeypatch, capsys):
    def nothing_measured(*_arguments: Any, **named: Any) -> list[BenchRow]:
        parts = named.get("parts") or next(one for one in _arguments if isinstance(one, Parts))
        parts.expect(1)
        parts.begin("nothing")
        return []

    monkeypatch.setattr(f"benchmarks.{module}.{function}", nothing_measured)
    run(target, options(as_json=True, **chosen))
    sentences = json.loads(capsys.readouterr().out)["left_out"]
    assert sentences
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)


def test_every_target_and_its_bench_have_one_name():
    whole = {(target, module) for target, module, _, _ in WHOLE_BENCHES if module.endswith(".bench")}
    assert whole == {(target, f"{target.replace('-', '_')}.bench") for target in targets.TARGETS}


def test_the_name_that_a_bench_had_before_is_still_known(monkeypatch, capsys):
    monkeypatch.setattr(targets, "TARGETS", {"pose-classifiers": told_of(PLAIN)})
    assert run("keypoints", options()) == 0


def test_an_unknown_target_is_named_together_with_those_there_are():
    with pytest.raises(InputError, match=r"'coffee'.*perception"):
        run("coffee", options())


@pytest.mark.parametrize("target", [*targets.TARGETS])
def test_every_bench_is_reached_from_the_command_line(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "TARGETS", {target: told_of(PLAIN)})
    with pytest.raises(SystemExit) as stopped:
        main(["bench", target, "--workspace", str(tmp_path / "workspace")])
    assert not stopped.value.code
    assert "decode alone" in capsys.readouterr().out


def test_the_help_of_bench_names_every_target(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    told = capsys.readouterr().out
    assert all(target in told for target in targets.TARGETS)
