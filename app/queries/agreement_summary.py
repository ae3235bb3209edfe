"""Agreement between people, labelers and gold, with intervals; reported agreement is of the reliability sample only."""

from app.opened_workspace import OpenedWorkspace
from app.queries.proportions import Share
from db import workspace_counts
from db.workspace_counts import Agreement

NOTE = (
    "Report the line of the reliability sample: of clips drawn at random it takes the answer that was given before the "
    "rationale showed. On other clips, judgments made after reading the rationale lean towards it."
)


def agreement_lines(opened: OpenedWorkspace) -> dict[str, str]:
    """Names and sentences for the Overview."""
    with opened.database.read() as connection:
        found = workspace_counts.human_agreement(connection)
    return {
        "People with pseudo-labels, reliability sample": _share(found.reliability_sample),
        "Other clips, before the rationale": _share(found.before_reveal),
        "Other clips, after the rationale": _share(found.after_reveal),
        "People with gold": _share(found.with_gold),
    }


def _share(agreement: Agreement) -> str:
    return Share(agreement.same, agreement.pairs).sentence()
