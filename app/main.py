"""The ASGI application that `telltale serve` runs: pages by Streamlit, media, data and decisions by routes of our own."""

from pathlib import Path

import streamlit as st

from app.jobs import mark_interrupted_jobs
from app.routes import review_routes
from app.services import services

_open = services()
mark_interrupted_jobs(_open.database)

app = st.App(
    Path(__file__).parent / "screen" / "navigation.py",
    routes=review_routes(_open.workspace, _open.database, _open.workspace.signing_key()),
)
