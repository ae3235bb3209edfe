"""The Reviewers page: agreement between people, with the model and with gold, disputes, assignments, practice, and roles."""

import streamlit as st

from app.components import annotated_table, page_head
from app.components.adjudication_panel import adjudication_panel
from app.components.annotated_table import Figure
from app.components.assignments_panel import assignments_panel
from app.components.outside_text import as_text
from app.components.practice_panel import practice_panel
from app.components.reviewer_choice import current_reviewer
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.labelers import decisions_key
from app.queries.proportions import DOUBT_SENTENCE
from app.queries.reviewers import PeopleFacts, may_lead, people_facts
from app.queries.roles import FREE_NAMES, NOT_A_LEAD, ROLES, give_role
from core.errors import InputError
from core.types.decisions import Reviewer
from db import clips, reviewers, workspace_counts
from training.evaluation.reviewer_agreement import Coefficient


def show() -> None:
    opened = opened_workspace()
    annotated_table.style()
    with opened.database.read() as connection:
        simulated = workspace_counts.any_simulated(connection)
        known = reviewers.all(connection)
        number = clips.counts(connection).clips
    page_head.head("Reviewers", "How far people agree, and what moves them", simulated=simulated)
    if not number:
        command = f"telltale import DIR --workspace {opened.workspace.root}"
        page_head.empty("No clip yet", "There is nothing to agree on before there are videos.", command)
        return
    if not known:
        page_head.empty("Nobody reviews yet", "Add a reviewer in the sidebar; decisions carry the name.")
        return
    found = _kept_people(str(opened.workspace.root), decisions_key(opened), tuple(known))
    reviewer = current_reviewer(opened)
    agreement, assigned, practice = st.tabs(["Agreement", "Assignments", "Practice"])
    with agreement:
        _people(found)
        _agreement(found)
        adjudication_panel(opened, known, reviewer)
    with assigned:
        assignments_panel(opened, known, reviewer)
    with practice:
        practice_panel(opened, known, reviewer)
    _roles(opened, known, reviewer)


@st.cache_data(max_entries=4, show_spinner=False)
def _kept_people(root: str, decided: tuple[object, ...], known: tuple[Reviewer, ...]) -> PeopleFacts:  # noqa: ARG001  # the key
    return people_facts(opened_workspace())


def _people(found: PeopleFacts) -> None:
    st.header("Each by their own answers", anchor=False)
    annotated_table.figures(
        [
            "Reviewer",
            "Judged",
            "Right against gold",
            "Same again",
            "Same as the model unseen",
            "Moved to the model",
            "Moved away",
        ],
        [
            [
                Figure(one.reviewer.name, one.reviewer.role),
                Figure.number(one.judged),
                Figure.share(one.with_gold),
                Figure.share(one.steady),
                Figure.share(one.agreed),
                Figure.share(one.moved_to_model),
                Figure.share(one.moved_away),
            ]
            for one in found.people
        ],
    )
    page_head.dim(
        "Own answers are the blind ones, given before any other was seen; without one, the last word. Right against gold "
        "counts own answers; Overview counts last words. Same again: of the "
        "clips that came back to the same person later (review.repeat_share), those that got the same answer. Moved to "
        "the model: of the clips on which the own answer and the model's label differed, those whose last word is the "
        f"model's. Moved away: the other way round. Intervals: 95 %, over subjects. {DOUBT_SENTENCE}"
    )


def _agreement(found: PeopleFacts) -> None:
    st.header("With each other, beyond chance", anchor=False)
    if not found.alpha.clips:
        page_head.dim(
            "No clip has been judged by two people yet. The reliability sample comes to everybody; a lead can have more "
            "clips double-coded."
        )
        return
    rows = [
        [Figure("Everybody", "Krippendorff's alpha"), *_coefficient(found.alpha)],
        [
            Figure("Reliability sample", "Krippendorff's alpha of blind answers; report this one"),
            *_coefficient(found.reliability_alpha),
        ],
        [
            Figure("Double-coded clips", "Krippendorff's alpha of blind answers on clips drawn at random"),
            *_coefficient(found.double_coded_alpha),
        ],
        *(
            [Figure(f"{pair.first} and {pair.second}", "Cohen's kappa"), *_coefficient(pair.kappa)]
            for pair in found.pairs
        ),
    ]
    annotated_table.figures(["Between", "Agreement", "Same label", "Clips in common"], rows)
    page_head.dim(f"1 is perfect, 0 is chance. Intervals: 95 %, over subjects. {DOUBT_SENTENCE}")


def _coefficient(found: Coefficient) -> list[Figure]:
    if not found.clips:
        return [Figure("—", none=True), Figure("—", none=True), Figure.number(0)]
    interval = found.interval
    if interval is None:
        span = "no interval: subjects do not differ enough"
    else:
        span = f"{interval.low:.2f} to {interval.high:.2f}{annotated_table.doubted(interval)}"
    value = Figure("—", "one label alone", none=True) if found.value is None else Figure(f"{found.value:.2f}", span)
    return [value, Figure(f"{found.same / found.clips:.0%}"), Figure.number(found.clips)]


def _roles(opened: OpenedWorkspace, known: list[Reviewer], reviewer: Reviewer | None) -> None:
    with st.expander("Roles"):
        if opened.workspace.settings.server.login == "oidc":
            page_head.dim("Everybody logs in here: server.leads in telltale.toml names the leads.")
            return
        page_head.dim(
            "A lead settles disputes. While there is no lead, everybody may settle those that they have judged themselves."
        )
        page_head.dim(FREE_NAMES)
        if not may_lead(known, reviewer):
            page_head.dim(NOT_A_LEAD)
            return
        for one in known:
            chosen = st.segmented_control(
                as_text(one.name), ROLES, default=one.role if one.role in ROLES else ROLES[0], key=f"role-{one.id}"
            )
            if chosen is not None and chosen != one.role:
                try:
                    give_role(opened, reviewer, one.id, chosen)
                except InputError as error:
                    st.error(as_text(error))
                    return
                st.rerun()


show()
