"""Signed tokens that expire: one identifies the reviewer, one gives access to a media file, one remembers the reviewer.

A reviewer token is sent in the Authorization header. A media address is valid for one clip and one kind of file and
works in `<video>` and `<img>`, which send no headers. A memory stays in the browser and gives access to nothing. All are
signed by itsdangerous with the workspace's key (`Workspace.signing_key`), with different salts, so that one cannot be used
as another.
"""

import hashlib
from datetime import timedelta
from typing import Literal

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from core.errors import TelltaleError
from core.steady_time import STEADY_TIME

MediaKind = Literal["video", "thumbnail"]

_REVIEWER_SALT = "telltale.reviewer"
_MEDIA_SALT = "telltale.media"
_MEMORY_SALT = "telltale.memory"
_MEMORY = timedelta(days=30)


class TokenError(TelltaleError):
    """A token that is missing, forged, of another purpose, or too old."""


class Tokens:
    """Signs and checks tokens; they are valid for `hours` (`settings.server.token_hours`)."""

    def __init__(self, signing_key: str, hours: float) -> None:
        self._max_age = timedelta(hours=hours)
        self._reviewers = URLSafeTimedSerializer(signing_key, salt=_REVIEWER_SALT)
        self._media = URLSafeTimedSerializer(signing_key, salt=_MEDIA_SALT)
        self._memories = URLSafeTimedSerializer(signing_key, salt=_MEMORY_SALT)
        # Browsers share cookies between the ports of a host, on which other workspaces may be served.
        self.cookie = f"telltale_reviewer_{hashlib.sha256(f'{_MEMORY_SALT} {signing_key}'.encode()).hexdigest()[:8]}"

    def reviewer_token(self, reviewer_id: int) -> str:
        """The token that the reviewer's page sends with every request."""
        return self._reviewers.dumps(reviewer_id)

    def reviewer_id(self, token: str) -> int:
        """The reviewer of a token. Raises TokenError where it is forged or expired."""
        value = self._checked(self._reviewers, token)
        if not isinstance(value, int):
            raise TokenError("This page's access is not valid; reload the page.")
        return value

    def memory(self, reviewer_id: int) -> str:
        """What the browser keeps under the name `self.cookie`, by which a page knows its reviewer again; no request is
        allowed by it.
        """
        return self._memories.dumps(reviewer_id)

    def remembered(self, memory: str) -> int | None:
        """The reviewer of a memory; None where it is forged or older than 30 days."""
        try:
            value = _loaded(self._memories, memory, _MEMORY)
        except BadSignature:
            return None
        return value if isinstance(value, int) else None

    def media_url(self, clip_id: int, kind: MediaKind, reviewer_id: int | None = None) -> str:
        """The signed address of a clip's video or thumbnail, for this reviewer's page; None where nobody is chosen."""
        return f"/api/media/{clip_id}/{kind}?signature={self._media.dumps([clip_id, kind, reviewer_id])}"

    def check_media(self, clip_id: int, kind: MediaKind, signature: str) -> int | None:
        """The reviewer for whose page the address was made, None where nobody was chosen.

        Raises TokenError unless `signature` was made for just this clip and kind and has not expired.
        """
        match self._checked(self._media, signature):
            case [found_id, found_kind, int() | None as reviewer_id] if (found_id, found_kind) == (clip_id, kind):
                return reviewer_id
        raise TokenError("This media address is not valid for this clip; reload the page.")

    def _checked(self, serializer: URLSafeTimedSerializer, token: str) -> object:
        try:
            return _loaded(serializer, token, self._max_age)
        except SignatureExpired as error:
            raise TokenError("This page's access has expired; reload the page to go on.") from error
        except BadSignature as error:
            raise TokenError("This page's access is not valid; reload the page.") from error


def _loaded(serializer: URLSafeTimedSerializer, token: str, max_age: timedelta) -> object:
    """What was signed. Raises SignatureExpired farther than `max_age` from its date, which lies ahead after the clock was
    set back, and BadSignature.
    """
    value, signed_at = serializer.loads(token, return_timestamp=True)
    if abs(STEADY_TIME.now() - signed_at) > max_age:
        raise SignatureExpired(f"Signed at {signed_at}.", payload=value, date_signed=signed_at)
    return value
