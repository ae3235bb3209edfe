"""How far people, labelers and gold agree, each with its interval; the audit slice alone counts for what is reported."""

from app.facts.intervals import Share
from app.services import Services
from db import overview
from db.overview import Agreement


def agreement_lines(opened: Services) -> dict[str, str]:
    """Names and sentences for the Overview."""
    with opened.database.read() as connection:
        found = overview.human_agreement(connection)
    return {
        "People with the pseudo-label, audit slice": f"{_share(found.audit)}. The figure to report.",
        "Before the reveal, elsewhere": _share(found.before_reveal),
        "After the reveal, elsewhere": f"{_share(found.after_reveal)}. What was read pulls.",
        "People with gold": _share(found.with_gold),
    }


def _share(agreement: Agreement) -> str:
    return Share(agreement.same, agreement.pairs).sentence()
