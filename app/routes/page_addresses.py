"""Addresses of pages in another spelling: `/pseudo_labels` leads to `/pseudo-labels`."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.own_pages import query_in_text

_PAGES = Path(__file__).resolve().parents[1] / "pages"


def page_address(name: str) -> str:
    """The last part of a page's address, with hyphens. `name`: of its script, with underscores."""
    return name.replace("_", "-")


def page_addresses() -> tuple[str, ...]:
    """The last part of the address of each page."""
    return tuple(page_address(path.stem) for path in sorted(_PAGES.glob("*.py")) if not path.name.startswith("_"))


def other_spellings() -> tuple[str, ...]:
    """The names of pages whose address has a hyphen, as somebody might type them with an underscore."""
    names = (path.stem for path in sorted(_PAGES.glob("*.py")))
    return tuple(name for name in names if not name.startswith("_") and page_address(name) != name)


async def to_page(request: Request) -> Response:
    """Leads to the page's address, with the same query; relative, so that it also works behind a proxy's prefix."""
    address = page_address(request.scope["path"].rsplit("/", 1)[-1])
    query = query_in_text(request.scope["query_string"])
    return RedirectResponse(f"{address}?{query}" if query else address)
