"""Statistics of the reviewers: agreement, adoption of the model's label, accuracy against gold, disputes.

A person's own answer is the blind one where there is one, because it was given without help.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.opened_workspace import OpenedWorkspace
from app.queries.proportions import Share
from core.types.decisions import LEAD, DecisionKind, Reviewer
from db import assignments, judgments, repeat_judgments, reviewers
from db.judgments import Judgment
from db.repeat_judgments import Repeat
from training.evaluation.reviewer_agreement import Coefficient, alpha, kappa, pairs_of


@dataclass(frozen=True, slots=True)
class ReviewerFacts:
    """One reviewer. `moved_to_model`: of the clips on which blind answer and pseudo-label differed, those changed to
    it.

    `agreed`: blind answers equal to the pseudo-label. `moved_away`: of these, those changed to another label.
    `steady`: repeated clips with the same blind answer.
    """

    reviewer: Reviewer
    judged: int
    with_gold: Share
    agreed: Share
    moved_to_model: Share
    moved_away: Share
    steady: Share


@dataclass(frozen=True, slots=True)
class PairFacts:
    """Two reviewers and Cohen's kappa of their own answers."""

    first: str
    second: str
    kappa: Coefficient


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """`alpha`: Krippendorff's alpha of all; `reliability_alpha`: of the blind answers on the reliability sample, which is
    the one to report; `double_coded_alpha`: of those on the clips drawn for double coding.
    """

    people: tuple[ReviewerFacts, ...]
    pairs: tuple[PairFacts, ...]
    alpha: Coefficient
    reliability_alpha: Coefficient
    double_coded_alpha: Coefficient


def people_facts(opened: OpenedWorkspace) -> PeopleFacts:
    """Reads all judgments; pages cache it until the next decision."""
    with opened.database.read() as connection:
        known = reviewers.all(connection)
        judged = [one for one in judgments.all(connection) if one.kind not in _NO_LOOKING]
        twice = repeat_judgments.made(connection)
        double_coded = assignments.double_coded(connection)
    names = {one.id: one.name for one in known}
    ratings: dict[int, dict[int, str]] = {}
    subject_of = {one.clip_id: one.subject_id for one in judged}
    blind: dict[int, dict[int, str]] = {}
    blind_twice: dict[int, dict[int, str]] = {}
    for one in judged:  # oldest first, so that the newest stays
        own = one.blind_label or one.label
        if own is not None:
            ratings.setdefault(one.clip_id, {})[one.reviewer_id] = own
        if one.reliability_sample and one.blind_label:
            blind.setdefault(one.clip_id, {})[one.reviewer_id] = one.blind_label
        if one.clip_id in double_coded and one.blind_label:
            blind_twice.setdefault(one.clip_id, {})[one.reviewer_id] = one.blind_label
    return PeopleFacts(
        people=tuple(
            _of_one(
                person,
                [one for one in judged if one.reviewer_id == person.id],
                [one for one in twice if one.reviewer_id == person.id],
            )
            for person in known
        ),
        pairs=tuple(
            PairFacts(names[first], names[second], kappa(labels, subject_of))
            for (first, second), labels in sorted(pairs_of(ratings).items())
        ),
        alpha=alpha(_labels_of(ratings), subject_of),
        reliability_alpha=alpha(_labels_of(blind), subject_of),
        double_coded_alpha=alpha(_labels_of(blind_twice), subject_of),
    )


def _labels_of(ratings: Mapping[int, Mapping[int, str]]) -> dict[int, list[str]]:
    return {clip_id: list(labels.values()) for clip_id, labels in ratings.items()}


def may_lead(people: Sequence[Reviewer], reviewer: Reviewer | None) -> bool:
    """Whether the reviewer may do what a lead does: adjudicate, assign, change settings. Anybody may where there is no lead."""
    if reviewer is None:
        return False
    return reviewer.role == LEAD or all(one.role != LEAD for one in people)


_NO_LOOKING = frozenset({DecisionKind.BULK_ACCEPT, DecisionKind.ADJUDICATE})


def _of_one(person: Reviewer, judged: Sequence[Judgment], twice: Sequence[Repeat]) -> ReviewerFacts:
    newest = {one.clip_id: one for one in judged}.values()
    labeled = [
        (one, own) for one in newest if one.gold_label is not None and (own := one.blind_label or one.label) is not None
    ]
    seen = [one for one in newest if one.blind_label and one.pseudo_label and one.label]
    agreed = [one for one in seen if one.blind_label == one.pseudo_label]
    differed = [one for one in seen if one.blind_label != one.pseudo_label]
    return ReviewerFacts(
        reviewer=person,
        judged=len(newest),
        with_gold=Share.of((one.subject_id, own == one.gold_label) for one, own in labeled),
        agreed=Share.of((one.subject_id, one.blind_label == one.pseudo_label) for one in seen),
        moved_to_model=Share.of((one.subject_id, one.label == one.pseudo_label) for one in differed),
        moved_away=Share.of((one.subject_id, one.label != one.pseudo_label) for one in agreed),
        steady=Share.of((one.subject_id, one.first_label == one.second_label) for one in twice),
    )
