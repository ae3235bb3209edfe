"""The newest consent that covers a sending is the one that is told."""

from core.types.pseudo_labels import SendingConsent
from db import sending_consents
from tests.unit.db.conftest import Desk


def test_of_several_consents_the_newest_is_told(desk: Desk) -> None:
    with desk.database.write() as connection:
        for name in ("Ada", "Ben", "Cleo"):
            consent = SendingConsent("b.example", "portrait", with_sound=name != "Cleo", given_by=name)
            sending_consents.give(connection, consent)
        silent = sending_consents.given(connection, "b.example", "portrait", with_sound=False)
        loud = sending_consents.given(connection, "b.example", "portrait", with_sound=True)
    assert silent is not None
    assert loud is not None
    assert (silent.given_by, silent.with_sound) == ("Cleo", False)
    assert (loud.given_by, loud.with_sound) == ("Ben", True)
    assert loud.receiver == silent.receiver == "b.example"


def test_a_consent_is_for_its_own_receiver_and_picture(desk: Desk) -> None:
    with desk.database.write() as connection:
        sending_consents.give(connection, SendingConsent("b.example", "portrait", with_sound=True, given_by="Ada"))
        for receiver, shown in (("a.example", "portrait"), ("c.example", "portrait"), ("b.example", "keypoints")):
            assert sending_consents.given(connection, receiver, shown, with_sound=True) is None
        assert sending_consents.given(connection, "b.example", "whole", with_sound=True) is None
