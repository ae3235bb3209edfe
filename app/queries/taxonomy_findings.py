"""Where the settings file and the database do not agree about the labels: said when the app starts and on its pages.

The file may have been edited by hand, or restored, or the process killed between the file and the database.
"""

from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from core.settings.loader import SETTINGS_FILE
from db import label_changes
from db.labels_today import successors


def note_titles(opened: OpenedWorkspace) -> None:
    """Notes the titles of labels that nobody has noted, before anybody can change them by hand. Fast, and seldom writes."""
    titles = {label.name: label.title for label in opened.workspace.settings.taxonomy}
    with opened.database.read() as connection:
        known = label_changes.titles_noted(connection)
    if titles.keys() - known.keys():
        with opened.database.write() as connection:
            label_changes.note_titles(connection, titles)


def findings(opened: OpenedWorkspace) -> list[str]:
    """Where the settings file and the database do not agree about the labels, in a sentence each; fast at any size."""
    taxonomy = opened.workspace.settings.taxonomy
    with opened.database.read() as connection:
        counting = label_changes.counting_names(connection)
        retired = successors(connection)
        noted = label_changes.titles_noted(connection)
    told = [
        f"{counted(n, 'clip has', 'clips have')} the label {name}, which {SETTINGS_FILE} lacks: say under Settings, Taxonomy, "
        "what becomes of it, or put it back into the file. Until then nothing is trained on these clips."
        for name, n in sorted(counting.items())
        if name not in taxonomy
    ]
    told += [
        f"The label {name} was called {noted[name]} and is called {taxonomy.title(name)} in {SETTINGS_FILE} now, which was "
        "changed by hand: say under Settings, Taxonomy, whether it is the same class."
        for name in taxonomy.names
        if noted.get(name, taxonomy.title(name)) != taxonomy.title(name)
    ]
    told += [
        f"{SETTINGS_FILE} has the label {name} again, which was retired: whatever is judged as {name} "
        + (f"counts as {taxonomy.title(retired[name])}" if retired[name] else "counts as nothing")
        + ". Give it another name in the file."
        for name in taxonomy.names
        if name in retired
    ]
    return told
