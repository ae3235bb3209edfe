"""Summary counts of the workspace for the pages, each by one fast query."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.types.agreement import AgreementCounts
from core.types.clips import Split
from core.types.features import FeatureKind
from core.types.runs import RunState
from db import judgments
from db.labels_today import counts_today, label_today
from db.row_mapping import count_where
from db.tables import (
    bulk_rows,
    clip_states,
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
    """Agreement of reviewers' standing judgments with pseudo-labels and with gold labels.

    `reliability_sample`: blind labels on its clips, with the pseudo-label that counts. `before_reveal`, `after_reveal`:
    blind and final labels on the other clips, by the id of the labeler whose answer the reviewer was shown, with that
    answer. An adjudication is none of these: it chooses among answers that are known.
    """

    reliability_sample: AgreementCounts
    before_reveal: Mapping[int, AgreementCounts]
    after_reveal: Mapping[int, AgreementCounts]
    with_gold: AgreementCounts


def any_simulated(connection: sa.Connection) -> bool:
    """Whether any clip is simulated, which the pages must state."""
    return bool(connection.execute(sa.select(sa.exists().where(clips.c.simulated))).scalar_one())


def clips_with_feature(connection: sa.Connection, kind: FeatureKind) -> int:
    """Number of clips with a kind of feature."""
    query = sa.select(sa.func.count()).select_from(features).where(features.c.kind == kind.value)
    return int(connection.execute(query).scalar_one())


def clips_to_find_a_person_in(connection: sa.Connection, found_in: Collection[str]) -> int:
    """Number of clips without a person's box that have one of what it is `found_in`: "video", "key points"."""
    of_clip = (features.c.clip_id == clips.c.id).self_group()
    has_box = sa.exists().where(of_clip, features.c.kind == FeatureKind.PERSON.value)
    has_points = sa.exists().where(of_clip, features.c.kind == FeatureKind.KEYPOINTS.value)
    sources = {"video": clips.c.video_path.is_not(None), "key points": has_points}
    has_source = sa.or_(*(sources[name] for name in found_in))
    query = sa.select(sa.func.count()).select_from(clips).where(~has_box, has_source)
    return int(connection.execute(query).scalar_one())


def pseudo_labeled_clips(connection: sa.Connection) -> int:
    """Number of clips with a pseudo-label that counts."""
    query = sa.select(sa.func.count()).where(clip_states.c.pseudo_label_id.is_not(None))
    return int(connection.execute(query).scalar_one())


def training_clips(connection: sa.Connection, *, simulated_alone: bool) -> int:
    """Number of clips outside the test split, all or only the simulated ones."""
    query = sa.select(sa.func.count()).select_from(clips).where(clips.c.split == Split.TRAIN.value)
    return int(connection.execute(query.where(clips.c.simulated) if simulated_alone else query).scalar_one())


def clips_answered_by(connection: sa.Connection, labeler_name: str) -> int:
    """Number of clips with a pseudo-label by this labeler whose label still counts."""
    query = (
        sa.select(sa.func.count(pseudo_labels.c.clip_id.distinct()))
        .join(labelers, labelers.c.id == pseudo_labels.c.labeler_id)
        .where(labelers.c.name == labeler_name, counts_today(pseudo_labels.c.label))
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


def accepted_unwatched(connection: sa.Connection) -> int:
    """Number of clips whose label that counts is of a bulk accept, for which nobody looked."""
    query = (
        sa.select(sa.func.count())
        .select_from(bulk_rows)
        .join(decisions, decisions.c.id == bulk_rows.c.decision_id)
        .join(clip_states, clip_states.c.clip_id == decisions.c.clip_id)
        .where(clip_states.c.decision_id == decisions.c.id)
    )
    return int(connection.execute(query).scalar_one())


def human_agreement(connection: sa.Connection) -> HumanAgreement:
    """Agreement of reviewers with pseudo-labels and gold labels, without bulk accepts and adjudications."""
    blind, counting, shown = judgments.blind_rows(), pseudo_labels.alias("counting"), pseudo_labels.alias("shown")
    pairs = {
        "reliability_sample": (clips.c.reliability_sample, blind.c.label, label_today(counting.c.label)),
        "before_reveal": (~clips.c.reliability_sample, blind.c.label, label_today(shown.c.label)),
        "after_reveal": (~clips.c.reliability_sample, label_today(decisions.c.label), label_today(shown.c.label)),
        "with_gold": (sa.true(), label_today(decisions.c.label), label_today(gold_labels.c.label)),
    }
    columns = [
        column
        for name, (where, one, other) in pairs.items()
        for column in (
            count_where(where, one.is_not(None), other.is_not(None)).label(f"{name}_pairs"),
            count_where(where, one == other).label(f"{name}_same"),
        )
    ]
    query = (
        sa.select(clips.c.subject_id, shown.c.labeler_id, *columns)
        .select_from(decisions)
        .join(clips, clips.c.id == decisions.c.clip_id)
        .join(clip_states, clip_states.c.clip_id == decisions.c.clip_id)
        .outerjoin(blind, judgments.of_same_reviewer(blind))
        .outerjoin(counting, counting.c.id == clip_states.c.pseudo_label_id)
        .outerjoin(shown, shown.c.id == decisions.c.pseudo_label_id)
        .outerjoin(gold_labels, gold_labels.c.clip_id == decisions.c.clip_id)
        .where(decisions.c.id.in_(judgments.newest_own_ids()), decisions.c.label.is_not(None))
        .group_by(clips.c.subject_id, shown.c.labeler_id)
        .order_by(clips.c.subject_id)
    )
    rows = connection.execute(query).mappings().all()
    labelers_shown = sorted({row["labeler_id"] for row in rows if row["labeler_id"] is not None})
    of_labeler = {one: [row for row in rows if row["labeler_id"] == one] for one in labelers_shown}
    return HumanAgreement(
        reliability_sample=_by_subject(rows, "reliability_sample"),
        before_reveal={one: found for one, own in of_labeler.items() if (found := _by_subject(own, "before_reveal"))},
        after_reveal={one: found for one, own in of_labeler.items() if (found := _by_subject(own, "after_reveal"))},
        with_gold=_by_subject(rows, "with_gold"),
    )


def _by_subject(rows: Sequence[sa.RowMapping], name: str) -> AgreementCounts:
    counts: dict[int, tuple[int, int]] = {}
    for row in rows:
        same, of = counts.get(row["subject_id"], (0, 0))
        counts[row["subject_id"]] = (same + row[f"{name}_same"], of + row[f"{name}_pairs"])
    return tuple(pair for pair in counts.values() if pair[1])
