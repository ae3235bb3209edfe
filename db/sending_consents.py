"""Consent to send clips to another machine, given explicitly per workspace, receiver and form."""

import sqlalchemy as sa

from core.types.pseudo_labels import SendingConsent
from db.tables import now_utc, sending_consents


def give(connection: sa.Connection, consent: SendingConsent) -> None:
    """Stores a consent."""
    connection.execute(
        sa.insert(sending_consents).values(
            receiver=consent.receiver,
            shown=consent.shown,
            with_sound=consent.with_sound,
            given_by=consent.given_by,
            created_at=now_utc(),
        )
    )


def given(connection: sa.Connection, receiver: str, shown: str, *, with_sound: bool) -> SendingConsent | None:
    """The newest consent for this receiver and form; one with sound also covers sending without."""
    query = (
        sa.select(sending_consents)
        .where(sending_consents.c.receiver == receiver, sending_consents.c.shown == shown)
        .order_by(sending_consents.c.id.desc())
        .limit(1)
    )
    if with_sound:
        query = query.where(sending_consents.c.with_sound == sa.true())
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _consent(row)


def _consent(row: sa.RowMapping) -> SendingConsent:
    return SendingConsent(row["receiver"], row["shown"], bool(row["with_sound"]), row["given_by"], row["created_at"])
