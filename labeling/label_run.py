"""Asks a labeler about the training clips that it has not answered yet. It never sees a clip of the test split."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.errors import InputError, LabelingError, NotYetError, SettingsError
from core.progress import Progress
from core.records import Clip, CueMeasurement, LabelerAnswer, Split
from core.taxonomy import Taxonomy
from core.workspace import Workspace
from db import clips, cues, pseudo_labels
from db.engine import Database
from labeling.claim_check import check_claims
from labeling.cue_labeler import CueLabeler
from labeling.protocols import ClipEvidence, LabelerPart
from labeling.usual_rates import usual_rates

LABELERS = ("cues", "simulated")
LATER = ("gemini", "openai")


@dataclass(frozen=True, slots=True)
class LabelReport:
    """`labelled`: names of the clips answered now; `already`: how many were answered before; `failed`: a sentence each.

    `left`: how many a limit left for the next time.
    """

    labelled: tuple[str, ...]
    already: int
    failed: tuple[str, ...]
    left: int


def label_clips(
    workspace: Workspace,
    database: Database,
    labeler_name: str,
    progress: Progress,
    limit: int | None = None,
    *,
    clip_ids: list[int] | None = None,
) -> LabelReport:
    """Labels, checks each claim against the measured cues, and stores; one clip a transaction, so a killed run resumes.

    `limit`: at most that many clips are asked. `clip_ids`: these alone; InputError where one belongs to the test split.
    A clip that the labeler has no usable answer for is recorded as a failure, never as a label, and asked again next
    time. Raises SettingsError for an unknown labeler, NotYetError for one of a later version.
    """
    taxonomy = workspace.settings.taxonomy
    part = _part(workspace, database, labeler_name)
    with database.read() as connection:
        training = clips.all_ids(connection, split=Split.TRAIN)
        done = pseudo_labels.done_keys(connection, part.labeler, part.settings_digest)
        if clip_ids is not None:
            _refuse_test_split(database, set(clip_ids) - set(training))
            training = [clip_id for clip_id in training if clip_id in set(clip_ids)]
    missing = [clip_id for clip_id in training if clip_id not in done]
    asked = missing if limit is None else missing[:limit]
    labelled: list[str] = []
    failed: list[str] = []
    for number, clip_id in enumerate(asked):
        progress.raise_if_cancelled()
        with database.read() as connection:
            clip = clips.get(connection, clip_id)
            measured = cues.of_clip(connection, clip_id)
        progress.report(number / len(asked), f"{labeler_name}: {clip.name}")
        try:
            answer = _ask(part, clip, measured, taxonomy)
        except LabelingError as error:
            with database.write() as connection:
                pseudo_labels.fail(connection, clip_id, part.labeler, part.settings_digest, str(error))
            failed.append(str(error))
            continue
        with database.write() as connection:
            pseudo_labels.store(connection, clip_id, part.labeler, part.settings_digest, answer)
        labelled.append(clip.name)
    progress.report(1.0, f"{len(labelled)} clips labelled")
    return LabelReport(
        labelled=tuple(labelled),
        already=len(training) - len(missing),
        failed=tuple(failed),
        left=len(missing) - len(asked),
    )


def _ask(part: LabelerPart, clip: Clip, measured: CueMeasurement | None, taxonomy: Taxonomy) -> LabelerAnswer:
    if measured is None:
        raise LabelingError(f"{clip.name} has no measured cues; run `telltale perceive` first.")
    answer = part.label(ClipEvidence(clip=replace(clip, gold_label=None), cues=measured), taxonomy)
    return replace(answer, claims=check_claims(answer.claims, measured))


def _part(workspace: Workspace, database: Database, name: str) -> LabelerPart:
    if name in LATER:
        raise NotYetError(f"The labeler {name} comes with a later version; this one has {', '.join(LABELERS)}.")
    if name == "cues":
        return CueLabeler(workspace.settings.taxonomy, usual_rates(_measured_in_training(database)))
    if name == "simulated":
        from labeling.simulated import SimulatedPart  # only a cohort's labelling needs its generator

        with database.read() as connection:
            return SimulatedPart(clips.simulated_truths(connection))
    raise SettingsError(f"There is no labeler called {name!r}; this version has {', '.join(LABELERS)}.")


def _measured_in_training(database: Database) -> Iterator[CueMeasurement]:
    with database.read() as connection:
        training = clips.all_ids(connection, split=Split.TRAIN)
    for _, measured in cues.each(database, training):
        yield measured


def _refuse_test_split(database: Database, others: set[int]) -> None:
    with database.read() as connection:
        for clip_id in sorted(others):
            clip = clips.get(connection, clip_id)
            raise InputError(f"{clip.name} belongs to the test split, which no labeler may see.")
