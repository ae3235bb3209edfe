"""The Review page: mounts the component; queue, clip and time may come from the address."""

import streamlit as st

from app.components import page_head
from app.components.outside_text import as_text
from app.components.reviewer_choice import ask_reviewer, current_reviewer
from app.numbers_in_requests import row_id, seconds
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.review_queues import kind_in_address
from app.queries.saved_filters import QUEUE_PREFIX, saved
from app.review.component import review_component, review_data
from core.errors import InputError, NotFoundError
from db import clips

_ABOUT = "Judge clips blind, then see the rationale"


def show() -> None:
    opened = opened_workspace()
    with opened.database.read() as connection:
        number = clips.counts(connection).clips
    if not number:
        page_head.head("Review", _ABOUT, simulated=False)
        command = f"telltale import DIR --workspace {opened.workspace.root}"
        page_head.empty("No clip yet", "Import a folder of videos first.", command)
        return
    reviewer = current_reviewer(opened)
    if reviewer is None:
        page_head.head("Review", _ABOUT, simulated=False)
        page_head.empty("Who reviews?", "Every decision carries a name. It stays in this workspace.")
        ask_reviewer(opened)
        return
    asked = st.query_params
    if (queue := asked.get("queue") or "").startswith(QUEUE_PREFIX):
        _tell_where_gone(opened, queue.removeprefix(QUEUE_PREFIX))
    data = review_data(
        opened,
        reviewer,
        queue=kind_in_address(asked.get("queue")),
        clip_id=row_id(asked.get("clip")),
        time_s=seconds(asked.get("t")) or 0.0,
        answer_id=row_id(asked.get("answer")),
    )
    review_component(key="review", data=data)


def _tell_where_gone(opened: OpenedWorkspace, name: str) -> None:
    """Says so where a link names a saved filter that no longer exists; Review then opens its first queue."""
    try:
        saved(opened.workspace, name)
    except (InputError, NotFoundError) as error:
        st.warning(as_text(error))


show()
