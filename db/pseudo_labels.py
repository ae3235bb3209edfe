"""Answers of labelers with their claims, and failures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.errors import InputError
from core.types.clips import Split
from core.types.cues import BodyRegion
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler, LabelerAnswer, LabelingFailure, PseudoLabel
from db import labeler_choices
from db.labels_today import counts_today, label_shown
from db.row_mapping import batches, inserted_id, one
from db.tables import (
    claims,
    clips,
    labeling_failures,
    now_utc,
    pseudo_labels,
)
from db.tables import labelers as labeler_table

_PSEUDO_LABEL = sa.select(
    pseudo_labels,
    label_shown(pseudo_labels.c.label).label("label_today"),
    label_shown(pseudo_labels.c.first_label).label("first_label_today"),
    labeler_table.c.name.label("labeler_name"),
    labeler_table.c.model_id,
    labeler_table.c.prompt_version,
    labeler_table.c.prompt_digest,
    labeler_table.c.simulated,
).join(labeler_table, labeler_table.c.id == pseudo_labels.c.labeler_id)


CLAIMS = sa.select(claims, label_shown(claims.c.speaks_for).label("speaks_for_today"))
"""Claims, for `claim_of`."""


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What identifies an answer of one labeler and prompt: see `db.answered_clips`."""

    clip_id: int
    settings_digest: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PseudoLabelSummary:
    """An answer without its reasoning. `contradicted_claims` are those of the `kept_claims` that key points contradict."""

    clip_id: int
    labeler_id: int
    labeler_name: str
    first_label: str
    first_confidence: float
    label: str
    confidence: float
    exclusion_reason: str
    leak: str
    kept_claims: int
    contradicted_claims: int


_KEPT_CLAIMS = (
    sa.select(sa.func.count()).where(claims.c.pseudo_label_id == pseudo_labels.c.id, claims.c.kept).scalar_subquery()
)
_SUMMARY = sa.select(
    pseudo_labels.c.clip_id,
    pseudo_labels.c.labeler_id,
    labeler_table.c.name.label("labeler_name"),
    label_shown(pseudo_labels.c.first_label).label("first_label"),
    pseudo_labels.c.first_confidence,
    label_shown(pseudo_labels.c.label).label("label"),
    pseudo_labels.c.confidence,
    pseudo_labels.c.exclusion_reason,
    pseudo_labels.c.leak,
    _KEPT_CLAIMS.label("kept_claims"),
    pseudo_labels.c.contradicted_claims,
).join(labeler_table, labeler_table.c.id == pseudo_labels.c.labeler_id)


def store(
    connection: sa.Connection, clip_id: int, labeler: Labeler, settings_digest: str, answer: LabelerAnswer
) -> PseudoLabel:
    """Stores an answer. Raises InputError for a clip of the test split, which no labeler may see."""
    split = connection.execute(sa.select(clips.c.split).where(clips.c.id == clip_id)).scalar_one_or_none()
    if split == Split.TEST.value:
        raise InputError(f"Clip {clip_id} is of the test split, which no labeler may see.")
    labeler_id = _labeler_id(connection, labeler)
    labeler_choices.name_first(connection, labeler_id)
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
                exclusion_reason=answer.exclusion_reason,
                review_reason=answer.review_reason,
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
    """Records that a labeler failed on a clip, and why."""
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
    """One answer with its claims. Raises NotFoundError."""
    query = _PSEUDO_LABEL.where(pseudo_labels.c.id == pseudo_label_id)
    return _pseudo_label(connection, one(connection, query, f"pseudo-label {pseudo_label_id}"))


def latest_of(
    connection: sa.Connection, clip_ids: Iterable[int], labeler_name: str | None = None
) -> dict[int, PseudoLabel]:
    """The newest answer of the labeler that counts, or of another one, by clip id; clips without it are left out.

    While no labeler is named, the newest answer of any. Of a name with several versions the one that counts is taken.
    """
    found: dict[int, PseudoLabel] = {}
    of = _of_labeler(connection, labeler_name)
    for part in batches(sorted(set(clip_ids))):
        newest = _newest_of(part, of)
        rows = connection.execute(_PSEUDO_LABEL.where(pseudo_labels.c.id.in_(newest))).mappings().all()
        of_answers = _claims_of(connection, [row["id"] for row in rows])
        found |= {row["clip_id"]: _from_row(row, of_answers.get(row["id"], ())) for row in rows}
    return found


def summaries_of(
    connection: sa.Connection,
    clip_ids: Iterable[int],
    labeler_name: str | None = None,
    until: datetime | None = None,
) -> dict[int, PseudoLabelSummary]:
    """Like `latest_of`, but without texts, which is fast for thousands of clips. With `until`, as it was at that moment."""
    found: dict[int, PseudoLabelSummary] = {}
    of = _of_labeler(connection, labeler_name, until)
    for part in batches(sorted(set(clip_ids))):
        newest = _newest_of(part, of)
        if until is not None:
            newest = newest.where(pseudo_labels.c.created_at <= until)
        for row in connection.execute(_SUMMARY.where(pseudo_labels.c.id.in_(newest))).mappings():
            found[row["clip_id"]] = PseudoLabelSummary(**row)
    return found


