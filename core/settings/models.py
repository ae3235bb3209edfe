"""[models]: where `telltale models get` fetches weights from."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from core.settings.section import Section

HUGGING_FACE = "https://huggingface.co"
ULTRALYTICS = "https://github.com/ultralytics/assets/releases/download"
OPENMMLAB = "https://download.openmmlab.com/mmpose/v1/projects"
OPENMMLAB_COPY = f"{HUGGING_FACE}/Tau-J/RTMPose/resolve/main"
"""The copy that the author of RTMPose keeps, and that rtmlib itself falls back to."""


class ModelsSettings(Section):
    """Base addresses of each publisher, tried in order; put a mirror first, or alone where the machine reaches nothing else.

    A file whose digest is known is taken from a mirror only if it is the publisher's, byte for byte. Proxies come from the
    usual variables (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY).
    """

    hugging_face: tuple[str, ...] = Field(
        (HUGGING_FACE,), min_length=1, description="Servers with the addresses of the Hugging Face hub."
    )
    ultralytics: tuple[str, ...] = Field(
        (ULTRALYTICS,), min_length=1, description="Folders with the releases of Ultralytics, such as v8.4.0/yolo26x.pt."
    )
    openmmlab: tuple[str, ...] = Field(
        (OPENMMLAB, OPENMMLAB_COPY), min_length=1, description="Folders with the projects of MMPose, such as rtmw."
    )
    silence_s: float = Field(
        30, ge=1, le=3600, description="A server that sends nothing for so long is asked again, from where it stopped."
    )

    @field_validator("hugging_face", "ultralytics", "openmmlab")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_checked(address).rstrip("/") for address in addresses)


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{address!r} is no address that begins with https:// or http://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"{parts.hostname}: leave out names, passwords and whatever follows ? or #")
    return address
