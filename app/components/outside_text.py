"""Text from outside on a page: names, labels, sentences that quote them, and what models and manuals say.

Every such text goes through one of these: `escaped` into HTML, `as_text` into what Streamlit reads as Markdown (nearly all
that it shows: labels of buttons, headings, messages), `without_pictures` where Markdown is wanted.
"""

import html
import re

from core.printable import printable

# A sentence of ours marks commands as code; nothing within code is a link or a picture. Besides what marks text anywhere:
# addresses that become links by themselves, directives (:red[…]), entities, and what at its beginning makes a line a list.
_CODE_OR_MARK = re.compile(
    r"(?P<code>`[^`]+`)|^(?P<number>[0-9]+)(?P<listed>[.)])|[\\`*\[\]<>~$@]|(?<!\w)_|_(?!\w)|:(?=[/A-Za-z])|&(?=[#\w])|(?<=[Ww]{3})\.|^[#+\-=]"
)


_FIXED_SPACE = re.compile(
    "([\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}])"
)  # ours, between figures and words


def escaped(text: object) -> str:
    """HTML that shows the text; line feeds stay."""
    return "\n".join(html.escape(_printable(line)) for line in str(text).split("\n"))


def as_text(text: object) -> str:
    """Markdown that shows the text in one line, with code between backticks and nothing else of Markdown."""
    return _CODE_OR_MARK.sub(_marked_as_text, _printable(str(text)))


def without_pictures(markdown: str) -> str:
    """The Markdown with its pictures as text, as they would load from wherever they say."""
    return markdown.replace("![", "!\\[")


def _printable(line: str) -> str:
    parts = _FIXED_SPACE.split(line)
    return "".join(part if number % 2 else printable(part) for number, part in enumerate(parts))


def _marked_as_text(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return found["code"]
    return f"{found['number']}\\{found['listed']}" if found["listed"] is not None else f"\\{found[0]}"
