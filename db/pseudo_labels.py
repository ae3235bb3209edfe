"""Answers of labelers with their claims, and the failures beside them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.errors import InputError
from core.records import (
    BodyRegion,
    Claim,
    ClaimCheck,
    ClaimVerdict,
    DecisionKind,
    Labeler,
    LabelerAnswer,
    LabelingFailure,
    LabelSource,
    PseudoLabel,
    ReviewMode,
    Split,
)
from db.rows import batches, inserted_id, one
from db.tables import (
    claim_verdicts,
    claims,
    clip_states,
    clips,
    decisions,
    gold_labels,
    labeling_failures,
    now_utc,
    pseudo_labels,
    standing_decisions,
)
from db.tables import labelers as labeler_table

_PSEUDO_LABEL = sa.select(
    pseudo_labels,
    labeler_table.c.name.label("labeler_name"),
    labeler_table.c.model_id,
    labeler_table.c.prompt_version,
    labeler_table.c.prompt_digest,
    labeler_table.c.simulated,
).join(labeler_table, labeler_table.c.id == pseudo_labels.c.labeler_id)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One answer beside what people and the import say of the same clip; None where they say nothing."""

    clip_id: int
    labeler_id: int
    first_label: str
    label: str
    confidence: float
    current_label: str | None
    current_source: str | None


@dataclass(frozen=True, slots=True)
class UnansweredClip:
    """What a plan needs to know of a clip that a labeler has not answered."""

    clip_id: int
    duration_s: float
    video_path: str | None
    transcript_characters: int


def store(
    connection: sa.Connection, clip_id: int, labeler: Labeler, settings_digest: str, answer: LabelerAnswer
) -> PseudoLabel:
    """Keeps an answer. InputError for a clip of the test split, which no labeler may see."""
    split = connection.execute(sa.select(clips.c.split).where(clips.c.id == clip_id)).scalar_one_or_none()
    if split == Split.TEST.value:
        raise InputError(f"Clip {clip_id} is of the test split, which no labeler may see.")
    labeler_id = _labeler_id(connection, labeler)
    pseudo_label_id = inserted_id(
        connection.execute(
            sa.insert(pseudo_labels).values(
                clip_id=clip_id,
                labeler_id=labeler_id,
                settings_digest=settings_digest,
                first_label=answer.first_label,
                first_confidence=answer.first_confidence,
                first_reasoning=answer.first_reasoning,
                label=answer.label,
                confidence=answer.confidence,
                reasoning=answer.reasoning,
                contradicted_claims=sum(c.kept and c.check is ClaimCheck.CONTRADICTED for c in answer.claims),
                input_tokens=answer.input_tokens,
                output_tokens=answer.output_tokens,
                cost_usd=answer.cost_usd,
                raw_answer=answer.raw_answer,
                thinking_tokens=answer.thinking_tokens,
                leak=answer.leak,
                held_back=answer.held_back,
                doubt=answer.doubt,
                created_at=now_utc(),
            )
        )
    )
    if answer.claims:
        connection.execute(
            sa.insert(claims),
            [_claim_values(pseudo_label_id, position, claim) for position, claim in enumerate(answer.claims)],
        )
    return get(connection, pseudo_label_id)


def fail(connection: sa.Connection, clip_id: int, labeler: Labeler, settings_digest: str, reason: str) -> None:
    """Records a failed answer with its reason; it never becomes a label."""
    connection.execute(
        sa.insert(labeling_failures).values(
            clip_id=clip_id,
            labeler_id=_labeler_id(connection, labeler),
            settings_digest=settings_digest,
            reason=reason,
            created_at=now_utc(),
        )
    )


def get(connection: sa.Connection, pseudo_label_id: int) -> PseudoLabel:
    """One answer with its claims; NotFoundError where there is none."""
    query = _PSEUDO_LABEL.where(pseudo_labels.c.id == pseudo_label_id)
    return _pseudo_label(connection, one(connection, query, f"pseudo-label {pseudo_label_id}"))


