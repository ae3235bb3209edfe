"""Labelers side by side: number of answers, and agreement with people, with gold and between their two passes."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from app.opened_workspace import OpenedWorkspace
from app.queries.proportions import Share
from core.errors import InputError
from core.types.clips import Split
from core.types.pseudo_labels import ClaimCheck, Labeler
from db import clips, jobs, labeler_choices, labeler_statistics, model_calls, pseudo_labels, workspace_counts
from db.jobs import UNFINISHED
from db.labeler_statistics import AnswerAgreement, BlindComparison, LabelerTotals

if TYPE_CHECKING:
    from labeling.vlm.cost_plan import VlmPlan

BINS = 10
RULES = "cues"  # the labeler that states what was measured
OFFERED = {
    RULES: "Cue labeler (rules, no language model)",
    "gemini": "Gemini (sends clips to Google)",
    "openai": "A server of your own (vLLM, Ollama, LM Studio)",
    "simulated": "Simulated labeler (errs at known rates)",
}
ASKED_OF_A_SERVER = frozenset({"gemini", "openai"})
_KEY_VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
_FAILURES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """Statistics of the answers alone, by labeler id; see `db.labeler_statistics` and `db.pseudo_labels`."""

    labelers: tuple[Labeler, ...]
    totals: Mapping[int, LabelerTotals]
    histograms: Mapping[int, Mapping[str, Sequence[int]]]
    checks: Mapping[tuple[int, str, ClaimCheck], int]
    agreement: Mapping[int, AnswerAgreement]


@dataclass(frozen=True, slots=True)
class LabelerFacts:
    """A labeler with one version of its prompt or rules; `name` is short and unique.

    `counts`: its answers count as the clips' pseudo-labels. `with_blind`: agreement with blind human labels;
    `with_people`: with labels of people who were shown its answer, which may have influenced them; `with_gold`: with the
    labels that came with the import; `between_passes`: answers that reflection did not change. `cues`: cue to its claims
    by check. `histogram`: label to the number of pseudo-labels in each of BINS bins of confidence. `blind`: the
    comparisons behind `with_blind`.
    """

    name: str
    labeler: Labeler
    counts: bool
    totals: LabelerTotals
    with_blind: Share
    with_people: Share
    with_gold: Share
    between_passes: Share
    blind: tuple[BlindComparison, ...]
    cues: Mapping[str, Mapping[str, int]]
    histogram: Mapping[str, Sequence[int]]

    @property
    def supported_by_construction(self) -> bool:
        """Whether its claims are measured cues, so that holding them against the measured cues says nothing."""
        return self.labeler.name == RULES

    @property
    def claims(self) -> Mapping[str, int]:
        """Number of claims by check, over all cues."""
        return dict(sum((Counter(of_cue) for of_cue in self.cues.values()), Counter[str]()))


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """What a labeling job would do. `vlm`: tokens and dollars, where a model's server would be asked."""

    labeler: str
    clips: int
    already_labeled: int
    test_split_left_out: int
    vlm: "VlmPlan | None" = None

    def as_json(self) -> dict[str, Any]:
        """The plan for the command line."""
        facts: dict[str, Any] = {key: value for key, value in asdict(self).items() if key != "vlm"}
        if self.vlm is None:
            return {**facts, "usd": 0.0}
        priced = {
            "model": self.vlm.labeler.model_id,
            "prompt": self.vlm.labeler.prompt_version,
            "minutes": round(self.vlm.minutes, 2),
            "requests": self.vlm.requests,
            "input_tokens": self.vlm.input_tokens,
            "output_tokens": self.vlm.output_tokens,
            "thinking_tokens": self.vlm.thinking_tokens,
            "usd": None if self.vlm.usd is None else round(self.vlm.usd, 4),
            "usd_per_minute": None if self.vlm.usd_per_minute is None else round(self.vlm.usd_per_minute, 4),
            "prices_of": self.vlm.price_day.isoformat(),
            "basis": self.vlm.basis,
            "made_on_another_person": self.vlm.other_person,
            "being_labeled_by_another_run": self.vlm.elsewhere,
            "sent_unanswered": self.vlm.unanswered,
            "sent_unanswered_usd_at_most": round(self.vlm.unanswered_usd, 4),
        }
        return {**facts, **priced}


def answer_facts(opened: OpenedWorkspace) -> AnswerFacts:
    """Reads all answers and claims; pages cache it until an answer is added."""
    with opened.database.read() as connection:
        totals = labeler_statistics.totals_by_labeler(connection)
        return AnswerFacts(
            labelers=tuple(one for one in pseudo_labels.labelers(connection) if one.id in totals),
            totals=totals,
            histograms=labeler_statistics.confidence_counts(connection, BINS),
            checks=labeler_statistics.cue_check_counts(connection),
            agreement=labeler_statistics.answer_agreement(connection),
        )


