"""All that a person is shown, as text: by every page with each of its filters, and by every route."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

import app
from app.opened_workspace import WORKSPACE_VARIABLE, OpenedWorkspace
from app.routes import review_routes
from app.tokens import Tokens
from tests.integration.app.conftest import ORIGIN, RouteClient

SCRIPT = str(Path(app.__file__).parent / "shell" / "navigation.py")
# What differs between any two workspaces: tokens, moments, and identities of elements; a table is told by its cells.
_VARYING = re.compile(
    r"signature=[\w.=-]+|\b[\w-]+\.[\w-]{6}\.[\w-]{27}|telltale_reviewer_\w+|(?<=workspace\\\": \\\")[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d[:.]\d\d(:\d\d(\.\d+)?)?(\+00:00)?|\b(id|form_id|data): \".*\""
)


def shown_by_page(
    opened: OpenedWorkspace, page: str, person: int | None, state: Mapping[str, Any], query: Mapping[str, str]
) -> str:
    """The page's elements and those of the sidebar. `state`: of the session; `query`: of the page's address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WORKSPACE_VARIABLE, str(opened.workspace.root))
        st.cache_data.clear()
        test = AppTest.from_file(SCRIPT, default_timeout=60)
        test.session_state["reviewer_id"] = person
        test.run()
        for key, value in state.items():
            test.session_state[key] = value
        if page != "overview":
            test.switch_page(f"../pages/{page}.py")
        for key, value in query.items():
            test.query_params[key] = value
        test.run()
    assert not test.exception, test.exception
    return _plain("\n".join(text for root in (test.main, test.sidebar) for text in _texts(root)), opened)


def shown_by_routes(opened: OpenedWorkspace, person: int, clip_ids: list[int], queues: list[str]) -> dict[str, str]:
    """The answer to every request that a browser can make, by request."""
    workspace = opened.workspace
    routes = review_routes(lambda: workspace, opened.database, workspace.signing_key())
    client = RouteClient(Starlette(routes=routes))
    token = Tokens(workspace.signing_key(), 1).reviewer_token(person)
    headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
    paths = [f"/queue?kind={kind}" for kind in queues] + ["/queues", "/manual"]
    of_clip = (
        "",
        "/rationale",
        "/rationale?pseudo_label={0}",
        "/words",
        "/times",
        "/keypoints/0",
        "/confidence",
        "/person",
    )
    paths += [f"/clips/{clip_id}{part.format(clip_id)}" for clip_id in clip_ids for part in of_clip]
    found = {}
    for path in paths:
        answer = client.get(f"/api/review{path}", headers=headers)
        found[path] = f"{answer.status_code} {len(answer.content)} {answer.text}"
    for clip_id in clip_ids:
        for body in _bodies(clip_id):
            answer = client.post("/api/review/decisions", json=body, headers=headers)
            found[f"POST {json.dumps(body)}"] = f"{answer.status_code} {answer.text}"
    answer = client.post("/api/review/leases", json={"clip_ids": clip_ids[:10]}, headers=headers)
    found["POST /leases"] = answer.text
    return {name: _plain(text, opened) for name, text in found.items()}


def _bodies(clip_id: int) -> Iterator[dict[str, Any]]:
    """Decisions that try to be told whether a label is right; the last ones are taken."""
    for number, (kind, label, pseudo_label) in enumerate(
        (kind, label, pseudo_label)
        for kind in ("final", "repeat", "unclear", "blind")
        for label in ("positive", "negative", None)
        for pseudo_label in (2 * clip_id - 1, None)
    ):
        if kind == "unclear" and label is None:
            continue
        if kind == "blind" and not (label is None or pseudo_label):
            continue
        yield {
            "token": f"{clip_id:016x}{number:016x}",
            "clip_id": clip_id,
            "kind": kind,
            **({"label": label} if label else {}),
            **({"pseudo_label_id": pseudo_label} if pseudo_label else {}),
            **({"rater_confidence": 2} if kind == "blind" else {}),
        }


def _plain(text: str, opened: OpenedWorkspace) -> str:
    return _VARYING.sub("*", text).replace(str(opened.workspace.root), "ROOT")


def _texts(node: Any) -> Iterator[str]:
    for child in getattr(node, "children", {}).values():
        if isinstance(table := getattr(child, "value", None), pd.DataFrame):
            yield table.to_csv()
        if (proto := getattr(child, "proto", None)) is not None:
            yield str(proto)
        yield from _texts(child)
