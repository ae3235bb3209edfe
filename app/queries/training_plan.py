"""The training data of the next run: by source and label, and the leak check."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from app.queries.counted import counted
from core.errors import TrainingError
from core.settings.training import TrainingSettings
from core.taxonomy import Label
from core.types.clips import Clip, LabelSource, Split
from db import clips, features
from training.data.curate import Plan, Rule, plan
from training.data.dataset_spec import KIND_OF, refuse_featureless
from training.data.splits import foreseen_refusals

_SIDE_BY_SIDE = 6  # labels that a table has room for as columns
PLANNED_AT_ONCE = 2_000  # up to this many clips the page computes the plan without being asked


@dataclass(frozen=True, slots=True)
class SourceShare:
    """The rows of one label source. `disputed` rows, trained as soft labels, are under no label."""

    source: str
    by_label: Mapping[str, int]
    mean_weight: float
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class TrainingInput:
    """A preview by the default rule. `refusals`: why training would be refused, the leak check's sentences first."""

    planned: Plan
    sources: tuple[SourceShare, ...]
    test_clips: int
    refusals: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Number of clips that are included."""
        return len(self.planned.rows)

    @property
    def left_out(self) -> Mapping[str, int]:
        """Number of clips left out, by reason."""
        return self.planned.by_reason

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences of the leak check."""
        return self.planned.problems

    @property
    def sentence(self) -> str:
        """A sentence with the number of clips and subjects, and of clips left out."""
        out = [f"{number}: {reason}" for reason, number in sorted(self.left_out.items(), key=lambda item: -item[1])]
        told = f" Left out: {'; '.join(out)}." if out else ""
        test = f" {self.test_clips} clips of the test split are not looked at." if self.test_clips else ""
        weighed = "".join(f" {one.sentence}" for one in self.planned.calibrations)
        return f"{self.rows} clips of {len(self.planned.by_subject)} subjects.{told}{test}{weighed}"


def source_table(
    sources: Sequence[SourceShare], shown: Sequence[Label], others: Sequence[Label]
) -> tuple[list[str], list[list[object]]]:
    """Header and lines of the rows by source and label; `others` are counted together. A line is a source, or, where the
    labels are too many to stand side by side, a label.
    """
    columns: list[tuple[str, list[object]]] = [
        (label.title, [one.by_label.get(label.name, 0) for one in sources]) for label in shown
    ]
    if others:
        together = [sum(one.by_label.get(label.name, 0) for label in others) for one in sources]
        columns.append((counted(len(others), "other label", "other labels"), [*together]))
    if any(one.disputed for one in sources):
        columns.append(("disputed", [one.disputed for one in sources]))
    columns.append(("mean weight", [f"{one.mean_weight:.2f}" for one in sources]))
    if len(shown) > _SIDE_BY_SIDE:
        return ["label", *(one.source for one in sources)], [[title, *values] for title, values in columns]
    lines = [[one.source, *(values[row] for _, values in columns)] for row, one in enumerate(sources)]
    return ["label source", *(title for title, _ in columns)], lines


def training_input(opened: OpenedWorkspace) -> TrainingInput:
    """Plans by the default rule; stores nothing."""
    with opened.database.read() as connection:
        test_clips = clips.counts(connection).by_split.get(Split.TEST, 0)
    planned = plan(opened.database, opened.workspace.settings, Rule())
    refused = refusals(opened, planned, opened.workspace.settings.training.modalities)
    return TrainingInput(planned, _sources(planned), test_clips, refused)


def refusals(opened: OpenedWorkspace, planned: Plan, modalities: Collection[str]) -> tuple[str, ...]:
    """The sentences of the leak check, else of the first check of a run with these modalities that the rows do not pass."""
    if planned.problems:
        return planned.problems
    settings, rows = opened.workspace.settings.training, planned.rows
    try:
        refuse_featureless(opened.database, [row.clip_id for row in rows], modalities)
    except TrainingError as error:
        return (str(error),)
    subjects, labels = [row.subject_id for row in rows], [row.label for row in rows]
    named = opened.workspace.settings.taxonomy.quoted
    foreseen = (foreseen_refusals(subjects, labels, folds, named=named) for folds in _folds(settings))
    return tuple(next(filter(None, foreseen), ()))


def absent_modalities(opened: OpenedWorkspace, planned: Plan, modalities: Collection[str]) -> str:
    """A sentence with the modalities of which no row has features, where another has some; "" for none."""
    ids = {row.clip_id for row in planned.rows}
    with opened.database.read() as connection:
        absent = [one for one in modalities if ids.isdisjoint(features.clips_with(connection, KIND_OF[one]))]
    if not absent or len(absent) == len(modalities):
        return ""
    read = [one for one in modalities if one not in absent]
    return f"No clip has features of {' or '.join(absent)}: the model reads {' and '.join(read)}."


def _folds(settings: TrainingSettings) -> tuple[int, int]:
    return settings.folds, settings.selection_folds


@dataclass(frozen=True, slots=True)
class ClipInclusion:
    """A clip of the train split: included with label and weight, or left out with the reason.

    `soft_labels`: shares of each label where reviewers differ. `reveals_label`: weight or reason reveal a pseudo-label or
    another person's answer.
    """

    clip: Clip
    label: str | None = None
    soft_labels: tuple[tuple[str, float], ...] = ()
    source: str | None = None
    weight: float | None = None
    reason: str | None = None
    reveals_label: bool = False

    def label_in_words(self, titles: Mapping[str, str]) -> str:
        """The label's title, or as in `disputed: Negative 0.5, Positive 0.5`; "" for a clip that is left out."""
        if self.soft_labels:
            return f"disputed: {', '.join(f'{titles.get(name, name)} {share:.2g}' for name, share in self.soft_labels)}"
        return "" if self.label is None else titles.get(self.label, self.label)


def clip_inclusions(opened: OpenedWorkspace, planned: Plan) -> list[ClipInclusion]:
    """Every clip of the train split with its inclusion in the plan, by name."""
    with opened.database.read() as connection:
        known = {clip.id: clip for clip in clips.many(connection, clips.all_ids(connection, split=Split.TRAIN))}
    pseudo = LabelSource.PSEUDO
    inclusions = [
        ClipInclusion(
            known[row.clip_id],
            row.label,
            row.soft_labels,
            row.source.value,
            row.weight,
            reveals_label=row.source is pseudo,
        )
        for row in planned.rows
    ]
    inclusions += [
        ClipInclusion(known[one.clip_id], reason=one.reason, reveals_label=one.reveals_label)
        for one in planned.left_out
    ]
    return sorted(inclusions, key=lambda one: one.clip.name)


def subject_shares(inclusions: Iterable[ClipInclusion]) -> list[dict[str, str | int]]:
    """Number of clips in and out by subject, largest subject first."""
    found: dict[str, Counter[str]] = {}
    for one in inclusions:
        found.setdefault(one.clip.subject, Counter())["out" if one.reason else "in"] += 1
    return [
        {"subject": subject, "in": counts["in"], "out": counts["out"]}
        for subject, counts in sorted(found.items(), key=lambda item: (-item[1]["in"], item[0]))
    ]


def _sources(planned: Plan) -> tuple[SourceShare, ...]:
    found = []
    for source in sorted({row.source for row in planned.rows}):
        rows = [row for row in planned.rows if row.source is source]
        counts = Counter(row.label for row in rows if not row.soft_labels)
        mean_weight = sum(row.weight for row in rows) / len(rows)
        found.append(SourceShare(source.value, counts, mean_weight, sum(bool(row.soft_labels) for row in rows)))
    return tuple(found)
