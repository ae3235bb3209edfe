"""Pages under Streamlit's own test runner: hostile addresses and sessions, in a study whose texts are hostile, too.

A fault is an exception on the page. What a page tells in a red box must be one sentence.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

import app
from app.opened_workspace import WORKSPACE_VARIABLE, OpenedWorkspace
from app.queries.clip_filters import Filters
from app.queries.saved_filters import save
from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import HOSTILE_NUMBERS, HOSTILE_TEXTS
from benchmarks.fuzz.twin_studies import ADA, BEN, KINDS, LABELERS, LEA, MAX, OWN, SAVED, clip_ids, made
from core.errors import InputError, TelltaleError
from core.types.clips import ClipState, Dispute, LabelSource, NewClip, Split
from core.types.cues import BodyRegion
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.features import FeatureKind
from core.types.pseudo_labels import Claim, LabelerAnswer
from db import clips, decisions, pseudo_labels, reviewers
from db.queues import Queue

_SCRIPT = str(Path(app.__file__).parent / "shell" / "navigation.py")
_PAGES = ("overview", "review", "library", "pseudo_labels", "train", "reviewers", "settings")
_CHOICES: dict[str, tuple[object, ...]] = {
    "library-state": tuple(ClipState),
    "library-source": tuple(LabelSource),
    "library-split": tuple(Split),
    "library-lacks": tuple(FeatureKind),
    "library-label": ("positive", "negative"),
    "library-disputed": tuple(Dispute),
    "library-judged-by": ("Ada", "Ben"),
    "library-subject": tuple(f"subject {kind}" for kind in KINDS),
    "library-labeler": (1, 2),
    "library-cue": ("smile",),
    "library-saved": tuple(SAVED),
    "library-search": ("clip", '"clip 1"', '"', "*", "NEAR(a b)"),
    "library-said": ("looks positive", "NOT", "a OR b", "^x"),
    "queue": (*Queue, *(f"saved:{name}" for name in SAVED)),
    "clip": (*range(1, OWN[1] + 1),),
    "t": ("1.5", "nan", "inf", "-1"),
    "answer": (*range(1, 40),),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """A page that somebody opens: the reviewer's id in their session, its other state, and the address."""

    page: str
    person: object
    state: dict[str, object]
    query: dict[str, str]


def _prepare(folder: Path) -> OpenedWorkspace:
    opened = made(folder / "study")
    os.environ[WORKSPACE_VARIABLE] = str(opened.workspace.root)
    for number, text in enumerate(HOSTILE_TEXTS):
        for store in (_named, _judged, _answered, _imported, _saved):
            _unless_refused(partial(store, opened, number, text))
    for page in ("library", "train"):  # what they import is loaded before the first input
        _shown(opened, Opening(page, ADA, {}, {}))
    return opened


def _unless_refused(store: Callable[[], object]) -> None:
    """Stores a text unless Telltale or UTF-8 refuses it: then it is in no study."""
    try:
        store()
    except (TelltaleError, UnicodeEncodeError):
        return


def _named(opened: OpenedWorkspace, _number: int, text: str) -> None:
    with opened.database.write() as connection:
        reviewers.ensure(connection, text[:60])


def _judged(opened: OpenedWorkspace, number: int, text: str) -> None:
    with opened.database.write() as connection:
        for who, label in ((BEN, "positive"), (LEA, "negative")):
            new = NewDecision(
                f"{number:016x}{who:016x}", 1, who, DecisionKind.ADJUDICATE, ReviewMode.BLIND, label=label, note=text
            )
            decisions.record(connection, new)


def _answered(opened: OpenedWorkspace, number: int, text: str) -> None:
    claim = Claim(1.0, 2.0, text, BodyRegion.FACE, text, text, 0.5, reflection=text, leak=text)
    answer = LabelerAnswer("positive", 0.5, text, "positive", 0.5, text, (claim,), exclusion_reason=text, leak=text)
    with opened.database.write() as connection:
        labeler = replace(LABELERS[0], name=f"{text[:80]}{number}", prompt_version=text[:80])
        pseudo_labels.store(connection, clip_ids("open")[0], labeler, f"{number}", answer)


def _imported(opened: OpenedWorkspace, number: int, text: str) -> None:
    with opened.database.write() as connection:
        one = clips.get(connection, 1)
        new = {
            name: getattr(one, name)
            for name in ("split", "video_path", "duration_s", "frame_count", "frame_rate", "width_px", "height_px")
        }
        name = f"{text[:200]}{number}"
        clips.add(connection, NewClip(name=name, subject=name, digest=f"f{number:063x}", transcript=text, **new))


def _saved(opened: OpenedWorkspace, number: int, text: str) -> None:
    save(opened.workspace, f"{text[:60]}{number}", Filters(search=text[:200]))


def _opening(_opened: OpenedWorkspace, chance: random.Random, _folder: Path) -> Opening:
    page = chance.choice((*_PAGES, "library", "library", "review"))
    query = {}
    for key in chance.sample(list(_CHOICES), chance.choice((0, 1, 2, 4))):
        hostile = chance.random() < 0.4
        query[key] = str(chance.choice((*HOSTILE_TEXTS, *HOSTILE_NUMBERS) if hostile else _CHOICES[key]))[:5000]
    if chance.random() < 0.1:
        query[chance.choice(HOSTILE_TEXTS)[:2000]] = chance.choice(HOSTILE_TEXTS)[:2000]
    query = {_from_browser(key): _from_browser(text) for key, text in query.items()}
    points = [{"customdata": [chance.choice((1, 2, 99, 2**70, -1))]} for _ in range(chance.choice((1, 3)))]
    states: dict[str, object] = {
        "spoil": chance.random() < 0.5,
        "bulk-open": True,
        "bulk-subject": _from_browser(chance.choice(HOSTILE_TEXTS)),
        "bulk-confidence": chance.random(),
        "map-open": True,
        "every-clip": True,
        "library-map": {"selection": {"points": points}},
        "library-pages": [0, *(chance.choice((5, 2**70, -1)) for _ in range(3))],
    }
    state = {key: states[key] for key in chance.sample(list(states), chance.choice((0, 1, 2, 4)))}
    if "map-open" in state:
        state.pop("library-map", None)  # Streamlit lets nobody set what a chart holds
    person = chance.choice((ADA, ADA, MAX, LEA, None, 999, 2**70, -1))
    return Opening(page, person, state, query)


def _from_browser(text: str) -> str:
    """Addresses and what is typed come as UTF-8, which has no lone surrogates."""
    return text.encode(errors="replace").decode()


def _shown(_opened: OpenedWorkspace, opening: Opening) -> None:
    """Raises AssertionError for an exception on the page, and InputError with what it refuses in a red box."""
    st.cache_data.clear()
    test = AppTest.from_file(_SCRIPT, default_timeout=60)
    test.session_state["reviewer_id"] = opening.person
    for key, value in opening.state.items():
        test.session_state[key] = value
    if opening.page != "overview":
        test.switch_page(f"../pages/{opening.page}.py")
    for key, text in opening.query.items():
        test.query_params[key] = text
    test.run()
    if test.exception:
        raise AssertionError(f"{opening}: {test.exception[0].value}"[:1500])
    if test.error:
        raise InputError(str(test.error[0].value))


FUZZER = Fuzzer("pages", _prepare, _opening, _shown)