def latest(connection: sa.Connection, clip_id: int, labeler_name: str | None = None) -> PseudoLabel | None:
    """The newest answer for a clip, of any labeler or of one."""
    query = _PSEUDO_LABEL.where(pseudo_labels.c.clip_id == clip_id).order_by(pseudo_labels.c.id.desc()).limit(1)
    if labeler_name is not None:
        query = query.where(labeler_table.c.name == labeler_name)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _pseudo_label(connection, row)


def of_clip(connection: sa.Connection, clip_id: int) -> list[PseudoLabel]:
    """All answers for a clip, newest first."""
    query = _PSEUDO_LABEL.where(pseudo_labels.c.clip_id == clip_id).order_by(pseudo_labels.c.id.desc())
    return [_pseudo_label(connection, row) for row in connection.execute(query).mappings()]


def done_keys(connection: sa.Connection, labeler: Labeler, settings_digest: str) -> set[int]:
    """Clips that this labeler has answered with this prompt and these settings: what resume leaves out."""
    query = (
        sa.select(pseudo_labels.c.clip_id)
        .join(labeler_table)
        .where(_same_labeler(labeler), pseudo_labels.c.settings_digest == settings_digest)
    )
    return set(connection.execute(query).scalars())


def unanswered(connection: sa.Connection, labeler: Labeler, settings_digest: str) -> list[UnansweredClip]:
    """Clips outside the test split that this labeler has not answered with this prompt and these settings, in order."""
    answered = (
        sa.select(pseudo_labels.c.id)
        .join(labeler_table)
        .where(
            pseudo_labels.c.clip_id == clips.c.id,
            pseudo_labels.c.settings_digest == settings_digest,
            _same_labeler(labeler),
        )
    )
    query = (
        sa.select(
            clips.c.id,
            clips.c.duration_s,
            clips.c.video_path,
            sa.func.coalesce(sa.func.length(clips.c.transcript), 0).label("characters"),
        )
        .where(clips.c.split == Split.TRAIN.value, ~answered.exists())
        .order_by(clips.c.id)
    )
    return [UnansweredClip(row.id, row.duration_s, row.video_path, row.characters) for row in connection.execute(query)]


def labelers(connection: sa.Connection) -> list[Labeler]:
    """All labelers that have answered or failed, oldest first."""
    rows = connection.execute(sa.select(labeler_table).order_by(labeler_table.c.id)).mappings()
    return [_labeler(row, row["name"], row["id"]) for row in rows]


def counts_by_labeler(connection: sa.Connection) -> dict[str, int]:
    """Number of answers by labeler name."""
    query = (
        sa.select(labeler_table.c.name, sa.func.count().label("n"))
        .join(pseudo_labels, pseudo_labels.c.labeler_id == labeler_table.c.id)
        .group_by(labeler_table.c.name)
    )
    return {row.name: row.n for row in connection.execute(query)}


def agreement_rows(connection: sa.Connection) -> list[AgreementRow]:
    """Every answer beside the label that counts for its clip now."""
    query = (
        sa.select(
            pseudo_labels.c.clip_id,
            pseudo_labels.c.labeler_id,
            pseudo_labels.c.first_label,
            pseudo_labels.c.label,
            pseudo_labels.c.confidence,
            clip_states.c.label.label("current_label"),
            clip_states.c.source.label("current_source"),
        )
        .join(clip_states, clip_states.c.clip_id == pseudo_labels.c.clip_id)
        .order_by(pseudo_labels.c.id)
    )
    return [AgreementRow(**row) for row in connection.execute(query).mappings()]


def cue_check_counts(connection: sa.Connection) -> dict[tuple[int, str, ClaimCheck], int]:
    """Number of claims by labeler id, cue and check."""
    query = (
        sa.select(pseudo_labels.c.labeler_id, claims.c.cue, claims.c.check_result, sa.func.count().label("n"))
        .join(claims, claims.c.pseudo_label_id == pseudo_labels.c.id)
        .group_by(pseudo_labels.c.labeler_id, claims.c.cue, claims.c.check_result)
    )
    return {(row.labeler_id, row.cue, ClaimCheck(row.check_result)): row.n for row in connection.execute(query)}


