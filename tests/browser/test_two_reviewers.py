"""Two people with a browser each on one workspace."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.opened_workspace import OpenedWorkspace
from app.queries.assignments import Order, assign_clips
from app.queries.practice import mark_clips
from benchmarks.review.review_page import ReviewScreen
from core.types.decisions import DecisionKind, NewDecision, ReviewMode, Seen
from core.workspace import open_workspace
from db import clips, decisions, disclosures, reviewers
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, choose, serving
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import SECRET_REASON, ReviewStudy

CLIPS = 16
WHY = "The smile reaches the eyes."
CLIPS_AT_ONCE, DECISIONS_AT_ONCE = 24, 20


@pytest.fixture(scope="module")
def two_people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWorkspace]:
    """The app on a workspace of its own with two reviewers."""
    folder = tmp_path_factory.mktemp("two")
    workspace = open_workspace(folder / "workspace")
    database = open_database(workspace)
    (folder / "videos").mkdir()
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada")
        reviewers.ensure(connection, "Grace")
    with serving(workspace.root, folder / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, ReviewStudy(workspace, database, folder / "videos"), ada.id)
    database.dispose()


@pytest.fixture
def shared(two_people: ServedWorkspace) -> ServedWorkspace:
    """With clips more that nobody has judged."""
    two_people.study.add_clips(CLIPS)
    return two_people


@pytest.fixture
def contexts(chromium: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """Browsers of people who know nothing of each other."""
    opened: list[BrowserContext] = []

    def another() -> BrowserContext:
        opened.append(chromium.new_context(viewport={"width": 1366, "height": 768}))
        opened[-1].set_default_timeout(30_000)
        return opened[-1]

    yield another
    for context in opened:
        context.close()


@pytest.fixture
def opened(contexts: Callable[[], BrowserContext], shared: ServedWorkspace) -> Callable[[str], ReviewPage]:
    """Opens Review as somebody in a browser of their own."""

    def as_reviewer(name: str) -> ReviewPage:
        page = contexts().new_page()
        page.goto(f"{shared.url}/review")
        choose(page, "Reviewer", name)
        review = ReviewPage(page)
        review.wait_for("data.ready === 'true'")
        return review

    return as_reviewer


def _judge(review: ReviewPage) -> int:
    """Judges the clip on screen to the end and gives its id."""
    review.wait_for("data.ready === 'true' && data.step === 'label'")
    clip = int(review.data("clipId"))
    review.judge_blind("1", 2)
    review.page.keyboard.press("a")
    review.wait_for("data.savedClip === String(argument) && data.savedKind !== 'blind' && data.saved === 'saved'", clip)
    return clip


def test_two_who_judge_the_same_queue_get_different_clips_and_nothing_is_lost(
    opened: Callable[[str], ReviewPage], shared: ServedWorkspace
) -> None:
    ada, grace = opened("Ada"), opened("Grace")
    by_ada, by_grace = [], []
    for _ in range(CLIPS // 2 - 2):
        by_ada.append(_judge(ada))
        by_grace.append(_judge(grace))
    assert set(by_ada).isdisjoint(by_grace)
    with shared.database.read() as connection:
        logged = [decisions.history(connection, clip) for clip in (*by_ada, *by_grace)]
    kinds = [[row.kind for row in rows] for rows in logged]
    assert kinds == [[DecisionKind.BLIND, DecisionKind.CORRECT]] * len(kinds)
    assert len({rows[0].reviewer_id for rows in logged[: len(by_ada)]}) == 1


def test_what_both_decide_at_once_as_fast_as_they_can_is_there_once_and_under_their_own_names(
    opened: Callable[[str], ReviewPage], shared: ServedWorkspace
) -> None:
    shared.study.add_clips(CLIPS_AT_ONCE - CLIPS)
    before = _decided(shared)
    screens = [ReviewScreen(review.page, review.root) for review in map(opened, ("Ada", "Grace"))]
    for screen in screens:
        screen.decide_by_itself()
    while _decided(shared) - before < DECISIONS_AT_ONCE:
        screens[0].page.wait_for_timeout(100)
    told = [screen.stop_deciding() for screen in screens]
    for screen in screens:
        screen.wait_for("data.saved !== 'saving'")
    with shared.database.read() as connection:
        ids = {reviewer.name: reviewer.id for reviewer in reviewers.all(connection)}
        stored = [
            (row.reviewer_id, row.clip_id, row.kind.value)
            for clip in clips.all_ids(connection)
            for row in decisions.history(connection, clip)
        ]
    assert len(stored) == len(set(stored))
    for name, said in zip(("Ada", "Grace"), told, strict=True):
        assert {(ids[name], clip, kind) for clip, kind in said} <= set(stored)
        assert said


def _decided(shared: ServedWorkspace) -> int:
    with shared.database.read() as connection:
        return sum(clips.counts(connection).decisions.values())


def test_a_reload_of_review_does_not_ask_again_who_reviews_and_another_browser_does(
    opened: Callable[[str], ReviewPage], contexts: Callable[[], BrowserContext], shared: ServedWorkspace
) -> None:
    grace = opened("Grace")
    clip = grace.data("clipId")
    grace.page.reload()
    grace.page.get_by_test_id("review-root").wait_for()
    expect(grace.page.get_by_role("combobox", name="Reviewer")).to_have_value("Grace")
    stranger = contexts().new_page()
    stranger.goto(f"{shared.url}/review?queue=unreviewed&clip={clip}")
    stranger.get_by_text("Who reviews?").wait_for()


def test_a_clip_opened_by_its_address_says_who_else_has_it_open(
    opened: Callable[[str], ReviewPage], shared: ServedWorkspace
) -> None:
    ada = opened("Ada")
    clip = ada.data("clipId")
    grace = opened("Grace")
    page: Page = grace.page
    page.goto(f"{shared.url}/review?queue=unreviewed&clip={clip}")
    page.get_by_text("open at Ada's").wait_for()


@pytest.mark.long
def test_a_dispute_is_watched_before_the_answers_are_shown_and_what_was_settled_is_taken_back(
    contexts: Callable[[], BrowserContext], two_people: ServedWorkspace
) -> None:
    (clip,) = two_people.study.add_clips(1)
    with two_people.database.write() as connection:
        mary = reviewers.ensure(connection, "Mary", "lead")
        grace = next(one for one in reviewers.all(connection) if one.name == "Grace")
        for who, label in ((two_people.reviewer_id, "positive"), (grace.id, "negative")):
            for kind in (DecisionKind.BLIND, DecisionKind.CORRECT):
                new = NewDecision(secrets.token_hex(16), clip.id, who, kind, ReviewMode.BLIND, label)
                decisions.record(connection, new)
    page = contexts().new_page()
    page.goto(f"{two_people.url}/reviewers")
    choose(page, "Reviewer", "Mary")
    choose(page, "Disputed clip", f"{clip.name}: Ada and Grace differ")
    answers = page.get_by_role("button", name="Show their answers")
    expect(answers).to_be_disabled()
    page.locator("video").evaluate("video => { video.muted = true; return video.play(); }")
    expect(answers).to_be_enabled()
    with two_people.database.read() as connection:
        assert disclosures.of_clip(connection, clip.id, mary.id) == frozenset()
    answers.click()
    page.get_by_test_id("stRadio").get_by_text("Positive").click()
    with two_people.database.read() as connection:
        assert disclosures.of_clip(connection, clip.id, mary.id) == frozenset({Seen.ANSWERS})
    page.get_by_role("button", name="Settle").click()
    said = f"{clip.name}: Settled as Positive (won) by Mary; Ada had said Positive (won), Grace Negative (lost)."
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text(f"{clip.name}: taken back; it is open to be settled again.")).to_be_visible()


def test_a_new_coder_practices_is_told_the_right_answer_and_begins_with_what_is_assigned(
    shared: ServedWorkspace, contexts: Callable[[], BrowserContext]
) -> None:
    practiced, more = shared.study.add_clips(2, gold="positive")
    opened = OpenedWorkspace(shared.workspace, shared.database)
    with shared.database.write() as connection:
        mary, nora = reviewers.ensure(connection, "Mary", "lead"), reviewers.ensure(connection, "Nora")
    mark_clips(opened, mary, [practiced.id, more.id], WHY, secrets.token_hex(16))
    assign_clips(opened, mary, Order((nora.id,), number=1), secrets.token_hex(16))
    page = contexts().new_page()
    page.goto(f"{shared.url}/review?queue=practice")
    choose(page, "Reviewer", "Nora")
    review = ReviewPage(page)
    review.wait_for_clip(practiced)
    expect(page.get_by_test_id("rationale")).not_to_contain_text(WHY)
    review.judge_blind("2", 3)
    expect(page.get_by_test_id("practice-feedback")).to_contain_text("Not right")
    expect(page.get_by_test_id("practice-feedback")).to_contain_text(WHY)
    expect(page.get_by_test_id("rationale")).to_contain_text(SECRET_REASON)
    with shared.database.read() as connection:
        assert decisions.history(connection, practiced.id) == []
    expect(page.get_by_test_id("begin-now")).to_contain_text("Begin: Assigned to me")
    page.keyboard.press("n")  # though another practice clip waits
    review.wait_for("data.ready === 'true' && data.step === 'label'")
    expect(page.get_by_test_id("reason")).to_have_text("Assigned to you by Mary.")
