"""The whole loop in a browser, on a small rendered cohort: look, judge, undo, retrain, and back into the queue."""

import math
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.media.timebase import TIME_TOLERANCE_S
from core.settings.loader import SETTINGS_FILE
from core.types.clips import Clip
from core.types.decisions import DecisionKind
from core.types.jobs import JobState
from core.types.runs import RunState
from core.workspace import Workspace, open_workspace
from db import clips, decisions, jobs, pseudo_labels, queues, reviewers, runs
from db.engine import Database, open_database
from tests.browser.conftest import serving
from tests.browser.review_page import ReviewPage

SMALL_MODEL = """
[review]
reliability_fraction = 0.0
[training]
folds = 2
width = 16
layers = 1
stage1_steps = 6
stage2_steps = 6
"""


@dataclass(frozen=True)
class Loop:
    """A cohort that was imported, perceived and labeled by two labelers, and the app that serves it."""

    url: str
    workspace: Workspace
    database: Database
    reviewer_id: int


@pytest.fixture(scope="module")
def loop(labeled_cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    folder = tmp_path_factory.mktemp("loop")
    root = shutil.copytree(labeled_cohort, folder / "workspace")
    (root / SETTINGS_FILE).write_text(SMALL_MODEL)
    workspace = open_workspace(root)
    database = open_database(workspace)
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
    with serving(root, folder / "server.log") as url:
        yield Loop(url, workspace, database, reviewer.id)
    database.dispose()


def test_the_loop_goes_from_a_clip_to_a_retrained_model_and_back_into_the_queue(page: Page, loop: Loop) -> None:
    open_clips = _open_clips(loop)
    first, second, third = open_clips[:3]

    _opens_on_an_overview_that_says_it_is_simulated(page, loop)

    review = ReviewPage.open(page, loop, first)  # type: ignore[arg-type]  # it needs the address alone
    _plays_and_steps_with_the_skeleton_on_the_frame(page, review)
    _accepts_after_looking_at_a_claim(page, review, loop, first)
    _corrects(page, review, loop, second)
    _undoes(page, review, loop, second)
    _corrects(page, review, loop, second, blind=False)
    review.wait_for_clip(third)

    unreviewed = _queue_size(loop, queues.Queue.UNREVIEWED)
    assert unreviewed == len(open_clips) - 2
    assert _queue_size(loop, queues.Queue.RUN_DIFFERS) == 0

    _retrains(page, loop)
    _finds_the_mistakes_in_review(page, loop)


def _open_clips(loop: Loop) -> list[Clip]:
    with loop.database.read() as connection:
        items = queues.items(connection, queues.Queue.UNREVIEWED, loop.reviewer_id)
        return [clips.get(connection, item.clip_id) for item in items]


def _queue_size(loop: Loop, queue: queues.Queue) -> int:
    with loop.database.read() as connection:
        return queues.size(connection, queue, loop.reviewer_id)


def _proposed(loop: Loop, clip: Clip) -> str:
    with loop.database.read() as connection:
        answer = pseudo_labels.latest_of(connection, [clip.id]).get(clip.id)
    assert answer is not None
    return answer.answer.label


def _kinds(loop: Loop, clip: Clip) -> list[DecisionKind]:
    with loop.database.read() as connection:
        return [row.kind for row in decisions.history(connection, clip.id)]


def _key(loop: Loop, label: str) -> str:
    return loop.workspace.settings.taxonomy[label].key


def _other(loop: Loop, label: str) -> str:
    return next(name for name in loop.workspace.settings.taxonomy.names if name != label)


def _opens_on_an_overview_that_says_it_is_simulated(page: Page, loop: Loop) -> None:
    page.goto(loop.url)
    expect(page.get_by_text("Pseudo-labeled")).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile("simulated", re.IGNORECASE)).first).to_be_visible()


def _plays_and_steps_with_the_skeleton_on_the_frame(page: Page, review: ReviewPage) -> None:
    page.keyboard.press("Space")
    review.wait_for("data.playing === 'true' && Number(data.videoFrame) > 3")
    page.keyboard.press("Space")
    review.wait_for("data.playing === 'false'")
    for frames in (1, 1, -1, 1):
        expected = review.step(frames)
        review.wait_for_frame(expected)


def _accepts_after_looking_at_a_claim(page: Page, review: ReviewPage, loop: Loop, clip: Clip) -> None:
    label = _proposed(loop, clip)
    review.judge_blind(_key(loop, label), 3)
    with loop.database.read() as connection:
        answer = pseudo_labels.latest_of(connection, [clip.id]).get(clip.id)
    assert answer is not None
    index, claim = next((index, claim) for index, claim in enumerate(answer.answer.claims) if claim.joints)
    review.note_first_frame_after_click(f'[data-testid="claim-{index}"] .claim-head')
    first_frame = int(review.root.evaluate("root => root.firstFrame"))
    assert first_frame == math.floor((claim.start_s + TIME_TOLERANCE_S) * clip.frame_rate)
    assert review.data("lit") == ",".join(map(str, sorted(claim.joints)))
    page.keyboard.press("a")
    review.wait_for_decided(clip)
    assert _kinds(loop, clip) == [DecisionKind.BLIND, DecisionKind.ACCEPT]


def _corrects(page: Page, review: ReviewPage, loop: Loop, clip: Clip, *, blind: bool = True) -> None:
    review.wait_for_clip(clip)
    changed = _other(loop, _proposed(loop, clip))
    if blind:
        review.judge_blind(_key(loop, changed), 2)
    page.keyboard.press("a")
    review.wait_for_decided(clip)
    assert _kinds(loop, clip)[-1] is DecisionKind.CORRECT
    with loop.database.read() as connection:
        assert clips.labels(connection, [clip.id])[clip.id].label == changed


def _undoes(page: Page, review: ReviewPage, loop: Loop, clip: Clip) -> None:
    page.keyboard.press("u")
    review.wait_for_clip(clip)
    review.wait_for("data.step === 'reveal'")
    assert _kinds(loop, clip) == [DecisionKind.BLIND, DecisionKind.CORRECT, DecisionKind.UNDO]


def _retrains(page: Page, loop: Loop) -> None:
    page.goto(f"{loop.url}/train")
    page.get_by_role("button", name="Retrain").click()
    expect(page.get_by_role("heading", name="Results", exact=True)).to_be_visible(timeout=180_000)
    expect(page.get_by_text("Labels it differs from")).to_be_visible()
    with loop.database.read() as connection:
        assert [job.state for job in jobs.all(connection)] == [JobState.SUCCEEDED]
        (run,) = runs.all(connection)
    assert run.state is RunState.SUCCEEDED
    assert run.selected


def _finds_the_mistakes_in_review(page: Page, loop: Loop) -> None:
    wrong = _queue_size(loop, queues.Queue.RUN_DIFFERS)
    assert wrong > 0
    with loop.database.read() as connection:
        surest = queues.items(connection, queues.Queue.RUN_DIFFERS, loop.reviewer_id)[0]
        clip = clips.get(connection, surest.clip_id)
    page.goto(f"{loop.url}/review?queue=run-differs")
    page.get_by_test_id("review-root").wait_for(timeout=30_000)
    expect(page.get_by_test_id("position")).to_have_text(re.compile(rf"1 of {wrong}\b"))
    review = ReviewPage(page)
    review.wait_for_clip(clip)
