"""Statistics of labelers for the Pseudo-labels page: totals, agreement with people, claim checks, comparison of two."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.types.agreement import AgreementCounts
from core.types.clips import LabelSource
from core.types.decisions import ClaimVerdict, DecisionKind
from core.types.pseudo_labels import Claim, ClaimCheck
from db import judgments
from db.labels_today import counts_today, label_shown, label_today
from db.pseudo_labels import CLAIMS, claim_of
from db.row_mapping import batches, count_where
from db.tables import (
    claim_verdicts,
    claims,
    clip_states,
    clips,
    decisions,
    gold_labels,
    pseudo_labels,
    standing_decisions,
)


@dataclass(frozen=True, slots=True)
class LabelerTotals:
    """Totals over one labeler's newest answers for each clip; tokens and cost are those of superseded ones too."""

    clips: int
    excluded: int
    needs_review: int
    mean_confidence: float
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class AnswerAgreement:
    """One labeler's answers by subject: those that its second pass left unchanged, and those equal to a gold label."""

    unchanged: AgreementCounts
    with_gold: AgreementCounts


@dataclass(frozen=True, slots=True)
class BlindComparison:
    """A labeler's newest answer for a clip, and the label that reviewers gave it blind."""

    labeler_id: int
    clip_id: int
    subject_id: int
    label: str
    confidence: float
    blind_label: str


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim and the newest standing verdict of a reviewer on it."""

    labeler_id: int
    clip_id: int
    claim: Claim
    verdict: ClaimVerdict


@dataclass(frozen=True, slots=True)
class CommonClip:
    """A clip that two labelers answered, with the newest label of each."""

    clip_id: int
    name: str
    first_label: str
    second_label: str


@dataclass(frozen=True, slots=True)
class CommonClips:
    """`agreement`: on all clips that both answered; `shown`: a list of them, limited to the requested length."""

    agreement: AgreementCounts
    shown: tuple[CommonClip, ...]


def totals_by_labeler(connection: sa.Connection) -> dict[int, LabelerTotals]:
    """Totals by labeler id. Reads every answer."""
    newest = _newest_ids().subquery()
    counts = newest.c.id.is_not(None)
    query = (
        sa.select(
            pseudo_labels.c.labeler_id,
            count_where(counts).label("clips"),
            count_where(counts, pseudo_labels.c.exclusion_reason != "").label("excluded"),
            count_where(counts, pseudo_labels.c.review_reason != "").label("needs_review"),
            sa.func.avg(sa.case((counts, pseudo_labels.c.confidence))).label("mean_confidence"),
            sa.func.sum(pseudo_labels.c.input_tokens).label("input_tokens"),
            sa.func.sum(pseudo_labels.c.output_tokens).label("output_tokens"),
            sa.func.sum(pseudo_labels.c.thinking_tokens).label("thinking_tokens"),
            sa.func.sum(pseudo_labels.c.cost_usd).label("cost_usd"),
        )
        .outerjoin(newest, newest.c.id == pseudo_labels.c.id)
        .group_by(pseudo_labels.c.labeler_id)
    )
    found = (dict(row) for row in connection.execute(query).mappings())
    return {values.pop("labeler_id"): LabelerTotals(**values) for values in found}


def _newest_ids() -> sa.Select[Any]:
    """Ids of each labeler's newest answer for each clip. One under older settings is superseded."""
    newest = sa.func.max(pseudo_labels.c.id).label("id")
    return sa.select(newest).group_by(pseudo_labels.c.labeler_id, pseudo_labels.c.clip_id)


def answer_agreement(connection: sa.Connection) -> dict[int, AnswerAgreement]:
    """Agreement of the two passes of each labeler's newest answers, and of these with gold, by labeler id."""
    query = (
        sa.select(
            pseudo_labels.c.labeler_id,
            sa.func.count().label("answers"),
            count_where(label_shown(pseudo_labels.c.first_label) == label_shown(pseudo_labels.c.label)).label(
                "unchanged"
            ),
            count_where(label_today(gold_labels.c.label).is_not(None), counts_today(pseudo_labels.c.label)).label(
                "gold_pairs"
            ),
            count_where(label_today(gold_labels.c.label) == label_today(pseudo_labels.c.label)).label("gold_same"),
        )
        .join(clips, clips.c.id == pseudo_labels.c.clip_id)
        .outerjoin(gold_labels, gold_labels.c.clip_id == pseudo_labels.c.clip_id)
        .where(pseudo_labels.c.id.in_(_newest_ids()))
        .group_by(pseudo_labels.c.labeler_id, clips.c.subject_id)
    )
    rows: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        rows.setdefault(row.labeler_id, []).append(row)
    return {
        labeler_id: AnswerAgreement(
            unchanged=tuple((row.unchanged, row.answers) for row in found),
            with_gold=tuple((row.gold_same, row.gold_pairs) for row in found if row.gold_pairs),
        )
        for labeler_id, found in rows.items()
    }


