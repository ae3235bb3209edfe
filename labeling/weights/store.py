"""The models of the catalog in a workspace: fetching, verifying and removing them, and whose licenses were accepted.

`weights/models.json` says of every file that was fetched its digest and whether it is the publisher's, and which licenses
were accepted. Files that somebody else put into the folder are not in it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter

from core.durable_files import replacing, sync_and_rename
from core.errors import DownloadError, WorkspaceError
from core.json_files import read_json
from core.private_files import make_private_folder
from core.progress import Progress, shares
from core.settings.models import HUGGING_FACE, ModelsSettings
from labeling.weights.catalog import Model, WeightsFile
from labeling.weights.download import Patience, Wanted, check_room, digest_of, discard, fetch, part_of
from labeling.weights.unpack import unpack

RECORD = "models.json"
TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105  # the name of a variable


class Soundness(StrEnum):
    """What is known of a model's files, the worst of them."""

    WHOLE = "whole"  # the publisher's, byte for byte
    UNCHECKED = "unchecked"  # as they were fetched, or put there by somebody; the publisher's digest is not known
    DAMAGED = "damaged"  # other bytes than the publisher's, or than those that were fetched
    INCOMPLETE = "incomplete"  # files are missing
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """What was fetched: its digest, and whether that is the one that the publisher's file has."""

    sha256: str
    checked: bool
    fetched_at: str


