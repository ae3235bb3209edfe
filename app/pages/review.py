"""Mounts the Review component over the whole width and hands it the queue."""

from app.screen import page
from app.screen.reviewer import current_reviewer
from app.services import services
from db import clips

_QUEUES = {
    "unreviewed": "Not reviewed",
    "disagree": "Disagreeing",
    "contradicted": "Contradicted claims",
    "mistakes": "Run's mistakes",
    "unclear": "Unclear",
    "recent": "Recent",
}


def show() -> None:
    opened = services()
    reviewer = current_reviewer(opened)
    with opened.database.read() as connection:
        number = clips.counts(connection).clips
    if not number:
        page.head("Review", "Judge clips blind, then see the rationale", simulated=False)
        page.empty(
            "No clip yet",
            "Import a folder of videos first.",
            f"telltale import DIR --openpose DIR --workspace {opened.workspace.root}",
        )
        return
    if reviewer is None:
        page.head("Review", "Judge clips blind, then see the rationale", simulated=False)
        page.empty("Who reviews?", "Choose or add a reviewer in the sidebar; every decision carries a name.")
        return


show()
