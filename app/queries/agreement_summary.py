"""Agreement between people, labelers and gold, with intervals; reported agreement is of the reliability sample only."""

from app.opened_workspace import OpenedWorkspace
from app.queries.proportions import Share
from db import workspace_counts

NOTE = (
    "Report the line of the reliability sample: of clips drawn at random it takes the answers of people who had seen no "
    "other. On other clips, judgments made after reading the rationale lean towards it."
)


def agreement_lines(opened: OpenedWorkspace) -> dict[str, str]:
    """Names and sentences for the Overview."""
    with opened.database.read() as connection:
        found = workspace_counts.human_agreement(connection)
    return {
        "People with pseudo-labels, reliability sample": Share(found.reliability_sample).sentence(),
        "Other clips, before the rationale": Share(found.before_reveal).sentence(),
        "Other clips, after the rationale": Share(found.after_reveal).sentence(),
        "People with gold": Share(found.with_gold).sentence(),
    }
