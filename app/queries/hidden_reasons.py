"""Sentences that say why a list of clips shows less than is known."""

from app.queries.clip_filters import Filters, Reader
from app.queries.counted import counted
from app.queries.selected_run import Selection
from db.clip_filters import ClipTotals


def hidden_reasons(
    found: ClipTotals, filters: Filters, reader: Reader, *, selected: Selection, left_out: bool
) -> list[str]:
    """One sentence for each reason that hides a label, a column or a clip of the list.

    `selected`: the run whose predictions are a column. `left_out`: whether a saved filter's label
    does not count, because labels are hidden.
    """
    told = []
    if reader.reviewer_id is None:
        told.append(
            "Labels and answers are hidden until you choose who you are in the sidebar, because what you see of a clip is "
            "stored with your later answer."
        )
    elif found.unjudged:
        one = counted(found.unjudged, "clip is", "clips are")
        told.append(f"Answers of others are hidden until you have judged the clip: {one} waiting for yours here.")
    if found.sampled:
        one = counted(found.sampled, "clip of the reliability sample shows", "clips of the reliability sample show")
        told.append(f"{one} no label in any list, so that nobody meets it before judging.")
    if found.test:
        told.append(_of_the_test_split(found.test, all_open=reader.all_open))
    if selected.run_id is None and found.clips:
        told.append(f"“Run says” is empty, because {selected.words}.")
    return told + _by_the_filters(filters, reader, left_out=left_out)


def _of_the_test_split(number: int, *, all_open: bool) -> str:
    one = counted(number, "clip of the test split shows", "clips of the test split show")
    what = "no pseudo-label" if all_open else "no pseudo-label and no label"
    return f"{one} {what}: runs are scored on them, so no labeler and no reviewer answers there."


def _by_the_filters(filters: Filters, reader: Reader, *, left_out: bool) -> list[str]:
    told = []
    if (filters.cue or filters.said) and not reader.all_open:
        what = " and ".join(name for name, on in (("cue", filters.cue), ("words of a rationale", filters.said)) if on)
        told.append(f"By {what}, only clips that you have judged are found, because it would tell of the others.")
    if filters.label and reader.all_open:
        told.append(
            "By label, no clip of the reliability sample or of your double coding is found, because it would tell the label."
        )
    if left_out:
        told.append("The label of the saved filter does not count while labels are hidden.")
    return told
