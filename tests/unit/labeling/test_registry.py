"""Parts by name: what is there, what comes later, what nobody has heard of."""

import pytest

from core.errors import NotYetError, SettingsError
from core.settings import PerceptionSettings
from labeling.perception.image import Hog
from labeling.perception.registry import image_encoder, keypoint_reader, person_detector, text_encoder


def test_the_settings_name_the_parts_and_their_producers() -> None:
    settings = PerceptionSettings()
    assert person_detector(settings).producer.name == "keypoint-box"
    assert image_encoder(settings).producer.name == "hog"
    assert keypoint_reader(settings).producer.name == "openpose-json"
    assert text_encoder(settings).producer.name == "hashing"


def test_image_settings_reach_the_encoder() -> None:
    assert image_encoder(PerceptionSettings(image_every_s=0.5)).producer == Hog(0.5, 0.25).producer


def test_a_strong_part_says_that_it_comes_later() -> None:
    with pytest.raises(
        NotYetError, match=r"^perception.image: dinov2-base comes with a later version; this one has hog.$"
    ):
        image_encoder(PerceptionSettings(image="dinov2-base"))


def test_an_unknown_part_is_a_sentence_with_what_there_is() -> None:
    with pytest.raises(SettingsError, match="there is no part called 'yolo99'; this version has keypoint-box"):
        person_detector(PerceptionSettings(person="yolo99"))
