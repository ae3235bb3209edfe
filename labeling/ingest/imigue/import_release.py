"""`telltale import-imigue`: imports iMiGUE's clips with labels, protocols, transcripts and micro-gestures.

Clips are probed, hashed and stored one by one by labeling.ingest.import_folder: a bad clip is refused with a sentence
and the others are imported; importing again adds what is new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InputError, SettingsError
from core.printable import some_of
from core.progress import Progress
from core.taxonomy import Taxonomy
from core.types.clips import Split
from core.workspace import Workspace
from db import annotated_cues, clips, protocols
from db.engine import Database
from labeling.ingest.clip_table import ClipTable, TableRow
from labeling.ingest.clip_writer import ImportReport
from labeling.ingest.folder_contents import ImportSources
from labeling.ingest.imigue.label_table import Interview, LabelTable, find_label_table, read_label_table
from labeling.ingest.imigue.layout import ImigueFolder, find_imigue, find_speech
from labeling.ingest.imigue.micro_gestures import (
    SOURCE,
    MicroGestures,
    cues_of,
    has_micro_gestures,
    read_micro_gestures,
)
from labeling.ingest.imigue.protocols import (
    CROSS_SUBJECT,
    EMOTION,
    ProtocolIds,
    SideCounts,
    count_side,
    on_both_sides,
    read_protocol_ids,
)
from labeling.ingest.import_folder import import_clips

WON, LOST = "positive", "negative"


@dataclass(slots=True)
class ImigueReport(ImportReport):
    """An import's report, with the state of iMiGUE's protocols.

    `counts`: of both sides of each protocol, over the imported clips of this table; a warning is added if they differ from
    the published ones. `on_both_sides`: subjects with videos on both sides of the emotion protocol. `micro_gestures`: number of
    annotated cues that were stored from this import's rows.
    """

    counts: list[SideCounts] = field(default_factory=list)
    on_both_sides: tuple[str, ...] = ()
    micro_gestures: int = 0


@dataclass(frozen=True, slots=True)
class _Release:
    """All that is read before the first clip is imported; `clip_names` by video id."""

    folder: ImigueFolder
    labels: LabelTable
    clip_names: Mapping[int, str]
    emotion: ProtocolIds | None
    gestures: MicroGestures | None


def import_imigue(
    workspace: Workspace,
    database: Database,
    folder: Path,
    *,
    speech: Path | None = None,
    table: Path | None = None,
    emotion_ids: Path | None = None,
    micro_gestures: Path | None = None,
    progress: Progress,
) -> ImigueReport:
    """Imports the release in `folder` (for its layout see labeling.ingest.imigue.layout).

    `speech`: the folder of iMiGUE-Speech, for its transcripts and, without another table, its labels.csv.
    `table`: the label table (labeling.ingest.imigue.label_table); by default searched for in `folder`.
    `emotion_ids`: a file with the two sides of the emotion protocol (labeling.ingest.imigue.protocols.read_protocol_ids).
    `micro_gestures`: a table or folder of annotated micro-gestures; by default those in the label table.

    A won match gets the label `positive`, a lost one `negative`. The clips' splits are the sides of the cross-subject
    protocol; both protocols are also stored by name (db.protocols).

    Raises SettingsError if the taxonomy lacks one of the labels, InputError if a given path is missing, there is nothing to
    import, or a clip is in the workspace under another subject, TableError if a table cannot be used at all (nothing
    is imported then), JobCancelledError between clips.
    """
    _refuse_other_taxonomy(workspace.settings.taxonomy)
    folder = folder.expanduser().resolve()
    release = _read_release(folder, speech, table, emotion_ids, micro_gestures)
    _refuse_other_people(database, release)
    words = find_speech(speech.expanduser().resolve()) if speech is not None else {}
    sources = ImportSources(
        folder=folder,
        videos=tuple(release.folder.videos[number] for number in sorted(release.folder.videos)),
        openpose=None,
        transcripts=None,
        table=release.labels.path,
        cohort=None,
        notes=tuple(_notes(release, folder, table, micro_gestures)),
        keypoint_files={_name(release, number): path for number, path in release.folder.keypoints.items()},
        transcript_files={_name(release, number): path for number, path in words.items()},
    )
    report = ImigueReport(refused=list(release.folder.refusals))
    import_clips(workspace, database, sources, _clip_table(release), report, progress=progress)
    report.warnings.extend(_missing(folder, release, words if speech is not None else None))
    afterwards = _Afterwards(database, release, report)
    afterwards.set_cross_subject()
    if release.emotion is not None:
        afterwards.set_emotion(release.emotion)
    if release.gestures is not None:
        afterwards.store_gestures(release.gestures, progress)
    return report


def _refuse_other_taxonomy(taxonomy: Taxonomy) -> None:
    if WON not in taxonomy or LOST not in taxonomy:
        raise SettingsError(
            f"taxonomy in telltale.toml has the labels {', '.join(taxonomy.names)}; iMiGUE's won and lost matches need "
            f"{WON} and {LOST}."
        )


def _read_release(
    folder: Path, speech: Path | None, table: Path | None, emotion_ids: Path | None, micro_gestures: Path | None
) -> _Release:
    for named, option in ((table, "--table"), (emotion_ids, "--emotion-ids")):
        if named is not None and not named.is_file():
            raise InputError(f"{option}: {named} is not a file.")
    if micro_gestures is not None and not micro_gestures.exists():
        raise InputError(f"--micro-gestures: {micro_gestures} is neither a file nor a folder.")
    found = find_imigue(folder)
    path = table or find_label_table(found.tables) or _speech_table(speech)
    if path is None:
        raise InputError(
            f"{folder} holds no label table, which is a .csv with the columns video_id, subject_id and win_or_lose; "
            "name it with --table."
        )
    labels = read_label_table(path)
    marks = micro_gestures or (path if has_micro_gestures(path) else None)
    names = {number: interview.spelled for number, interview in labels.interviews.items()}
    return _Release(
        folder=found,
        labels=labels,
        clip_names=names | {number: video.stem for number, video in found.videos.items()},
        emotion=read_protocol_ids(emotion_ids) if emotion_ids is not None else None,
        gestures=read_micro_gestures(marks) if marks is not None else None,
    )


def _speech_table(speech: Path | None) -> Path | None:
    path = speech / "labels.csv" if speech is not None else None
    return path if path is not None and path.is_file() else None


def _name(release: _Release, number: int) -> str:
    return release.clip_names.get(number, str(number))


def _refuse_other_people(database: Database, release: _Release) -> None:
    """Raises InputError if a stored clip has another subject, as one person's clips could then be on both sides of a split."""
    with database.read() as connection:
        for number, interview in release.labels.interviews.items():
            stored = clips.by_name(connection, _name(release, number))
            if stored is not None and stored.subject != interview.subject:
                raise InputError(
                    f"{release.labels.name} gives {stored.name} to {interview.subject}, but the workspace has it as a clip "
                    f"of {stored.subject}; import into a workspace of its own, so that nobody is on both sides."
                )


