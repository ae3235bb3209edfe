"""Full-text search by SQLite's FTS5: words of clips (name, subject, transcript) and of rationales (reasoning, claims).

Triggers maintain the index. User input is not interpreted as FTS5 syntax: all words must match, words in double quotes as a
phrase, and the last word as a prefix.
"""

import re

import sqlalchemy as sa

from core.types.assignments import Purpose
from core.types.decisions import DecisionKind
from db import assignments
from db.tables import assignments as assigned
from db.tables import clips, decisions, pseudo_labels, subjects

MOST_WORDS = 32
_QUOTED = re.compile(r'"([^"]*)"|([^"]+)')
_WORD = re.compile(r"[^\W_]+")


def match_expression(typed: str) -> str | None:
    """The FTS5 expression for a user's input; None if it has no words."""
    phrases: list[str] = []
    goes_on = False
    for quoted, plain in _QUOTED.findall(typed):
        words = _WORD.findall(quoted or plain)
        phrases += [" ".join(words)] if quoted and words else words
        goes_on = not quoted
    if not phrases:
        return None
    quoted_phrases = [f'"{phrase}"' for phrase in phrases[:MOST_WORDS]]
    open_end = goes_on and not typed[-1:].isspace() and len(phrases) <= MOST_WORDS
    return " ".join(quoted_phrases) + (" *" if open_end else "")


def clips_with(dialect: str, typed: str) -> sa.ColumnElement[bool]:
    """Clips whose name, subject or transcript has the words. PostgreSQL searches for the text without an index."""
    if dialect != "sqlite":
        return sa.or_(
            clips.c.name.icontains(typed, autoescape=True),
            subjects.c.name.icontains(typed, autoescape=True),
            clips.c.transcript.icontains(typed, autoescape=True),
        )
    expression = match_expression(typed)
    if expression is None:
        return sa.false()
    return clips.c.id.in_(
        sa.text("SELECT rowid FROM clip_words WHERE clip_words MATCH :typed").bindparams(typed=expression)
    )


def rationales_with(dialect: str, typed: str, reviewer_id: int | None, *, spoil: bool) -> sa.ColumnElement[bool]:
    """Clips with the words in a labeler's reasoning or claims, among those whose rationale this reviewer may see.

    These are the clips that the reviewer has judged; with `spoil`, all except the reliability sample and what waits for
    this reviewer as double coding.
    """
    if dialect == "sqlite":
        expression = match_expression(typed)
        if expression is None:
            return sa.false()
        said = clips.c.id.in_(
            sa.text("SELECT clip_id FROM rationale_words WHERE rationale_words MATCH :said").bindparams(said=expression)
        )
    else:
        said = clips.c.id.in_(
            sa.select(pseudo_labels.c.clip_id).where(pseudo_labels.c.reasoning.icontains(typed, autoescape=True))
        )
    answered = sa.exists().where(
        decisions.c.clip_id == clips.c.id,
        decisions.c.reviewer_id == (reviewer_id or 0),
        decisions.c.kind.in_([DecisionKind.BLIND.value, DecisionKind.ACCEPT.value, DecisionKind.CORRECT.value]),
    )
    if not spoil:
        return sa.and_(said, answered)
    wanted = assignments.waiting(Purpose.DOUBLE_CODING).where(assigned.c.coder_id == (reviewer_id or 0))
    open_to_all = (clips.c.reliability_sample == sa.false()) & clips.c.id.not_in(wanted)
    return sa.and_(said, sa.or_(answered, open_to_all))
