"""The Pseudo-labels page: plan and consent, versions side by side, claims by time, reliability, families, prompts."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import app
from app.opened_workspace import OpenedWorkspace, opened_workspace
from app.queries.claim_error_families import ErrorFamily
from app.queries.confidence_calibration import reliability_facts
from app.queries.judged_claims import claim_families
from app.queries.labeler_comparison import common_facts, in_order
from app.queries.labelers import answers_key, decisions_key, distinct_names, labeler_facts
from core.feature_store import FeatureStore
from core.media.video import write_video
from core.types.clips import NewClip, Split
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.decisions import ClaimVerdict, DecisionKind, NewDecision, ReviewMode
from core.types.features import FeatureKind, Producer
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler, LabelerAnswer, ModelCall
from db import (
    clips,
    cues,
    decisions,
    features,
    jobs,
    model_calls,
    prompts,
    pseudo_labels,
    reviewers,
    sending_consents,
)
from labeling.vlm.sending_consent import GOOGLE

SCRIPT = str(Path(app.__file__).parent / "shell" / "navigation.py")
FIRST = Labeler("gemini", "gemini-2.5-pro", "1", "a" * 16)
SECOND = Labeler("gemini", "gemini-2.5-pro", "2", "b" * 16)
RULES = Labeler("cues", "telltale-cue-rules", "1", "c" * 16)
PRODUCER = Producer("test", "1", "none")
HOSTILE = "<script>alert(1)</script> **bold** [x](javascript:alert(2)) <img src=x onerror=alert(3)>"
JAW = Claim(4.0, 5.0, "touching jaw", BodyRegion.HANDS, "Touches the jaw.", "negative", 0.5)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    """Nobody has labeled or judged anything; Ada is the only reviewer, and there is no key for any server."""
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path / "study"))
    opened = opened_workspace()
    with opened.database.write() as connection:
        reviewers.ensure(connection, "Ada")
    yield opened
    opened.database.dispose()


def add_clips(
    opened: OpenedWorkspace, number: int, *, reliability_sample: bool = False, video: Path | None = None
) -> list[int]:
    with opened.database.write() as connection:
        there = len(clips.all_ids(connection))
        return [
            clips.add(
                connection,
                NewClip(
                    name=f"clip{there + place:03d}",
                    subject=f"person{there + place}",
                    split=Split.TRAIN,
                    video_path=str(video) if video else None,
                    digest=secrets.token_hex(32),
                    duration_s=30.0,
                    frame_count=750,
                    frame_rate=Fraction(25),
                    width_px=640,
                    height_px=360,
                    reliability_sample=reliability_sample,
                ),
            ).id
            for place in range(number)
        ]


def say(
    opened: OpenedWorkspace,
    clip_id: int,
    label: str,
    *claims: Claim,
    labeler: Labeler = FIRST,
    confidence: float = 0.8,
    reasoning: str = "Because.",
    settings: str = "s",
) -> None:
    answer = LabelerAnswer(label, 0.6, "first", label, confidence, reasoning, claims, 1000, 200, 0.25, "", 50)
    with opened.database.write() as connection:
        pseudo_labels.store(connection, clip_id, labeler, settings, answer)


def judge(
    opened: OpenedWorkspace,
    clip_id: int,
    blind: str,
    *verdicts: ClaimVerdict,
    final: str | None = None,
    reviewer: str = "Ada",
) -> None:
    """A blind answer, then the final one with a verdict for each claim of the newest pseudo-label."""
    final = final or blind
    with opened.database.write() as connection:
        who = reviewers.ensure(connection, reviewer).id
        shown = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
        assert shown is not None
        kind = DecisionKind.ACCEPT if shown.answer.label == final else DecisionKind.CORRECT
        given = {claim.id: verdict for claim, verdict in zip(shown.answer.claims, verdicts, strict=False) if claim.id}
        first = NewDecision(secrets.token_hex(8), clip_id, who, DecisionKind.BLIND, ReviewMode.BLIND, blind, 2)
        last = NewDecision(
            secrets.token_hex(8), clip_id, who, kind, ReviewMode.BLIND, final, 2, shown.id, claim_verdicts=given
        )
        decisions.record(connection, first)
        decisions.record(connection, last)


def opened_page() -> AppTest:
    test = AppTest.from_file(SCRIPT, default_timeout=60)
    test.session_state["reviewer_id"] = 1
    return test.run().switch_page("../pages/pseudo_labels.py").run()


def words(test: AppTest) -> str:
    """All text of the main part of the page."""
    return " ".join(str(getattr(element, "value", "")) for element in test.main)


def choose_labeler(test: AppTest, name: str) -> AppTest:
    return next(box for box in test.selectbox if box.label == "Labeler").select(name).run()


def label_button_is_disabled(test: AppTest) -> bool:
    return next(button for button in test.button if button.label == "Label clips").disabled


# Plan, key, consent, budget


def test_the_plan_tells_minutes_requests_tokens_dollars_and_where_they_come_from(study: OpenedWorkspace) -> None:
    add_clips(study, 2)
    shown = words(choose_labeler(opened_page(), "gemini"))
    assert "<b>2</b> clips to label" in shown
    assert "<b>1.0</b> minutes" in shown
    assert "<b>4</b> requests" in shown
    assert "tokens in" in shown
    assert "USD</b>, " in shown
    assert "prices of 20" in shown
    assert "is assumed until it has answered here" in shown


def test_a_model_that_has_no_price_is_planned_without_dollars(study: OpenedWorkspace) -> None:
    add_clips(study, 1)
    test = choose_labeler(opened_page(), "gemini")
    test.text_input(key="model-gemini").input("gemini-99<b>").run()
    assert "no price is listed for gemini-99&lt;b&gt;" in words(test)


def test_a_budget_for_a_model_without_a_price_is_refused_in_a_sentence(study: OpenedWorkspace) -> None:
    add_clips(study, 1)
    test = choose_labeler(opened_page(), "gemini")
    test.text_input(key="model-gemini").input("gemini-99")
    next(box for box in test.number_input if box.label == "Budget, USD").set_value(1.0).run()
    assert any("A budget cannot be kept" in error.value for error in test.error)
    assert label_button_is_disabled(test)


def test_without_a_key_a_sentence_stands_in_place_of_the_button(study: OpenedWorkspace) -> None:
    add_clips(study, 1)
    with study.database.write() as connection:
        give_all(connection)
    test = choose_labeler(opened_page(), "gemini")
    assert "Gemini needs an API key" in words(test)
    assert label_button_is_disabled(test)


def give_all(connection: object) -> None:
    from core.types.pseudo_labels import SendingConsent

    receiver = "generativelanguage.googleapis.com"
    sending_consents.give(connection, SendingConsent(receiver, "portrait", True, "Ada"))  # type: ignore[arg-type]


def test_nothing_can_be_sent_before_somebody_has_allowed_it(
    study: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "not-a-key")
    add_clips(study, 1)
    test = choose_labeler(opened_page(), "gemini")
    assert "May portrait crops of the people filmed" in words(test)
    assert label_button_is_disabled(test)
    next(button for button in test.button if button.label == "Allow and remember").click().run()
    assert not label_button_is_disabled(test)
    assert "Allowed by Ada" in words(test)
    with study.database.read() as connection:
        given = sending_consents.given(connection, GOOGLE, "portrait", with_sound=True)
    assert given is not None
    assert given.given_by == "Ada"


def test_a_server_in_the_building_needs_no_consent(study: OpenedWorkspace) -> None:
    add_clips(study, 1)
    test = choose_labeler(opened_page(), "openai")
    assert "Nothing leaves the building" in words(test)
    assert not label_button_is_disabled(test)


def test_the_job_is_given_what_the_box_says(study: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr("app.components.labeling_panel.start_job", lambda *given: started.append(given[2:]))
    add_clips(study, 3)
    test = choose_labeler(opened_page(), "openai")
    test.text_input(key="model-openai").input("qwen3")
    next(box for box in test.number_input if box.label == "At most").set_value(2)
    next(box for box in test.number_input if box.label == "Budget, USD").set_value(1.5)
    test.toggle[0].set_value(False).run()
    next(button for button in test.button if button.label == "Label clips").click().run()
    asked = {"labeler": "openai", "limit": 2, "model": "qwen3", "budget_usd": 1.5, "evidence": False}
    assert started == [("label", asked)]


def test_a_job_that_was_stopped_says_why_and_what_was_paid(study: OpenedWorkspace) -> None:
    clip_id = add_clips(study, 1)[0]
    with study.database.write() as connection:
        job = jobs.enqueue(connection, "label", {"labeler": "gemini"})
        jobs.start(connection, job.id, 1)
        for answered, tokens in ((True, 1000), (False, 500)):
            call = ModelCall(
                clip_id, "gemini", "gemini-2.5-pro", "watch", "d", answered, "", "" if answered else "cut", tokens,
                200, 50, 0.25, 1.0,
            )  # fmt: skip
            model_calls.record(connection, call)
        result = {"labeled": ["a"], "already": 0, "failed": ["b: cut"], "left": 3, "stopped": "The budget is reached."}
        jobs.finish(connection, job.id, result)
    test = opened_page()
    assert "1 labeled, 1 without a usable answer, 3 left. The budget is reached." in words(test)
    assert "1,500 tokens in, 400 out, 100 thinking, 0.5000 USD, for 1 answers and 1 failed requests" in words(test)
    assert list(test.dataframe[0].value["reason"]) == ["cut"]


# Versions side by side


def test_agreement_with_people_is_counted_before_the_reveal(study: OpenedWorkspace) -> None:
    one, two = add_clips(study, 2)
    for clip_id in (one, two):
        say(study, clip_id, "negative")
    judge(study, one, "positive", final="negative")  # the rationale pulled Ada over
    judge(study, two, "negative")
    (facts,) = labeler_facts(study)
    assert (facts.with_blind.hits, facts.with_blind.n) == (1, 2)
    assert (facts.with_people.hits, facts.with_people.n) == (2, 2)


def test_an_adjudication_in_the_reliability_sample_is_no_blind_judgment(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1, reliability_sample=True)
    say(study, clip_id, "negative")
    with study.database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
        adjudicated = NewDecision("t", clip_id, reviewer.id, DecisionKind.ADJUDICATE, ReviewMode.BLIND, "negative")
        decisions.record(connection, adjudicated)
    assert labeler_facts(study)[0].with_blind.n == 0


def test_a_clip_counts_once_with_the_label_that_most_people_gave_it(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative")
    for reviewer, label in (("Ada", "negative"), ("Grace", "positive"), ("Edith", "negative")):
        judge(study, clip_id, label, reviewer=reviewer)
    (facts,) = labeler_facts(study)
    assert (facts.with_blind.hits, facts.with_blind.n) == (1, 1)


def test_a_clip_on_which_people_are_level_is_left_out(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative")
    judge(study, clip_id, "negative")
    judge(study, clip_id, "positive", reviewer="Grace")
    assert labeler_facts(study)[0].with_blind.n == 0


def test_of_two_answers_for_a_clip_the_newer_is_compared(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "positive", settings="old")
    say(study, clip_id, "negative", settings="new")
    judge(study, clip_id, "negative")
    (facts,) = labeler_facts(study)
    assert (facts.with_blind.hits, facts.with_blind.n, facts.totals.clips) == (1, 1, 1)


def test_the_table_has_a_row_for_each_version_with_what_was_paid(study: OpenedWorkspace) -> None:
    for clip_id in add_clips(study, 2):
        say(study, clip_id, "negative")
        say(study, clip_id, "negative", labeler=SECOND)
    shown = words(opened_page())
    assert "agrees with blind labels" in shown
    assert "with labels after the reveal" in shown
    assert shown.count("+ 100\nthinking") == 2
    assert shown.count("<b>0.50</b>") == 2


def test_the_page_says_which_version_counts_and_lets_another_count(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative")
    say(study, clip_id, "positive", labeler=SECOND)
    test = opened_page()
    assert "The answers of gemini 1 count as pseudo-labels." in words(test)
    assert "Clips that would get another pseudo-label: 1;" in words(test)
    test.button(key="make-count").click().run()
    assert "The answers of gemini 2 count as pseudo-labels." in words(test)
    with study.database.read() as connection:
        assert clips.labels(connection)[clip_id].label == "positive"


def test_versions_of_two_models_have_names_that_differ() -> None:
    other = replace(FIRST, model_id="gemini-2.5-flash", id=2)
    edited = replace(FIRST, prompt_digest="c" * 16, id=3)
    names = distinct_names([replace(FIRST, id=1), other, edited])
    assert names == {
        1: "gemini 1, gemini-2.5-pro, aaaaaaaa",
        2: "gemini 1, gemini-2.5-flash",
        3: "gemini 1, gemini-2.5-pro, cccccccc",
    }


def test_a_confidence_of_one_is_of_the_last_bin(study: OpenedWorkspace) -> None:
    for clip_id, confidence in zip(add_clips(study, 3), (0.0, 0.1, 1.0), strict=True):
        say(study, clip_id, "negative", confidence=confidence)
    assert labeler_facts(study)[0].histogram == {"negative": [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]}


def test_claims_are_counted_by_cue_and_check(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative", replace(JAW, check=ClaimCheck.SUPPORTED), replace(JAW, start_s=9, end_s=10), JAW)
    (facts,) = labeler_facts(study)
    assert facts.cues == {"touching jaw": {"supported": 1, "unchecked": 2}}


def test_what_was_kept_is_told_anew_after_an_answer_and_after_a_decision(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    before = answers_key(study)
    say(study, clip_id, "negative")
    answered, decided = answers_key(study), decisions_key(study)
    judge(study, clip_id, "negative")
    assert before != answered == answers_key(study)
    assert decided != decisions_key(study)


def test_the_page_counts_a_decision_that_was_made_after_it_was_first_shown(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative")
    test = opened_page()
    judge(study, clip_id, "negative")
    assert "1\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}1" in words(test.run())


# Two versions on one clip


def test_clips_on_which_two_versions_differ_come_first(study: OpenedWorkspace) -> None:
    ids = add_clips(study, 3)
    for clip_id in ids:
        say(study, clip_id, "negative")
        say(study, clip_id, "positive" if clip_id == ids[2] else "negative", labeler=SECOND)
    found = common_facts(study, 1, 2)
    assert (found.agree.hits, found.agree.n) == (2, 3)
    assert [one.clip_id for one in found.shown] == [ids[2], ids[0], ids[1]]


def test_among_equals_clips_that_the_reviewer_has_judged_come_first(study: OpenedWorkspace) -> None:
    ids = add_clips(study, 4)
    for clip_id in ids:
        say(study, clip_id, "negative")
        say(study, clip_id, "positive" if clip_id > ids[1] else "negative", labeler=SECOND)
    for clip_id in (ids[1], ids[3]):
        judge(study, clip_id, "negative")
    shown = in_order(study, common_facts(study, 1, 2), (1, 2), 1)
    assert [one.clip_id for one in shown] == [ids[3], ids[2], ids[1], ids[0]]


def test_the_reliability_sample_is_counted_and_never_shown(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1, reliability_sample=True)
    say(study, clip_id, "negative")
    say(study, clip_id, "negative", labeler=SECOND)
    found = common_facts(study, 1, 2)
    assert (found.agree.n, found.shown) == (1, ())


def test_rationales_stay_hidden_until_the_reviewer_has_judged_the_clip(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    for labeler in (FIRST, SECOND):
        say(study, clip_id, "negative", JAW, labeler=labeler, reasoning="A hand at the jaw.")
    hidden = words(opened_page())
    assert "stay hidden until you have judged it blind" in hidden
    assert "A hand at the jaw." not in hidden
    assert "Touches the jaw." not in hidden
    judge(study, clip_id, "negative")
    assert "A hand at the jaw." in words(opened_page())


def test_claims_of_two_versions_stand_beside_each_other(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative", JAW)
    smile = Claim(20.0, 21.0, "smile", BodyRegion.FACE, "Smiles.", "positive", 0.5)
    say(study, clip_id, "negative", replace(JAW, kept=False), smile, labeler=SECOND)
    judge(study, clip_id, "negative")
    shown = words(opened_page())
    assert "<s>Touches the jaw.</s>" in shown
    assert "<td>dropped</td>" in shown
    assert "<td>only gemini 2</td>" in shown


def test_one_version_alone_is_not_compared(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative")
    assert "A second labeler, or a second version of a prompt" in words(opened_page())


def test_words_of_a_model_are_never_markup(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    hostile = replace(JAW, text=HOSTILE, cue=HOSTILE, speaks_for=HOSTILE, leak=HOSTILE)
    named = replace(FIRST, prompt_version=HOSTILE, model_id=HOSTILE)
    with study.database.write() as connection:
        prompts.keep(connection, "d", HOSTILE, HOSTILE)
        pseudo_labels.fail(connection, clip_id, SECOND, "s", HOSTILE)
    for labeler in (named, SECOND):
        say(study, clip_id, "negative", hostile, labeler=labeler, reasoning=HOSTILE)
    judge(study, clip_id, "negative", ClaimVerdict.FALSE)
    test = opened_page()
    assert not test.exception
    as_html = [element for element in test.main if element.type == "html"]
    for element in as_html:
        body = str(element.value)
        assert "<script" not in body
        assert "<img" not in body
    assert any(
        "&lt;script&gt;alert(1)&lt;/script&gt; **bold** [x](javascript:alert(2))" in str(e.value) for e in as_html
    )
    for element in test.main:
        if element.type in {"markdown", "header", "caption", "table", "error"}:
            assert "bold" not in str(element.value)
    assert list(test.dataframe[0].value["reason"]) == [HOSTILE]


# Reliability


def test_too_few_judgments_leave_the_confidence_uncalibrated(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative", confidence=0.85)
    judge(study, clip_id, "negative")
    facts = reliability_facts(labeler_facts(study)[0])
    assert (facts.decisions, facts.curve) == (1, ())
    assert [(one.n, one.right) for one in facts.bins] == [(1, 1.0)]
    assert facts.error == pytest.approx(0.15)
    assert "1 clip judged blind, 30 are needed" in words(opened_page())


def test_without_judgments_there_is_a_sentence_and_no_error(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative")
    facts = reliability_facts(labeler_facts(study)[0])
    assert (facts.decisions, list(facts.bins), facts.error) == (0, [], None)
    assert "0 clips judged blind, 30 are needed" in words(opened_page())


def test_enough_judgments_give_a_calibration_with_a_curve(study: OpenedWorkspace) -> None:
    for place, clip_id in enumerate(add_clips(study, 36)):
        say(study, clip_id, "negative", confidence=0.9 if place % 2 else 0.6)
        judge(study, clip_id, "negative" if place % 2 or place % 4 else "positive")
    facts = reliability_facts(labeler_facts(study)[0])
    assert facts.decisions == 36
    assert len(facts.curve) == 41
    assert "is calibrated by Platt scaling on 36 clips judged blind" in facts.sentence
    assert [(one.low, one.n) for one in facts.bins] == [(pytest.approx(0.6), 18), (pytest.approx(0.9), 18)]


# Families of rejected claims


def test_rejected_claims_are_counted_by_version_and_family(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    with study.database.write() as connection:
        measured = CueMeasurement((Cue("smile", 4.0, 5.0, 0.9, ()),), (), 30.0)
        cues.store(connection, clip_id, measured, PRODUCER)
    contradicted = replace(JAW, check=ClaimCheck.CONTRADICTED)
    late_smile = replace(contradicted, cue="smile", region=BodyRegion.FACE, start_s=20, end_s=21)
    say(study, clip_id, "negative", contradicted, late_smile, JAW)
    judge(study, clip_id, "negative", ClaimVerdict.FALSE, ClaimVerdict.FALSE, ClaimVerdict.TRUE)
    found = claim_families(study)
    (one,) = found.labelers
    assert (one.judged, dict(one.rejected)) == (3, {ErrorFamily.HALLUCINATED: 1, ErrorFamily.WRONG_TIME: 1})
    assert (found.false_claims, found.searched) == (2, 0)
    shown = words(opened_page())
    assert "<b>1</b><small>33%</small>" in shown
    assert "The wrong person cannot be told here" in shown


def test_a_judgment_that_was_undone_is_not_counted(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative", JAW)
    judge(study, clip_id, "negative", ClaimVerdict.FALSE)
    with study.database.write() as connection:
        (last,) = decisions.last_undoable(connection, 1)
        undo = NewDecision("u", clip_id, 1, DecisionKind.UNDO, ReviewMode.BLIND, undoes_id=last.id)
        decisions.record(connection, undo)
    assert claim_families(study).labelers == ()


def store_people(opened: OpenedWorkspace, clip_id: int, other_frames: list[int]) -> None:
    """Track 1 is the interviewee in all 750 frames, track 2 somebody else in some."""
    frames = np.array([*range(750), *other_frames], dtype=np.int32)
    tracks = np.array([1] * 750 + [2] * len(other_frames), dtype=np.int32)
    order = np.argsort(frames, kind="stable")
    arrays = {
        "time_s": np.arange(750) / 25,
        "box_xyxy_px": np.zeros((750, 4), dtype=np.float32),
        "interviewee_tracks": np.array([1], dtype=np.int32),
        "detection_frame": frames[order],
        "detection_track": tracks[order],
        "detection_box_xyxy_px": np.zeros((len(frames), 4), dtype=np.float32),
        "detection_confidence": np.ones(len(frames), dtype=np.float32),
    }
    path = FeatureStore(opened.workspace.features_dir).write(clip_id, FeatureKind.PERSON, arrays, PRODUCER)
    with opened.database.write() as connection:
        features.record(connection, clip_id, FeatureKind.PERSON, PRODUCER, path)


def test_a_false_claim_while_somebody_else_is_in_view_is_of_the_wrong_person(study: OpenedWorkspace) -> None:
    for clip_id, other_frames in zip(add_clips(study, 2), ([110, 111], [600, 601]), strict=True):
        store_people(study, clip_id, other_frames)
        say(study, clip_id, "negative", replace(JAW, check=ClaimCheck.CONTRADICTED))
        judge(study, clip_id, "negative", ClaimVerdict.FALSE)
    found = claim_families(study)
    assert dict(found.labelers[0].rejected) == {ErrorFamily.WRONG_PERSON: 1, ErrorFamily.HALLUCINATED: 1}
    assert (found.false_claims, found.searched) == (2, 2)


def test_without_a_judged_claim_there_is_no_table_of_families(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative", JAW)
    assert "Nobody has judged a claim yet" in words(opened_page())


# Prompts


def test_a_prompt_is_shown_and_its_changes_from_another(study: OpenedWorkspace) -> None:
    add_clips(study, 1)
    with study.database.write() as connection:
        prompts.keep(connection, "a" * 16, "1", "Watch.\nConclude.")
        prompts.keep(connection, "b" * 16, "2", "Watch.\nArgue.\nConclude.")
    test = opened_page()
    assert test.code[0].value == "Watch.\nArgue.\nConclude."
    next(box for box in test.selectbox if box.label == "Changes from").select("a" * 16).run()
    assert "+Argue." in test.code[0].value
    assert " Conclude." in test.code[0].value


def test_a_plan_may_look_into_the_videos_for_sound(study: OpenedWorkspace, tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    write_video(video, iter(np.zeros((25, 64, 64, 3), dtype=np.uint8)), Fraction(25))
    add_clips(study, 1, video=video)
    assert "<b>0.5</b> minutes" in words(choose_labeler(opened_page(), "gemini"))


def charts_of(test: AppTest) -> list[str]:
    """The data of every chart on the page, as JSON."""
    return [element.proto.spec for element in test.get("plotly_chart")]


def test_a_labeler_that_is_the_rules_has_no_share_of_supported_claims(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    supported = replace(JAW, check=ClaimCheck.SUPPORTED)
    say(study, clip_id, "negative", supported, labeler=RULES)
    say(study, clip_id, "negative", replace(JAW, check=ClaimCheck.CONTRADICTED))
    page = opened_page()
    (of_rules, of_model) = sorted(labeler_facts(study), key=lambda one: one.labeler.name)
    assert (of_rules.supported_by_construction, of_model.supported_by_construction) == (True, False)
    assert "cues 1 is left out: its claims are the measured cues themselves, so no check can fail." in words(page)
    assert not [spec for spec in charts_of(page) if '"cues 1  "' in spec or '"y":["cues 1' in spec]


def test_where_the_rules_alone_have_labeled_there_is_no_chart_of_checks(study: OpenedWorkspace) -> None:
    (clip_id,) = add_clips(study, 1)
    say(study, clip_id, "negative", replace(JAW, check=ClaimCheck.SUPPORTED), labeler=RULES)
    page = opened_page()
    assert "its claims are the measured cues themselves" in words(page)
    assert not [spec for spec in charts_of(page) if "share of claims" in spec]
