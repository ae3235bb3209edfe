"""What the Retrain button would train on: by source, class and subject, and whether anything leaks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from app.services import Services
from core.errors import CurationError
from core.records import CuratedRow
from training.curate import Rule, preview


@dataclass(frozen=True, slots=True)
class TrainingInput:
    """`by_source`: (source, {label: clips}, mean weight). `refusal` is the sentence why it must not be trained on."""

    rows: int
    subjects: int
    by_source: tuple[tuple[str, Mapping[str, int], float], ...]
    titles: Mapping[str, str]
    refusal: str
    left_out_test: int

    @property
    def sentence(self) -> str:
        """Clips and subjects in one line."""
        return f"{self.rows} clips of {self.subjects} subjects; {self.left_out_test} clips of the test split stay out."

    @property
    def leak_sentence(self) -> str:
        """What the leak check found."""
        return "Leak check: no subject is in both training and test, and folds are cut by subject."


def training_input(opened: Services) -> TrainingInput:
    """A preview by the default rule; nothing is stored."""
    titles = {label.name: label.title for label in opened.workspace.settings.taxonomy}
    with opened.database.read() as connection:
        test = clips.counts(connection).by_split.get(Split.TEST, 0)
    try:
        rows, refusal = preview(opened.database, opened.workspace.settings, Rule()), ""
    except CurationError as error:
        rows, refusal = (), str(error)
    return TrainingInput(
        rows=len(rows),
        subjects=len({row.subject_id for row in rows}),
        by_source=_by_source(rows),
        titles=titles,
        refusal=refusal,
        left_out_test=test,
    )


def _by_source(rows: tuple[CuratedRow, ...]) -> tuple[tuple[str, Mapping[str, int], float], ...]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    weights: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        counts[row.source.value][row.label] += 1
        weights[row.source.value].append(row.weight)
    return tuple(
        (source, dict(of_label), sum(weights[source]) / len(weights[source]))
        for source, of_label in sorted(counts.items())
    )