def labeler_facts(opened: OpenedWorkspace, answers: AnswerFacts | None = None) -> tuple[LabelerFacts, ...]:
    """All labelers with answers, oldest first. `answers` are read where they are not given."""
    known = answers or answer_facts(opened)
    with opened.database.read() as connection:
        counting = labeler_choices.counting_id(connection)
        against_people = labeler_statistics.against_people(connection)
        against_blind = labeler_statistics.against_blind(connection)
    names = distinct_names(known.labelers)
    facts = []
    for labeler in known.labelers:
        labeler_id = labeler.id or 0
        blind = tuple(row for row in against_blind if row.labeler_id == labeler_id)
        facts.append(
            LabelerFacts(
                name=names[labeler_id],
                labeler=labeler,
                counts=labeler_id == counting,
                totals=known.totals[labeler_id],
                with_blind=Share.of((row.subject_id, row.label == row.blind_label) for row in blind),
                with_people=Share(against_people.get(labeler_id, ())),
                with_gold=Share(known.agreement[labeler_id].with_gold),
                between_passes=Share(known.agreement[labeler_id].unchanged),
                blind=blind,
                cues=_by_cue(labeler_id, known.checks),
                histogram=known.histograms[labeler_id],
            )
        )
    return tuple(facts)


def distinct_names(labelers: Sequence[Labeler]) -> dict[int | None, str]:
    """A unique name by labeler id: name and prompt version; then the model and the prompt's digest where needed."""
    forms: tuple[Callable[[Labeler], str], ...] = (
        lambda one: f"{one.name} {one.prompt_version}",
        lambda one: f"{one.name} {one.prompt_version}, {one.model_id}",
        lambda one: f"{one.name} {one.prompt_version}, {one.model_id}, {one.prompt_digest[:8]}",
    )
    written = [Counter(form(one) for one in labelers) for form in forms]
    return {
        one.id: next(
            (form(one) for form, seen in zip(forms, written, strict=True) if seen[form(one)] == 1), forms[-1](one)
        )
        for one in labelers
    }


def answers_key(opened: OpenedWorkspace) -> tuple[object, ...]:
    """A cache key that differs when `answer_facts` or the labeler that counts would, and after every job."""
    with opened.database.read() as connection:
        number = clips.counts(connection).clips
        newest = pseudo_labels.newest_id(connection)
        counting = labeler_choices.counting_id(connection)
        ended = tuple(job.id for job in jobs.all(connection, limit=20) if job.state not in UNFINISHED)
    return (str(opened.workspace.root), number, newest, counting, ended)


def decisions_key(opened: OpenedWorkspace) -> tuple[object, ...]:
    """A cache key that differs after every decision."""
    with opened.database.read() as connection:
        return tuple(sorted(clips.counts(connection).decisions.items()))


def plan_labels(opened: OpenedWorkspace, labeler: str, limit: int | None, *, other_person: bool = False) -> LabelPlan:
    """The clips that the labeler has left, and the cost. Raises InputError for an unknown labeler.

    With `other_person`, also the clips that it answered when another person was their interviewee.
    """
    if labeler not in OFFERED:
        raise InputError(f"{labeler!r} is no labeler of this version; there are {', '.join(OFFERED)}.")
    with opened.database.read() as connection:
        left_out = clips.counts(connection).by_split.get(Split.TEST, 0)
        training = workspace_counts.training_clips(connection, simulated_alone=labeler == "simulated")
        done = workspace_counts.clips_answered_by(connection, labeler)
    if labeler in ASKED_OF_A_SERVER:
        from labeling.vlm.cost_plan import plan_run  # imports OpenCV and PyAV, which other plans do not need

        planned = plan_run(opened.workspace, opened.database, labeler, limit, other_person=other_person)
        return LabelPlan(labeler, planned.clips, planned.already_labeled, left_out, planned)
    left = max(0, training - done)
    return LabelPlan(labeler, left if limit is None else min(left, limit), done, left_out)


def key_missing(labeler: str) -> str:
    """A sentence that says which key the labeler lacks; "" where it lacks none."""
    if labeler == "gemini" and not any(os.environ.get(name) for name in _KEY_VARIABLES):
        return f"Gemini needs an API key: start Telltale with {_KEY_VARIABLES[0]} in the environment. The key is never stored."
    return ""


def labeling_failures(opened: OpenedWorkspace) -> list[dict[str, str]]:
    """The newest failed answers with their reasons."""
    with opened.database.read() as connection:
        found = pseudo_labels.failures(connection, _FAILURES_SHOWN)
        names = {clip.id: clip.name for clip in clips.many(connection, {failure.clip_id for failure in found})}
    return [
        {
            "clip": names[failure.clip_id],
            "labeler": failure.labeler.name,
            "reason": failure.reason,
            "when": f"{failure.created_at:%Y-%m-%d %H:%M}",
        }
        for failure in found
    ]


def failed_calls(opened: OpenedWorkspace) -> list[dict[str, str | float | int]]:
    """The newest requests without a usable answer, with their cost."""
    with opened.database.read() as connection:
        found = model_calls.failures(connection, _FAILURES_SHOWN)
        names = {clip.id: clip.name for clip in clips.many(connection, {call.clip_id for call in found})}
    return [
        {
            "clip": names[call.clip_id],
            "model": call.model_id,
            "step": call.step,
            "reason": call.failure,
            "seconds": round(call.seconds, 1),
            "tokens": call.input_tokens + call.output_tokens + call.thinking_tokens,
            "USD": call.cost_usd,
            "when": f"{call.created_at:%Y-%m-%d %H:%M}" if call.created_at else "",
        }
        for call in found
    ]


def _by_cue(labeler_id: int, checks: Mapping[tuple[int, str, ClaimCheck], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (owner, cue, check), number in checks.items():
        if owner == labeler_id:
            found.setdefault(cue, {})[check.value] = number
    return found
