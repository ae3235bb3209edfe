"""Records of feature files and their producers."""

from datetime import datetime

import sqlalchemy as sa

from core.types.features import FeatureKind, FeatureRecord, Producer
from db.tables import features, now_utc


def record(connection: sa.Connection, clip_id: int, kind: FeatureKind, producer: Producer, path: str) -> None:
    """Records a feature file, replacing the record of an older one of the same clip and kind."""
    here = (features.c.clip_id == clip_id) & (features.c.kind == kind.value)
    connection.execute(sa.delete(features).where(here))
    connection.execute(
        sa.insert(features).values(
            clip_id=clip_id,
            kind=kind.value,
            producer=producer.name,
            producer_version=producer.version,
            settings_digest=producer.settings_digest,
            path=path,
            created_at=now_utc(),
        )
    )


def of_clip(connection: sa.Connection, clip_id: int) -> dict[FeatureKind, FeatureRecord]:
    """The feature files of one clip."""
    rows = connection.execute(sa.select(features).where(features.c.clip_id == clip_id)).mappings()
    return {
        FeatureKind(row["kind"]): FeatureRecord(
            clip_id=row["clip_id"],
            kind=FeatureKind(row["kind"]),
            producer=Producer(row["producer"], row["producer_version"], row["settings_digest"]),
            path=row["path"],
            created_at=row["created_at"],
        )
        for row in rows
    }


def newest(connection: sa.Connection, clip_id: int) -> datetime | None:
    """When the clip's boxes or key points were last made; None without any."""
    of_person = features.c.kind.in_((FeatureKind.PERSON.value, FeatureKind.KEYPOINTS.value))
    query = sa.select(features.c.created_at).where(features.c.clip_id == clip_id, of_person)
    return max(connection.execute(query).scalars(), default=None)


def producers(connection: sa.Connection, kind: FeatureKind) -> dict[Producer, int]:
    """The producers of a kind of feature, with their numbers of clips."""
    columns = (features.c.producer, features.c.producer_version, features.c.settings_digest)
    query = sa.select(*columns, sa.func.count().label("clips")).where(features.c.kind == kind.value).group_by(*columns)
    return {
        Producer(row.producer, row.producer_version, row.settings_digest): row.clips
        for row in connection.execute(query)
    }


def made_by(connection: sa.Connection, kind: FeatureKind) -> dict[int, Producer]:
    """The producer of a kind of feature by clip id; clips without that kind are left out."""
    return {clip_id: producer for clip_id, (producer, _) in provenance(connection, kind).items()}


def provenance(connection: sa.Connection, kind: FeatureKind) -> dict[int, tuple[Producer, datetime]]:
    """(producer, time) of a kind of feature by clip id; a change of either means that the features changed."""
    query = sa.select(features).where(features.c.kind == kind.value).order_by(features.c.clip_id)
    return {
        row.clip_id: (Producer(row.producer, row.producer_version, row.settings_digest), row.created_at)
        for row in connection.execute(query)
    }


def clips_with(connection: sa.Connection, kind: FeatureKind) -> list[int]:
    """Ids of the clips that have a kind of feature, ascending."""
    query = sa.select(features.c.clip_id).where(features.c.kind == kind.value).order_by(features.c.clip_id)
    return list(connection.execute(query).scalars())
