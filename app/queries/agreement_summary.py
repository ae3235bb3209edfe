"""Agreement between people, labelers and gold, with intervals; reported agreement is of the reliability sample only."""

from app.opened_workspace import OpenedWorkspace
from app.queries.labelers import distinct_names
from app.queries.proportions import Share
from db import labeler_choices, pseudo_labels, workspace_counts

NOTE = (
    "Report the line of the reliability sample: of clips drawn at random it takes the answers of people who had seen no "
    "other, against the labeler that counts. On other clips people are compared with the answer that they were shown; "
    "judgments made after reading the rationale lean towards it. Every answer counts: a clip that two people answered counts "
    "twice here, and once, by the majority of its blind answers, on Pseudo-labels. Gold is compared with last words here, "
    "and with blind answers on Reviewers."
)


def agreement_lines(opened: OpenedWorkspace) -> dict[str, str]:
    """Names and sentences for the Overview. The labeler is named where several have answered."""
    with opened.database.read() as connection:
        found = workspace_counts.human_agreement(connection)
        names = distinct_names(pseudo_labels.labelers(connection))
        counting = labeler_choices.counting_id(connection)
    several = len(names) > 1
    of_counting = names[counting] if counting is not None else "the newest answers"
    lines = {f"People with {of_counting if several else 'pseudo-labels'}, reliability sample": found.reliability_sample}
    for moment, by_labeler in (("before", found.before_reveal), ("after", found.after_reveal)):
        line = f"Other clips, {moment} the rationale"
        lines |= {f"{line} of {names[one]}": counts for one, counts in by_labeler.items()} if several else {}
        if not (several and by_labeler):
            lines[line] = next(iter(by_labeler.values()), ())
    lines["People with gold, last words"] = found.with_gold
    return {name: Share(counts).sentence() for name, counts in lines.items()}
