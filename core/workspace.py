"""The folder that holds all data of a study.

workspace/
    telltale.toml     settings, optional
    telltale.db       the database
    cohort.json       the description of the simulated cohort that was imported, if any
    secret.key        signs the tokens of the review routes; made on first use
    features/         one safetensors file per clip and kind
    manual.md         the coding manual, if one was written
    media/            browser proxies, thumbnails, rendered clips; video segments while they are sent
    responses/        answers of models' servers that are not in the database yet
    runs/             artifacts of training runs
    logs/             one text file per job
    filters/          saved filters of the Library, one small file each
    maps/             maps of embeddings, made by a job
    weights/          models that perception can use, and in models.json what is known of those that were fetched
"""

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.errors import WorkspaceError
from core.private_files import make_private_folder, shut
from core.settings.loader import Settings, load_settings

DATABASE_FILE = "telltale.db"
KEY_CHARACTERS = 32
_KEY = re.compile(rb"[!-~]{%d,}" % KEY_CHARACTERS)
# What Telltale writes into a workspace, and what its manual tells people to put there.
_OWN = (
    f"{DATABASE_FILE}*",
    "secret.key",
    "secrets.toml",
    "telltale.toml*",
    "cohort.json",
    "manual.md",
    *("features", "media", "responses", "runs", "logs", "filters", "maps", "prompts", "evaluations"),
)
COHORT_FILE = "cohort.json"


@dataclass(frozen=True, slots=True)
class Workspace:
    """An existing, writable workspace folder and its settings; made by `open_workspace`."""

    root: Path
    settings: Settings

    @property
    def database_path(self) -> Path:
        return self.root / DATABASE_FILE

    @property
    def features_dir(self) -> Path:
        return self.root / "features"

    @property
    def media_dir(self) -> Path:
        return self.root / "media"

    @property
    def responses_dir(self) -> Path:
        """The folder for responses of models' servers; need not exist."""
        return self.root / "responses"

    @property
    def runs_dir(self) -> Path:
        return self.root / "runs"

    @property
    def logs_dir(self) -> Path:
        return self.root / "logs"

    @property
    def weights_dir(self) -> Path:
        """The folder for weights of models; need not exist."""
        return self.root / "weights"

    def signing_key(self) -> str:
        """The workspace's secret key, created on first use and readable only by its owner.

        Raises WorkspaceError where the file holds something that anybody could guess.
        """
        path = self.root / "secret.key"
        if not path.exists():
            mine = self.root / f".secret-{os.getpid()}-{secrets.token_hex(4)}"
            try:
                with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                    stream.write(secrets.token_hex(32))
                # Linking fails if another process was first, and never exposes a half-written key.
                with contextlib.suppress(FileExistsError):
                    path.hardlink_to(mine)
            finally:
                mine.unlink(missing_ok=True)
        key = path.read_bytes().strip()
        if _KEY.fullmatch(key) is None:
            raise WorkspaceError(
                f"{path} is no key of at least {KEY_CHARACTERS} letters, digits and signs in one line; delete it, and a new "
                "one is made: open pages must then be reloaded."
            )
        return key.decode("ascii")


def open_workspace(root: Path) -> Workspace:
    """Opens the workspace; creates the folder and its subfolders if they are missing.

    Folder and files are shut to everybody but their owner, those of an older workspace too.
    Raises WorkspaceError if the folder cannot be created or written, SettingsError if `telltale.toml` is invalid.
    """
    root = root.expanduser().resolve()
    workspace = Workspace(root=root, settings=load_settings(root))
    try:
        make_private_folder(root)
        for folder in (workspace.features_dir, workspace.media_dir, workspace.runs_dir, workspace.logs_dir):
            make_private_folder(folder)
        shut([root, *(path for name in _OWN for path in root.glob(name))])
        probe = root / f".writable-{os.getpid()}-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise WorkspaceError(f"The workspace {root} cannot be written: {error.strerror}.") from error
    return workspace
