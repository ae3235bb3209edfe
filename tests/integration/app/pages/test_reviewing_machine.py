"""People review one study at once, in any order that Hypothesis finds, against a model of what each has said.

Everybody acts as the browser does, through the routes with a token of their own; bulk accepts and settled disputes go
through what the pages call. After every step the log, the states and the counters must be what the model says.
"""

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule
from starlette.applications import Starlette

from app.opened_workspace import OpenedWorkspace
from app.queries.adjudication import adjudicate
from app.queries.hidden_answers import blindness
from app.review.modes import mode_of
from app.routes import review_routes
from app.tokens import Tokens
from core.errors import DecisionError
from core.settings.review import ReviewSettings
from core.types.clips import Clip
from core.types.decisions import DecisionKind, NewDecision, Reviewer, ReviewMode
from core.workspace import open_workspace
from db import bulk_accepts, clips, decisions, pseudo_labels, reviewers
from db.engine import Database, open_database
from db.tables import claim_verdicts, clip_leases, clip_states, counters, current_labels
from db.tables import decisions as log
from tests.integration.app.conftest import ReviewClient, RouteClient
from tests.integration.app.review_study import ReviewStudy
from tests.integration.db.log_oracle import LABELER, LABELS, Oracle, Row, answer, new_clip
from tests.integration.db.rebuilding import rebuild_states

CLIPS, LEASE_MINUTES = 4, 10
UNDO_DEPTH = 50  # as the design promises
AUDIT, UNANSWERED = 2, 3  # which of the clips is of the reliability sample, and which no labeler has answered
LABEL, WHO, CLIP = st.sampled_from(LABELS), st.integers(0, 2), st.integers(0, CLIPS - 1)


@dataclass(frozen=True)
class Sent:
    """A decision that was saved, as it was posted."""

    who: int
    body: dict[str, Any]
    decision_id: int


@dataclass(frozen=True)
class Accepted:
    """A bulk accept: by whom, what, and under which token."""

    id: int
    who: int
    taken: dict[int, int]
    token: str


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        open_database(workspace).dispose()
        return workspace.database_path.read_bytes()