def failures(connection: sa.Connection, limit: int = 200) -> list[LabelingFailure]:
    """The newest failures first."""
    query = (
        sa.select(labeling_failures, labeler_table)
        .join(labeler_table, labeler_table.c.id == labeling_failures.c.labeler_id)
        .order_by(labeling_failures.c.id.desc())
        .limit(limit)
    )
    return [
        LabelingFailure(row["clip_id"], _labeler(row, row["name"], row["labeler_id"]), row["reason"], row["created_at"])
        for row in connection.execute(query).mappings()
    ]


def _same_labeler(labeler: Labeler) -> sa.ColumnElement[bool]:
    return (
        (labeler_table.c.name == labeler.name)
        & (labeler_table.c.model_id == labeler.model_id)
        & (labeler_table.c.prompt_version == labeler.prompt_version)
        & (labeler_table.c.prompt_digest == labeler.prompt_digest)
    )


def _labeler_id(connection: sa.Connection, labeler: Labeler) -> int:
    found = connection.execute(sa.select(labeler_table.c.id).where(_same_labeler(labeler))).scalar_one_or_none()
    if found is not None:
        return int(found)
    return inserted_id(
        connection.execute(
            sa.insert(labeler_table).values(
                name=labeler.name,
                model_id=labeler.model_id,
                prompt_version=labeler.prompt_version,
                prompt_digest=labeler.prompt_digest,
                simulated=labeler.simulated,
            )
        )
    )


def _claim_values(pseudo_label_id: int, position: int, claim: Claim) -> dict[str, Any]:
    return {
        "pseudo_label_id": pseudo_label_id,
        "position": position,
        "start_s": claim.start_s,
        "end_s": claim.end_s,
        "cue": claim.cue,
        "region": claim.region.value,
        "text": claim.text,
        "speaks_for": claim.speaks_for,
        "weight": claim.weight,
        "kept": claim.kept,
        "reflection": claim.reflection,
        "check_result": claim.check.value,
        "check_note": claim.check_note,
        "joints": list(claim.joints),
        "leak": claim.leak,
    }


def _labeler(row: sa.RowMapping, name: str, labeler_id: int) -> Labeler:
    return Labeler(
        name=name,
        model_id=row["model_id"],
        prompt_version=row["prompt_version"],
        prompt_digest=row["prompt_digest"],
        simulated=bool(row["simulated"]),
        id=labeler_id,
    )


def _pseudo_label(connection: sa.Connection, row: sa.RowMapping) -> PseudoLabel:
    query = sa.select(claims).where(claims.c.pseudo_label_id == row["id"]).order_by(claims.c.position)
    kept = tuple(_claim(claim) for claim in connection.execute(query).mappings())
    return PseudoLabel(
        id=row["id"],
        clip_id=row["clip_id"],
        labeler=_labeler(row, row["labeler_name"], row["labeler_id"]),
        settings_digest=row["settings_digest"],
        answer=LabelerAnswer(
            first_label=row["first_label"],
            first_confidence=row["first_confidence"],
            first_reasoning=row["first_reasoning"],
            label=row["label"],
            confidence=row["confidence"],
            reasoning=row["reasoning"],
            claims=kept,
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            cost_usd=row["cost_usd"],
            raw_answer=row["raw_answer"],
            thinking_tokens=row["thinking_tokens"],
            leak=row["leak"],
            held_back=row["held_back"],
            doubt=row["doubt"],
        ),
        created_at=row["created_at"],
    )


def _claim(row: sa.RowMapping) -> Claim:
    return Claim(
        start_s=row["start_s"],
        end_s=row["end_s"],
        cue=row["cue"],
        region=BodyRegion(row["region"]),
        text=row["text"],
        speaks_for=row["speaks_for"],
        weight=row["weight"],
        kept=bool(row["kept"]),
        reflection=row["reflection"],
        check=ClaimCheck(row["check_result"]),
        check_note=row["check_note"],
        joints=tuple(row["joints"]),
        leak=row["leak"],
        id=row["id"],
    )


@dataclass(frozen=True, slots=True)
class LabelerTotals:
    """Sums over one labeler's answers. `clips`: how many it answered; a change of settings makes a second answer.

    `unchanged`: answers whose two passes agree. `gold_pairs`: those of clips with gold, in `gold_same` gold says the same.
    """

    answers: int
    clips: int
    unchanged: int
    held_back: int
    doubtful: int
    mean_confidence: float
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cost_usd: float
    gold_pairs: int
    gold_same: int


