"""The Pseudo-labels page: labelers and prompt versions side by side, their calibration, and the labeling panel."""

from collections.abc import Sequence

import streamlit as st

from app.charts.claim_checks import claim_checks
from app.charts.label_counts import confidence_histogram
from app.charts.reliability import reliability_diagram
from app.components import annotated_table, page_head
from app.components.annotated_table import Figure
from app.components.counting_labeler_panel import counting_labeler
from app.components.labeler_comparison_panel import comparison
from app.components.labeling_panel import labeling
from app.components.prompts_panel import prompt_texts
from app.components.show_chart import chart
from app.components.theme import palette
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.claim_error_families import RULES
from app.queries.confidence_calibration import ReliabilityFacts, reliability_facts
from app.queries.judged_claims import FamilyFacts, claim_families
from app.queries.labelers import (
    BINS,
    AnswerFacts,
    LabelerFacts,
    answer_facts,
    answers_key,
    decisions_key,
    failed_calls,
    labeler_facts,
    labeling_failures,
)
from app.queries.loop_progress import loop_counts
from app.queries.plotted_values import CalibrationPoint
from app.queries.proportions import DOUBT_SENTENCE

Key = tuple[object, ...]

_CUES_SHOWN = 24
_MEANINGS = {
    "supported": "measured in that span",
    "contradicted": "could be seen, and was not there",
    "not_measurable": "points are missing",
    "unchecked": "voice, words, or no known gesture",
}


def show() -> None:
    opened = opened_workspace()
    counts = loop_counts(opened)
    page_head.head("Pseudo-labels", "What labelers propose, and how far to trust it", simulated=counts.simulated)
    annotated_table.style()
    if not counts.clips:
        page_head.empty(
            "No clip yet",
            "Pseudo-labels need clips. Key points are found in videos that come without.",
            f"telltale import DIR --workspace {opened.workspace.root}",
        )
        return
    labeling(opened, simulated=counts.simulated)
    answered = answers_key(opened)
    changed = (answered, decisions_key(opened))
    found = _kept_facts(*changed)
    if found:
        _found(opened, found, changed)
    else:
        page_head.empty(
            "No pseudo-label yet",
            "Choose a labeler above, or label from a terminal.",
            f"telltale label --labeler cues --workspace {opened.workspace.root}",
        )
    prompt_texts(opened)
    _failures(opened)


def _found(opened: OpenedWorkspace, found: Sequence[LabelerFacts], changed: tuple[Key, Key]) -> None:
    st.header("Side by side", anchor=False)
    _table(found)
    counting_labeler(opened, found)
    comparison(opened, found, changed[0])
    chosen = _claims(found)
    _confidence(opened, chosen, _kept_reliability(*changed, chosen.name))
    _families(found, _kept_families(*changed))


def _claims(found: Sequence[LabelerFacts]) -> LabelerFacts:
    """The claims of all labelers, and of one chosen labeler by cue."""
    by_name = {one.name: one for one in found}
    title, chooser = st.columns([3, 1], vertical_alignment="bottom")
    title.header("Claims against the key points", anchor=False)
    name = chooser.selectbox("Labeler in detail", list(by_name), label_visibility="collapsed", key="in-detail")
    one = by_name[name]
    checked = {each.name: each.claims for each in found if not each.supported_by_construction}
    if checked:
        annotated_table.legend(palette().support, _MEANINGS)
    left, right = st.columns(2, gap="large")
    with left:
        if checked:
            chart(claim_checks(checked, palette=palette()), key="checks")
            page_head.dim("All claims of each labeler.")
        for each in found:
            if each.supported_by_construction:
                page_head.dim(
                    f"{each.name} is left out: its claims are the measured cues themselves, so no check can fail."
                )
    with right:
        _claims_by_cue(one)
    return one


def _claims_by_cue(one: LabelerFacts) -> None:
    cues = sorted(one.cues.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))
    if not cues:
        page_head.dim(f"{one.name} makes no claims.")
        return
    counted = {f"{cue}  {sum(checks.values()):,}": checks for cue, checks in cues[:_CUES_SHOWN]}
    rest = f" The {_CUES_SHOWN} most frequent of {len(cues)} cues." if len(cues) > _CUES_SHOWN else ""
    if one.supported_by_construction:
        page_head.dim(f"Claims of {one.name} by cue, with their number: {'; '.join(counted)}.{rest}")
        return
    chart(claim_checks(counted, palette=palette(), row_px=22), key="cues")
    page_head.dim(f"Claims of {one.name} by cue, with their number.{rest}")


