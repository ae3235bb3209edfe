"""Outside text on a page is the characters that it is made of; a call that shows a variable as Markdown is not written."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import app
from app.components.outside_text import as_text, escaped, without_pictures

# What Streamlit reads as Markdown in its first argument.
_MARKDOWN = frozenset({"error", "warning", "info", "success", "markdown", "caption", "header", "subheader", "toast"})
_SAFE = frozenset({"as_text", "without_pictures", "counted"})


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://example.org/x.png)",
        "[click](https://example.org)",
        "https://example.org www.example.org a@example.org",
        "<img src=https://example.org/x.png>",
        "<https://example.org>",
        "# **a** _b_ ~~c~~ $d$ :red[e] | f |",
        "[a]: https://example.org",
        "1. one",
        "- one",
        "+ one",
        "=====",
        "# one",
        "&lt;b&gt; &#60;",
        "clip_001_a *x*",
        "\\![x](https://example.org)",
    ],
)
def test_markup_is_shown_as_its_characters(text: str) -> None:
    shown = MarkdownIt("gfm-like", {"linkify": False}).enable("table").render(as_text(text))
    assert shown == f"<p>{escaped(text).replace('&#x27;', chr(39))}</p>\n"


def test_a_command_in_a_sentence_stays_code() -> None:
    assert as_text("Run `telltale perceive` first.") == "Run `telltale perceive` first."


def test_escape_sequences_and_turned_text_are_written_out() -> None:
    assert escaped("a\x1b[2J\u202eb") == "a\\x1b[2J\\u202eb"
    assert as_text("\u202e") == "\\\\u202e"


def test_spaces_that_hold_figures_and_words_together_stay() -> None:
    assert escaped("1\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}1") == "1\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}1"
    assert as_text("1\N{NO-BREAK SPACE}of 2") == "1\N{NO-BREAK SPACE}of 2"


def test_line_feeds_of_a_rationale_stay() -> None:
    assert escaped("one\n<two>") == "one\n&lt;two&gt;"


def test_a_manual_keeps_its_markup_but_not_its_pictures() -> None:
    rendered = MarkdownIt().render(
        without_pictures("**a** ![x](https://example.org/x.png) ![y][y]\n\n[y]: https://b.c/d")
    )
    assert "<strong>a</strong>" in rendered
    assert "<img" not in rendered


def test_no_page_shows_a_variable_as_markdown() -> None:
    root = Path(app.__file__).parent
    found = [
        f"{path.relative_to(root)}:{call.lineno}"
        for path in sorted(root.rglob("*.py"))
        for call in _markdown_calls(ast.parse(path.read_text(encoding="utf-8")))
        if not _is_safe(call.args[0])
    ]
    assert found == []


def _markdown_calls(tree: ast.AST) -> Iterator[ast.Call]:
    imports_streamlit = any(
        isinstance(node, ast.Import) and any(name.name == "streamlit" for name in node.names) for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        if (
            imports_streamlit
            and isinstance(node, ast.Call)
            and node.args
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _MARKDOWN
            and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "_LOG")
        ):
            yield node


def _is_safe(node: ast.expr) -> bool:
    """Our own words, numbers in a form of theirs, and what went through the functions for outside text."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr):
        return all(_is_safe(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _is_safe(node.value) or node.format_spec is not None
    if isinstance(node, ast.IfExp):
        return _is_safe(node.body) and _is_safe(node.orelse)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SAFE