def _notes(release: _Release, folder: Path, table: Path | None, micro_gestures: Path | None) -> list[str]:
    """Sentences on what was found automatically."""
    notes: list[str] = []
    path = release.labels.path
    if table is None:
        where = path.relative_to(folder) if path.is_relative_to(folder) else path
        notes.append(f"{where} was used as the label table.")
    if micro_gestures is None and release.gestures is not None:
        notes.append(f"{path.name} has micro-gestures too, which were taken as human cues.")
    return notes


def _clip_table(release: _Release) -> ClipTable:
    labels = release.labels

    def row(number: int, interview: Interview) -> TableRow:
        label = None if interview.won is None else WON if interview.won else LOST
        return TableRow(_name(release, number), interview.subject, label, interview.side or Split.TRAIN, None)

    rows = {_name(release, number): row(number, interview) for number, interview in labels.interviews.items()}
    refused = frozenset(_name(release, number) for number in labels.refused)
    return ClipTable(labels.name, rows, refused, labels.refusals, labels.warnings)


def _missing(folder: Path, release: _Release, words: Mapping[int, Path] | None) -> list[str]:
    """Sentences on videos without key points or transcripts."""
    listed = {
        number: video.stem for number, video in release.folder.videos.items() if number in release.labels.interviews
    }
    warnings: list[str] = []
    without = [name for number, name in listed.items() if number not in release.folder.keypoints]
    if without:
        warnings.append(
            f"{folder.name} has no key points for {some_of(without)} ({len(without)} of {len(listed)}): neither a "
            "folder of files such as 12/12_000000000000_keypoints.json nor a 12.zip."
        )
    silent = [name for number, name in listed.items() if words is not None and number not in words]
    if silent:
        warnings.append(f"iMiGUE-Speech has no words for {some_of(silent)} ({len(silent)} of {len(listed)}).")
    return warnings