@dataclass(frozen=True, slots=True)
class BlindComparison:
    """A labeler's newest answer for a clip beside the label that people gave the clip blind."""

    labeler_id: int
    clip_id: int
    label: str
    confidence: float
    blind_label: str


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with the newest verdict of a person that stands."""

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
    """`clips` that both answered, in `same` of them with the same label; `shown` is as many as were asked for."""

    clips: int
    same: int
    shown: tuple[CommonClip, ...]


def totals_by_labeler(connection: sa.Connection) -> dict[int, LabelerTotals]:
    """By labeler id. Reads every answer."""
    query = (
        sa.select(
            pseudo_labels.c.labeler_id,
            sa.func.count().label("answers"),
            sa.func.count(pseudo_labels.c.clip_id.distinct()).label("clips"),
            _number(pseudo_labels.c.first_label == pseudo_labels.c.label).label("unchanged"),
            _number(pseudo_labels.c.held_back != "").label("held_back"),
            _number(pseudo_labels.c.doubt != "").label("doubtful"),
            sa.func.avg(pseudo_labels.c.confidence).label("mean_confidence"),
            sa.func.sum(pseudo_labels.c.input_tokens).label("input_tokens"),
            sa.func.sum(pseudo_labels.c.output_tokens).label("output_tokens"),
            sa.func.sum(pseudo_labels.c.thinking_tokens).label("thinking_tokens"),
            sa.func.sum(pseudo_labels.c.cost_usd).label("cost_usd"),
            _number(gold_labels.c.label.is_not(None)).label("gold_pairs"),
            _number(gold_labels.c.label == pseudo_labels.c.label).label("gold_same"),
        )
        .outerjoin(gold_labels, gold_labels.c.clip_id == pseudo_labels.c.clip_id)
        .group_by(pseudo_labels.c.labeler_id)
    )
    found = (dict(row) for row in connection.execute(query).mappings())
    return {values.pop("labeler_id"): LabelerTotals(**values) for values in found}


def against_people(connection: sa.Connection) -> dict[int, tuple[int, int]]:
    """By labeler id: (same label, answers) for the clips whose label that counts now is a person's."""
    query = (
        sa.select(
            pseudo_labels.c.labeler_id,
            _number(clip_states.c.label == pseudo_labels.c.label).label("same"),
            sa.func.count().label("answers"),
        )
        .select_from(clip_states)
        .join(pseudo_labels, pseudo_labels.c.clip_id == clip_states.c.clip_id)
        .where(clip_states.c.source.in_([LabelSource.HUMAN.value, LabelSource.ADJUDICATED.value]))
        .group_by(pseudo_labels.c.labeler_id)
    )
    return {row.labeler_id: (row.same, row.answers) for row in connection.execute(query)}


def confidence_counts(connection: sa.Connection, bins: int) -> dict[int, dict[str, list[int]]]:
    """By labeler id and label: answers in each of `bins` bins of confidence over 0..1. Reads every answer."""
    lower = [pseudo_labels.c.confidence >= number / bins if number else sa.true() for number in range(bins)]
    upper = [~bound for bound in lower[1:]] + [sa.true()]  # a confidence of 1 is of the last bin
    inside = [
        _number(above & below).label(f"bin_{number}")
        for number, (above, below) in enumerate(zip(lower, upper, strict=True))
    ]
    keys = (pseudo_labels.c.labeler_id, pseudo_labels.c.label)
    counts: dict[int, dict[str, list[int]]] = {}
    for labeler_id, label, *in_bins in connection.execute(sa.select(*keys, *inside).group_by(*keys)):
        counts.setdefault(labeler_id, {})[label] = in_bins
    return counts


