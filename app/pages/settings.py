"""The Settings page: workspace, reviewing, taxonomy, coding manual, reviewers, machine."""

import json

import pandas as pd
import streamlit as st

from app.components import page_head
from app.components.outside_text import as_text, without_pictures
from app.components.settings.file_panel import file_panel
from app.components.settings.models_panel import models_panel
from app.components.settings.review_panel import review_panel
from app.components.settings.taxonomy_panel import taxonomy_panel
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.coding_manual import manual_path, manual_text, write_manual
from app.queries.doctor import diagnose
from app.queries.settings_changes import file_state
from app.serve import as_served
from core.errors import InputError
from core.settings.loader import SETTINGS_FILE
from db import reviewers


def show() -> None:
    opened = opened_workspace()
    page_head.head("Settings", "How clips are judged, and by which labels", simulated=False)
    state = file_state(opened)
    file_panel(opened, state)
    reviewing, labels, manual, people, workspace, machine = st.tabs(
        ["Reviewing", "Taxonomy", "Coding manual", "Reviewers", "Workspace", "Machine"]
    )
    with reviewing:
        review_panel(opened, state)
    with workspace:
        _workspace(opened)
    with labels:
        taxonomy_panel(opened, state)
    with manual:
        _manual(opened)
    with people:
        _reviewers(opened)
    with machine:
        _machine(opened)


def _workspace(opened: OpenedWorkspace) -> None:
    root = opened.workspace.root
    file = root / SETTINGS_FILE
    page_head.facts(
        {
            "Folder": str(root),
            "Settings file": f"{file} ({'there' if file.is_file() else 'not there: every value is the default'})",
            "Overridden by": "variables that begin with TELLTALE_, e.g. TELLTALE_REVIEW__MODE=assisted",
        }
    )
    st.header("All settings", anchor=False)
    defaults = type(opened.workspace.settings).model_fields
    rows = []
    for section in ("perception", "labeling", "review", "training", "evaluation", "models", "server"):
        values, default = getattr(opened.workspace.settings, section), defaults[section].default
        for name, field in type(values).model_fields.items():
            value = getattr(values, name)
            rows.append(
                {
                    "setting": f"{section}.{name}",
                    "value": _plain(value),
                    "from": "default" if value == getattr(default, name) else "file or variable",
                    "meaning": field.description or "",
                }
            )
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=460)


def _manual(opened: OpenedWorkspace) -> None:
    path = manual_path(opened.workspace)
    there = path.is_file()
    page_head.dim(f"One key away in Review: Y. {'From' if there else 'A first draft; saving makes it'} {path}.")
    try:
        text = manual_text(opened.workspace)
    except InputError as error:
        st.error(as_text(error))
        return
    edit, preview = st.columns(2)
    with edit, st.form("manual", border=False):
        written = st.text_area("Markdown", text, height=520)
        if st.form_submit_button("Save the manual", type="primary"):
            try:
                write_manual(opened.workspace, written)
            except InputError as error:
                st.error(as_text(error))
            else:
                st.toast("The manual is saved.")
    with preview.container(height=600):
        st.markdown(without_pictures(written))


def _reviewers(opened: OpenedWorkspace) -> None:
    with opened.database.read() as connection:
        known = reviewers.all(connection)
    if not known:
        page_head.empty("Nobody reviews yet", "Add a reviewer in the sidebar; decisions carry the name.")
        return
    page_head.table(["name", "role"], [[one.name, one.role] for one in known])


def _machine(opened: OpenedWorkspace) -> None:
    settings = opened.workspace.settings
    served = settings.model_copy(update={"server": as_served(settings.server)})
    found = diagnose(served, opened.workspace.root, opened.database)
    page_head.facts(dict(found.machine.rows()))
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "stage": stage.stage,
                    "in use": stage.in_use,
                    "model": stage.model,
                    "there": stage.model_there,
                    "lacks": stage.missing,
                    "get it with": stage.get,
                    "built-in": stage.built_in,
                    "there ": stage.built_in_there,
                }
                for stage in found.stages
            ]
        ),
        hide_index=True,
    )
    page_head.dim(found.note)
    models_panel(opened)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value) if not isinstance(value, bool) else json.dumps(value)


show()
