"""Text from outside on a page: names, labels, sentences that quote them, and what models and manuals say.

Every such text goes through one of these: `escaped` into HTML, `as_text` into what Streamlit reads as Markdown (nearly all
that it shows: labels of buttons, headings, messages), `without_pictures` where Markdown is wanted.
"""

import html
import re

from core.printable import printable

# A sentence of ours marks commands as code; nothing within code is a link or a picture.
_CODE_OR_MARK = re.compile(r"(`[^`]+`)|([!-/:-@\[-`{-~])")


def escaped(text: object) -> str:
    """HTML that shows the text; line feeds stay."""
    return "\n".join(html.escape(printable(line)) for line in str(text).split("\n"))


def as_text(text: object) -> str:
    """Markdown that shows the text in one line, with code between backticks and nothing else of Markdown."""
    return _CODE_OR_MARK.sub(lambda found: found[1] or f"\\{found[2]}", printable(str(text)))


def without_pictures(markdown: str) -> str:
    """The Markdown with its pictures as text, as they would load from wherever they say."""
    return markdown.replace("![", "!\\[")
