"""The reference pages are what the code gives, and leave nothing out."""

import subprocess
import sys

import pytest

from docs.generate_reference import FOLDER, commands, key_rows, pages, setting_rows


@pytest.mark.parametrize("name", ["settings.md", "command-line.md", "keys.md"])
def test_a_page_of_the_reference_is_what_the_code_gives(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run make docs"


def test_no_page_of_the_reference_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(pages())


def test_every_setting_is_described() -> None:
    assert [row.name for row in setting_rows() if not row.description] == []


def test_every_setting_is_on_the_page() -> None:
    page = pages()["settings.md"]
    for row in setting_rows():
        section, key = row.name.rsplit(".", 1)
        within = page.split(f"## [{section}]\n")[1].split("\n## ")[0]
        assert f"| `{key}` |" in within, row.name


def test_the_order_of_the_commands_does_not_follow_what_was_imported_first() -> None:
    asked = "import app.cli.serving; from docs.generate_reference import commands; print(*commands())"
    shown = subprocess.run(
        [sys.executable, "-c", asked], cwd=FOLDER.parents[1], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == " ".join(commands()).split()


def test_every_command_has_its_heading_and_its_help() -> None:
    page = pages()["command-line.md"]
    for name, command in commands().items():
        assert f"## telltale {name}\n" in page
        assert command.help, name


def test_every_argument_and_option_is_described() -> None:
    undescribed = [
        f"{name} {one.opts[0]}" for name, command in commands().items() for one in command.params if not one.help
    ]
    assert undescribed == []


def test_every_key_of_the_review_screen_is_on_the_page() -> None:
    page = pages()["keys.md"]
    rows = key_rows()
    assert len(rows) > 30
    for row in rows:
        assert f"| {row.keys} | {row.description} |" in page
