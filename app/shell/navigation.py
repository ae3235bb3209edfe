"""The script that Streamlit runs: sidebar, navigation, then the requested page.

It is not in the folder above `pages`, because Streamlit would take that for its older multipage layout and run pages
without this script. Its theme is in `.streamlit/config.toml` beside it.
"""

from pathlib import Path

import streamlit as st

from app.components.connection import watch_connection
from app.components.job_panel import sidebar_jobs
from app.components.links import page_path
from app.components.outside_text import as_text
from app.components.page_head import style
from app.components.reviewer_choice import choose_reviewer, enter, waits_for_browser
from app.components.theme import watch_theme
from app.opened_workspace import opened_workspace
from app.routes.page_addresses import page_address
from core.errors import TelltaleError
from core.machine_faults import storage_error

_PAGES = {
    "overview": ("Overview", ":material/route:"),
    "review": ("Review", ":material/play_circle:"),
    "library": ("Library", ":material/video_library:"),
    "pseudo_labels": ("Pseudo-labels", ":material/psychology_alt:"),
    "train": ("Train", ":material/model_training:"),
    "reviewers": ("Reviewers", ":material/groups:"),
    "settings": ("Settings", ":material/tune:"),
}

_ABOUT = "**Telltale** turns weak video labels into strong ones: propose, check, correct, retrain."
_PICTURES = Path(__file__).parent

# A Material icon as page_icon would be fetched from a font server.
st.set_page_config(
    page_title="Telltale",
    page_icon=str(_PICTURES / "favicon.svg"),
    layout="wide",
    menu_items={"About": _ABOUT},  # without an entry, Streamlit hides the menu with the choice of theme
)
# Beside a shut sidebar only the icon: the name is white, for the sidebar's green.
st.logo(str(_PICTURES / "logo.svg"), size="large", icon_image=str(_PICTURES / "favicon.svg"))
style()
pages = {
    name: st.Page(page_path(name), title=title, icon=icon, url_path=page_address(name), default=name == "overview")
    for name, (title, icon) in _PAGES.items()
}
page = st.navigation(list(pages.values()))
try:
    opened = opened_workspace()
    enter(opened)
    with st.sidebar:
        choose_reviewer(opened)
        sidebar_jobs(opened)
        watch_theme()
        watch_connection()
    if not waits_for_browser(opened):
        page.run()
except TelltaleError as error:
    st.error(as_text(error))
except Exception as error:
    told = storage_error(error)
    if told is None:
        raise
    st.error(as_text(told))