def _of_labeler(connection: sa.Connection, name: str | None, until: datetime | None = None) -> sa.ColumnElement[bool]:
    counting = labeler_choices.counting_id(connection, until)
    named = sa.select(labeler_table.c.id).where(labeler_table.c.name == name)
    if counting is not None and (
        name is None or connection.execute(named.where(labeler_table.c.id == counting)).first() is not None
    ):
        return pseudo_labels.c.labeler_id == counting
    return sa.true() if name is None else pseudo_labels.c.labeler_id.in_(named)


def _newest_of(clip_ids: Sequence[int], of: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    """The id of each clip's newest answer among those for which the condition holds and whose label still counts."""
    return (
        sa.select(sa.func.max(pseudo_labels.c.id))
        .where(pseudo_labels.c.clip_id.in_(clip_ids), of, counts_today(pseudo_labels.c.label))
        .group_by(pseudo_labels.c.clip_id)
    )


def of_clip(connection: sa.Connection, clip_id: int) -> list[PseudoLabel]:
    """All answers for a clip: first those of the labeler that counts, each labeler's newest first."""
    counts = sa.case((pseudo_labels.c.labeler_id == labeler_choices.counting_id(connection), 1), else_=0)
    query = _PSEUDO_LABEL.where(pseudo_labels.c.clip_id == clip_id)
    query = query.order_by(counts.desc(), pseudo_labels.c.id.desc())
    return [_pseudo_label(connection, row) for row in connection.execute(query).mappings()]


def answer_keys(connection: sa.Connection, labeler: Labeler, clip_id: int | None = None) -> list[AnswerKey]:
    """The keys of this labeler's answers with this prompt, on all clips or one; see `db.answered_clips`."""
    query = (
        sa.select(pseudo_labels.c.clip_id, pseudo_labels.c.settings_digest, pseudo_labels.c.created_at)
        .join(labeler_table)
        .where(_same_labeler(labeler))
    )
    if clip_id is not None:
        query = query.where(pseudo_labels.c.clip_id == clip_id)
    return [AnswerKey(row.clip_id, row.settings_digest, row.created_at) for row in connection.execute(query)]


def labelers(connection: sa.Connection) -> list[Labeler]:
    """All labelers that have answered or failed, oldest first."""
    rows = connection.execute(sa.select(labeler_table).order_by(labeler_table.c.id)).mappings()
    return [_labeler(row, row["name"], row["id"]) for row in rows]


def newest_id(connection: sa.Connection) -> int:
    """Id of the newest answer, 0 if there is none; a quick check for new answers."""
    return int(connection.execute(sa.select(sa.func.max(pseudo_labels.c.id))).scalar_one() or 0)


def counts_by_labeler(connection: sa.Connection) -> dict[int, int]:
    """Number of answers by labeler id."""
    query = sa.select(pseudo_labels.c.labeler_id, sa.func.count().label("n")).group_by(pseudo_labels.c.labeler_id)
    return {row.labeler_id: row.n for row in connection.execute(query)}


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
    return _from_row(row, _claims_of(connection, [row["id"]]).get(row["id"], ()))


def _claims_of(connection: sa.Connection, pseudo_label_ids: Sequence[int]) -> dict[int, list[Claim]]:
    query = CLAIMS.where(claims.c.pseudo_label_id.in_(pseudo_label_ids)).order_by(claims.c.position)
    found: dict[int, list[Claim]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["pseudo_label_id"], []).append(claim_of(row))
    return found


def _from_row(row: sa.RowMapping, its_claims: Sequence[Claim]) -> PseudoLabel:
    return PseudoLabel(
        id=row["id"],
        clip_id=row["clip_id"],
        labeler=_labeler(row, row["labeler_name"], row["labeler_id"]),
        settings_digest=row["settings_digest"],
        answer=LabelerAnswer(
            first_label=row["first_label_today"],
            first_confidence=row["first_confidence"],
            first_reasoning=row["first_reasoning"],
            label=row["label_today"],
            confidence=row["confidence"],
            reasoning=row["reasoning"],
            claims=tuple(its_claims),
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            cost_usd=row["cost_usd"],
            raw_answer=row["raw_answer"],
            thinking_tokens=row["thinking_tokens"],
            leak=row["leak"],
            exclusion_reason=row["exclusion_reason"],
            review_reason=row["review_reason"],
        ),
        created_at=row["created_at"],
    )


def claim_of(row: sa.RowMapping) -> Claim:
    """The claim of a row of `CLAIMS`."""
    return Claim(
        start_s=row["start_s"],
        end_s=row["end_s"],
        cue=row["cue"],
        region=BodyRegion(row["region"]),
        text=row["text"],
        speaks_for=row["speaks_for_today"],
        weight=row["weight"],
        kept=bool(row["kept"]),
        reflection=row["reflection"],
        check=ClaimCheck(row["check_result"]),
        check_note=row["check_note"],
        joints=tuple(row["joints"]),
        leak=row["leak"],
        id=row["id"],
    )
