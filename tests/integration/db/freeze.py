"""Writes the frozen database of the newest schema: `python -m tests.integration.db.freeze`, once a released schema."""

import sqlite3
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from core.process_identity import ProcessIdentity
from core.run_owner import RunOwner
from core.taxonomy import DEFAULT_TAXONOMY
from core.taxonomy_changes import Retired, Retitled, TaxonomyChange
from core.types.annotated_cues import AnnotatedCue
from core.types.assignments import Assignment, NewBatch, Purpose
from core.types.clips import LabelSource, Split
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.decisions import ClaimVerdict, DecisionKind, NewDecision, ReviewMode, Seen
from core.types.features import FeatureKind, Producer
from core.types.interviewee import PersonPoint
from core.types.practice import NewPracticeAnswer
from core.types.pseudo_labels import Claim, ModelCall, SendingConsent
from core.types.runs import CuratedRow, Prediction
from core.types.transcript import TranscriptSegment
from core.workspace import open_workspace
from db import (
    annotated_cues,
    assignments,
    bulk_accepts,
    clips,
    cues,
    curated_sets,
    decisions,
    disclosures,
    features,
    interviewees,
    jobs,
    label_changes,
    labeling_claims,
    leases,
    model_calls,
    practice_answers,
    practice_clips,
    prompts,
    protocols,
    provider_uploads,
    pseudo_labels,
    reviewers,
    runs,
    sending_consents,
    sent_requests,
    transcripts,
)
from db.engine import Database, open_database
from db.schema_version import REVISIONS
from tests.integration.db.log_oracle import LABELER, answer, new_clip

DATA = Path(__file__).parent / "data"
NOTE = "Hält die Hand vor den Mund 🤭"
CLAIM = Claim(1.5, 2.5, "covering face", BodyRegion.HANDS, "A hand covers the mouth.", "negative", 0.6)
CUES = CueMeasurement((Cue("covering face", 1.4, 2.6, 0.8, (4, 0)),), (), 30.0)
SOFT_LABELS = (("negative", 0.5), ("positive", 0.5))
PRODUCER = Producer("openpose-json", "1", "0")
POINT = PersonPoint(12.5, 320.0, 90.5)
SEGMENTS = (TranscriptSegment("Ich weiß nicht.", 0.5, 1.75), TranscriptSegment("Wir haben gespielt.", 1.75, 3.0))
ANNOTATED = (
    AnnotatedCue("covering face", "Covering face", 11, 1.5, 2.5, "iMiGUE"),
    AnnotatedCue(None, "Illustrative gestures", 99, 2.0, 2.25, "iMiGUE"),
)
PROTOCOL = "cross-subject"
CONSENT = SendingConsent("generativelanguage.googleapis.com", "portrait", with_sound=False, given_by="Ada")
PROMPT = "# watch, version 1\n\nObserve first."
CALL = ModelCall(1, "gemini", "gemini-2.5-pro", "watch", "5e", True, "{}", "", 1200, 300, 600, 0.0105, 8.5)
# Of a process that no machine has.
OWNER = RunOwner(ProcessIdentity(2**22 + 1, 1.5, "elsewhere", None), "5e")
SENT = sent_requests.NewSent(1, "gemini", "watch", "5e5e", 0.25)
UPLOAD = provider_uploads.Upload(1, "gemini", CONSENT.receiver, "telltale-5e")
# A label that nothing was written under, so that the other rows read alike in every schema.
LABEL_CHANGE = TaxonomyChange(
    DEFAULT_TAXONOMY,
    added=(("bored", "Bored"),),
    retitled=(Retitled("positive", "Won", "Positive (won)"),),
    retired=(Retired("bored", "Bored", "negative"),),
)
LEASED_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEAK = "Leans on the outcome: “lost”."


