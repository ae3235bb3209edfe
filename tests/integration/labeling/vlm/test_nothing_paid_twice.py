"""Whatever a server does and whoever asks: an answer that arrived is kept, booked and never asked for again."""

import dataclasses
import threading
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from app.jobs.kinds import WORK
from core.progress import SilentProgress
from core.settings.labeling import LabelingSettings
from core.workspace import Workspace
from db import sending_consents, sent_requests
from labeling.label_run import LabelReport
from labeling.vlm.cost_plan import plan_run
from labeling.vlm.leftover_uploads import delete_leftover_uploads, leftover_uploads
from labeling.vlm.sending_consent import sending
from tests.fakes.faults import Fault, FaultPlan
from tests.fakes.gemini import FakeGemini
from tests.fakes.manners import Manner
from tests.integration.labeling.vlm.vlm_study import VlmStudy

NEEDED = 8  # two requests for each of the four training clips
UPLOADED = {"inline_mb": 0.001}


def _asked(fake: FakeGemini) -> list[int]:
    """How often each request was asked, most often first."""
    return sorted(Counter(one.digest for one in fake.journal.requests).values(), reverse=True)


def test_an_answer_whose_video_cannot_be_deleted_is_kept_and_booked(study: VlmStudy, fake: FakeGemini) -> None:
    fake.refuses_deletes = True
    report = study.label(gemini=UPLOADED)
    assert (len(report.labeled), report.failed, report.uploads_left) == (4, (), 4)
    assert _asked(fake) == [1] * NEEDED
    assert sum(call.answered for call in study.calls()) == NEEDED


@pytest.mark.long
def test_what_could_not_be_deleted_is_on_record_and_the_next_run_deletes_it(study: VlmStudy, fake: FakeGemini) -> None:
    fake.refuses_deletes = True
    study.label(gemini=UPLOADED)
    with study.database() as database:
        left = leftover_uploads(database)
    assert sorted(one.upload.name for one in left) == sorted(fake.files)
    assert all("500" in one.failure for one in left)
    fake.refuses_deletes = False
    assert (study.label(gemini=UPLOADED).uploads_left, fake.files) == (0, {})


@pytest.mark.long
def test_leftover_uploads_are_deleted_when_asked_to(study: VlmStudy, fake: FakeGemini) -> None:
    fake.refuses_deletes = True
    study.label(gemini=UPLOADED)
    with study.database() as database:
        assert len(delete_leftover_uploads(study.workspace(), database).left) == 4
        fake.refuses_deletes = False
        cleaned = delete_leftover_uploads(study.workspace(), database)
    assert (cleaned.deleted, cleaned.left, fake.files) == (4, (), {})


@pytest.mark.long
def test_a_failed_upload_is_not_left_behind(study: VlmStudy, fake: FakeGemini) -> None:
    fake.plan = FaultPlan.scripted([Fault.WRONG_LABEL])
    study.label(gemini=UPLOADED, limit=1, concurrency=1)
    assert (fake.deleted, fake.files) == (2, {})


@pytest.mark.long
@pytest.mark.parametrize("manner", [Manner.TWICE, Manner.WRONG_TYPE])
def test_an_answer_that_came_whole_is_paid_once(study: VlmStudy, fake: FakeGemini, manner: Manner) -> None:
    fake.manners.extend([manner] * NEEDED)
    assert len(study.label().labeled) == 4
    study.label()
    assert _asked(fake) == [1] * NEEDED


@pytest.mark.long
@pytest.mark.parametrize("manner", [Manner.LATE, Manner.CUT, Manner.SLOW])
def test_an_answer_that_did_not_arrive_is_told_and_counted_at_its_worst(
    study: VlmStudy, fake: FakeGemini, manner: Manner
) -> None:
    fake.plan = FaultPlan(hang_s=3.0)
    fake.manners.append(manner)
    report = study.label(limit=1, concurrency=1, timeout_s=1.0)
    assert (len(report.labeled), report.unanswered) == (1, 1)
    assert report.unanswered_usd > 0
    assert len(fake.journal.requests) == 2 + report.unanswered
    with study.database() as database:
        assert plan_run(study.workspace(), database, "gemini").unanswered == 1


@pytest.mark.long
def test_what_was_sent_and_not_answered_counts_against_the_budget(study: VlmStudy, fake: FakeGemini) -> None:
    fake.plan = FaultPlan(hang_s=3.0)
    fake.manners.append(Manner.LATE)
    report = study.label(budget_usd=0.15, concurrency=1, timeout_s=1.0)
    assert "1 request was sent and not answered" in report.stopped
    assert report.cost_usd + report.unanswered_usd <= 0.15


