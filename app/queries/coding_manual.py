"""The coding manual of a workspace: `manual.md`, or a first draft made from taxonomy and cue catalog."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.durable_files import replacing
from core.errors import InputError
from core.pose.cues import CATALOG, CueDefinition
from core.storable import storable
from core.taxonomy import Taxonomy
from core.types.cues import BodyRegion
from core.workspace import Workspace

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

MOST_BYTES = 200_000


def manual_path(workspace: Workspace) -> Path:
    """The path of the manual, whether it exists or not."""
    return workspace.root / "manual.md"


def manual_text(workspace: Workspace) -> str:
    """The manual as Markdown. Raises InputError for a file that is too long or not UTF-8."""
    path = manual_path(workspace)
    if not path.is_file():
        return first_manual(workspace.settings.taxonomy)
    contents = path.read_bytes()
    _check_length(contents, path)
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: byte {error.start} is {contents[error.start]:#04x}.") from error


def write_manual(workspace: Workspace, text: str) -> None:
    """Writes the manual atomically. Raises InputError where it is too long."""
    path = manual_path(workspace)
    contents = text.encode()
    _check_length(contents, path)
    with replacing(path) as fresh:
        fresh.write_bytes(contents)


Node = str | dict[str, "str | list[Node]"]


@lru_cache(maxsize=2)  # a long manual takes seconds, and each reviewer's page asks for it
def manual_nodes(text: str) -> list[Node]:
    """The manual as a tree; the Review screen builds elements from it and never inserts markup.

    A node is text or {"tag", "children"}; a link also has "href". HTML and images stay text, and so do links that
    would run a script.
    """
    from markdown_it.tree import SyntaxTreeNode  # imported here because it slows the start of the app

    return _nodes(SyntaxTreeNode(_markdown().parse(storable(text))).children)


def _nodes(found: Iterable["SyntaxTreeNode"]) -> list[Node]:
    nodes: list[Node] = []
    for one in found:
        if one.type in {"inline", "root"} or (one.type == "paragraph" and one.hidden):
            nodes.extend(_nodes(one.children))
        elif one.type in {"softbreak", "hardbreak"}:
            nodes.append(" ")
        elif one.children or one.type == "hr":
            href = one.attrs.get("href")
            link: dict[str, str | list[Node]] = {"href": str(href)} if href else {}
            nodes.append({"tag": one.tag, "children": _nodes(one.children), **link})
        elif one.type in {"fence", "code_block", "code_inline"}:
            nodes.append({"tag": "code", "children": [one.content]})
        elif one.content:
            nodes.append(one.content)
    return nodes


def first_manual(taxonomy: Taxonomy) -> str:
    """A draft with the descriptions of all labels and cues."""
    return "\n".join(_lines(taxonomy))


def _lines(taxonomy: Taxonomy) -> Iterator[str]:
    yield "## Labels\n"
    for label in taxonomy:
        key = f" (key {label.key})" if label.key else ""
        yield f"- **{label.title}**{key}. {label.description}"
    yield "\nJudge what the person shows, not what you know of the match."
    yield "Call a clip unclear where nothing in it speaks for a label.\n"
    yield "Confidence of the rater: 1 guessing (little speaks for it), 2 fairly sure, 3 certain.\n"
    yield "## Verdicts on claims\n"
    yield "- **True**: it is seen there, within half a second."
    yield "- **False**: it could have been seen there and is not."
    yield "- **Cannot see**: hidden, out of the picture, too dark."
    yield "- **Irrelevant**: it is seen, and says nothing about the label.\n"
    yield "## Cues\n"
    for region in BodyRegion:
        cues = [cue for cue in CATALOG.values() if cue.region is region]
        if cues:
            yield f"### {region.value.capitalize()}\n"
            yield from (f"- **{cue.title}**{_in_answers(cue)}. {cue.description}" for cue in cues)
            yield ""


def _in_answers(cue: CueDefinition) -> str:
    """The cue's name in labelers' answers and in exports, where it differs from what Review shows."""
    return "" if cue.name == cue.title.casefold() else f" (in answers and exports: {cue.name})"


def _check_length(contents: bytes, path: Path) -> None:
    if len(contents) > MOST_BYTES:
        raise InputError(f"{path} would have {len(contents):,} bytes; a manual has at most {MOST_BYTES:,}.")


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
