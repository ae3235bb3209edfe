"""Labelers side by side, and the button that lets one of them label."""

from collections.abc import Sequence

import streamlit as st

from app.charts import CONFIG, claim_checks, confidence_histogram
from app.facts.labelers import (
    BINS,
    OFFERED,
    LabelerFacts,
    change_key,
    labeler_facts,
    labeling_failures,
    plan_labels,
)
from app.facts.loop import loop_counts
from app.jobs import start_job
from app.screen import page
from app.screen.job_panel import POLL_S, is_under_way, newest_job, show_job
from app.services import Services, services
from core.errors import TelltaleError


def show() -> None:
    opened = services()
    counts = loop_counts(opened)
    found = _kept_facts(change_key(opened))
    page.head("Pseudo-labels", "What labelers propose, and how far to trust it", simulated=counts.simulated)
    if not counts.clips:
        page.empty(
            "No clip yet",
            "Pseudo-labels need clips with key points.",
            f"telltale import DIR --openpose DIR --workspace {opened.workspace.root}",
        )
        return
    _labelling(opened)
    if not found:
        page.empty(
            "No pseudo-label yet",
            "Choose a labeler above, or label from a terminal.",
            f"telltale label --labeler cues --workspace {opened.workspace.root}",
        )
        return
    st.subheader("Side by side", anchor=False)
    _table(found)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Claims against the key points", anchor=False)
        st.plotly_chart(claim_checks({one.name: one.claims for one in found}), theme=None, config=CONFIG, key="checks")
        page.dim(
            "Contradicted: the key points do not show the gesture in that span. Unchecked: it speaks of voice or words."
        )
    with right:
        st.subheader("Confidence", anchor=False)
        names = [one.name for one in found]
        chosen = (
            st.segmented_control("Labeler", names, default=names[0], label_visibility="collapsed", required=True)
            if len(names) > 1
            else names[0]
        )
        one = found[names.index(chosen)]
        edges = [index / BINS for index in range(BINS + 1)]
        st.plotly_chart(
            confidence_histogram(one.histogram, edges, opened.workspace.settings.taxonomy),
            theme=None,
            config=CONFIG,
            key="histogram",
        )
    _failures(opened)


@st.cache_data(max_entries=4, show_spinner=False)
def _kept_facts(changed: tuple[object, ...]) -> tuple[LabelerFacts, ...]:  # noqa: ARG001  # the cache's key
    return labeler_facts(services())


def _labelling(opened: Services) -> None:
    simulated = loop_counts(opened).simulated
    offered = [name for name in OFFERED if simulated or name != "simulated"]
    with st.container(border=True):
        choice, limit_box, plan_box, button = st.columns([4, 2, 4, 2], vertical_alignment="bottom")
        name = choice.selectbox("Labeler", offered, format_func=OFFERED.__getitem__)
        limit = limit_box.number_input("At most", min_value=1, value=None, placeholder="all clips", step=1)
        plan = plan_labels(opened, name, limit)
        cost = "costs nothing" if not plan.cost_usd else f"about {plan.cost_usd:.2f} USD"
        plan_box.markdown(
            f"**{plan.clips}** clips to label, {plan.already_labelled} done, "
            f"{plan.test_split_left_out} of the test split left out; {cost}."
        )
        under_way = is_under_way(newest_job(opened, "label"))
        if button.button("Label clips", type="primary", disabled=under_way or not plan.clips, width="stretch"):
            try:
                start_job(
                    opened.workspace, opened.database, "label", {"labeler": name, **({"limit": limit} if limit else {})}
                )
            except TelltaleError as error:
                st.error(str(error))
            else:
                st.rerun()
        _job(opened, under_way)


def _job(opened: Services, under_way: bool) -> None:
    @st.fragment(run_every=POLL_S if under_way else None)
    def panel() -> None:
        job = newest_job(opened, "label")
        if job is None:
            return
        if under_way and not is_under_way(job):
            st.rerun()  # the whole page: its numbers have changed
        if is_under_way(job) or job.state != "succeeded":
            show_job(opened, job)

    panel()


def _table(found: Sequence[LabelerFacts]) -> None:
    header = ["labeler", "model", "labelled", "agrees with people", "with gold", "first = reflected", "mean confidence"]
    rows = [
        [
            one.name,
            one.labeler.model_id + (" (simulated)" if one.labeler.simulated else ""),
            one.labelled,
            one.with_people.sentence(),
            one.with_gold.sentence(),
            one.between_passes.sentence(),
            "—" if one.mean_confidence is None else f"{one.mean_confidence:.2f}",
        ]
        for one in found
    ]
    page.table(header, rows)


def _failures(opened: Services) -> None:
    failures = labeling_failures(opened)
    if not failures:
        return
    import pandas as pd

    st.subheader("Failed answers", anchor=False)
    st.dataframe(pd.DataFrame(failures), hide_index=True)


show()
