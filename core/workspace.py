"""The folder that holds all data of a study.

workspace/
    telltale.toml     settings, optional
    telltale.db       the database
    cohort.json       the description of the simulated cohort that was imported, if any
    secret.key        signs the tokens of the review routes; made on first use
    features/         one safetensors file per clip and kind
    manual.md         the coding manual, if one was written
    media/            browser proxies, thumbnails, rendered clips; video segments while they are sent
    runs/             artifacts of training runs
    logs/             one text file per job
    filters/          saved filters of the Library, one small file each
    maps/             maps of embeddings, made by a job
"""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.errors import WorkspaceError
from core.settings.loader import Settings, load_settings

DATABASE_FILE = "telltale.db"
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
        """The workspace's secret key, created on first use and readable only by its owner."""
        path = self.root / "secret.key"
        if not path.exists():
            mine = self.root / f".secret-{os.getpid()}-{secrets.token_hex(4)}"
            with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(secrets.token_hex(32))
            # Linking fails if another process was first, and never exposes a half-written key.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(mine)
            mine.unlink()
        return path.read_text(encoding="ascii")


def open_workspace(root: Path) -> Workspace:
    """Opens the workspace; creates the folder and its subfolders if they are missing.

    Raises WorkspaceError if the folder cannot be created or written, SettingsError if `telltale.toml` is invalid.
    """
    root = root.expanduser().resolve()
    workspace = Workspace(root=root, settings=load_settings(root))
    try:
        for folder in (workspace.features_dir, workspace.media_dir, workspace.runs_dir, workspace.logs_dir):
            folder.mkdir(parents=True, exist_ok=True)
        probe = root / f".writable-{os.getpid()}-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise WorkspaceError(f"The workspace {root} cannot be written: {error.strerror}.") from error
    return workspace
