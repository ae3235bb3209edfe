"""Responses of models' servers as files, from the moment they arrive until their answer is in the database."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.durable_files import remove_abandoned, replacing
from labeling.vlm.providers.interface import RawResponse

_ENDING = ".response"


@dataclass(frozen=True, slots=True)
class ResponseFiles:
    """One file a response, named by the id of its request in `db.sent_requests`."""

    folder: Path

    def keep(self, sent_id: int, response: RawResponse) -> None:
        """Writes the response durably. Raises OSError."""
        head = json.dumps({"status": response.status, "headers": response.headers})
        with replacing(self._path(sent_id)) as path:
            path.write_bytes(head.encode("ascii") + b"\n" + response.body)

    def find(self, sent_id: int) -> RawResponse | None:
        """The response to the request, if it arrived."""
        path = self._path(sent_id)
        if not path.is_file():
            return None
        head, _, body = path.read_bytes().partition(b"\n")
        told = json.loads(head)
        return RawResponse(told["status"], tuple((name, value) for name, value in told["headers"]), body)

    def discard(self, sent_id: int) -> None:
        """Removes the response, once its answer is stored."""
        self._path(sent_id).unlink(missing_ok=True)

    def discard_where(self, is_stored: Callable[[int], bool]) -> None:
        """Removes responses that a run stored and was killed before it removed them, and half-written files."""
        remove_abandoned(self.folder)
        for path in self.folder.glob(f"*{_ENDING}"):
            if path.stem.isdecimal() and is_stored(int(path.stem)):
                path.unlink(missing_ok=True)

    def _path(self, sent_id: int) -> Path:
        return self.folder / f"{sent_id}{_ENDING}"
