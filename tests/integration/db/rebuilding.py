"""The states of all clips worked out once more, to hold those against that the writes keep up."""

import sqlalchemy as sa

from db.tables import clip_cues, clip_states, clips, counters, current_labels, decisions


def rebuild_states(connection: sa.Connection) -> None:
    """Works states out afresh from the log, and counters from the states."""
    names = [column.name for column in clip_states.columns]
    connection.execute(sa.delete(counters))
    connection.execute(sa.delete(clip_states))
    connection.execute(
        sa.insert(clip_states).from_select(names, sa.select(*(current_labels.c[name] for name in names)))
    )
    splits = sa.select(sa.literal("split:") + clips.c.split, sa.func.count()).group_by(clips.c.split)
    connection.execute(sa.insert(counters).from_select(["name", "n"], splits))
    kinds = sa.select(sa.literal("decision:") + decisions.c.kind, sa.func.count()).group_by(decisions.c.kind)
    connection.execute(sa.insert(counters).from_select(["name", "n"], kinds))
    cues = sa.select(sa.literal("cue:") + clip_cues.c.cue, sa.func.count()).group_by(clip_cues.c.cue)
    connection.execute(sa.insert(counters).from_select(["name", "n"], cues))
