"""The queues of Review: names and sizes."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.queries.practice import practice_first
from app.queries.saved_filters import all_saved, clips_to_review
from core.types.decisions import Reviewer
from core.workspace import Workspace
from db import assignments, queues
from db.engine import Database

QUEUE_TITLES: Mapping[str, str] = {
    "practice": "Practice",
    "assigned": "Assigned to me",
    "unreviewed": "To judge",
    "uncertain": "Least sure",
    "disagree": "First and reflected answer differ",
    "contradicted": "Contradicted claims",
    "needs-review": "Needs review: look first",
    "leaks": "Leaks in the rationale",
    "run-differs": "The selected run differs",
    "label-errors": "Likely label errors",
    "people-differ": "Reviewers disagree",
    "gold-differs": "Differs from gold",
    "reliability": "Reliability sample",
    "unclear": "Unclear",
    "skipped": "Skipped by me",
    "recent": "My recent ones",
}


_OLD_KINDS = {
    "audit": "reliability",
    "doubtful": "needs-review",
    "mistakes": "run-differs",
}  # in older addresses


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """A queue; `size` is its number of clips, None if not counted."""

    kind: str
    title: str
    size: int | None = None


def kind_in_address(asked: str | None) -> str | None:
    """The queue named in an address, by its current name."""
    return asked and _OLD_KINDS.get(asked, asked)


def named_queues(workspace: Workspace, database: Database, reviewer: Reviewer) -> list[ReviewQueue]:
    """This reviewer's queues in the order of the screen, saved filters last; not counted, which takes two seconds at a
    million clips. While practice comes first, it is the only one.
    """
    with database.read() as connection:
        if practice_first(connection, workspace.settings.review, reviewer.id):
            return [ReviewQueue(queues.Queue.PRACTICE.value, QUEUE_TITLES[queues.Queue.PRACTICE])]
        hidden = set()
        if not queues.items(connection, queues.Queue.PRACTICE, reviewer.id, review=workspace.settings.review, limit=1):
            hidden.add(queues.Queue.PRACTICE)
        if not assignments.has_any(connection, reviewer.id):
            hidden.add(queues.Queue.ASSIGNED)
    saved = [ReviewQueue(one.queue, f"Saved: {one.name}") for one in all_saved(workspace)[0]]
    return [*(ReviewQueue(kind, title) for kind, title in QUEUE_TITLES.items() if kind not in hidden), *saved]


def first_queue(workspace: Workspace, database: Database, reviewer: Reviewer) -> str:
    """The queue that Review opens where none is asked for: practice where it comes first, what is assigned, what is to judge."""
    with database.read() as connection:
        if practice_first(connection, workspace.settings.review, reviewer.id):
            return queues.Queue.PRACTICE.value
        waits = queues.size(connection, queues.Queue.ASSIGNED, reviewer.id) > 0
    return (queues.Queue.ASSIGNED if waits else queues.Queue.UNREVIEWED).value


def review_queues(
    workspace: Workspace, database: Database, reviewer: Reviewer, *, only: str | None = None
) -> list[ReviewQueue]:
    """All queues with sizes, or the one of the kind `only`. Each is counted in a transaction of its own, so that decisions can
    be saved in between.
    """
    review = workspace.settings.review
    saved = {one.queue: one for one in all_saved(workspace)[0]}
    found = []
    for queue in named_queues(workspace, database, reviewer):
        if only not in (None, queue.kind):
            continue
        if queue.kind in saved:
            size = len(clips_to_review(workspace, database, saved[queue.kind], reviewer))
        else:
            with database.read() as connection:
                size = queues.size(connection, queues.Queue(queue.kind), reviewer.id, review=review)
        found.append(ReviewQueue(queue.kind, queue.title, size))
    return found
