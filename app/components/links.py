"""The scripts of the pages, and navigation between them."""

from pathlib import Path
from typing import NoReturn

import streamlit as st

_PAGES = Path(__file__).resolve().parents[1] / "pages"


def page_path(name: str) -> Path:
    """The script of a page."""
    return _PAGES / f"{name}.py"


def open_page(name: str, **query: str) -> NoReturn:
    """Switches to another page, with query parameters."""
    st.switch_page(page_path(name), query_params=query)
