"""Every error that Telltale raises on purpose.

    TelltaleError                 one sentence for the user
    ├── InputError                something that was handed in cannot be used; the sentence names the file or field
    │   ├── VideoError
    │   │   └── FrameNotFoundError    a timestamp at which the video has no frame
    │   ├── KeypointError
    │   ├── TableError
    │   └── TranscriptError
    ├── SettingsError             telltale.toml or a TELLTALE_ variable
    ├── WeightsError              weights of a model that are missing, damaged, unsafe, or of another task
    │   └── DownloadError         weights that no server gave whole, or whose license nobody accepted
    ├── WorkspaceError            the folder cannot be opened, written, or is of a newer version
    │   └── StorageError          the disk is full or refuses, or the database is locked; see core.machine_faults
    ├── FeatureError              a feature file is missing, truncated, or of another producer
    ├── NotFoundError             no row with the given id or name
    ├── CurationError             a curated set is refused
    ├── LabelingError             a labeler gave no usable answer
    ├── ConsentError              consent to send clips to another machine in this form is missing
    ├── DecisionError             a decision that cannot be recorded as it was sent
    ├── TrainingError             a run cannot start or go on
    ├── JobCancelledError         raised inside a job that was cancelled
    └── NotYetError               a planned command that this version does not have

The command line prints the sentence to standard error and exits 1; the pages show it; neither shows a traceback.
"""

from core.printable import printable

LONGEST_SENTENCE = 600
"""Characters of a sentence; what an input says of itself may be longer."""


class TelltaleError(Exception):
    """One sentence that a person can act on; whatever it quotes is made printable."""

    def __str__(self) -> str:
        return printable(super().__str__(), LONGEST_SENTENCE)


class InputError(TelltaleError):
    """Something handed in cannot be used."""


class VideoError(InputError):
    """A video file that cannot be read as one clip."""


class FrameNotFoundError(VideoError):
    """No frame is shown at the timestamp that was asked for."""


class KeypointError(InputError):
    """Key points in a form that is not OpenPose's 137."""


class TableError(InputError):
    """A clip table with a missing column, an unknown label or an unknown clip."""


class TranscriptError(InputError):
    """A transcript file that cannot be read."""


class SettingsError(TelltaleError):
    """An unknown key or a value outside its range."""


class WeightsError(TelltaleError):
    """Weights that cannot be used: missing, damaged, of another task, or a pickle that would run code."""


class DownloadError(WeightsError):
    """Weights that could not be fetched: no server has them whole, there is no room, or their license is not accepted."""


class WorkspaceError(TelltaleError):
    """The workspace folder cannot be used."""


class StorageError(WorkspaceError):
    """The disk or the database refuses: full, read-only, locked, too many open files."""


class FeatureError(TelltaleError):
    """A feature file is missing, damaged, or was made by another producer."""


class NotFoundError(TelltaleError):
    """No such row."""


class CurationError(TelltaleError):
    """A curated set that must not be trained on."""


class LabelingError(TelltaleError):
    """A labeler gave no usable answer on a clip; recorded as a failure."""


class ConsentError(TelltaleError):
    """Consent to send clips to another machine is missing; nothing was sent."""


class DecisionError(TelltaleError):
    """A decision that contradicts the state of its clip or its own fields."""


class TrainingError(TelltaleError):
    """A training run that cannot start or go on."""


class JobCancelledError(TelltaleError):
    """The job was cancelled."""


class NotYetError(TelltaleError):
    """Planned, but not part of this version."""