def test_two_runs_at_once_share_the_clips(study: VlmStudy, fake: FakeGemini) -> None:
    fake.pause_s = 0.2
    study.label(limit=1, concurrency=1)
    reports: list[LabelReport] = []
    runs = [threading.Thread(target=lambda: reports.append(study.label(concurrency=1))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert _asked(fake) == [1] * NEEDED
    assert sum(len(report.labeled) for report in reports) == 3
    assert len(study.answers()) == 4


@pytest.mark.long
def test_two_runs_that_need_the_same_request_pay_for_it_once(study: VlmStudy, fake: FakeGemini) -> None:
    """Each stores an answer of its own, and both are shown the same video first."""
    fake.pause_s = 0.3
    reports: list[LabelReport] = []
    study.label(limit=0)
    runs = [
        threading.Thread(target=lambda again=again: reports.append(study.label(limit=1, video_in_reflection=again)))
        for again in (False, True)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [len(report.labeled) for report in reports] == [1, 1]
    assert Counter(one.shape for one in fake.journal.requests) == {"watch": 1, "reflect": 2}


def _job(study: VlmStudy, **arguments: Any) -> dict[str, Any]:
    """The labeling job as the terminal or the app starts it, under settings that nobody has set."""
    opened = study.workspace()
    plain = LabelingSettings(gemini=opened.settings.labeling.gemini)
    workspace: Workspace = dataclasses.replace(opened, settings=opened.settings.model_copy(update={"labeling": plain}))
    with study.database() as database:
        wanted = sending(plain, "gemini")
        assert wanted is not None
        with database.write() as connection:
            sending_consents.give(connection, dataclasses.replace(wanted, given_by="Ada"))
        return WORK["label"](workspace, database, {"labeler": "gemini", **arguments}, SilentProgress())


def test_what_was_labeled_in_the_app_is_done_for_the_terminal_and_the_other_way(
    study: VlmStudy, fake: FakeGemini
) -> None:
    turns = [_job(study, limit=1, evidence=True), _job(study, limit=1), _job(study, evidence=True), _job(study)]
    assert [(len(turn["labeled"]), turn["already"]) for turn in turns] == [(1, 0), (1, 1), (2, 2), (0, 4)]
    assert _asked(fake) == [1] * NEEDED


def test_an_answer_of_an_earlier_version_counts_however_it_spelled_the_settings(
    study: VlmStudy, fake: FakeGemini
) -> None:
    from labeling.settings_digest import settings_digest
    from labeling.vlm.labeler_factory import identity

    who = identity(study.workspace(), "gemini")
    as_floats = {**who.questions.settings, "frames_per_s": 4.0, "segment_s": 120.0, "overlap_s": 3.0}
    model = {"temperature": 0.2, "max_answer_tokens": 8192, "resolution": "low", "thinking": {"budget": 2048}}
    assert settings_digest({"model": model, **as_floats}) in who.equal_digests
    assert settings_digest({"model": model, **as_floats, "segment_s": 120}) in who.equal_digests
    assert settings_digest({"model": model, **as_floats, "segment_s": 121}) not in who.equal_digests


def test_a_response_that_reached_a_run_before_it_died_is_read_and_not_asked_for_again(
    study: VlmStudy, fake: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(connection: sa.Connection, call: object) -> None:
        raise OSError(28, "No space left on device", (connection, call))

    with monkeypatch.context() as patched:
        patched.setattr("db.model_calls.record", full)
        with pytest.raises(OSError, match="No space left"):
            study.label(limit=1, concurrency=1)
    assert (len(fake.journal.requests), study.calls()) == (1, [])
    report = study.label(limit=1, concurrency=1)
    assert (len(report.labeled), report.unanswered, _asked(fake)) == (1, 0, [1, 1])
    assert list((study.root / "responses").iterdir()) == []


def test_a_request_whose_process_was_killed_is_told_as_unanswered_once(study: VlmStudy, fake: FakeGemini) -> None:
    from core.run_owner import run_owner

    study.label(limit=0)
    sent = sent_requests.NewSent(study.ids()[0], "gemini", "watch", "5e", 0.05)
    with study.database() as database, run_owner() as killed, database.write() as connection:
        sent_requests.add(connection, sent, killed)
    with study.database() as database:
        planned = plan_run(study.workspace(), database, "gemini")
    assert (planned.unanswered, planned.unanswered_usd) == (1, 0.05)
    first, second = study.label(limit=1), study.label(limit=1)
    assert (first.unanswered, first.unanswered_usd, second.unanswered) == (1, 0.05, 0)
