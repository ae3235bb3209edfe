"""Many copies of a few clips, for benchmarks on large databases."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from core.types.clips import Split
from db.tables import claims, clip_states, clips, now_utc, pseudo_labels, subjects

_ROWS_AT_ONCE = 5_000
_CLIPS_A_SUBJECT = 5


def copy_clips(connection: sa.Connection, number: int) -> None:
    """Adds `number` clips: copies of the existing ones in turn, each with its pseudo-label and the claims of that.

    Names, digests and subjects are new; video files are shared; feature files and gold labels are not copied.
    """
    originals = [dict(row) for row in connection.execute(sa.select(clips).order_by(clips.c.id)).mappings()]
    counting = sa.select(pseudo_labels).join(clip_states, clip_states.c.pseudo_label_id == pseudo_labels.c.id)
    answers = {row["clip_id"]: dict(row) for row in connection.execute(counting).mappings()}
    said = {answer["id"]: [] for answer in answers.values()}  # type: dict[int, list[dict[str, Any]]]
    for claim in _rows(connection, claims):
        if claim["pseudo_label_id"] in said:
            said[claim["pseudo_label_id"]].append(dict(claim))
    first_clip, first_answer, first_subject = (
        int(connection.execute(sa.select(sa.func.max(table.c.id))).scalar_one() or 0) + 1
        for table in (clips, pseudo_labels, subjects)
    )
    for start in range(0, number, _ROWS_AT_ONCE):
        new: dict[sa.Table, list[dict[str, Any]]] = {subjects: [], clips: [], pseudo_labels: [], claims: []}
        for index in range(start, min(start + _ROWS_AT_ONCE, number)):
            # Consecutive copies of one split share a subject, so that no subject is in both splits.
            original = originals[index % len(originals)]
            side = 1 if original["split"] == Split.TEST.value else 0
            subject_id = first_subject + 2 * (index // (_CLIPS_A_SUBJECT * len(originals))) + side
            clip_id = first_clip + index
            new[clips].append(
                original
                | {"id": clip_id, "name": f"copy {clip_id:07d}", "digest": f"{clip_id:064x}", "subject_id": subject_id}
            )
            new[subjects].append({"id": subject_id, "name": f"subject of copies {subject_id}"})
            answer = answers.get(original["id"])
            if answer is None:
                continue
            answer_id = first_answer + index
            new[pseudo_labels].append(answer | {"id": answer_id, "clip_id": clip_id, "created_at": now_utc()})
            new[claims].extend(
                {key: value for key, value in claim.items() if key != "id"} | {"pseudo_label_id": answer_id}
                for claim in said[answer["id"]]
            )
        known = set(connection.execute(sa.select(subjects.c.id).where(subjects.c.id >= first_subject)).scalars())
        fresh = {row["id"]: row for row in new[subjects] if row["id"] not in known}
        new[subjects] = list(fresh.values())
        for table, rows in new.items():
            if rows:
                connection.execute(sa.insert(table), rows)


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[sa.RowMapping]:
    """All rows, oldest first, so that in a dict the newest row of a key remains."""
    return iter(_all(connection, sa.select(table).order_by(table.c.id)))


def _all(connection: sa.Connection, query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
    return connection.execute(query).mappings().all()
