"""Signed addresses of thumbnails."""

from app.services import Services
from core.records import Clip


def thumbnail_url(opened: Services, clip: Clip, *, large: bool = False) -> str | None:
    return None