class Reviewing(RuleBasedStateMachine):
    """Ada and Ben review, Lea leads."""

    previews: Bundle[dict[int, int]] = Bundle("previews")
    sent: Bundle[Sent] = Bundle("sent")
    accepted: Bundle[Accepted] = Bundle("accepted")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.oracle = Oracle()
        self.news: dict[int, NewDecision] = {}  # by id of the row
        self.stored: list[tuple[Any, ...]] = []  # every row of the log as it was first seen
        self.leases: dict[int, tuple[int, int]] = {}  # who holds a clip, and until which minute
        self.minute = self.said = self.turn = 0

    @initialize(mode=st.sampled_from(ReviewMode), gold=st.lists(st.none() | LABEL, min_size=CLIPS, max_size=CLIPS))
    def open_study(self, mode: ReviewMode, gold: list[str | None]) -> None:
        workspace = open_workspace(Path(self.folder.name))
        review = ReviewSettings(mode=mode, lease_minutes=LEASE_MINUTES, repeat_share=0)
        workspace = replace(workspace, settings=workspace.settings.model_copy(update={"review": review}))
        workspace.database_path.write_bytes(_empty_database())
        self.database: Database = open_database(workspace)
        self.bulks: dict[int, Accepted] = {}
        self.opened = OpenedWorkspace(workspace, self.database)
        with self.database.write() as connection:
            roles = {"Ada": "reviewer", "Ben": "reviewer", "Lea": "lead"}
            self.people: list[Reviewer] = [reviewers.ensure(connection, name, role) for name, role in roles.items()]
            self.clips: list[Clip] = [
                clips.add(connection, new_clip(number, gold=gold[number], reliability_sample=number == AUDIT))
                for number in range(CLIPS)
            ]
        for number, clip in enumerate(self.clips):
            self.oracle.gold[clip.id], self.oracle.split[clip.id] = gold[number], clip.split
            if clip.reliability_sample:
                self.oracle.reliability_sample.add(clip.id)
            if number != UNANSWERED:
                self.labeler_answers(number, LABELS[number % 2])
        app = RouteClient(Starlette(routes=review_routes(lambda: workspace, self.database, workspace.signing_key())))
        tokens, study = Tokens(workspace.signing_key(), 1), ReviewStudy(workspace, self.database, workspace.root)
        self.pages = [
            ReviewClient(app, study, tokens.reviewer_token(one.id), one.id, [workspace]) for one in self.people
        ]

    # What people do

    @rule(target=sent, who=WHO, clip=CLIP, label=LABEL, rater_confidence=st.sampled_from([1, 2, 3]))
    def judge_blind(self, who: int, clip: int, label: str, rater_confidence: int) -> Any:
        return self._post(who, DecisionKind.BLIND, clip, label=label, rater_confidence=rater_confidence)

    @rule(target=sent, who=WHO, clip=CLIP, label=LABEL, shown=st.sampled_from([True, True, True, False]))
    def keep_or_change(self, who: int, clip: int, label: str, shown: bool) -> Any:
        newest = self.oracle.answers.get(self.clips[clip].id, [(None, None)])[-1] if shown else (None, None)
        kind = DecisionKind.ACCEPT if newest[1] == label else DecisionKind.CORRECT
        return self._post(who, kind, clip, label=label, pseudo_label_id=newest[0])

    @rule(target=sent, who=WHO, clip=CLIP, kind=st.sampled_from([DecisionKind.UNCLEAR, DecisionKind.SKIP, "again"]))
    def say_otherwise(self, who: int, clip: int, kind: Any) -> Any:
        if kind == "again":
            return self._post(who, DecisionKind.REPEAT, clip, label=LABELS[0], rater_confidence=1)
        return self._post(who, kind, clip)

    @rule(target=sent, who=WHO, back=st.integers(0, 5))
    @precondition(lambda self: self.oracle.rows)
    def undo_any_row(self, who: int, back: int) -> Any:
        """Also somebody else's row, a blind one or one that is undone already: then it must be refused."""
        row = self.oracle.rows[-1 - back % len(self.oracle.rows)]
        return self._post(who, DecisionKind.UNDO, self._number(row.clip), undoes_id=row.id)

    @rule(who=WHO)
    def undo_as_deep_as_it_goes(self, who: int) -> None:
        """One by one, a bulk accept as a whole."""
        listed = self._steps(self.pages[who].get("/queue?kind=recent"))
        assert listed == self._undoable(who)
        rows = {row.id: row for row in self.oracle.rows}
        for what, number in listed:
            if what == "bulk":
                undone = self._undoing(self.bulks[number])
                answer = self.pages[who].post(f"/bulks/{number}/take-back", {})
                assert answer.json() == {"clips": len(undone), "job_id": None}
                self._absorb(undone)
                continue
            self._post(who, DecisionKind.UNDO, self._number(rows[number].clip), undoes_id=number)
            assert number in self.oracle.undone()

    @rule(who=WHO, clip=st.integers(0, 1), number=st.integers(45, 60))
    def change_ones_mind_often(self, who: int, clip: int, number: int) -> None:
        """More rows than an undo reaches back, in one transaction: what is tried here is not how each is posted."""
        new = NewDecision("", self.clips[clip].id, self.people[who].id, DecisionKind.UNCLEAR, ReviewMode.BLIND)
        made = [replace(new, token=f"{self._word(who)} {turn}") for turn in range(number)]
        with self.database.write() as connection:
            for one in made:
                decisions.record(connection, one)
        self._absorb(made)

    @rule(one=sent)
    def send_the_same_again(self, one: Sent) -> None:
        again = self.pages[one.who].post("/decisions", one.body)
        assert (again.status_code, again.json()["already"]) == (200, True)
        assert again.json()["decision"]["id"] == one.decision_id
        self._given_back(one.who, one.body)
        self._absorb([])

    @rule(one=sent, who=WHO, changed=st.booleans())
    def send_under_a_token_that_is_taken(self, one: Sent, who: int, changed: bool) -> None:
        body = {**one.body, "note": "something else"} if changed or who == one.who else one.body
        assert self.pages[who].post("/decisions", body).status_code == 409
        self._absorb([])

    @rule(target=previews, label=st.none() | LABEL)
    def preview_a_bulk(self, label: str | None) -> dict[int, int]:
        with self.database.read() as connection:
            found = bulk_accepts.preview(connection, bulk_accepts.BulkRule(label=label, min_confidence=0.0))
        untouched = {
            clip: rows[-1][0]
            for clip, rows in self.oracle.answers.items()
            if not self._more_is_known(clip)
            and self.oracle.judgment(clip)[0] == "labeled"
            and label in (None, rows[-1][1])
        }
        assert found.accepted == untouched
        return dict(found.accepted)

    def _more_is_known(self, clip: int) -> bool:
        """Of clips that no bulk accept takes: by gold, or by an answer that somebody gave blind."""
        answered = any((row.clip, row.kind) == (clip, "blind") for row in self.oracle.rows)
        return clip in self.oracle.reliability_sample or self.oracle.gold[clip] is not None or answered

    @rule(target=accepted, who=WHO, taken=previews)
    def accept_in_bulk(self, who: int, taken: dict[int, int]) -> Any:
        """The preview may be old: what has been judged or answered anew since makes the whole of it fail."""
        said = self._word(who)
        newest = {clip: rows[-1] for clip, rows in self.oracle.answers.items()}
        mode = self.opened.workspace.settings.review.mode
        made = [
            NewDecision("", clip, self.people[who].id, DecisionKind.BULK_ACCEPT, mode, newest[clip][1], note=said)
            for clip in taken
        ]
        made = [replace(one, pseudo_label_id=taken[one.clip_id]) for one in made]
        refused = any(newest[clip][0] != shown or self._more_is_known(clip) for clip, shown in taken.items())
        refused |= any(map(self.oracle.refuses, made))
        try:
            with self.database.write() as connection:
                done = bulk_accepts.accept(connection, self.people[who].id, taken, reason=said, mode=mode, token=said)
        except DecisionError:
            assert refused
            self._absorb([])
            return multiple()
        assert not refused
        self._absorb(made)
        self.bulks[done.id] = Accepted(done.id, who, taken, said)
        return self.bulks[done.id]

    @rule(one=accepted, who=WHO)
    def accept_the_same_bulk_again(self, one: Accepted, who: int) -> None:
        """Pressed twice it is once there; under another's name it is refused."""
        mode, person = self.opened.workspace.settings.review.mode, self.people[who].id
        try:
            with self.database.write() as connection:
                again = bulk_accepts.accept(connection, person, one.taken, reason=one.token, mode=mode, token=one.token)
        except DecisionError:
            assert who != one.who
        else:
            assert (who, again.id) == (one.who, one.id)
        self._absorb([])

    @rule(one=accepted, own=st.sampled_from([True, True, False]))
    def take_a_bulk_back(self, one: Accepted, own: bool) -> None:
        who = one.who if own else (one.who + 1) % len(self.people)
        made = self._undoing(one)
        try:
            with self.database.write() as connection:
                undone = bulk_accepts.take_back(connection, one.id, self.people[who].id)
        except DecisionError:
            assert who != one.who
            self._absorb([])
            return
        assert (who, undone) == (one.who, len(made))
        self._absorb(made)

    @rule(who=WHO)
    def accept_all_that_is_left_and_think_better_of_it(self, who: int) -> None:
        done = self.accept_in_bulk(who, self.preview_a_bulk(None))
        self.take_a_bulk_back(done, own=True)

    @rule(who=WHO, clip=CLIP, label=LABEL)
    def adjudicate(self, who: int, clip: int, label: str) -> None:
        person, chosen, note = self.people[who], self.clips[clip], self._word(who)
        try:
            adjudicate(self.opened, person, chosen, label, note)
        except DecisionError:
            assert person.role != "lead" or not self.oracle.disputed(chosen.id)
            self._absorb([])
            return
        assert person.role == "lead"
        assert self.oracle.disputed(chosen.id)
        kind, mode = DecisionKind.ADJUDICATE, mode_of(self.opened.workspace.settings, chosen)
        self._absorb([NewDecision("", chosen.id, person.id, kind, mode, label, note=note)])

    @rule(clip=CLIP, label=LABEL)
    def labeler_answers(self, clip: int, label: str) -> None:
        clip_id, given = self.clips[clip].id, sum(map(len, self.oracle.answers.values()))
        with self.database.write() as connection:
            made = pseudo_labels.store(connection, clip_id, LABELER, str(given), answer(label, 0.7))
        self.oracle.answers.setdefault(clip_id, []).append((made.id, label))

    @rule(who=WHO, wanted=st.sets(CLIP, min_size=1))
    def open_clips(self, who: int, wanted: set[int]) -> None:
        ids = {self.clips[number].id for number in wanted}
        taken = self.pages[who].post("/leases", {"clip_ids": sorted(ids)}).json()["taken"]
        others = {clip: holder for clip, holder in self._held().items() if clip in ids and holder != who}
        assert taken == {str(clip): self.people[holder].name for clip, holder in others.items()}
        self.leases |= dict.fromkeys(ids - set(others), (who, self.minute + LEASE_MINUTES))

    @rule(minutes=st.sampled_from([3, 7, 11]))
    def time_passes(self, minutes: int) -> None:
        """Seen from a lease, a clock that goes on is an end that comes nearer."""
        with self.database.write() as connection:
            for row in connection.execute(sa.select(clip_leases)).all():
                own = (clip_leases.c.clip_id == row.clip_id) & (clip_leases.c.reviewer_id == row.reviewer_id)
                nearer = row.until - timedelta(minutes=minutes)
                connection.execute(sa.update(clip_leases).where(own).values(until=nearer))
        self.minute += minutes

    # What people see

    @invariant()
    @precondition(lambda self: hasattr(self, "pages"))
    def nobody_sees_anothers_answer_before_giving_one(self) -> None:
        """In turn somebody looks at the clip of the last row: own answers always, the rationale once they are given.

        What one accepted in bulk is no answer of one's own: its label is told after that alone.
        """
        self.turn += 1
        who = self.turn % len(self.people)
        clip = self._number(self.oracle.rows[-1].clip) if self.oracle.rows else 0
        chosen, page, person = self.clips[clip], self.pages[who], self.people[who]
        own = [row for row in self.oracle.rows if (row.clip, row.reviewer) == (chosen.id, person.id)]
        stands = [row for row in self.oracle.standing(chosen.id) if row.reviewer == person.id]
        before = next((row.label for row in own if row.kind == "blind"), None)
        answered = before is not None or any(row.kind != "bulk_accept" for row in stands)
        blind = mode_of(self.opened.workspace.settings, chosen) is ReviewMode.BLIND
        shown = page.get(f"/clips/{chosen.id}")
        told = shown.json()
        assert (told["blind"] or {"label": None})["label"] == before
        unlooked = blind and before is None and bool(stands) and stands[-1].kind == "bulk_accept"
        assert (told["decision"] or {"id": None})["id"] == (stands[-1].id if stands and not unlooked else None)
        assert self._heard(shown) <= {person.name}
        why = page.get(f"/clips/{chosen.id}/rationale")
        assert why.status_code == (403 if blind and before is None else 200)
        if not answered:
            assert self._heard(why) == set()
        elif why.status_code == 200:
            rows = [(row.reviewer, row.kind, row.label) for row in self.oracle.rows if row.clip == chosen.id]
            names = {one.name: one.id for one in self.people}
            assert [(names[one["who"]], one["kind"], one["label"]) for one in why.json()["history"]] == rows
        hidden = blindness(self.opened, [chosen], person, spoil=False).hidden
        assert bool(hidden) is (chosen.reliability_sample or (blind and not answered))

    @rule(who=WHO)
    def look_at_what_is_to_judge(self, who: int) -> None:
        """Neither what others have open, nor what one has put aside, nor what anybody has judged."""
        undone = self.oracle.undone()
        aside = {row.clip for row in self.oracle.rows if self._is_own_skip(row, who) and row.id not in undone}
        others = {clip for clip, holder in self._held().items() if holder != who}
        open_ones = {clip.id for clip in self.clips if self.oracle.judgment(clip.id)[0] in {"labeled", "imported"}}
        listed = self.pages[who].get("/queue?kind=unreviewed")
        assert {item["clip_id"] for item in listed.json()["items"]} == open_ones - aside - others
        assert self._steps(listed) == self._undoable(who)
        assert self._heard(listed) == set()

    # What must hold after every step

    @invariant()
    @precondition(lambda self: hasattr(self, "pages"))
    def nothing_that_was_said_is_changed_or_gone(self) -> None:
        with self.database.read() as connection:
            assert self._raw_log(connection) == self.stored

    @invariant()
    @precondition(lambda self: hasattr(self, "pages"))
    def labels_and_counters_follow_from_the_log(self) -> None:
        expected = {clip.id: self.oracle.judgment(clip.id) for clip in self.clips}
        with self.database.read() as connection:
            assert _judged(connection, clip_states) == _judged(connection, current_labels) == expected
            counts, counted = clips.counts(connection), self.oracle.counted()
        assert Counter({k.value: n for k, n in counts.by_state.items() if n}) == counted["state"]
        assert {key: n for key, n in counts.by_label.items() if n} == dict(counted["label"])
        assert Counter(counts.decisions) == counted["decision"]
        assert counts.conflicts == sum(conflict for _, _, _, conflict in expected.values())

    def teardown(self) -> None:
        if hasattr(self, "pages"):
            with self.database.write() as connection:
                kept = _counters(connection), _judged(connection, clip_states)
                rebuild_states(connection)
                assert (_counters(connection), _judged(connection, clip_states)) == kept
            self.database.dispose()
        self.folder.cleanup()

    # How the model is told

    def _post(self, who: int, kind: DecisionKind, clip: int, **fields: Any) -> Any:
        chosen, said = self.clips[clip], self._word(who)
        posted = "final" if kind in (DecisionKind.ACCEPT, DecisionKind.CORRECT) else kind.value
        body = {"token": f"{self.said:032x}", "clip_id": chosen.id, "kind": posted, "note": said, **fields}
        mode = ReviewMode.BLIND if kind is DecisionKind.REPEAT else mode_of(self.opened.workspace.settings, chosen)
        new = NewDecision(body["token"], chosen.id, self.people[who].id, kind, mode, note=said, **fields)
        refused = self.oracle.refuses(new)
        answered = self.pages[who].post("/decisions", body)
        assert answered.status_code == (409 if refused else 200), answered.text
        self._absorb([] if refused else [new])
        if refused:
            return multiple()
        self._given_back(who, body)
        return Sent(who, body, answered.json()["decision"]["id"])

    def _absorb(self, expected: list[NewDecision]) -> None:
        """The log has grown by just these rows; the model takes them in with the ids that they were given."""
        with self.database.read() as connection:
            rows = self._raw_log(connection)
            last = self.stored[-1][0][0] if self.stored else 0
            grown = connection.execute(sa.select(log).where(log.c.id > last).order_by(log.c.id)).mappings().all()
        fields = ("clip_id", "reviewer_id", "kind", "label", "rater_confidence", "pseudo_label_id", "undoes_id", "note")
        assert [tuple(row[name] for name in fields) for row in grown] == [
            tuple(getattr(one, name) for name in fields) for one in expected
        ]
        for row, one in zip(grown, expected, strict=True):
            self.news[row["id"]] = one
            made = Row(row["id"], one.clip_id, one.reviewer_id, one.kind.value, one.label, one.undoes_id)
            self.oracle.rows.append(made)
        self.stored += rows[len(self.stored) :]

    def _raw_log(self, connection: sa.Connection) -> list[tuple[Any, ...]]:
        verdicts = Counter(connection.execute(sa.select(claim_verdicts.c.decision_id)).scalars())
        return [(tuple(row), verdicts[row.id]) for row in connection.execute(sa.select(log).order_by(log.c.id))]

    def _word(self, who: int) -> str:
        """Something that only this person ever says, so that it is known again wherever it turns up."""
        self.said += 1
        return f"word {self.said} of {self.people[who].name}"

    def _heard(self, response: httpx.Response) -> set[str]:
        return set(re.findall(r"word \d+ of (\w+)", response.text))

    def _given_back(self, who: int, body: dict[str, Any]) -> None:
        if body["kind"] != "blind" and self.leases.get(body["clip_id"], (None, 0))[0] == who:
            del self.leases[body["clip_id"]]

    def _held(self) -> dict[int, int]:
        return {clip: who for clip, (who, until) in self.leases.items() if until > self.minute}

    def _undoable(self, who: int) -> list[tuple[str, int]]:
        """Rows and bulk accepts, of which something stands, by their last row, the newest first."""
        undone, kinds = self.oracle.undone(), {"accept", "correct", "unclear", "adjudicate", "skip"}
        own = [row for row in self.oracle.rows if row.reviewer == self.people[who].id and row.kind in kinds]
        steps = [(row.id, ("row", row.id)) for row in own if row.id not in undone]
        for one in self.bulks.values():
            standing = [new.undoes_id or 0 for new in self._undoing(one)]
            if one.who == who and standing:
                steps.append((max(standing), ("bulk", one.id)))
        return [step for _, step in sorted(steps, reverse=True)][:UNDO_DEPTH]

    @staticmethod
    def _steps(answer: httpx.Response) -> list[tuple[str, int]]:
        """What a queue says can be taken back."""
        told = answer.json()["undoable"]
        return [("bulk", one["bulk_id"]) if "bulk_id" in one else ("row", one["id"]) for one in told]

    def _undoing(self, one: Accepted) -> list[NewDecision]:
        """The rows that taking this bulk accept back makes now."""
        of_it = [row for row in self.oracle.rows if self.news[row.id].note == one.token]
        stand = [row for row in of_it if row.id not in self.oracle.undone()]
        return [NewDecision("", r.clip, r.reviewer, DecisionKind.UNDO, ReviewMode.BLIND, undoes_id=r.id) for r in stand]

    def _is_own_skip(self, row: Row, who: int) -> bool:
        return row.kind == "skip" and row.reviewer == self.people[who].id

    def _number(self, clip_id: int) -> int:
        return next(number for number, clip in enumerate(self.clips) if clip.id == clip_id)


def _judged(connection: sa.Connection, table: Any) -> dict[int, tuple[Any, ...]]:
    columns = (table.c.clip_id, table.c.state, table.c.label, table.c.source, table.c.conflict)
    return {row[0]: (row[1], row[2], row[3], bool(row[4])) for row in connection.execute(sa.select(*columns))}


def _counters(connection: sa.Connection) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(sa.select(counters)) if row.n}


TestReviewing = Reviewing.TestCase
TestReviewing.settings = settings(
    max_examples=8, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
