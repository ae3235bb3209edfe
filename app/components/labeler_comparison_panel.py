"""Compares two labelers on the same clips: agreement, and the two rationales of one clip side by side."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.charts.claim_timeline import Span, claim_timeline
from app.components import page_head
from app.components.links import page_path
from app.components.outside_text import as_text, escaped
from app.components.reviewer_choice import current_reviewer
from app.components.show_chart import chart
from app.components.spoiler_switch import spoiler_switch
from app.components.theme import palette
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.calibrated_scores import score_of_answer
from app.queries.hidden_answers import blindness, keep_told
from app.queries.labeler_comparison import (
    SHOWN,
    ClaimPair,
    ClipComparison,
    CommonFacts,
    clip_comparison,
    common_facts,
    in_order,
)
from app.queries.labelers import LabelerFacts
from core.media.timebase import format_time
from core.taxonomy import Taxonomy
from core.types.decisions import Seen
from core.types.pseudo_labels import Claim, LabelerAnswer


def comparison(opened: OpenedWorkspace, found: Sequence[LabelerFacts], changed: tuple[object, ...]) -> None:
    """The choice of two labeler versions and a clip. `changed`: a cache key that differs after an answer is added."""
    if len(found) < 2:
        page_head.dim("A second labeler, or a second version of a prompt, can be compared with this one clip by clip.")
        return
    by_name = {one.name: one for one in found}
    names = list(by_name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first_name = st.selectbox("Compare", names, index=len(names) - 2, width=260)
        others = [name for name in names if name != first_name]
        second_name = st.selectbox("with", others, index=len(others) - 1, width=260)
        first, second = by_name[first_name], by_name[second_name]
        reviewer = current_reviewer(opened)
        ids = (first.labeler.id or 0, second.labeler.id or 0)
        common = _kept_common(changed, *ids)
        listed = in_order(opened, common, ids, reviewer.id if reviewer else None)
        if not listed:
            page_head.dim("These two have no clip in common that may be shown.")
            return
        clips = {one.clip_id: one for one in listed}
        differs = {one.clip_id for one in listed if one.first_label != one.second_label}
        clip_id = st.selectbox(
            "Clip",
            list(clips),
            format_func=lambda number: clips[number].name + (": labels differ" if number in differs else ""),
            width=280,
        )
        spoil = spoiler_switch()
    told = (
        f"Of the clips that both answered they give the same label to {common.agree.sentence()}; those on which they differ "
        "are listed first."
    )
    if common.agree.n > SHOWN:
        told += f" The list holds the first {SHOWN}."
    shown = clip_comparison(opened, clip_id, *ids)
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        page_head.dim(told)
    if clip_id in blindness(opened, [shown.clip], reviewer, spoil=spoil).hidden:
        _link(right, clip_id, 0.0, "Judge it in Review")
        page_head.dim("Both rationales of this clip stay hidden until you have judged it blind.")
        return
    keep_told(opened.database, reviewer, {Seen.RATIONALE: [clip_id]})
    moment_s = next((pair.start_s for pair in shown.pairs if pair.change != "same"), None)
    where = "" if moment_s is None else f" at {_moment(moment_s)}"
    _link(right, clip_id, moment_s or 0.0, f"Open in Review{where}")
    _side_by_side(opened, shown, (first_name, second_name))


@st.cache_data(max_entries=16, show_spinner=False)
def _kept_common(changed: tuple[object, ...], first_id: int, second_id: int) -> CommonFacts:  # noqa: ARG001  # the key
    return common_facts(opened_workspace(), first_id, second_id)


def _side_by_side(opened: OpenedWorkspace, shown: ClipComparison, names: tuple[str, str]) -> None:
    taxonomy = opened.workspace.settings.taxonomy
    answers = (shown.first.answer, shown.second.answer)
    for column, name, stored in zip(st.columns(2, gap="large"), names, (shown.first, shown.second), strict=True):
        sure = score_of_answer(opened.database, stored).sentence
        column.html(_reasoning(name, stored.answer, sure, taxonomy))
    spans = [_span(lane, claim, taxonomy) for lane, answer in enumerate(answers) for claim in answer.claims]
    if not spans:
        page_head.dim("Neither makes a claim about this clip.")
        return
    chart(claim_timeline(names, spans, shown.clip.duration_s, palette=palette()), key="timeline")
    page_head.dim("Bars have the color of the label that they speak for; hollow ones were dropped by reflection.")
    st.html(pairs_table(shown.pairs, names, taxonomy))


def _link(place: DeltaGenerator, clip_id: int, time_s: float, words: str) -> None:
    query = {"clip": str(clip_id), "t": f"{time_s:.2f}"}
    place.page_link(page_path("review"), label=as_text(words), icon=":material/play_circle:", query_params=query)


def _reasoning(name: str, answer: LabelerAnswer, sure: str, taxonomy: Taxonomy) -> str:
    changed = "" if answer.first_label == answer.label else ", changed by reflection"
    remarks = [remark for remark in (answer.exclusion_reason, answer.leak, answer.review_reason) if remark]
    said = escaped(" ".join(dict.fromkeys(remarks)))
    return (
        f'<div class="tt-reason"><b>{escaped(name)}</b> {page_head.label_chip(answer.label, taxonomy)} '
        f'<span class="tt-dim">{sure}{changed}</span><br>{escaped(answer.reasoning)}'
        f"<small>{said}</small></div>"
    )


def _span(lane: int, claim: Claim, taxonomy: Taxonomy) -> Span:
    known = claim.speaks_for in taxonomy
    words = f"{_time(claim)} {claim.cue}, for {taxonomy.title(claim.speaks_for)}\n{claim.text}\n{_verdict(claim)}"
    color = taxonomy[claim.speaks_for].color if known else palette().muted
    return Span(lane, claim.start_s, claim.end_s, claim.cue, words, color, hollow=not claim.kept)


def pairs_table(pairs: Sequence[ClaimPair], names: tuple[str, str], taxonomy: Taxonomy) -> str:
    """The claims of two rationales side by side, as HTML with all text escaped."""
    head = "".join(f"<th>{escaped(name)}</th>" for name in ("time", *names, "difference"))
    changes = {"only the first": f"only {names[0]}", "only the second": f"only {names[1]}"}
    rows = "".join(
        f'<tr class="{"tt-same" if pair.change == "same" else ""}"><td>{escaped(_moment(pair.start_s))}</td>'
        f"<td>{_claim(pair.first, taxonomy)}</td><td>{_claim(pair.second, taxonomy)}</td>"
        f"<td>{escaped(changes.get(pair.change, pair.change))}</td></tr>"
        for pair in pairs
    )
    return f'<table class="tt-figures tt-claims"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _claim(claim: Claim | None, taxonomy: Taxonomy) -> str:
    if claim is None:
        return '<span class="tt-dim">—</span>'
    text = escaped(claim.text)
    remark = escaped(f"{_time(claim)} · {claim.cue} · for {taxonomy.title(claim.speaks_for)} · {_verdict(claim)}")
    return f"{text if claim.kept else f'<s>{text}</s>'}<small>{remark}</small>"


def _time(claim: Claim) -> str:
    return f"{_moment(claim.start_s)} to {_moment(claim.end_s)}"


def _moment(time_s: float) -> str:
    return format_time(round(time_s, 1))[:-2]  # tenths of a second are as precise as a claim can be


def _verdict(claim: Claim) -> str:
    said = claim.check.value.replace("_", " ")
    leak = f", leak: {claim.leak}" if claim.leak else ""
    return f"{said}{'' if claim.kept else ', dropped'}{leak}"