def cue_check_counts(connection: sa.Connection) -> dict[tuple[int, str, ClaimCheck], int]:
    """Number of claims of each labeler's newest answers, by labeler id, cue and check."""
    query = (
        sa.select(pseudo_labels.c.labeler_id, claims.c.cue, claims.c.check_result, sa.func.count().label("n"))
        .join(claims, claims.c.pseudo_label_id == pseudo_labels.c.id)
        .where(pseudo_labels.c.id.in_(_newest_ids()))
        .group_by(pseudo_labels.c.labeler_id, claims.c.cue, claims.c.check_result)
    )
    return {(row.labeler_id, row.cue, ClaimCheck(row.check_result)): row.n for row in connection.execute(query)}


def against_people(connection: sa.Connection) -> dict[int, AgreementCounts]:
    """Agreement by labeler id, on the clips whose label that counts is a reviewer's who was shown the labeler's answer.

    That answer is compared; bulk accepts, for which nobody looked, are left out.
    """
    query = (
        sa.select(
            pseudo_labels.c.labeler_id,
            count_where(clip_states.c.label == label_today(pseudo_labels.c.label)).label("same"),
            sa.func.count().label("answers"),
        )
        .select_from(clip_states)
        .join(decisions, decisions.c.id == clip_states.c.decision_id)
        .join(pseudo_labels, pseudo_labels.c.id == decisions.c.pseudo_label_id)
        .join(clips, clips.c.id == clip_states.c.clip_id)
        .where(
            clip_states.c.source == LabelSource.HUMAN.value,
            decisions.c.kind != DecisionKind.BULK_ACCEPT.value,
            counts_today(pseudo_labels.c.label),
        )
        .group_by(pseudo_labels.c.labeler_id, clips.c.subject_id)
    )
    found: dict[int, AgreementCounts] = {}
    for row in connection.execute(query):
        found[row.labeler_id] = (*found.get(row.labeler_id, ()), (row.same, row.answers))
    return found


def confidence_counts(connection: sa.Connection, bins: int) -> dict[int, dict[str, list[int]]]:
    """By labeler id and label: the newest answers in each of `bins` bins of confidence over 0..1."""
    lower = [pseudo_labels.c.confidence >= number / bins if number else sa.true() for number in range(bins)]
    upper = [~bound for bound in lower[1:]] + [sa.true()]  # a confidence of 1 falls into the last bin
    inside = [
        count_where(above & below).label(f"bin_{number}")
        for number, (above, below) in enumerate(zip(lower, upper, strict=True))
    ]
    keys = (pseudo_labels.c.labeler_id, label_shown(pseudo_labels.c.label))
    counts: dict[int, dict[str, list[int]]] = {}
    query = sa.select(*keys, *inside).where(pseudo_labels.c.id.in_(_newest_ids())).group_by(*keys)
    for labeler_id, label, *in_bins in connection.execute(query):
        counts.setdefault(labeler_id, {})[label] = in_bins
    return counts


def against_blind(connection: sa.Connection, until: datetime | None = None) -> list[BlindComparison]:
    """Each labeler's newest answer for the clips that reviewers judged blind, in order of clip and labeler.

    A blind label is one whose reviewer had seen no other answer; an adjudication is none. Each clip has its majority
    blind label; a tie leaves it out. With `until`, as it was at that moment.
    """
    said: dict[int, Counter[str]] = {}
    for row in connection.execute(sa.select(judgments.blind_rows(until))):
        said.setdefault(row.clip_id, Counter())[row.label] += 1
    blind = {clip_id: label for clip_id, counts in said.items() if (label := _most(counts)) is not None}
    found: dict[tuple[int, int], BlindComparison] = {}
    for part in batches(sorted(blind)):
        query = (
            sa.select(
                pseudo_labels.c.clip_id,
                pseudo_labels.c.labeler_id,
                label_today(pseudo_labels.c.label).label("label"),
                pseudo_labels.c.confidence,
                clips.c.subject_id,
            )
            .join(clips, clips.c.id == pseudo_labels.c.clip_id)
            .where(pseudo_labels.c.clip_id.in_(part), _made(until), counts_today(pseudo_labels.c.label))
            .order_by(pseudo_labels.c.id)
        )
        for row in connection.execute(query):
            found[row.clip_id, row.labeler_id] = BlindComparison(
                row.labeler_id, row.clip_id, row.subject_id, row.label, row.confidence, blind[row.clip_id]
            )
    return [found[key] for key in sorted(found)]