def against_blind(connection: sa.Connection) -> list[BlindComparison]:
    """Each labeler's newest answer for the clips that people judged blind, in order of clip and labeler.

    Blind is what somebody said before the reveal, and in the audit slice, which is never revealed, any standing label. A
    clip counts once, with the label that most people gave it blind; where two labels are level it has none.
    """
    own_blind = decisions.alias("own_blind")
    has_blind = sa.exists().where(
        own_blind.c.clip_id == decisions.c.clip_id,
        own_blind.c.reviewer_id == decisions.c.reviewer_id,
        own_blind.c.kind == DecisionKind.BLIND.value,
    )
    before_reveal = sa.select(decisions.c.clip_id, decisions.c.label).where(
        decisions.c.kind == DecisionKind.BLIND.value
    )
    in_audit = (
        sa.select(decisions.c.clip_id, decisions.c.label)
        .join(standing_decisions, standing_decisions.c.id == decisions.c.id)
        .join(clips, clips.c.id == decisions.c.clip_id)
        .where(
            clips.c.audit == sa.true(),
            decisions.c.mode == ReviewMode.BLIND.value,
            decisions.c.label.is_not(None),
            ~has_blind,
        )
    )
    said: dict[int, Counter[str]] = {}
    for row in connection.execute(sa.union_all(before_reveal, in_audit)):
        said.setdefault(row.clip_id, Counter())[row.label] += 1
    blind = {clip_id: label for clip_id, counts in said.items() if (label := _most(counts)) is not None}
    found: dict[tuple[int, int], BlindComparison] = {}
    for part in batches(sorted(blind)):
        query = (
            sa.select(
                pseudo_labels.c.clip_id,
                pseudo_labels.c.labeler_id,
                pseudo_labels.c.label,
                pseudo_labels.c.confidence,
            )
            .where(pseudo_labels.c.clip_id.in_(part))
            .order_by(pseudo_labels.c.id)
        )
        for row in connection.execute(query):
            found[row.clip_id, row.labeler_id] = BlindComparison(
                row.labeler_id, row.clip_id, row.label, row.confidence, blind[row.clip_id]
            )
    return [found[key] for key in sorted(found)]


def judged_claims(connection: sa.Connection) -> list[JudgedClaim]:
    """Every claim on which a person's verdict stands, once, in order of claim; of several verdicts the newest counts."""
    query = (
        sa.select(claims, claim_verdicts.c.verdict, pseudo_labels.c.labeler_id, pseudo_labels.c.clip_id)
        .select_from(claim_verdicts)
        .join(standing_decisions, standing_decisions.c.id == claim_verdicts.c.decision_id)
        .join(claims, claims.c.id == claim_verdicts.c.claim_id)
        .join(pseudo_labels, pseudo_labels.c.id == claims.c.pseudo_label_id)
        .order_by(claim_verdicts.c.decision_id)
    )
    newest = {row["id"]: row for row in connection.execute(query).mappings()}
    return [
        JudgedClaim(row["labeler_id"], row["clip_id"], _claim(row), ClaimVerdict(row["verdict"]))
        for _, row in sorted(newest.items())
    ]


def common_clips(
    connection: sa.Connection, first_id: int, second_id: int, *, limit: int, judged_by: int | None = None
) -> CommonClips:
    """Clips that two labelers answered, shown by id with those first whose labels differ; the audit slice is never shown.

    Reads every answer of the two, or with `judged_by` those for the clips that this reviewer has judged.
    """
    first, second = _newest_of(first_id, judged_by), _newest_of(second_id, judged_by)
    same = first.c.label == second.c.label
    counted = sa.select(sa.func.count().label("clips"), sa.func.coalesce(_number(same), 0).label("same")).select_from(
        first.join(second, second.c.clip_id == first.c.clip_id)
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
        .where(clips.c.audit == sa.false())
        .order_by(sa.case((same, 1), else_=0), first.c.clip_id)
        .limit(limit)
    )
    row = connection.execute(counted).one()
    shown = tuple(CommonClip(**one_) for one_ in connection.execute(listed).mappings())
    return CommonClips(row.clips, row.same, shown)


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
    return sa.select(pseudo_labels.c.clip_id, pseudo_labels.c.label).where(pseudo_labels.c.id.in_(newest)).subquery()


def _most(counts: Counter[str]) -> str | None:
    """The label said most often; None where two are level."""
    ranked = counts.most_common(2)
    return None if len(ranked) == 2 and ranked[0][1] == ranked[1][1] else ranked[0][0]


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