@dataclass(frozen=True, slots=True)
class _Record:
    """The content of `models.json`: files by their place in `weights/`, and accepted licenses by the model's name."""

    files: dict[str, FetchedFile] = field(default_factory=dict)
    licenses: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found of one model; `remark` is a sentence, empty where all is well."""

    model: str
    soundness: Soundness
    remark: str = ""


class WeightsStore:
    """The folder `weights/` of a workspace; it need not exist."""

    def __init__(self, folder: Path, settings: ModelsSettings, environment: Mapping[str, str] = os.environ) -> None:
        self._folder = folder
        self._settings = settings
        self._environment = environment

    def accepted(self, model: Model) -> bool:
        """Whether the license that the model has today was accepted in this workspace."""
        return self._record().licenses.get(model.name) == model.license.name

    def accept(self, models: Sequence[Model]) -> None:
        """Remembers that their licenses were accepted."""
        with self._changed() as record:
            record.licenses.update({model.name: model.license.name for model in models})

    def addresses(self, model: Model, file: WeightsFile) -> tuple[str, ...]:
        """Where a file is fetched from, in the order in which the servers are asked."""
        return tuple(f"{base}/{file.path}" for base in getattr(self._settings, model.publisher))

    def is_there(self, model: Model) -> bool:
        """Whether all its files lie in the folder, whatever is in them."""
        return all(self._place(file).is_file() for file in model.files)

    def fetched_bytes(self, model: Model) -> int:
        """Bytes of its files that are there, or have come of one that is not whole yet."""
        return sum(_size(self._place(file)) or _size(part_of(self._place(file))) for file in model.files)

    def is_checked(self, model: Model) -> bool:
        """Whether each of its files was the publisher's when it was fetched."""
        files = self._record().files
        return all(file.name in files and files[file.name].checked for file in model.files)

    def get(self, model: Model, progress: Progress, patience: Patience | None = None) -> Verified:
        """Fetches what is missing of a model.

        Raises DownloadError if its license was not accepted, the disk has no room or no server gives a file, and
        JobCancelledError. Files that were fetched whole, and what has come of the next one, are kept.
        """
        if not self.accepted(model):
            raise DownloadError(
                f"{model.name} is under {model.license.name}, which nobody has accepted in this workspace; "
                f"`telltale models get {model.name}` shows it and asks."
            )
        missing = [file for file in model.files if not self._place(file).is_file()]
        make_private_folder(self._folder)
        check_room(self._folder, sum(self._room_of(file) for file in missing))
        for file, share in zip(missing, shares(progress, [file.size for file in missing]), strict=True):
            self._get_file(model, file, share, patience)
        return self._as_recorded(model)

    def verify(self, model: Model, progress: Progress) -> Verified:
        """Reads a model's files again, and compares them with the publisher's digests, else with those that were fetched."""
        there = [file for file in model.files if self._place(file).is_file()]
        if len(there) < len(model.files):
            missing = ", ".join(file.name for file in model.files if file not in there)
            soundness = Soundness.INCOMPLETE if there else Soundness.ABSENT
            return Verified(model.name, soundness, f"{missing} is missing." if there else "")
        known = self._record().files
        remarks = []
        for file in there:
            progress.report(0.0, f"reading {file.name}")
            found = digest_of(self._place(file), progress.raise_if_cancelled)
            fetched = known.get(file.name)
            expected = file.digest_on_disk or (fetched.sha256 if fetched else None)
            if expected not in (None, found):
                return Verified(
                    model.name,
                    Soundness.DAMAGED,
                    f"{file.name} is not what it was; `telltale models remove {model.name}`, then get it again.",
                )
            if file.digest_on_disk is None:
                remarks.append(_unchecked(file, fetched))
        return Verified(model.name, Soundness.UNCHECKED if remarks else Soundness.WHOLE, " ".join(remarks))

    def remove(self, model: Model) -> int:
        """Deletes a model's files, and what has come of them, from this folder; returns how many bytes."""
        freed = 0
        for file in model.files:
            place = self._place(file)
            for path in (place, part_of(place)):
                freed += _size(path)
            place.unlink(missing_ok=True)
            discard(self._wanted(model, file))
        for folder in {self._place(file).parent for file in model.files} - {self._folder}:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        with self._changed() as record:
            for file in model.files:
                record.files.pop(file.name, None)
        return freed

    def _place(self, file: WeightsFile) -> Path:
        return self._folder / file.name

    def _room_of(self, file: WeightsFile) -> int:
        """Bytes that the disk must still take for a file; an archive and what is in it lie there at the same time."""
        return max(0, file.size - _size(part_of(self._place(file)))) + (file.member.size if file.member else 0)

    def _get_file(self, model: Model, file: WeightsFile, progress: Progress, patience: Patience | None) -> None:
        place, wanted = self._place(file), self._wanted(model, file)
        make_private_folder(place.parent)
        digest = fetch(wanted, progress, patience or Patience(silence_s=self._settings.silence_s))
        checked = file.sha256 is not None
        if file.member is None:
            sync_and_rename(wanted.part, place)
            discard(wanted)
        else:
            progress.report(1.0, f"{file.name}: unpacking")
            try:
                digest = unpack(wanted.part, file.member, place, progress)
            finally:
                if place.is_file() or not checked:
                    discard(wanted)
        with self._changed() as record:
            record.files[file.name] = FetchedFile(digest, checked, datetime.now(UTC).isoformat(timespec="seconds"))

    def _wanted(self, model: Model, file: WeightsFile) -> Wanted:
        return Wanted(
            addresses=self.addresses(model, file),
            target=self._place(file),
            size=file.size,
            exact=file.exact,
            sha256=file.sha256,
            headers=self._login(model, file),
            not_allowed=self._not_allowed(model),
            called=file.name,
        )

    def _login(self, model: Model, file: WeightsFile) -> dict[str, dict[str, str]]:
        """The token of the environment, for the hub alone: a mirror has no business with it."""
        token = self._token()
        if model.publisher != "hugging_face" or not token:
            return {}
        if not (token.isascii() and token.isprintable()):
            raise DownloadError(f"The variable {TOKEN_VARIABLE} holds something that is no token of Hugging Face.")
        return {f"{HUGGING_FACE}/{file.path}": {"Authorization": f"Bearer {token}"}}

    def _token(self) -> str:
        return self._environment.get(TOKEN_VARIABLE, "").strip()

    def _not_allowed(self, model: Model) -> str:
        if not model.gated:
            return "it wants a login, or does not give the file to this machine"
        if self._token():
            return f"the account of {TOKEN_VARIABLE} may not have it: ask for it at {model.page}"
        return f"accept its terms at {model.page}, and set {TOKEN_VARIABLE} to a token of the account that did"

    def _as_recorded(self, model: Model) -> Verified:
        known = self._record().files
        remarks = [
            _unchecked(file, known.get(file.name))
            for file in model.files
            if file.name not in known or not known[file.name].checked
        ]
        return Verified(model.name, Soundness.UNCHECKED if remarks else Soundness.WHOLE, " ".join(remarks))

    def _record(self) -> _Record:
        path = self._folder / RECORD
        if not path.is_file():
            return _Record()
        return read_json(
            path,
            _Record,
            raises=WorkspaceError,
            remedy="delete it: no model is lost, but what was fetched is then unchecked, and licenses are asked for again",
        )

    @contextmanager
    def _changed(self) -> Iterator[_Record]:
        """The record, written back after the block; other processes wait."""
        make_private_folder(self._folder)
        with FileLock(self._folder / f".{RECORD}.lock"):
            record = self._record()
            yield record
            with replacing(self._folder / RECORD) as partial:
                partial.write_bytes(TypeAdapter(_Record).dump_json(record, indent=2))


def _unchecked(file: WeightsFile, fetched: FetchedFile | None) -> str:
    where = f"as it was fetched on {fetched.fetched_at[:10]}" if fetched else "not fetched by Telltale"
    return f"{file.name} is {where}; the publisher's digest of it is not known, so it is unchecked."


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