def _confidence(opened: OpenedWorkspace, one: LabelerFacts, facts: ReliabilityFacts) -> None:
    st.header("Confidence", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        if facts.decisions:
            points = [CalibrationPoint(b.mean_confidence, b.right, *b.interval, b.n) for b in facts.bins]
            chart(reliability_diagram(points, facts.curve, palette=palette()), key="reliability")
        error = (
            ""
            if facts.error is None
            else f" Expected calibration error {facts.error:.2f}; few judgments make it too large."
        )
        bars = f" Bars: 95 %, over subjects. {DOUBT_SENTENCE}" if facts.decisions else ""
        page_head.dim(f"{facts.sentence}{error}{bars}")
    with right:
        edges = [index / BINS for index in range(BINS + 1)]
        chart(
            confidence_histogram(one.histogram, edges, opened.workspace.settings.taxonomy, palette=palette()),
            key="histogram",
        )
        page_head.dim(f"All {one.totals.clips:,} pseudo-labels of {one.name}; mean {one.totals.mean_confidence:.2f}.")


@st.cache_data(max_entries=2, show_spinner=False)
def _kept_answers(answered: Key) -> AnswerFacts:  # noqa: ARG001  # here and below: the cache's key
    return answer_facts(opened_workspace())


@st.cache_data(max_entries=4, show_spinner=False)
def _kept_facts(answered: Key, decided: Key) -> tuple[LabelerFacts, ...]:  # noqa: ARG001
    return labeler_facts(opened_workspace(), _kept_answers(answered))


@st.cache_data(max_entries=4, show_spinner=False)
def _kept_families(answered: Key, decided: Key) -> FamilyFacts:  # noqa: ARG001
    return claim_families(opened_workspace())


@st.cache_data(max_entries=32, show_spinner=False)
def _kept_reliability(answered: Key, decided: Key, name: str) -> ReliabilityFacts:
    return reliability_facts(next(one for one in _kept_facts(answered, decided) if one.name == name))


def _table(found: Sequence[LabelerFacts]) -> None:
    header = [
        "labeler",
        "prompt",
        "clips",
        "agrees with blind labels",
        "with labels after the reveal",
        "with gold",
        "first = reflected",
        "excluded",
        "needs review",
    ]
    paid = any(one.totals.input_tokens or one.totals.cost_usd for one in found)
    annotated_table.figures(
        header + (["tokens in", "out", "USD"] if paid else []), [_row(one, paid=paid) for one in found]
    )
    page_head.dim(
        "Report the blind column: people had not seen the rationale when they judged. It counts clips, each by the majority "
        "of its blind answers; ties are left out. Labels after the reveal are of people "
        f"who were shown this labeler's answer, and lean towards it. Intervals are 95 %, over subjects. {DOUBT_SENTENCE}"
    )


def _row(one: LabelerFacts, *, paid: bool) -> list[Figure]:
    totals = one.totals
    row = [
        Figure(
            one.labeler.name + (", counts" if one.counts else ""),
            one.labeler.model_id + (", simulated" if one.labeler.simulated else ""),
        ),
        Figure(one.labeler.prompt_version, one.labeler.prompt_digest[:8]),
        Figure.number(totals.clips),
        *(Figure.share(share) for share in (one.with_blind, one.with_people, one.with_gold, one.between_passes)),
        Figure.number(totals.excluded),
        Figure.number(totals.needs_review),
    ]
    if paid:
        thinking = f"+ {totals.thinking_tokens:,}\nthinking" if totals.thinking_tokens else ""
        row += [
            Figure.number(totals.input_tokens),
            Figure.number(totals.output_tokens, thinking),
            Figure(f"{totals.cost_usd:.2f}", none=not totals.cost_usd),
        ]
    return row


def _families(found: Sequence[LabelerFacts], facts: FamilyFacts) -> None:
    st.header("Why people rejected claims", anchor=False)
    if not facts.labelers:
        page_head.dim(
            "Nobody has judged a claim yet; in Review every claim can be called true, false, irrelevant or not to be seen."
        )
        return
    judged = {one.labeler_id: one for one in facts.labelers}
    columns = [one for one in found if one.labeler.id in judged]
    rows = [[Figure("judged claims"), *(Figure.number(judged[one.labeler.id or 0].judged) for one in columns)]]
    for family, rule in RULES.items():
        counts = [judged[one.labeler.id or 0] for one in columns]
        rows.append([Figure(family.value, rule), *(_of_judged(of.rejected.get(family, 0), of.judged) for of in counts)])
    annotated_table.figures(["family", *(one.name for one in columns)], rows)
    page_head.dim(
        "Shares are of the claims that people judged; a rejected claim counts once, in the first family that fits. "
        + _told_of_others(facts)
    )


def _of_judged(number: int, judged: int) -> Figure:
    return Figure.number(number, f"{number / judged:.0%}" if number else "")


def _told_of_others(facts: FamilyFacts) -> str:
    if not facts.searched:
        return "The wrong person cannot be told here: no detector has looked for other people in these clips."
    if facts.searched < facts.false_claims:
        return (
            f"The wrong person can be told of {facts.searched:,} of the {facts.false_claims:,} false claims: "
            "in the other clips no detector has looked for other people."
        )
    return "Other people are those whom the detector followed beside the interviewee."


def _failures(opened: OpenedWorkspace) -> None:
    answers, calls = labeling_failures(opened), failed_calls(opened)
    if not answers and not calls:
        return
    import pandas as pd

    st.header("Failed answers", anchor=False)
    if answers:
        st.dataframe(pd.DataFrame(answers), hide_index=True)
    if calls:
        page_head.dim("Requests that brought nothing usable, and what they cost all the same.")
        st.dataframe(
            pd.DataFrame(calls), hide_index=True, column_config={"USD": st.column_config.NumberColumn(format="%.4f")}
        )


show()
