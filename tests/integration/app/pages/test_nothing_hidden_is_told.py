"""No page and no route tells the label of a clip that somebody is still to judge unseen; what is told early is on record.

Two studies that differ in nothing but which clip of a pair has which label are shown to the same person, by every page, every
route, and every filter. Where what is shown differs, it tells the label: then a clip of the pair must be on record as seen.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.opened_workspace import OpenedWorkspace
from app.queries.clip_filters import Filters, Reader, totals
from app.queries.hidden_answers import blindness
from app.queries.hidden_reasons import hidden_reasons
from app.queries.library import ClipRow, page_of_clips
from app.queries.selected_run import Selection
from benchmarks.fuzz.twin_studies import ADA, KINDS, LABELS, LEA, SAVED, clip_ids, made
from core.types.assignments import Assignment, NewBatch, Purpose
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.decisions import Reviewer, Seen
from core.types.features import FeatureKind
from db import assignments, disclosures, reviewers
from db.queues import Queue
from tests.integration.app.all_shown import shown_by_page, shown_by_routes

Screen = Callable[[OpenedWorkspace, int | None], str]
Twins = Callable[..., OpenedWorkspace]
PAGES = ("overview", "library", "pseudo_labels", "train", "reviewers", "settings", "review")
QUEUES = [*(queue.value for queue in Queue), *(f"saved:{name}" for name in SAVED)]
SHOWN = {"spoil": True}
FILTERS: Mapping[str, Sequence[Any]] = {
    "label": LABELS,
    "said": ("looks positive", "negative smile"),
    "cue": ("smile",),
    "state": (ClipState.LABELED, ClipState.REVIEWED),
    "source": tuple(LabelSource),
    "labeler": (1, 2),
    "dispute": tuple(Dispute),
    "judged_by": ("Ada", "Ben", "Lea"),
    "lacks": (FeatureKind.IMAGE,),
    "split": (Split.TRAIN,),
}
BULK: Sequence[dict[str, Any]] = ({}, {"bulk-label": "positive"}, {"bulk-label": "negative", "bulk-confidence": 0.0})


def _page(name: str, state: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None) -> Screen:
    return lambda opened, person: shown_by_page(opened, name, person, state or {}, query or {})


def _screens(shown: Mapping[str, Any]) -> Iterator[tuple[str, Screen]]:
    """Every page, the training set clip by clip, and the bulk accept of all clips and of one."""
    for name in PAGES:
        yield name, _page(name, shown)
    yield "every clip of a run", _page("train", {**shown, "every-clip": True})
    chosen = {"library-map": {"selection": {"points": [{"customdata": [1]}]}}}
    for state in BULK:
        yield f"bulk accept {state}", _page("library", {**shown, **state, "bulk-open": True})
        yield f"bulk accept of one clip {state}", _page("library", {**shown, **state, **chosen, "bulk-open": True})


def _narrowed(kinds: Sequence[str] = ("open", "sample", "double")) -> Iterator[Filters]:
    """Every value of every filter, alone and beside one that leaves a single clip of a kind."""
    for name, values in FILTERS.items():
        for value in values:
            yield Filters(**{name: value})
            yield from (Filters(**{name: value}, among=(clip_ids(kind)[0],)) for kind in kinds)


def _listed(
    opened: OpenedWorkspace, filters: Filters, reader: Reader, reviewer: Reviewer | None, *, spoil: bool
) -> str:
    """What the Library lists by these filters, as its page puts it together."""
    rows, following = page_of_clips(opened, filters, reader=reader)
    blind = blindness(opened, [row.clip for row in rows], reviewer, spoil=spoil)
    counted = totals(opened, filters, reader)
    reasons = hidden_reasons(counted.found, filters, reader, selected=Selection(1), left_out=False)
    told = [blind.text(row.clip.id, _labels(row), Seen.RATIONALE) for row in rows]
    return f"{[row.clip.name for row in rows]} {following} {counted.sentence({})} {reasons} {told}"


def _labels(row: ClipRow) -> str:
    current, answered, predicted = row.current, row.pseudo, row.predicted
    return f"{current and current.label} {answered and answered.answer.label} {predicted and predicted.label}"


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """`twins(kinds)`: the study in which the labels of these kinds are exchanged; made once."""
    studies: dict[frozenset[str], OpenedWorkspace] = {}

    def study(*exchanged: str) -> OpenedWorkspace:
        if frozenset(exchanged) not in studies:
            studies[frozenset(exchanged)] = made(tmp_path_factory.mktemp("twins") / "study", frozenset(exchanged))
        return studies[frozenset(exchanged)]

    yield study
    for opened in studies.values():
        opened.database.dispose()


def _person(opened: OpenedWorkspace, person: int) -> Reviewer:
    with opened.database.read() as connection:
        return reviewers.get(connection, person)


def _difference(one: str, other: str) -> str:
    lines = difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=0)
    return "\n".join(line[:300] for line in list(lines)[2:8])


@pytest.mark.parametrize("person", [ADA, *(pytest.param(one, marks=pytest.mark.long) for one in (LEA, None))])
def test_no_filter_of_the_library_tells_a_label_while_answers_are_hidden(twins: Twins, person: int | None) -> None:
    unseen = KINDS if person != LEA else _UNSEEN_BY_LEA
    for filters in _narrowed() if person == ADA else _narrowed(KINDS):
        one, other = (
            _listed(opened, filters, Reader(person, all_open=False), person and _person(opened, person), spoil=False)
            for opened in (twins(), twins(*unseen))
        )
        assert one == other, filters


_UNSEEN_BY_LEA = tuple(kind for kind in KINDS if kind not in {"disputed", "adjudicated"})


@pytest.mark.long
def test_no_filter_tells_where_answers_are_shown_what_is_to_be_judged_unseen_all_the_same(twins: Twins) -> None:
    for filters in _narrowed():
        one, other = (
            _listed(opened, filters, Reader(ADA, all_open=True), _person(opened, ADA), spoil=True)
            for opened in (twins(), twins(*_NEVER_SHOWN))
        )
        assert one == other, filters


_NEVER_SHOWN = ("sample", "double", "practice")


def test_the_twins_differ_so_that_a_label_that_is_told_would_be_noticed(twins: Twins) -> None:
    one, other = (
        _listed(opened, Filters(), Reader(ADA, all_open=True), _person(opened, ADA), spoil=True)
        for opened in (twins(), twins(*KINDS))
    )
    assert one != other


@pytest.mark.long
def test_no_route_tells_the_label_of_a_clip_that_waits_for_an_own_answer(tmp_path: Path) -> None:
    asked = [clip_ids(kind)[0] for kind in KINDS]
    one, other = (
        shown_by_routes(made(tmp_path / str(len(kinds)), frozenset(kinds)), ADA, asked, QUEUES) for kinds in ((), KINDS)
    )
    assert [_difference(one[path], other[path]) for path in one if one[path] != other[path]] == []


@pytest.mark.long
def test_no_page_tells_a_coder_a_label_while_answers_are_hidden(twins: Twins) -> None:
    for name, screen in _screens({}):
        one, other = (screen(opened, ADA) for opened in (twins(), twins(*KINDS)))
        assert one == other, f"{name}: {_difference(one, other)}"
    assert not any(_on_record(twins(), ADA, kind) for kind in KINDS)


@pytest.mark.long
def test_what_a_page_tells_before_an_own_answer_is_on_record(twins: Twins) -> None:
    for number, (name, screen) in enumerate(_screens(SHOWN)):
        hidden_from_leads = [kind for kind in _NEVER_SHOWN if kind != "practice"]  # they choose and explain these clips
        opened = [twins(), twins("open"), twins(*hidden_from_leads)]
        (person,) = {_newcomer(one, number) for one in opened}
        plain, told, never = (screen(one, person) for one in opened)
        assert plain == never, f"{name}: {_difference(plain, never)}"
        if plain != told:
            assert _on_record(opened[0], person, "open"), name
            assert _on_record(opened[1], person, "open"), name


def _newcomer(opened: OpenedWorkspace, number: int) -> int:
    """A lead who has seen nothing, and is to double-code the clips that wait for Ada."""
    with opened.database.write() as connection:
        person = reviewers.ensure(connection, f"New {number}", "lead").id
        doubled = tuple(Assignment(clip_id, person) for clip_id in clip_ids("double"))
        batch = NewBatch(f"{number:032x}", Purpose.DOUBLE_CODING, LEA, "2 clips at random", 1, doubled)
        assignments.assign(connection, batch)
    return person


def _on_record(opened: OpenedWorkspace, person: int, kind: str) -> bool:
    with opened.database.read() as connection:
        return any(disclosures.of_clip(connection, clip_id, person) for clip_id in clip_ids(kind))
