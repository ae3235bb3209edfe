"""What the pages of the manual tell people to type, set and follow is there."""

import re
import shlex
from pathlib import Path

import pytest

from core.settings.loader import SETTINGS_FILE, load_settings
from docs.generate_reference import ROOT, commands

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = commands()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def typed_on(page: Path) -> list[str]:
    """The command lines of `telltale` on a page, from top to bottom."""
    lines = (line for block in blocks(page, "sh") for line in block.splitlines())
    return [line for line in lines if re.match(r"(\.venv/bin/)?telltale ", line)]


@pytest.mark.parametrize("line", [line for page in PAGES for line in typed_on(page)])
def test_a_command_of_the_docs_is_one_with_these_arguments(line: str) -> None:
    _, name, *arguments = shlex.split(line, comments=True)
    if arguments and f"{name} {arguments[0]}" in COMMANDS:
        name = f"{name} {arguments.pop(0)}"
    COMMANDS[name].make_context(name, arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_settings_of_a_page_can_be_loaded(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "toml"):
        (tmp_path / SETTINGS_FILE).write_text(block, encoding="utf-8")
        load_settings(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
