"""What `telltale import` does with a path: videos, or key points without videos; first, if asked, labels of the data."""

from pathlib import Path

from core.errors import InputError
from core.progress import Progress
from core.workspace import Workspace
from db.engine import Database
from labeling.ingest.clip_table import read_clip_table
from labeling.ingest.clip_writer import ImportReport
from labeling.ingest.folder_contents import find_sources
from labeling.ingest.import_folder import import_folder
from labeling.ingest.import_keypoints import import_keypoints, labels_in
from labeling.ingest.keypoint_studies import find_keypoint_study
from labeling.ingest.labels_of_data import with_labels_of_data
from labeling.ingest.reimport import Update


def import_study(
    workspace: Workspace,
    database: Database,
    path: Path,
    *,
    openpose: Path | None = None,
    transcripts: Path | None = None,
    table: Path | None = None,
    task: str | None = None,
    labels_from_data: bool = False,
    update: Update = Update.KEEP,
    progress: Progress,
) -> ImportReport:
    """Imports a folder with videos, or key points alone (labeling.ingest.keypoint_studies).

    `task`: whose labels are read, where a set names several. `labels_from_data`: labels that the taxonomy lacks are added to it
    (labeling.ingest.labels_of_data). `update`: what is done with clips that are there already (labeling.ingest.reimport).
    Raises InputError if nothing of it can be used.
    """
    try:
        path = path.expanduser().resolve()
    except RuntimeError as error:
        raise InputError(f"{path} leads nowhere: it is a link to itself, or in a home that is not there.") from error
    if update is not Update.KEEP and labels_from_data:
        raise InputError("Labels of the data and an update are two imports: take the labels over first, then update.")
    study = find_keypoint_study(path, openpose=openpose, transcripts=transcripts, table=table)
    notes: list[str] = []
    if labels_from_data:
        if study is not None:
            written = labels_in(study, workspace, task)
        else:
            sources = find_sources(path, openpose=openpose, transcripts=transcripts, table=table)
            known = workspace.settings.taxonomy
            written = list(read_clip_table(sources.table, known).labels) if sources.table is not None else []
        workspace, notes = with_labels_of_data(workspace, database, written, path.name)
    if study is not None:
        report = import_keypoints(workspace, database, study, task=task, update=update, progress=progress)
    else:
        report = import_folder(
            workspace,
            database,
            path,
            openpose=openpose,
            transcripts=transcripts,
            table=table,
            update=update,
            progress=progress,
        )
    report.notes[:0] = notes
    return report