class _Afterwards:
    """Stores the protocols' sides and annotated micro-gestures, after the clips are stored."""

    def __init__(self, database: Database, release: _Release, report: ImigueReport) -> None:
        self._database = database
        self._labels = release.labels
        self._report = report
        with database.read() as connection:
            found = {number: clips.by_name(connection, _name(release, number)) for number in release.labels.interviews}
        # The table's clips that are in the workspace now, by video id.
        self._stored = {number: clip for number, clip in found.items() if clip is not None}

    def set_cross_subject(self) -> None:
        if self._labels.has_subjects:
            self._set_protocol(CROSS_SUBJECT, {number: clip.split for number, clip in self._stored.items()})

    def set_emotion(self, ids: ProtocolIds) -> None:
        self._report.warnings.extend(ids.warnings)
        unknown = [str(number) for number in ids.sides if number not in self._stored]
        if unknown:
            self._report.warnings.append(
                f"Ids of the emotion protocol that are not among the imported videos were left out: {some_of(unknown)}."
            )
        sides = {number: side for number, side in ids.sides.items() if number in self._stored}
        self._set_protocol(EMOTION, sides)
        self._warn_of_leak(sides)

    def _set_protocol(self, protocol: str, sides: Mapping[int, Split]) -> None:
        """Stores the sides, keeps those of clips of earlier imports, and reports the counts of this import."""
        ours = {clip.id for clip in self._stored.values()}
        with self._database.write() as connection:
            others = {key: side for key, side in protocols.splits(connection, protocol).items() if key not in ours}
            new = {self._stored[number].id: side for number, side in sides.items()}
            protocols.set_splits(connection, protocol, others | new)
        for side in Split:
            won = [self._labels.interviews[number].won for number, each in sides.items() if each is side]
            counts = count_side(protocol, side, won)
            self._report.counts.append(counts)
            if not counts.as_published:
                self._report.warnings.append(f"Not the published counts: {counts.sentence}")

    def _warn_of_leak(self, sides: Mapping[int, Split]) -> None:
        if not self._labels.has_subjects:
            self._report.warnings.append(
                "Without subject ids it cannot be told who stands on both sides of the emotion protocol "
                "(39 players in the release)."
            )
            return
        both = on_both_sides(sides, {number: clip.subject for number, clip in self._stored.items()})
        self._report.on_both_sides = both
        if both:
            self._report.warnings.append(
                f"{len(both)} people stand on both sides of the emotion protocol ({', '.join(both)}): a model can know "
                "them again, so `telltale evaluate` does not score by it; the cross-subject protocol is there."
            )

    def store_gestures(self, gestures: MicroGestures, progress: Progress) -> None:
        """Stores the micro-gestures of each clip as annotated cues. Raises JobCancelledError between clips."""
        warnings = self._report.warnings
        warnings.extend(gestures.warnings)
        behind: list[str] = []
        for number, marked in gestures.of_video.items():
            progress.raise_if_cancelled()
            clip = self._stored.get(number)
            if clip is None:
                continue
            cues, left_out = cues_of(marked, clip.frame_rate, clip.duration_s)
            if left_out:
                behind.append(f"{left_out} in {clip.name}")
            self._report.micro_gestures += len(cues)
            with self._database.read() as connection:
                there = [cue for cue in annotated_cues.of_clip(connection, clip.id) if cue.source == SOURCE]
            if there != list(cues):
                with self._database.write() as connection:
                    annotated_cues.store(connection, clip.id, SOURCE, cues)
        if behind:
            warnings.append(f"Micro-gestures that begin after their video's end were left out: {some_of(behind)}.")
        strangers = [str(number) for number in gestures.of_video if number not in self._stored]
        if strangers:
            warnings.append(f"Micro-gestures of videos that were not imported were left out: {some_of(strangers)}.")
