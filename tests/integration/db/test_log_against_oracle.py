"""Random decision logs: the database, its counters and its view against a plain Python reading of the same log."""

import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DecisionError
from core.types.clips import Split
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.workspace import open_workspace
from db import clips, decisions, pseudo_labels, reviewers
from db.engine import Database, open_database
from db.tables import clip_states, counters, current_labels
from tests.integration.db.log_oracle import LABELER, LABELS, Oracle, Row, answer, new_clip
from tests.integration.db.rebuilding import rebuild_states

CLIPS = 3
LABEL = st.sampled_from(LABELS)
SELDOM = st.sampled_from([False, False, False, True])
CLIP = st.tuples(st.none() | LABEL, SELDOM, SELDOM)  # gold label, of the test split, of the reliability sample
EVENT = st.tuples(
    st.sampled_from(["answer", "undo", "undo", *["decision"] * 9]),
    st.integers(0, CLIPS - 1),
    st.integers(0, 1),  # the reviewer
    st.sampled_from([kind for kind in DecisionKind if kind is not DecisionKind.UNDO]),
    st.sampled_from(ReviewMode),
    LABEL,
    st.booleans(),  # whether the newest pseudo-label was shown
    st.integers(0, 5),  # how far back the row lies that an undo names
)
LOGS = st.tuples(st.lists(CLIP, min_size=CLIPS, max_size=CLIPS), st.lists(EVENT, min_size=20, max_size=40))


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        open_database(workspace).dispose()
        return workspace.database_path.read_bytes()


def _play(database: Database, log: tuple[list[Any], list[Any]]) -> tuple[Oracle, list[int], list[int]]:
    oracle = Oracle()
    with database.write() as connection:
        people = [reviewers.ensure(connection, name).id for name in ("Ada", "Ben")]
        ids = []
        for number, (gold, test, reliability_sample) in enumerate(log[0]):
            made = clips.add(connection, new_clip(number, gold=gold, test=test, reliability_sample=reliability_sample))
            ids.append(made.id)
            oracle.gold[made.id] = gold
            oracle.split[made.id] = made.split
            if reliability_sample:
                oracle.reliability_sample.add(made.id)
    with database.write() as connection:  # one transaction, one sync: a refused decision has written nothing
        for number, event in enumerate(log[1]):
            if event[0] == "answer":
                _answer(connection, oracle, ids[event[1]], event[5], number)
            else:
                _decide(connection, oracle, _decision(oracle, ids, people, event, number))
    return oracle, ids, people


def _answer(connection: sa.Connection, oracle: Oracle, clip: int, label: str, number: int) -> None:
    if oracle.split[clip] is Split.TRAIN:
        made = pseudo_labels.store(connection, clip, LABELER, str(number), answer(label, 0.7))
        oracle.answers.setdefault(clip, []).append((made.id, label))


def _decision(oracle: Oracle, ids: list[int], people: list[int], event: Any, number: int) -> NewDecision:
    what, pick, who, kind, mode, label, shows, back = event
    if what == "undo":
        named = oracle.rows[-1 - back % len(oracle.rows)] if oracle.rows else None
        clip = named.clip if named else ids[0]
        undoes = named.id if named else 1
        kind, label, shown, mode, reviewer = DecisionKind.UNDO, None, None, ReviewMode.BLIND, people[who]
    else:
        clip, reviewer, undoes = ids[pick], people[who], None
        newest = oracle.answers.get(clip, [])[-1:]
        shown = newest[0][0] if newest and shows else None
        if kind in (DecisionKind.UNCLEAR, DecisionKind.SKIP):
            label = None
    return NewDecision(
        token=f"token {number}",
        clip_id=clip,
        reviewer_id=reviewer,
        kind=kind,
        mode=mode,
        label=label,
        pseudo_label_id=shown,
        undoes_id=undoes,
    )


def _decide(connection: sa.Connection, oracle: Oracle, new: NewDecision) -> None:
    refused = oracle.refuses(new)
    try:
        stored, is_new = decisions.record(connection, new)
    except DecisionError:
        assert refused, new
        return
    assert not refused, new
    assert is_new
    oracle.rows.append(Row(stored.id, stored.clip_id, stored.reviewer_id, new.kind.value, new.label, new.undoes_id))


def _judged(connection: sa.Connection, table: Any) -> dict[int, tuple[Any, ...]]:
    columns = (table.c.clip_id, table.c.state, table.c.label, table.c.source, table.c.conflict)
    return {row[0]: (row[1], row[2], row[3], bool(row[4])) for row in connection.execute(sa.select(*columns))}


def _disputed(connection: sa.Connection, table: Any) -> set[int]:
    return set(connection.execute(sa.select(table.c.clip_id).where(table.c.disputed == sa.true())).scalars())


def _counters(connection: sa.Connection) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(sa.select(counters)) if row.n}


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(LOGS)
def test_states_counters_and_steps_follow_from_the_log(log: tuple[list[Any], list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        workspace.database_path.write_bytes(_empty_database())
        database = open_database(workspace)
        oracle, ids, people = _play(database, log)
        with database.read() as connection:
            expected = {clip: oracle.judgment(clip) for clip in ids}
            assert _judged(connection, current_labels) == expected
            assert _judged(connection, clip_states) == expected
            disputed = {clip for clip in ids if oracle.disputed(clip)}
            assert _disputed(connection, current_labels) == _disputed(connection, clip_states) == disputed
            assert {clip: (got.label, got.source, got.conflict) for clip, got in clips.labels(connection).items()} == {
                clip: judged[1:] for clip, judged in expected.items() if judged[1] is not None
            }
            counts, counted = clips.counts(connection), oracle.counted()
            assert counts.clips == CLIPS
            assert Counter({k.value: n for k, n in counts.by_state.items() if n}) == counted["state"]
            assert {key: n for key, n in counts.by_label.items() if n} == dict(counted["label"])
            assert Counter({k.value: n for k, n in counts.by_split.items() if n}) == counted["split"]
            assert Counter(counts.decisions) == counted["decision"]
            for clip in ids:
                for reviewer in people:
                    blind = decisions.blind_row(connection, clip, reviewer)
                    standing = decisions.standing(connection, clip, reviewer)
                    assert decisions.step_of(ReviewMode.BLIND, blind, standing) == oracle.step(clip, reviewer)
            kept = _counters(connection)
        with database.write() as connection:
            rebuild_states(connection)
        with database.read() as connection:
            assert _counters(connection) == kept
            assert _judged(connection, clip_states) == expected
        database.dispose()
