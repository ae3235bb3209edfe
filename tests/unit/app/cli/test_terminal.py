"""Nothing that a command prints steers the terminal."""

import ast
import json
from pathlib import Path

import pytest

import app.cli
from app.cli.terminal import print_facts, print_json, print_table, tell

HOSTILE = "clip\x1b[2J\x9b31m\x07\u202egpj.\ud800"
SHOWN = "clip\\x1b[2J\\x9b31m\\x07\\u202egpj.\\ud800"


def test_a_line_shows_what_would_be_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    tell(f"one\n{HOSTILE}")
    assert capsys.readouterr().out == f"one\n{SHOWN}\n"


def test_tables_and_facts_show_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("clip",), [(HOSTILE,)])
    print_facts({"name": HOSTILE, "of": {"it": HOSTILE}, "all": [HOSTILE], "more": [{"a": HOSTILE}]})
    shown = capsys.readouterr().out
    assert shown.count(SHOWN) == 5
    assert all(line.isprintable() for line in shown.splitlines())


def test_json_is_the_same_value_and_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": HOSTILE, "ä": "😀\n"})
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.splitlines())
    assert json.loads(shown) == {"name": HOSTILE, "ä": "😀\n"}
    assert "😀" in shown


def test_no_command_prints_by_itself() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(Path(app.cli.__path__[0]).glob("*.py"))
        if path.name != "terminal.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert found == []
