"""Pages of clips for the Library; the cost depends on the rows shown, not on the number of clips."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import NOBODY, Filters, Reader, narrowing
from app.queries.confidence_words import CONFIDENCE_WORDS
from core.taxonomy import Taxonomy
from core.types.clips import Clip, CurrentLabel
from core.types.cues import CueMeasurement
from core.types.decisions import Decision, Seen
from core.types.features import FeatureKind, FeatureRecord
from core.types.pseudo_labels import Claim, PseudoLabel
from core.types.runs import Prediction
from db import clips, cues, decisions, features, pseudo_labels, reviewers, runs

PAGE_ROWS = 25


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A row of the Library."""

    clip: Clip
    current: CurrentLabel | None
    pseudo: PseudoLabel | None
    predicted: Prediction | None


@dataclass(frozen=True, slots=True)
class ClipDetail:
    """The details of one clip."""

    row: ClipRow
    features: Mapping[FeatureKind, FeatureRecord]
    cues: CueMeasurement | None
    history: tuple[tuple[Decision, str], ...]  # each decision with its reviewer's name

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of the pseudo-label."""
        return self.row.pseudo.answer.claims if self.row.pseudo else ()


def page_of_clips(
    opened: OpenedWorkspace, filters: Filters, after_id: int = 0, *, reader: Reader = NOBODY
) -> tuple[list[ClipRow], int | None]:
    """The rows after `after_id`, and the id that the next page begins after; None on the last page."""
    with opened.database.read() as connection:
        found = clips.page(connection, after_id=after_id, limit=PAGE_ROWS + 1, **narrowing(filters, reader))
        shown = found[:PAGE_ROWS]
        ids = [clip.id for clip in shown]
        labels = clips.labels(connection, ids) if ids else {}
        run = runs.selected(connection)
        predicted = {p.clip_id: p for p in runs.predictions_of(connection, run.id, ids)} if run and ids else {}
        answers = pseudo_labels.latest_of(connection, ids)
    rows = [ClipRow(clip, labels.get(clip.id), answers.get(clip.id), predicted.get(clip.id)) for clip in shown]
    return rows, (shown[-1].id if len(found) > PAGE_ROWS else None)


def detail_of_clip(opened: OpenedWorkspace, row: ClipRow) -> ClipDetail:
    """Features, cues and decision history of a clip."""
    with opened.database.read() as connection:
        names = {reviewer.id: reviewer.name for reviewer in reviewers.all(connection)}
        return ClipDetail(
            row=row,
            features=features.of_clip(connection, row.clip.id),
            cues=cues.of_clip(connection, row.clip.id),
            history=tuple((d, names.get(d.reviewer_id, "?")) for d in decisions.history(connection, row.clip.id)),
        )


def in_words(decision: Decision, taxonomy: Taxonomy) -> str:
    """A decision in a few words."""
    sure = f", {CONFIDENCE_WORDS[decision.rater_confidence]}" if decision.rater_confidence else ""
    label = taxonomy.title(decision.label) if decision.label else ""
    what = {
        "blind": f"judged {_first_answer(decision)}: {label}",
        "repeat": f"judged a second time: {label}",
        "accept": f"kept the pseudo-label: {label}",
        "correct": f"set {label}",
        "bulk_accept": f"accepted in bulk: {label}",
        "adjudicate": f"adjudicated: {label}",
        "unclear": "marked unclear",
        "skip": "skipped",
        "undo": f"undid decision {decision.undoes_id}",
    }[decision.kind.value]
    return f"{what}{sure}"


_SEEN_IN_WORDS = {Seen.ANSWERS: "other answers", Seen.RATIONALE: "the rationale", Seen.RUN: "a run's prediction"}


def _first_answer(decision: Decision) -> str:
    """Whether it is blind; an answer of which that is not known is not called so."""
    if decision.seen is None:
        return "before the reveal"
    if not decision.seen:
        return "blind"
    return f"before the reveal, having seen {' and '.join(_SEEN_IN_WORDS[seen] for seen in sorted(decision.seen))}"
