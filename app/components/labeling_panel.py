"""The labeling panel: plan and cost, consent to send clips out, and the running job."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components import page_head
from app.components.job_panel import follow_job, is_under_way, newest_job, show_job
from app.components.outside_text import as_text, escaped
from app.components.reviewer_choice import current_reviewer
from app.jobs.kinds.labeling import with_labeling
from app.jobs.processes import start_job
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.counted import counted
from app.queries.labelers import ASKED_OF_A_SERVER, OFFERED, LabelPlan, answers_key, key_missing, plan_labels
from app.queries.labeling_remarks import remarks
from core.errors import TelltaleError
from core.types.jobs import Job, JobState
from db import model_calls, sending_consents
from db.model_calls import CallTotals

if TYPE_CHECKING:
    from labeling.vlm.cost_plan import VlmPlan

_TAKES_EVIDENCE = ASKED_OF_A_SERVER | {"simulated"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """The choices made in the panel; None means the settings' value or no limit."""

    labeler: str
    limit: int | None
    model: str | None
    budget_usd: float | None
    evidence: bool | None
    other_person: bool = False

    def arguments(self) -> dict[str, Any]:
        """The arguments of the job."""
        chosen = {"limit": self.limit, "model": self.model, "budget_usd": self.budget_usd, "evidence": self.evidence}
        again = {"other_person": True} if self.other_person else {}
        return {"labeler": self.labeler, **{key: value for key, value in chosen.items() if value is not None}, **again}


def labeling(opened: OpenedWorkspace, *, simulated: bool) -> None:
    """The panel. `simulated`: whether there are simulated clips, the only ones that the simulated labeler can label."""
    with st.container(border=True):
        asked = _controls(opened, simulated=simulated)
        under_way = is_under_way(newest_job(opened, "label"))
        left, right = st.columns([5, 1], vertical_alignment="top")
        with left:
            plan = _planned(opened, asked)
            if plan is not None and plan.vlm is not None and plan.vlm.other_person and _asks_again(plan.vlm):
                asked = replace(asked, other_person=True)
                plan = _planned(opened, asked)
            allowed = (
                _consent(opened, asked.labeler) if plan is not None and asked.labeler in ASKED_OF_A_SERVER else True
            )
        ready = plan is not None and plan.clips > 0 and allowed and not key_missing(asked.labeler)
        if right.button("Label clips", type="primary", disabled=under_way or not ready, width="stretch"):
            try:
                start_job(opened.workspace, opened.database, "label", asked.arguments())
            except TelltaleError as error:
                st.error(as_text(error))
            else:
                st.rerun()
        follow_job(opened, "label", lambda job: _job(opened, job), under_way=under_way)


def _controls(opened: OpenedWorkspace, *, simulated: bool) -> _Asked:
    settings = opened.workspace.settings.labeling
    offered = [name for name in OFFERED if simulated or name != "simulated"]
    model, budget_usd, evidence = None, None, None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Labeler", offered, format_func=OFFERED.__getitem__, width=330)
        limit = st.number_input("At most", min_value=1, value=None, placeholder="all clips", step=1, width=130)
        if name in ASKED_OF_A_SERVER:
            default = settings.openai.model if name == "openai" else settings.gemini.model
            model = st.text_input("Model", placeholder=default, width=200, key=f"model-{name}", max_chars=200)
            budget_usd = st.number_input(
                "Budget, USD", min_value=0.01, value=None, placeholder="none", step=0.5, format="%.2f", width=130
            )
        if name in _TAKES_EVIDENCE:
            evidence = st.toggle(
                "With evidence from the key points",
                value=settings.evidence,
                help="The second pass is given the cues measured on the key points and the claims they contradict. "
                "Off: it reflects on its own words alone, for comparison; such answers are a version of their own.",
            )
    return _Asked(name, limit, (model or "").strip() or None, budget_usd, evidence)


def _planned(opened: OpenedWorkspace, asked: _Asked) -> LabelPlan | None:
    """Shows and returns the plan; None, with a sentence, where labeling is not possible."""
    try:
        plan = _kept_plan(answers_key(opened), asked)
    except TelltaleError as error:
        st.error(as_text(error))
        return None
    st.html(_plan_in_words(plan))
    missing = key_missing(asked.labeler)
    if missing:
        page_head.dim(missing)
    return plan


@st.cache_data(max_entries=16, ttl=300, show_spinner="Planning …")
def _kept_plan(changed: tuple[object, ...], asked: _Asked) -> LabelPlan:  # noqa: ARG001  # the cache's key
    opened = opened_workspace()
    if asked.labeler not in ASKED_OF_A_SERVER:
        return plan_labels(opened, asked.labeler, asked.limit, other_person=asked.other_person)
    from labeling.vlm.labeler_factory import check_budget  # imports OpenCV and PyAV, which other plans do not need

    changed_settings = {key: value for key, value in asked.arguments().items() if key in {"model", "evidence"}}
    workspace = with_labeling(opened.workspace, asked.labeler, changed_settings)
    check_budget(workspace, asked.labeler, asked.budget_usd)
    planning = replace(opened, workspace=workspace)
    return plan_labels(planning, asked.labeler, asked.limit, other_person=asked.other_person)


