"""Where the pages lie, and how one leads to another."""

from pathlib import Path
from typing import NoReturn

import streamlit as st

_PAGES = Path(__file__).resolve().parents[1] / "pages"


def page_path(name: str) -> Path:
    """The script of a page."""
    return _PAGES / f"{name}.py"


def open_page(name: str, **query: str) -> NoReturn:
    """Leaves this page for another one."""
    st.switch_page(page_path(name), query_params=query)
