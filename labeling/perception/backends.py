"""The backends of perception by name, as `telltale.toml` names them.

All take resolved settings (labeling.perception.automatic_choice). Nothing here imports a model's library; the backends
do, when their first picture or sentence comes.
"""

from pathlib import Path

from core.settings.perception import PerceptionSettings
from core.types.features import Producer
from labeling.perception.image.hog import Hog
from labeling.perception.person.keypoint_box import KeypointBox
from labeling.perception.pipeline.plan import Backends
from labeling.perception.text.hashing import HashingText
from labeling.protocols import ImageEncoder, KeypointEstimator, PersonDetector, TextEncoder


def person_producer(settings: PerceptionSettings, weights_dir: Path) -> Producer:
    """Who finds the person. Raises WeightsError where weights cannot be found."""
    detector = _detector(settings, weights_dir)
    return KeypointBox.producer if detector is None else detector.producer


def _detector(settings: PerceptionSettings, weights_dir: Path) -> PersonDetector | None:
    """None where the box of the key points is taken instead."""
    if settings.person == "keypoint-box":
        return None
    from labeling.perception.person.yolo import YoloPersons

    return YoloPersons(settings, weights_dir)


def image_encoder(settings: PerceptionSettings, weights_dir: Path) -> ImageEncoder:
    """Raises WeightsError where its checkpoint cannot be found."""
    if settings.image == "hog":
        return Hog(settings.image_every_s, settings.crop_margin)
    from labeling.perception.image.vision_transformer import TransformersImage

    return TransformersImage(settings, weights_dir)


def keypoint_estimator(settings: PerceptionSettings, weights_dir: Path) -> KeypointEstimator | None:
    """None where key points are only imported. Raises WeightsError where the model cannot be found."""
    if settings.keypoints != "rtmw":
        return None
    from labeling.perception.keypoints.rtmw import RtmwKeypoints

    return RtmwKeypoints(settings, weights_dir)


def text_encoder(settings: PerceptionSettings, weights_dir: Path) -> TextEncoder:
    """Raises WeightsError where its checkpoint cannot be found."""
    if settings.text == "hashing":
        return HashingText(settings)
    from labeling.perception.text.text_transformer import TransformersText

    return TransformersText(settings, weights_dir)


def video_backends(settings: PerceptionSettings, weights_dir: Path, *, image: bool, keypoints: bool) -> Backends:
    """The backends that look at pictures; of resolved settings."""
    return Backends(
        detector=_detector(settings, weights_dir),
        encoder=image_encoder(settings, weights_dir) if image else None,
        estimator=keypoint_estimator(settings, weights_dir) if keypoints else None,
    )
