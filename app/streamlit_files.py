"""Serves the files of Streamlit's own page, and adds to the page what the first one loads.

Streamlit answers each of its seventy small files through several layers and a thread, and the browser learns of the
files of a text or a button only after the page's script has run.
"""

import importlib.util
import re
from functools import lru_cache
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.routes.page_addresses import page_addresses

# Modules that Streamlit loads once it knows what is on the page; named without the hash of their contents.
FIRST_PAGE = (
    "BidiComponent",
    "_arrayReduce",
    "serialization",
    "recordbatch",
    "Html",
    "purify.es",
    "Button",
)
_KEPT = "public, immutable, max-age=31536000"  # a changed file has another name
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}


class StreamlitFiles:
    """ASGI middleware that answers GET for the page and its files, and leaves everything else to `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = _response(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (response or self._app)(scope, receive, send)


def _response(path: str) -> Response | None:
    if path in _pages():
        return Response(first_page(), media_type="text/html", headers={"Cache-Control": "no-cache"})
    file = _files().get(path)
    if file is None:
        return None
    return Response(file.read_bytes(), media_type=_TYPES[file.suffix], headers={"Cache-Control": _KEPT})


@lru_cache(maxsize=1)
def _folder() -> Path:
    found = importlib.util.find_spec("streamlit")  # without importing it
    if found is None or found.origin is None:
        raise ModuleNotFoundError("Streamlit is not installed.")
    return Path(found.origin).parent / "static"


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """By address. A fixed list: the path of an address never reaches the file system."""
    folder = _folder()
    return {
        f"/{path.relative_to(folder).as_posix()}": path
        for path in (folder / "static").rglob("*")
        if path.suffix in _TYPES
    }


@lru_cache(maxsize=1)
def _pages() -> frozenset[str]:
    return frozenset({"/", *(f"/{address}" for address in page_addresses())})


@lru_cache(maxsize=1)
def first_page() -> str:
    """Streamlit's page, which also asks for the modules of FIRST_PAGE at once, and not for a font that no text has.

    Raises KeyError where this version of Streamlit has no such module.
    """
    html = (_folder() / "index.html").read_text(encoding="utf-8")
    names = {path.rsplit("/", 1)[-1].rsplit(".", 2)[0]: path for path in _files() if path.endswith(".js")}
    links = "".join(f'<link rel="modulepreload" crossorigin href=".{names[name]}">\n    ' for name in FIRST_PAGE)
    html = re.sub(r'<link\s+rel="preload"[^>]*as="font"[^>]*>', "", html)
    return html.replace('<link rel="stylesheet"', f'{links}<link rel="stylesheet"', 1)
