"""Summary counts of the workspace for the pages, each by one fast query."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.types.agreement import AgreementCounts
from core.types.clips import Split
from core.types.features import FeatureKind
from core.types.runs import RunState
from db import judgments
from db.tables import (
    clips,
    curated_rows,
    curated_sets,
    decisions,
    features,
    gold_labels,
    labelers,
    pseudo_labels,
    runs,
    standing_decisions,
)


@dataclass(frozen=True, slots=True)
class NewestSet:
    """The newest curated set."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class HumanAgreement:
    """Agreement of reviewers' standing judgments with the clip's newest pseudo-label and with gold labels.

    `reliability_sample`: on its clips, of blind labels alone. `before_reveal`, `after_reveal`: on the other clips, of
    blind labels and of final ones. An adjudication is none of these: it chooses among answers that are known.
    """

    reliability_sample: AgreementCounts
    before_reveal: AgreementCounts
    after_reveal: AgreementCounts
    with_gold: AgreementCounts


def any_simulated(connection: sa.Connection) -> bool:
    """Whether any clip is simulated, which the pages must state."""
    return bool(connection.execute(sa.select(sa.exists().where(clips.c.simulated))).scalar_one())


def clips_with_feature(connection: sa.Connection, kind: FeatureKind) -> int:
    """Number of clips with a kind of feature."""
    query = sa.select(sa.func.count()).select_from(features).where(features.c.kind == kind.value)
    return int(connection.execute(query).scalar_one())


def clips_to_find_a_person_in(connection: sa.Connection, *, by_keypoints: bool) -> int:
    """Number of clips without a person's box that have what one is found in: key points, else a video."""
    of_clip = (features.c.clip_id == clips.c.id).self_group()
    has_box = sa.exists().where(of_clip, features.c.kind == FeatureKind.PERSON.value)
    has_points = sa.exists().where(of_clip, features.c.kind == FeatureKind.KEYPOINTS.value)
    source = has_points if by_keypoints else clips.c.video_path.is_not(None)
    query = sa.select(sa.func.count()).select_from(clips).where(~has_box, source)
    return int(connection.execute(query).scalar_one())


def pseudo_labeled_clips(connection: sa.Connection) -> int:
    """Number of clips with a pseudo-label."""
    return int(connection.execute(sa.select(sa.func.count(pseudo_labels.c.clip_id.distinct()))).scalar_one())


def training_clips(connection: sa.Connection, *, simulated_alone: bool) -> int:
    """Number of clips outside the test split, all or only the simulated ones."""
    query = sa.select(sa.func.count()).select_from(clips).where(clips.c.split == Split.TRAIN.value)
    return int(connection.execute(query.where(clips.c.simulated) if simulated_alone else query).scalar_one())


def clips_answered_by(connection: sa.Connection, labeler_name: str) -> int:
    """Number of clips with a pseudo-label by this labeler."""
    query = (
        sa.select(sa.func.count(pseudo_labels.c.clip_id.distinct()))
        .join(labelers, labelers.c.id == pseudo_labels.c.labeler_id)
        .where(labelers.c.name == labeler_name)
    )
    return int(connection.execute(query).scalar_one())


def newest_set(connection: sa.Connection) -> NewestSet | None:
    """Name and size of the newest curated set, if any."""
    row = connection.execute(sa.select(curated_sets).order_by(curated_sets.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    size = sa.select(sa.func.count()).select_from(curated_rows).where(curated_rows.c.curated_set_id == row.id)
    return NewestSet(row.name, int(connection.execute(size).scalar_one()))


def runs_by_state(connection: sa.Connection) -> dict[RunState, int]:
    """Runs by state."""
    query = sa.select(runs.c.state, sa.func.count().label("n")).group_by(runs.c.state)
    return {RunState(row.state): row.n for row in connection.execute(query)}


def clips_judged_since(connection: sa.Connection, moment: datetime) -> int:
    """Number of clips with a standing judgment made after `moment`."""
    query = (
        sa.select(sa.func.count(decisions.c.clip_id.distinct()))
        .join(standing_decisions, standing_decisions.c.id == decisions.c.id)
        .where(decisions.c.created_at > moment)
    )
    return int(connection.execute(query).scalar_one())


def human_agreement(connection: sa.Connection) -> HumanAgreement:
    """Agreement of reviewers with the newest pseudo-label of each clip and with gold labels.

    Without bulk accepts and adjudications.
    """
    newest = (
        sa.select(pseudo_labels.c.clip_id, sa.func.max(pseudo_labels.c.id).label("id"))
        .group_by(pseudo_labels.c.clip_id)
        .subquery()
    )
    blind = judgments.blind_rows()
    pairs = {
        "reliability_sample": (clips.c.reliability_sample, blind.c.label, pseudo_labels.c.label),
        "before_reveal": (~clips.c.reliability_sample, blind.c.label, pseudo_labels.c.label),
        "after_reveal": (~clips.c.reliability_sample, decisions.c.label, pseudo_labels.c.label),
        "with_gold": (sa.true(), decisions.c.label, gold_labels.c.label),
    }
    columns = [
        column
        for name, (where, one, other) in pairs.items()
        for column in (
            _number(where, one.is_not(None), other.is_not(None)).label(f"{name}_pairs"),
            _number(where, one == other).label(f"{name}_same"),
        )
    ]
    query = (
        sa.select(*columns)
        .select_from(decisions)
        .join(clips, clips.c.id == decisions.c.clip_id)
        .outerjoin(blind, judgments.of_same_reviewer(blind))
        .outerjoin(newest, newest.c.clip_id == decisions.c.clip_id)
        .outerjoin(pseudo_labels, pseudo_labels.c.id == newest.c.id)
        .outerjoin(gold_labels, gold_labels.c.clip_id == decisions.c.clip_id)
        .where(decisions.c.id.in_(judgments.newest_own_ids()), decisions.c.label.is_not(None))
        .group_by(clips.c.subject_id)
    )
    rows = connection.execute(query).mappings().all()
    return HumanAgreement(
        **{
            name: tuple((row[f"{name}_same"], row[f"{name}_pairs"]) for row in rows if row[f"{name}_pairs"])
            for name in pairs
        }
    )


def _number(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)