def _asks_again(plan: "VlmPlan") -> bool:
    """Whether clips that were answered on another person are to be asked about again, which is paid for again."""
    count = plan.other_person
    clips = counted(count, "clip was", "clips were")
    return st.toggle(f"Ask again: {clips} labeled when another person was the interviewee", key="label-other-person")


def _plan_in_words(plan: LabelPlan) -> str:
    first = [f"<b>{plan.clips:,}</b> {'clip' if plan.clips == 1 else 'clips'} to label"]
    second = [f"{plan.already_labeled:,} done", f"{plan.test_split_left_out:,} of the test split left out"]
    vlm = plan.vlm
    if vlm is None:
        first.append("costs nothing")
    else:
        first += [
            f"<b>{vlm.minutes:,.1f}</b> minutes",
            f"<b>{vlm.requests:,}</b> requests",
            f"<b>{vlm.input_tokens:,}</b> tokens in, <b>{vlm.output_tokens:,}</b> out, "
            f"<b>{vlm.thinking_tokens:,}</b> thinking",
        ]
        if vlm.usd is None:
            first.append(f"no price is listed for {escaped(vlm.labeler.model_id)}")
        elif vlm.usd:
            a_minute = f", {vlm.usd_per_minute:.3f} a minute" if vlm.usd_per_minute else ""
            first.append(f"about <b>{vlm.usd:.2f} USD</b>{a_minute}")
        else:
            first.append("costs nothing")
        second += [
            f"{escaped(vlm.labeler.model_id)}, prompts {escaped(vlm.labeler.prompt_version)}",
            f"prices of {vlm.price_day.isoformat()}",
            escaped(vlm.basis),
        ]
        if vlm.elsewhere:
            second.append(f"{vlm.elsewhere:,} being labeled by another run")
        if vlm.unanswered:
            second.append(f"{vlm.unanswered:,} sent before and unanswered, {vlm.unanswered_usd:.2f} USD at most")
    return f'<div class="tt-plan">{" · ".join(first)}<small>{" · ".join(second)}</small></div>'


def _consent(opened: OpenedWorkspace, labeler: str) -> bool:
    """Whether there is consent to send what the settings would send; asks for it where there is none."""
    from labeling.vlm.sending_consent import give_consent, question, sending

    settings = opened.workspace.settings.labeling
    wanted = sending(settings, labeler)
    if wanted is None:
        page_head.dim("Nothing leaves the building: the server's address is on this machine or network.")
        return True
    with opened.database.read() as connection:
        known = sending_consents.given(connection, wanted.receiver, wanted.shown, with_sound=wanted.with_sound)
    asked = question(wanted, transcript=settings.transcript)
    if known is not None:
        on = f" on {known.created_at:%Y-%m-%d}" if known.created_at else ""
        page_head.dim(f"{asked} Allowed by {known.given_by}{on}.")
        return True
    st.html(
        f'<div class="tt-reason"><b>{escaped(asked)}</b><small>Nothing is sent before somebody has allowed it.</small></div>'
    )
    reviewer = current_reviewer(opened)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given_by = st.text_input("Your name", value=reviewer.name if reviewer else "", width=220, max_chars=60)
        if st.button("Allow and remember", disabled=not given_by.strip()):
            give_consent(opened.database, settings, labeler, given_by)
            st.rerun()
    return False


def _job(opened: OpenedWorkspace, job: Job) -> None:
    if job.state is not JobState.SUCCEEDED:
        show_job(opened, job)
    if not is_under_way(job):
        _outcome(job)


def _outcome(job: Job) -> None:
    """What an ended job did not finish, and what it cost."""
    result = job.result
    failed, left, stopped = len(result.get("failed", ())), result.get("left", 0), result.get("stopped", "")
    sentences = []
    if failed or stopped:
        done = len(result.get("labeled", result.get("labeled", ())))  # key of older jobs
        sentences.append(
            f"Job {job.id}: {done} labeled, {failed} without a usable answer, {left} left. {stopped}".strip()
        )
    labeler = str(job.arguments.get("labeler", ""))
    if labeler in ASKED_OF_A_SERVER and (sentences or job.state is not JobState.SUCCEEDED):
        paid = _kept_paid(str(opened_workspace().workspace.root), job.id, labeler, job.started_at or datetime.now(UTC))
        sentences.append(
            f"Paid since it began: {paid.input_tokens:,} tokens in, {paid.output_tokens:,} out, "
            f"{paid.thinking_tokens:,} thinking, {paid.cost_usd:.4f} USD, for {paid.answered:,} answers and "
            f"{paid.failed:,} failed requests."
        )
    for sentence in [*sentences, *remarks(result)]:
        page_head.dim(sentence)


@st.cache_data(max_entries=8, show_spinner=False)
def _kept_paid(root: str, job_id: int, labeler: str, since: datetime) -> CallTotals:  # noqa: ARG001  # the cache's key
    with opened_workspace().database.read() as connection:
        return model_calls.totals(connection, labeler=labeler, since=since)
