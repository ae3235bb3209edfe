"""The backends of perception by name, as `telltale.toml` names them.

All take resolved settings (labeling.perception.automatic_choice). Models' libraries are imported only when a backend gets its
first picture or sentence.
"""

from pathlib import Path

from core.settings.perception import PerceptionSettings
from core.types.features import Producer
from labeling.interfaces import ImageEncoder, KeypointEstimator, PersonDetector, TextEncoder
from labeling.perception.image.hog import Hog
from labeling.perception.person.keypoint_box import KeypointBox
from labeling.perception.pipeline.plan import Backends
from labeling.perception.text.hashing import HashingText


def person_producer(settings: PerceptionSettings, weights_dir: Path) -> Producer:
    """The producer of person boxes. Raises WeightsError if its weights cannot be found."""
    detector = _detector(settings, weights_dir)
    return KeypointBox.producer if detector is None else detector.producer


def _detector(settings: PerceptionSettings, weights_dir: Path) -> PersonDetector | None:
    """The person detector; None if the box around the key points is used."""
    if settings.person == "keypoint-box":
        return None
    from labeling.perception.person.yolo import YoloPersons

    return YoloPersons(settings, weights_dir)


def image_encoder(settings: PerceptionSettings, weights_dir: Path) -> ImageEncoder:
    """The backend of image features. Raises WeightsError if its checkpoint cannot be found."""
    if settings.image == "hog":
        return Hog(settings.image_every_s, settings.crop_margin)
    from labeling.perception.image.vision_transformer import TransformersImage

    return TransformersImage(settings, weights_dir)


def keypoint_estimator(settings: PerceptionSettings, weights_dir: Path) -> KeypointEstimator | None:
    """The key-point model; None if key points are only imported. Raises WeightsError or SettingsError without it."""
    if settings.keypoints == "openpose-json":
        return None
    if settings.keypoints == "mediapipe":
        from labeling.perception.keypoints.mediapipe_holistic import MediapipeKeypoints

        return MediapipeKeypoints()
    from labeling.perception.keypoints.rtmw import RtmwKeypoints

    return RtmwKeypoints(settings, weights_dir)


def text_encoder(settings: PerceptionSettings, weights_dir: Path) -> TextEncoder:
    """The backend of text features. Raises WeightsError if its checkpoint cannot be found."""
    if settings.text == "hashing":
        return HashingText(settings)
    from labeling.perception.text.text_transformer import TransformersText

    return TransformersText(settings, weights_dir)


def video_backends(settings: PerceptionSettings, weights_dir: Path, *, image: bool, keypoints: bool) -> Backends:
    """The backends that process pictures, without those of `image` and `keypoints` that are not wanted."""
    return Backends(
        detector=_detector(settings, weights_dir),
        encoder=image_encoder(settings, weights_dir) if image else None,
        estimator=keypoint_estimator(settings, weights_dir) if keypoints else None,
    )
