"""Consent, which is required before clips are sent to another machine: per workspace, receiver and form."""

from urllib.parse import urlsplit

from core.errors import ConsentError
from core.settings.labeling import LabelingSettings
from core.types.pseudo_labels import SendingConsent
from db import sending_consents
from db.engine import Database
from labeling.vlm.prompting.questions import Watching
from labeling.vlm.providers.local_addresses import is_local_address

GOOGLE = "generativelanguage.googleapis.com"
_FORM_IN_WORDS = {
    "portrait": "portrait crops of the people filmed",
    "whole": "whole frames of the videos",
    "skeleton": "drawn key points, without any picture",
}


def sending(settings: LabelingSettings, labeler: str) -> SendingConsent | None:
    """The consent that the settings require (receiver, form, sound), without a giver; None if clips stay in the local network."""
    if labeler not in {"openai", "gemini"} or (labeler == "openai" and is_local_address(settings.openai.base_url)):
        return None
    watching = Watching.of(settings, labeler)
    return SendingConsent(receiver_of(settings, labeler), watching.shown.value, watching.with_sound, given_by="")


def receiver_of(settings: LabelingSettings, labeler: str) -> str:
    """The name of the server that `gemini` or `openai` sends to."""
    if labeler == "openai":
        return urlsplit(settings.openai.base_url).netloc
    return urlsplit(settings.gemini.base_url).netloc if settings.gemini.base_url else GOOGLE


def question(wanted: SendingConsent, *, transcript: bool) -> str:
    """The question shown to whoever gives consent."""
    also = [name for name, there in (("the sound", wanted.with_sound), ("the transcripts", transcript)) if there]
    more = f", with {' and '.join(also)}," if also else ""
    return f"May {_FORM_IN_WORDS[wanted.shown]}{more} be sent to {wanted.receiver}?"


def require_consent(database: Database, settings: LabelingSettings, labeler: str) -> None:
    """Raises ConsentError, which says what would be sent to whom, if the required consent is missing."""
    wanted = sending(settings, labeler)
    if wanted is None:
        return
    with database.read() as connection:
        found = sending_consents.given(connection, wanted.receiver, wanted.shown, with_sound=wanted.with_sound)
    if found is None:
        raise ConsentError(
            f"Nothing was sent: {question(wanted, transcript=settings.transcript)} Nobody has allowed it in this workspace. "
            f"Give your consent on the Pseudo-labels page or with --consent NAME, or use a server of your own "
            f"(--labeler openai)."
        )


def give_consent(database: Database, settings: LabelingSettings, labeler: str, given_by: str) -> SendingConsent | None:
    """Records the consent of `given_by` to what the settings would send; None if clips stay in the local network."""
    wanted = sending(settings, labeler)
    if wanted is None:
        return None
    if not given_by.strip():
        raise ConsentError("Whoever consents must give a name.")
    given = SendingConsent(wanted.receiver, wanted.shown, wanted.with_sound, given_by.strip())
    with database.write() as connection:
        sending_consents.give(connection, given)
    return given
