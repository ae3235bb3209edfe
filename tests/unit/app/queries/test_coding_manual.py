"""The coding manual: what it begins as, what its markup lets through."""

from pathlib import Path

import pytest

from app.queries.coding_manual import (
    MOST_BYTES,
    Node,
    first_manual,
    manual_nodes,
    manual_path,
    manual_text,
    write_manual,
)
from core.errors import InputError
from core.pose.cues import CATALOG
from core.taxonomy import DEFAULT_TAXONOMY
from core.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "w")


def test_the_first_manual_names_every_label_and_every_cue() -> None:
    text = first_manual(DEFAULT_TAXONOMY)
    wanted = [label.title for label in DEFAULT_TAXONOMY] + [cue.title for cue in CATALOG.values()]
    assert [name for name in wanted if f"**{name}**" not in text] == []


def test_a_cue_is_found_by_the_name_that_claims_use() -> None:
    text = first_manual(DEFAULT_TAXONOMY).casefold()
    assert [name for name in CATALOG if name not in text] == []


def test_what_was_saved_is_read_again(workspace: Workspace) -> None:
    write_manual(workspace, "Grüße\n")
    assert manual_text(workspace) == "Grüße\n"


def test_a_manual_that_is_too_long_is_refused_and_the_old_one_stays(workspace: Workspace) -> None:
    write_manual(workspace, "short")
    with pytest.raises(InputError, match=rf"{manual_path(workspace)} would have 200,001 bytes"):
        write_manual(workspace, "x" * (MOST_BYTES + 1))
    assert manual_text(workspace) == "short"


def _links_and_tags(nodes: list[Node]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, dict):
            children = node["children"]
            assert isinstance(children, list)
            found |= {str(node["tag"]), str(node.get("href", ""))} | _links_and_tags(children)
    return found - {""}


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        '<a href="https://example.org" onclick="alert(1)">x</a>',
    ],
)
def test_html_and_links_that_run_scripts_stay_text(text: str) -> None:
    assert manual_nodes(text) == [{"tag": "p", "children": [text]}]


def test_a_picture_is_not_fetched() -> None:
    assert "img" not in _links_and_tags(manual_nodes("![seen](https://example.org/seen.png)"))


def test_headings_lists_links_and_tables_are_told_apart() -> None:
    text = "# A\n\n- [b](https://example.org)\n- **c**\n\n| d |\n|---|\n| `1` |"
    wanted = {
        "h1",
        "ul",
        "li",
        "a",
        "https://example.org",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
    }
    assert _links_and_tags(manual_nodes(text)) == wanted


def test_a_link_with_half_a_character_is_read() -> None:
    assert manual_nodes("[a](http://\ud800.org)")
