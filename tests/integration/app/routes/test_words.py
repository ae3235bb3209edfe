"""What the routes give beside the clip itself: its words, other labelers' answers, the coding manual."""

from pathlib import Path

import numpy as np

from core.types.clips import Clip
from core.types.pseudo_labels import Labeler
from core.types.transcript import TranscriptSegment
from db import curated_sets, labeler_choices, pseudo_labels, runs, transcripts
from tests.integration.app.conftest import ReviewClient
from tests.integration.app.review_study import ANSWER, SECRET_REASON
from training.runs.timelines import ClipTimeline, timeline_path, write_timeline


def _with_words(client: ReviewClient, *segments: TranscriptSegment) -> Clip:
    clip = client.study.add_clips(1)[0]
    with client.study.database.write() as connection:
        transcripts.store(connection, clip.id, segments)
    return clip


def test_words_come_by_sentences_with_their_times(blind: ReviewClient) -> None:
    clip = _with_words(blind, TranscriptSegment("It was hot. ", 0.5, 1.5), TranscriptSegment("We go on.", 2.0, 3.0))
    told = blind.get(f"/clips/{clip.id}/words").json()
    assert [(one["text"], one["start_s"], one["end_s"]) for one in told] == [
        ("It was hot.", 0.5, 1.5),
        ("We go on.", 2.0, 3.0),
    ]


def test_words_that_state_the_result_are_hidden_from_whoever_judges(blind: ReviewClient) -> None:
    clip = _with_words(blind, TranscriptSegment("I won it 6-4 in the end.", 0.0, 2.0))
    (told,) = blind.get(f"/clips/{clip.id}/words").json()
    assert told["text"] == "I […] it […] in the end."


def _second_answer(client: ReviewClient, clip: Clip) -> int:
    with client.study.database.write() as connection:
        labeler = Labeler("test", "rules", "2", "e", True)
        return pseudo_labels.store(connection, clip.id, labeler, "s", ANSWER).id


def test_the_answer_that_counts_is_shown_and_every_other_is_named(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    beside = _second_answer(blind, clip)
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    told = blind.get(f"/clips/{clip.id}/rationale").json()
    assert told["pseudo_label"]["labeler"]["prompt_version"] == "1"
    assert [(one["name"], one["counts"]) for one in told["answers"]] == [("test 1", True), ("test 2", False)]
    assert (told["answers"][1]["id"], told["beside"]) == (beside, "")


def test_where_the_labeler_that_counts_has_not_answered_the_answer_shown_is_said_to_be_anothers(
    blind: ReviewClient,
) -> None:
    clip, other = blind.study.add_clips(2)
    _second_answer(blind, other)
    with blind.study.database.write() as connection:
        second = next(one for one in pseudo_labels.labelers(connection) if one.prompt_version == "2")
        labeler_choices.choose(connection, second.id or 0, None)
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    told = blind.get(f"/clips/{clip.id}/rationale").json()
    assert [(one["name"], one["counts"]) for one in told["answers"]] == [("test 1", False)]
    assert told["beside"] == (
        "test 2, the labeler that counts, has not answered for this clip. The answer of test 1 is shown instead; it is not "
        "the clip's pseudo-label."
    )


def test_an_answer_that_does_not_count_can_be_asked_for(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    _second_answer(blind, clip)
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    beside = blind.get(f"/clips/{clip.id}/rationale").json()["answers"][1]["id"]
    told = blind.get(f"/clips/{clip.id}/rationale?pseudo_label={beside}").json()
    assert (told["pseudo_label"]["id"], told["pseudo_label"]["labeler"]["prompt_version"]) == (beside, "2")
    assert told["beside"] == "This answer of test 2 does not count: the clip's pseudo-label is that of test 1."


def test_an_answer_that_does_not_count_stays_shut_before_the_blind_answer(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    number = _second_answer(blind, clip)
    assert blind.get(f"/clips/{clip.id}/rationale?pseudo_label={number}").status_code == 403


def test_anothers_clips_answer_is_not_found_here(blind: ReviewClient) -> None:
    clip, other = blind.study.add_clips(2)
    number = _second_answer(blind, other)
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    answer = blind.get(f"/clips/{clip.id}/rationale?pseudo_label={number}")
    assert (answer.status_code, answer.json()["error"]) == (404, f"The pseudo-label {number} is not of {clip.name}.")


def test_a_pseudo_label_that_is_no_number_is_refused(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    answer = blind.get(f"/clips/{clip.id}/rationale?pseudo_label=newest")
    assert (answer.status_code, answer.json()["error"]) == (422, "A pseudo-label has a number, not 'newest'.")


def _current_run(client: ReviewClient) -> Path:
    with client.study.database.write() as connection:
        curated = curated_sets.store(connection, "set", {}, [])
        run = runs.start(connection, curated_set_id=curated.id, job_id=None, settings={}, code_version="1")
        runs.finish(connection, run.id, {})
        runs.select(connection, run.id)
    return client.study.workspace.runs_dir / str(run.id)


def test_what_the_current_run_made_of_the_clip_comes_with_the_rationale(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    path = timeline_path(_current_run(blind), clip.id)
    halves = np.float32([0.5, 0.5])
    write_timeline(path, ClipTimeline(("positive", "negative"), np.float32([0.1, 0.3]), halves, np.eye(2)))
    assert "0.3" not in blind.get(f"/clips/{clip.id}").text
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    told = blind.get(f"/clips/{clip.id}/rationale").json()["model"]
    assert (told["labels"], told["time_s"], told["attention"]) == (["positive", "negative"], [0.1, 0.3], [0.5, 0.5])
    assert told["probabilities"] == [[1.0, 0.0], [0.0, 1.0]]


def test_a_broken_timeline_is_named_and_the_rationale_still_comes(blind: ReviewClient) -> None:
    clip = blind.study.add_clips(1)[0]
    path = timeline_path(_current_run(blind), clip.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"torn")
    blind.decide(clip.id, "blind", label="positive", rater_confidence=2)
    told = blind.get(f"/clips/{clip.id}/rationale").json()
    assert (told["model"], told["model_problem"]) == (None, f"{path} is not a timeline of a run.")
    assert told["pseudo_label"]["reasoning"] == SECRET_REASON


def test_the_manual_is_the_workspaces_own_file(blind: ReviewClient) -> None:
    (blind.study.workspace.root / "manual.md").write_text("## Ours\n\nLook at the **hands**.")
    assert blind.get("/manual").json()["nodes"] == [
        {"tag": "h2", "children": ["Ours"]},
        {"tag": "p", "children": ["Look at the ", {"tag": "strong", "children": ["hands"]}, "."]},
    ]


def test_a_manual_that_cannot_be_read_is_named(blind: ReviewClient) -> None:
    path = blind.study.workspace.root / "manual.md"
    path.write_bytes(b"caf\xe9")
    answer = blind.get("/manual")
    assert (answer.status_code, answer.json()["error"]) == (422, f"{path} is not UTF-8: byte 3 is 0xe9.")
