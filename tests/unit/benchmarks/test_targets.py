import json
from pathlib import Path

import pytest

from app.cli.main import main
from benchmarks import targets
from benchmarks.row import BenchRow
from benchmarks.targets import BenchOptions, run
from core.errors import InputError
from core.settings.perception import PerceptionSettings

KEPT = BenchRow("pipeline against the loop", 1.25, "x", "at least 1", True)
MISSED = BenchRow("pipeline against its limit", 0.5, "share", "at least 0.9", False)
PLAIN = BenchRow("decode alone", 12345.6, "frames/s")


def options(*, as_json: bool = False) -> BenchOptions:
    return BenchOptions(settings=PerceptionSettings(), weights_dir=Path("weights"), as_json=as_json)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch):
    def use(*rows: BenchRow) -> None:
        monkeypatch.setattr(targets, "TARGETS", {"perception": lambda options, progress: rows})

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
    assert printed == {"rows": [KEPT.as_json(), PLAIN.as_json()]}


def test_the_table_shows_value_unit_and_budget_and_shouts_a_miss(measured, capsys):
    measured(MISSED, PLAIN)
    run("perception", options())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["what", "value", "unit", "budget", "holds"]
    assert lines[2].split() == ["pipeline", "against", "its", "limit", "0.5", "share", "at", "least", "0.9", "NO"]
    assert lines[3].split() == ["decode", "alone", "12,346", "frames/s"]


def test_an_unknown_target_is_named_together_with_those_there_are():
    with pytest.raises(InputError, match=r"'coffee'.*perception"):
        run("coffee", options())


@pytest.mark.parametrize("target", [*targets.TARGETS])
def test_every_bench_is_reached_from_the_command_line(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "TARGETS", {target: lambda options, progress: [PLAIN]})
    with pytest.raises(SystemExit) as stopped:
        main(["bench", target, "--workspace", str(tmp_path / "workspace")])
    assert not stopped.value.code
    assert "decode alone" in capsys.readouterr().out


def test_the_help_of_bench_names_every_target(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    told = capsys.readouterr().out
    assert all(target in told for target in targets.TARGETS)
