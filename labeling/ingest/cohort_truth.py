"""Reading `cohort.json`, which marks a folder as simulated and holds the true labels (written by core.simulation)."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import InputError
from core.guarded_files import read_bounded
from core.media.timebase import frame_rate_of
from core.taxonomy import Taxonomy
from core.types.features import Producer
from labeling.ingest.folder_contents import contained
from labeling.ingest.keypoints import ImportedKeypoints

_MAX_BYTES = 256 * 2**20
_ARCHIVE_PRODUCER = Producer("cohort-keypoints", "1", "")


class CohortClip(BaseModel):
    """The fields of a simulated clip that the importer needs. `frame_rate` is a fraction such as "25/1"."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    truth: str
    frame_count: int = Field(ge=1)
    frame_rate: Annotated[Fraction, BeforeValidator(frame_rate_of)]
    width_px: int = Field(ge=2)
    height_px: int = Field(ge=2)


class _CohortFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    simulated: bool
    clips: dict[str, CohortClip]


@dataclass(frozen=True, slots=True)
class CohortFolder:
    """A simulated cohort's clips by name; a clip without a video file has only key points until it is rendered."""

    folder: Path
    clips: dict[str, CohortClip]

    def keypoints_of(self, clip: str) -> ImportedKeypoints:
        """The key points of a clip without a video. Raises InputError if they are missing or cannot be read."""
        path = contained(self.folder, f"keypoints/{clip}.safetensors")
        if not path.is_file():
            raise InputError(f"{clip} is left out: the cohort has neither its video nor its key points.")
        from core.simulation import read_keypoint_archive  # imported here, as only cohorts need the simulation

        return ImportedKeypoints(read_keypoint_archive(path), _ARCHIVE_PRODUCER, ())


def read_cohort_folder(path: Path, taxonomy: Taxonomy) -> CohortFolder:
    """Reads a cohort.json. Raises InputError if it is not a cohort's or has labels outside the taxonomy."""
    try:
        cohort = _CohortFile.model_validate_json(read_bounded(path, _MAX_BYTES))
    except (ValidationError, OSError) as error:
        raise InputError(f"{path} was not written by Telltale's cohort generator.") from error
    if not cohort.simulated:
        raise InputError(f"{path} does not say that its clips are simulated.")
    unknown = sorted({clip.truth for clip in cohort.clips.values()} - set(taxonomy.names))
    if unknown:
        known = ", ".join(taxonomy.names)
        raise InputError(f"{path} has the unknown label {unknown[0]!r}; the labels are {known}.")
    return CohortFolder(path.parent, cohort.clips)