def fill(database: Database) -> None:
    """A row or more in every table: three clips, one judged in two steps, one unclear by a decision that was undone."""
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada").id
        first, second = (clips.add(connection, new_clip(number, gold="positive")) for number in (1, 2))
        third = clips.add(connection, new_clip(3, test=True, truth="positive"))
        features.record(connection, first.id, FeatureKind.KEYPOINTS, PRODUCER, "keypoints/1.safetensors")
        cues.store(connection, first.id, CUES, PRODUCER)
        clips.set_transcript(connection, first.id, " ".join(segment.text for segment in SEGMENTS))
        transcripts.store(connection, first.id, SEGMENTS)
        interviewees.pick(connection, first.id, POINT)
        annotated_cues.store(connection, first.id, "iMiGUE", ANNOTATED)
        protocols.set_splits(connection, PROTOCOL, {first.id: Split.TRAIN, third.id: Split.TEST})
        leaking = replace(CLAIM, leak=LEAK)
        doubted = replace(
            answer("positive", 0.5), claims=(leaking,), leak=LEAK, exclusion_reason=LEAK, review_reason=LEAK
        )
        pseudo_labels.store(connection, first.id, LABELER, "1", doubted)
        shown = pseudo_labels.store(
            connection, first.id, LABELER, "0", replace(answer("negative", 0.75), claims=(CLAIM,))
        )
        model_calls.record(connection, replace(CALL, clip_id=first.id))
        sending_consents.give(connection, CONSENT)
        for digest in (SENT.request_digest, "5f"):
            new = replace(SENT, clip_id=first.id, request_digest=digest)
            gone = sent_requests.add(connection, new, OWNER, now=LEASED_AT)
        sent_requests.close(connection, gone, sent_requests.Outcome.UNANSWERED)
        labeling_claims.claim(connection, second.id, "5e", OWNER)
        provider_uploads.record(connection, replace(UPLOAD, clip_id=first.id), OWNER)
        provider_uploads.failed(connection, UPLOAD, NOTE)
        prompts.keep(connection, "5e", "1", PROMPT)
        pseudo_labels.fail(connection, second.id, LABELER, "0", "No answer came.")
        seen = {claim.id: ClaimVerdict.TRUE for claim in shown.answer.claims if claim.id is not None}
        blind = NewDecision("a", first.id, ada, DecisionKind.BLIND, ReviewMode.BLIND, "positive", 2, queue="unreviewed")
        final = replace(
            blind, token="b", kind=DecisionKind.ACCEPT, label="negative", pseudo_label_id=shown.id, note=NOTE
        )
        decisions.record(connection, blind)
        disclosures.record(connection, ada, {Seen.RATIONALE: [first.id]})
        decisions.record(connection, replace(final, claim_verdicts=seen))
        unclear = NewDecision("c", second.id, ada, DecisionKind.UNCLEAR, ReviewMode.BLIND)
        undone, _ = decisions.record(connection, unclear)
        decisions.record(connection, replace(unclear, token="d", kind=DecisionKind.UNDO, undoes_id=undone.id))
        row = CuratedRow(first.id, first.subject_id, "negative", LabelSource.HUMAN, 1.0)
        stored = curated_sets.store(connection, "frozen", {"sources": ["human"]}, [row])
        curated_sets.store(connection, "divided", {"sources": ["human"]}, [replace(row, soft_labels=SOFT_LABELS)])
        job = jobs.enqueue(connection, "train", {})
        jobs.finish(connection, job.id, {})
        run = runs.start(connection, curated_set_id=stored.id, job_id=job.id, settings={}, code_version="0.1.0")
        runs.store_predictions(
            connection, [Prediction(run.id, first.id, 0, (0.25, 0.75), "negative", 0.75, label_issue=True)]
        )
        runs.finish(connection, run.id, {"table": []})
        runs.select(connection, run.id)
        bulk_accepts.accept(connection, ada, {}, reason=NOTE, mode=ReviewMode.BLIND, token="bulk")
        label_changes.record(connection, LABEL_CHANGE, ada)
        leases.take(connection, [second.id], ada, timedelta(minutes=10), now=LEASED_AT)
        _practice(connection, ada, [first.id, second.id])
        for purpose in Purpose:
            asked = (Assignment(second.id, ada),)
            made, _ = assignments.assign(connection, NewBatch(purpose.value, purpose, ada, NOTE, 7, asked))
        assignments.withdraw(connection, made.id, ada)


def _practice(connection: sa.Connection, marked_by: int, clip_ids: list[int]) -> None:
    """Clips that a new coder got right, the last one's mark taken away; the coder may begin."""
    ben = reviewers.ensure(connection, "Ben").id
    for clip_id in clip_ids:
        made, _ = practice_clips.mark(connection, clip_id, marked_by, explanation=NOTE, token=f"mark {clip_id}")
        practice_answers.record(connection, NewPracticeAnswer(f"{clip_id}", clip_id, ben, "positive", 2, 4.5))
    practice_clips.withdraw(connection, made.id, marked_by)
    practice_answers.release(connection, ben, marked_by)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        database = open_database(workspace)
        fill(database)
        database.dispose()
        raw = sqlite3.connect(workspace.database_path)
        raw.execute("PRAGMA page_size = 512")  # many small tables: a small page keeps the file small
        raw.execute("VACUUM")
        raw.close()
        DATA.mkdir(exist_ok=True)
        (DATA / f"schema_{REVISIONS[-1]}.db").write_bytes(workspace.database_path.read_bytes())


if __name__ == "__main__":
    main()
