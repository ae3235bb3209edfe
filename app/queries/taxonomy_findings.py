"""Where the settings file and the database do not agree about the labels: said when the app starts and on its pages.

The file may have been edited by hand, or restored, or the process killed between the file and the database.
"""

from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from core.settings.loader import SETTINGS_FILE
from db import label_changes
from db.labels_today import successors


def findings(opened: OpenedWorkspace) -> list[str]:
    """Where the settings file and the database do not agree about the labels, in a sentence each; fast at any size."""
    taxonomy = opened.workspace.settings.taxonomy
    with opened.database.read() as connection:
        counting = label_changes.counting_names(connection)
        retired = successors(connection)
    told = [
        f"{counted(n, 'clip has', 'clips have')} the label {name}, which {SETTINGS_FILE} lacks: say under Settings, Taxonomy, "
        "what becomes of it, or put it back into the file. Until then nothing is trained on these clips."
        for name, n in sorted(counting.items())
        if name not in taxonomy
    ]
    told += [
        f"{SETTINGS_FILE} has the label {name} again, which was retired: whatever is judged as {name} "
        + (f"counts as {taxonomy.title(retired[name])}" if retired[name] else "counts as nothing")
        + ". Give it another name in the file."
        for name in taxonomy.names
        if name in retired
    ]
    return told
