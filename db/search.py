"""Full-text search by SQLite's FTS5: words of clips (name, subject, transcript) and of rationales (reasoning, claims).

Triggers maintain the index. User input is not interpreted as FTS5 syntax: all words must match, words in double quotes as a
phrase, and the last word as a prefix.
"""

import re

import sqlalchemy as sa

from db.tables import clips, pseudo_labels, subjects

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
            clips.c.subject_id.in_(sa.select(subjects.c.id).where(subjects.c.name.icontains(typed, autoescape=True))),
            clips.c.transcript.icontains(typed, autoescape=True),
        )
    expression = match_expression(typed)
    if expression is None:
        return sa.false()
    return clips.c.id.in_(
        sa.text("SELECT rowid FROM clip_words WHERE clip_words MATCH :typed").bindparams(typed=expression)
    )


def rationales_with(dialect: str, typed: str) -> sa.ColumnElement[bool]:
    """Clips with the words in a labeler's reasoning or claims."""
    if dialect != "sqlite":
        return clips.c.id.in_(
            sa.select(pseudo_labels.c.clip_id).where(pseudo_labels.c.reasoning.icontains(typed, autoescape=True))
        )
    expression = match_expression(typed)
    if expression is None:
        return sa.false()
    return clips.c.id.in_(
        sa.text("SELECT clip_id FROM rationale_words WHERE rationale_words MATCH :said").bindparams(said=expression)
    )