def _made(until: datetime | None) -> sa.ColumnElement[bool]:
    return sa.true() if until is None else pseudo_labels.c.created_at <= until


def judged_claims(connection: sa.Connection) -> list[JudgedClaim]:
    """Every claim with a standing verdict of a reviewer, in order of claim; of several verdicts the newest counts."""
    query = (
        CLAIMS.add_columns(claim_verdicts.c.verdict, pseudo_labels.c.labeler_id, pseudo_labels.c.clip_id)
        .select_from(claim_verdicts)
        .join(standing_decisions, standing_decisions.c.id == claim_verdicts.c.decision_id)
        .join(claims, claims.c.id == claim_verdicts.c.claim_id)
        .join(pseudo_labels, pseudo_labels.c.id == claims.c.pseudo_label_id)
        .order_by(claim_verdicts.c.decision_id)
    )
    newest = {row["id"]: row for row in connection.execute(query).mappings()}
    return [
        JudgedClaim(row["labeler_id"], row["clip_id"], claim_of(row), ClaimVerdict(row["verdict"]))
        for _, row in sorted(newest.items())
    ]


def common_clips(
    connection: sa.Connection, first_id: int, second_id: int, *, limit: int, judged_by: int | None = None
) -> CommonClips:
    """Clips that two labelers answered. Those with different labels are shown first; the reliability sample is never shown.

    Reads all answers of the two, or with `judged_by` only those on clips that this reviewer has judged.
    """
    first, second = _newest_of(first_id, judged_by), _newest_of(second_id, judged_by)
    same = first.c.label == second.c.label
    counted = (
        sa.select(count_where(same).label("same"), sa.func.count().label("clips"))
        .select_from(first.join(second, second.c.clip_id == first.c.clip_id))
        .join(clips, clips.c.id == first.c.clip_id)
        .group_by(clips.c.subject_id)
    )
    listed = (
        sa.select(
            first.c.clip_id,
            clips.c.name,
            first.c.label.label("first_label"),
            second.c.label.label("second_label"),
        )
        .select_from(first)
        .join(second, second.c.clip_id == first.c.clip_id)
        .join(clips, clips.c.id == first.c.clip_id)
        .where(clips.c.reliability_sample == sa.false())
        .order_by(sa.case((same, 1), else_=0), first.c.clip_id)
        .limit(limit)
    )
    agreement = tuple((row.same, row.clips) for row in connection.execute(counted))
    shown = tuple(CommonClip(**one_) for one_ in connection.execute(listed).mappings())
    return CommonClips(agreement, shown)


def _newest_of(labeler_id: int, judged_by: int | None) -> sa.Subquery:
    """(clip_id, label) of a labeler's newest answer for each clip, or for each that a reviewer has judged."""
    newest = (
        sa.select(sa.func.max(pseudo_labels.c.id))
        .where(pseudo_labels.c.labeler_id == labeler_id)
        .group_by(pseudo_labels.c.clip_id)
    )
    if judged_by is not None:
        judged = sa.select(decisions.c.clip_id).where(decisions.c.reviewer_id == judged_by)
        newest = newest.where(pseudo_labels.c.clip_id.in_(judged))
    return (
        sa.select(pseudo_labels.c.clip_id, label_shown(pseudo_labels.c.label).label("label"))
        .where(pseudo_labels.c.id.in_(newest))
        .subquery()
    )


def _most(counts: Counter[str]) -> str | None:
    """The most frequent label; None for a tie."""
    ranked = counts.most_common(2)
    return None if len(ranked) == 2 and ranked[0][1] == ranked[1][1] else ranked[0][0]
