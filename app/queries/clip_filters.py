"""The filters of the Library: what they are, what there is to choose from, and their totals."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from app.queries.labelers import distinct_names
from core.pose.cues.catalog import CATALOG
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.features import FeatureKind
from db import clip_filters, clips, cues, pseudo_labels, reviewers
from db.clip_filters import ClipTotals, Narrowing

DISPUTES: Mapping[Dispute, str] = {Dispute.REVIEWERS: "reviewers disagree", Dispute.GOLD: "differs from gold"}


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the list; None means all. `judged_by` is a reviewer's name, `labeler` the id of one that answered."""

    state: ClipState | None = None
    label: str | None = None
    source: LabelSource | None = None
    split: Split | None = None
    subject: str | None = None
    search: str | None = None
    said: str | None = None
    lacks: FeatureKind | None = None
    judged_by: str | None = None
    labeler: int | None = None
    cue: str | None = None
    dispute: Dispute | None = None
    among: tuple[int, ...] | None = None  # clip ids selected on the map


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the list, and whether the answers for clips that they have not judged are open to them."""

    reviewer_id: int | None
    all_open: bool


NOBODY = Reader(None, all_open=False)


@dataclass(frozen=True, slots=True)
class Choices:
    """What clips can be filtered by, each with its number of clips. `labelers` maps ids, `labeler_names` names them."""

    subjects: Mapping[str, int]
    reviewers: Mapping[str, int]
    labelers: Mapping[int, int]
    labeler_names: Mapping[int | None, str]
    cues: Mapping[str, int]
    disputes: Mapping[Dispute, int]


def choices(opened: OpenedWorkspace) -> Choices:
    """All choices that there are now, in the order of display."""
    with opened.database.read() as connection:
        by_subject = clip_filters.clips_by_subject(connection)
        by_cue = cues.clips_by_cue(connection)
        return Choices(
            subjects=dict(sorted(by_subject.items(), key=lambda one: one[0].casefold())),
            reviewers=clip_filters.clips_by_reviewer(connection, [one.name for one in reviewers.all(connection)]),
            labelers=clip_filters.clips_by_labeler(connection),
            labeler_names=distinct_names(pseudo_labels.labelers(connection)),
            cues={name: by_cue[name] for name in [*CATALOG, *sorted(by_cue.keys() - CATALOG.keys())] if name in by_cue},
            disputes=clip_filters.clips_in_dispute(connection),
        )


def narrowing(filters: Filters, reader: Reader) -> Narrowing:
    """The filters in the form that the database reads."""
    return Narrowing(
        state=filters.state,
        label=filters.label,
        source=filters.source,
        split=filters.split,
        subject=filters.subject or None,
        search=filters.search or None,
        said=filters.said or None,
        lacks=filters.lacks,
        judged_by=filters.judged_by,
        labeler=filters.labeler,
        cue=filters.cue,
        dispute=filters.dispute,
        among=filters.among,
        reader=reader.reviewer_id,
        all_open=reader.all_open,
    )


@dataclass(frozen=True, slots=True)
class ListTotals:
    """Totals of the filtered list, and the number of all clips of the workspace."""

    found: ClipTotals
    clips: int

    def sentence(self, titles: Mapping[str, str]) -> str:
        """As in `137 of 359 clips · 61 Positive, 70 Negative, 2 disputed, 4 without a label`."""
        found = self.found
        number = f"{found.clips:,} of {self.clips:,} clips"
        parts = [f"{n:,} {titles.get(name, name)}" for name, n in found.by_label.items() if name is not None and n]
        if found.disputed:
            parts.append(f"{found.disputed:,} disputed")
        if found.by_label[None]:
            parts.append(f"{found.by_label[None]:,} without a label")
        if not parts:
            return number
        whose = "" if found.open_clips == found.clips else f"the {found.open_clips:,} whose label you may see: "
        return f"{number} · {whose}{', '.join(parts)}"


def totals(opened: OpenedWorkspace, filters: Filters, reader: Reader) -> ListTotals:
    """Totals over the clips that the filters keep."""
    with opened.database.read() as connection:
        counts = clips.counts(connection)
        names = list(
            dict.fromkeys(
                [*(one.name for one in opened.workspace.settings.taxonomy), *(name for name, _ in counts.by_label)]
            )
        )
        return ListTotals(clip_filters.totals(connection, names, **narrowing(filters, reader)), counts.clips)
