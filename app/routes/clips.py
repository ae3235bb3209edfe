"""What the Review screen reads of queues and clips, and the fence around the rationale."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.queries.labelers import distinct_names
from app.queries.review_queues import review_queues
from app.queries.saved_filters import QUEUE_PREFIX, clips_to_review, saved
from app.review.modes import mode_of
from app.routes.guard import Desk, MalformedError, RefusedError, private
from app.routes.media import video_file
from app.routes.tracks import CHUNK_FRAMES, keypoint_frames
from core.errors import NotFoundError, TrainingError
from core.types.clips import Clip
from core.types.cues import Cue, CueMeasurement
from core.types.decisions import Decision, Reviewer, ReviewMode
from core.types.features import FeatureKind
from core.types.pseudo_labels import PseudoLabel
from core.types.runs import Prediction, Run
from core.types.transcript import sentences
from db import (
    bulk_accepts,
    decisions,
    features,
    pseudo_labels,
    queues,
    repeat_judgements,
    reviewers,
    runs,
    transcripts,
)
from db import clips as clip_rows
from db import cues as cue_rows
from db.engine import Database
from labeling.outcome_words import mask_outcome_words
from training.runs.timelines import read_timeline

QUEUE_LIMIT = 100
HIDDEN = "[…]"


def queue(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """The clips of one queue in its order, each with its reason, and how many there are in all."""
    kind = request.query_params.get("kind", "")
    if kind.startswith(QUEUE_PREFIX):
        return _saved_queue(desk, kind, reviewer)
    if kind not in set(queues.Queue):
        raise MalformedError(f"There is no queue called {kind!r}.")
    chosen = queues.Queue(kind)
    review = desk.workspace.settings.review
    with desk.database.read() as connection:
        items = queues.items(connection, chosen, reviewer.id, review=review, limit=QUEUE_LIMIT)
        total = queues.size(connection, chosen, reviewer.id, review=review)
        open_to = _may_be_told(connection, desk, [item.clip_id for item in items], reviewer)
    return private(
        JSONResponse(
            {
                "kind": kind,
                "total": total,
                "more": total > len(items),
                "items": [
                    {
                        "clip_id": item.clip_id,
                        "reason": _reason(chosen, item.reason, blind=item.clip_id not in open_to),
                    }
                    for item in items
                ],
                "undoable": _undoable(desk.database, reviewer),
            }
        )
    )


def every_queue(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """Every queue with its title and how many clips it holds now."""
    return private(JSONResponse([asdict(one) for one in review_queues(desk.workspace, desk.database, reviewer)]))


def _saved_queue(desk: Desk, kind: str, reviewer: Reviewer) -> Response:
    """The clips of a filter that somebody saved, by its name."""
    one = saved(desk.workspace, kind.removeprefix(QUEUE_PREFIX))
    found = clips_to_review(desk.workspace, desk.database, one, reviewer)
    items = [{"clip_id": clip_id, "reason": f"Of the saved filter “{one.name}”."} for clip_id in found[:QUEUE_LIMIT]]
    told = {"kind": kind, "total": len(found), "more": len(found) > len(items), "items": items}
    return private(JSONResponse({**told, "undoable": _undoable(desk.database, reviewer)}))


def clip(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """One clip without any answer to it but this reviewer's own: no gold label, no pseudo-label, no cue, nobody else's."""
    with desk.database.read() as connection:
        found = clip_rows.get(connection, request.path_params["clip_id"])
        blind = decisions.blind_row(connection, found.id, reviewer.id)
        standing = decisions.standing(connection, found.id, reviewer.id)
        repeat = repeat_judgements.is_due(connection, found.id, reviewer.id, desk.workspace.settings.review)
        second = decisions.repeat_row(connection, found.id, reviewer.id)
        kinds = features.of_clip(connection, found.id)
    mode = mode_of(desk.workspace.settings, found)
    twice = None if blind is None or second is None else {"first": blind.label, "second": second.label}
    if repeat:  # judged as if for the first time: not even this reviewer's own answer is told
        mode, blind, standing = ReviewMode.BLIND, None, None
    frames = keypoint_frames(desk, found)
    video = _video(desk, found)
    return private(
        JSONResponse(
            {
                "id": found.id,
                "name": found.name,
                "subject": found.subject,
                "split": found.split,
                "duration_s": found.duration_s,
                "frame_count": found.frame_count,
                "frame_rate": float(found.frame_rate),
                "width_px": found.width_px,
                "height_px": found.height_px,
                "simulated": found.simulated,
                "reliability_sample": found.reliability_sample,
                "mode": mode,
                "repeat": repeat,
                "twice": twice,
                "step": decisions.step_of(mode, blind, standing),
                "rationale_open": mode is ReviewMode.ASSISTED or blind is not None,
                "blind": None if blind is None else {"label": blind.label, "rater_confidence": blind.rater_confidence},
                "decision": None if standing is None else decision_json(standing),
                "video": video,
                "video_missing": video is None and found.video_path is not None,
                "keypoints": {
                    "frames": frames,
                    "chunk_frames": CHUNK_FRAMES,
                    "chunks": -(-frames // CHUNK_FRAMES),
                }
                if frames
                else None,
                "person": FeatureKind.PERSON in kinds,
                "transcript": bool(found.transcript),
            }
        )
    )


def words(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """What is said, sentence by sentence, with the words hidden that may state the result where the settings hide them."""
    with desk.database.read() as connection:
        found = clip_rows.get(connection, request.path_params["clip_id"])
        segments = transcripts.of_clip(connection, found.id)
    hidden = desk.workspace.settings.perception
    listed = [
        {
            "start_s": one.start_s,
            "end_s": one.end_s,
            "text": mask_outcome_words(one.text, hidden.outcome_words, HIDDEN)
            if hidden.mask_outcome_words
            else one.text,
        }
        for one in sentences(segments)
    ]
    return private(JSONResponse(listed))


def rationale(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """Pseudo-label, claims, cues and transcript, once this reviewer may see them; `pseudo_label` asks for an older answer.

    Blind mode, and the reliability sample whatever the mode: only after this reviewer's own blind answer has committed.
    """
    asked = request.query_params.get("pseudo_label")
    if asked is not None and not (asked.isascii() and asked.isdigit()):
        raise MalformedError(f"A pseudo-label has a number, not {asked!r}.")
    with desk.database.read() as connection:
        found = clip_rows.get(connection, request.path_params["clip_id"])
        blind = decisions.blind_row(connection, found.id, reviewer.id)
        if mode_of(desk.workspace.settings, found) is ReviewMode.BLIND and blind is None:
            raise RefusedError("The rationale is shown after your own answer is saved.")
        if repeat_judgements.is_due(connection, found.id, reviewer.id, desk.workspace.settings.review):
            raise RefusedError(
                "This clip has come back to you; the rationale is shown after your second answer is saved."
            )
        given = pseudo_labels.of_clip(connection, found.id)
        answer = next((one for one in given if asked is None or one.id == int(asked)), None)
        if asked is not None and answer is None:
            raise NotFoundError(f"The pseudo-label {asked} is not of {found.name}.")
        measured = cue_rows.of_clip(connection, found.id)
        run = runs.selected(connection)
        told = decisions.has_answered(connection, found.id, reviewer.id)  # others' answers only after one's own
        history = _history(connection, found.id) if told else []
        predicted = runs.predictions_of(connection, run.id, [found.id]) if run and told else []
    return private(
        JSONResponse(
            {
                "pseudo_label": None if answer is None else _pseudo_label(answer),
                "answers": _answers(given),
                "transcript": found.transcript,
                "history": history,
                "run": _run_says(predicted[0]) if predicted else None,
                **_model(desk, run, found),
                **_cues(measured),
            }
        )
    )


def _undoable(database: Database, reviewer: Reviewer) -> list[dict[str, Any]]:
    """This reviewer's last decisions, newest first, as undo names them; the screen keeps the list from there.

    A bulk accept is one of them, however many clips it took.
    """
    with database.read() as connection:
        rows = decisions.last_undoable(connection, reviewer.id)
        bulks = bulk_accepts.last_undoable(connection, reviewer.id)
        names = {found.id: found.name for found in clip_rows.many(connection, {row.clip_id for row in rows})}
    steps = [
        (
            row.id,
            {
                "id": row.id,
                "clip_id": row.clip_id,
                "clip_name": names[row.clip_id],
                "kind": row.kind,
                "label": row.label,
            },
        )
        for row in rows
    ]
    steps += [(one.last_decision_id, {"bulk_id": one.bulk_id, "clips": one.standing}) for one in bulks]
    newest_first = sorted(steps, key=lambda step: step[0], reverse=True)
    return [step for _, step in newest_first[: decisions.UNDO_DEPTH]]


def decision_json(row: Decision) -> dict[str, Any]:
    """A row of the log as its own reviewer sees it."""
    return {
        "id": row.id,
        "clip_id": row.clip_id,
        "kind": row.kind,
        "label": row.label,
        "rater_confidence": row.rater_confidence,
        "blind_label": row.blind_label,
        "note": row.note,
        "claim_verdicts": {str(claim_id): verdict for claim_id, verdict in row.claim_verdicts.items()},
        "created_at": row.created_at.isoformat(),
    }


def _may_be_told(connection: Any, desk: Desk, clip_ids: list[int], reviewer: Reviewer) -> set[int]:
    """Clips whose labels a reason may name: judged by this reviewer, not of the reliability sample, in an assisted workspace."""
    if desk.workspace.settings.review.mode is ReviewMode.BLIND:
        return set()
    found = [one.id for one in clip_rows.many(connection, clip_ids) if not one.reliability_sample]
    return {clip_id for clip_id in found if decisions.has_answered(connection, clip_id, reviewer.id)}


def _reason(kind: queues.Queue, reason: str, *, blind: bool) -> str:
    """Why a clip is in the queue, without giving an answer away to somebody who has yet to judge."""
    if blind and kind is queues.Queue.MISTAKES:
        return "The selected run disagrees with its label; it never trained on this clip."
    if blind and kind is queues.Queue.LABEL_ERRORS:
        return "The label that counts for this clip is likely wrong, by what the selected run makes of it."
    return reason


def _video(desk: Desk, found: Clip) -> dict[str, Any] | None:
    path = video_file(desk.workspace, found)
    return None if path is None else {"url": desk.tokens.media_url(found.id, "video"), "bytes": path.stat().st_size}


def _pseudo_label(stored: PseudoLabel) -> dict[str, Any]:
    answer = stored.answer
    labeler = stored.labeler
    return {
        "id": stored.id,
        "labeler": {
            "name": labeler.name,
            "model_id": labeler.model_id,
            "prompt_version": labeler.prompt_version,
            "simulated": labeler.simulated,
        },
        "first_label": answer.first_label,
        "first_confidence": answer.first_confidence,
        "first_reasoning": answer.first_reasoning,
        "label": answer.label,
        "confidence": answer.confidence,
        "reasoning": answer.reasoning,
        "leak": answer.leak,
        "exclusion_reason": answer.exclusion_reason,
        "review_reason": answer.review_reason,
        "claims": [asdict(claim) for claim in sorted(answer.claims, key=lambda claim: (claim.start_s, claim.end_s))],
    }


def _history(connection: Any, clip_id: int) -> list[dict[str, Any]]:
    """Who said what of the clip, when and why, oldest first."""
    names = {one.id: one.name for one in reviewers.all(connection)}
    return [
        {
            "who": names[row.reviewer_id],
            "kind": row.kind,
            "label": row.label,
            "rater_confidence": row.rater_confidence,
            "note": row.note,
            "at": row.created_at.isoformat(timespec="minutes"),
        }
        for row in decisions.history(connection, clip_id)
    ]


def _model(desk: Desk, run: Run | None, found: Clip) -> dict[str, Any]:
    """What the selected run made of the clip over time, and why that cannot be shown where it cannot."""
    try:
        timeline = None if run is None else read_timeline(desk.workspace.runs_dir / str(run.id), found.id)
    except TrainingError as error:
        return {"model": None, "model_problem": str(error)}
    if run is None or timeline is None:
        return {"model": None, "model_problem": ""}
    told = {
        "run_id": run.id,
        "labels": timeline.labels,
        "time_s": [round(float(time_s), 3) for time_s in timeline.time_s],
        "attention": [round(float(weight), 6) for weight in timeline.attention],
        "probabilities": [[round(float(chance), 4) for chance in row] for row in timeline.probabilities],
    }
    return {"model": told, "model_problem": ""}


def _run_says(made: Prediction) -> dict[str, Any]:
    """The selected run's label; `held_out`: it did not train on the clip."""
    return {
        "id": made.run_id,
        "label": made.label,
        "confidence": round(max(made.probabilities), 4),
        "held_out": made.fold >= 0,
    }


def _answers(given: list[PseudoLabel]) -> list[dict[str, Any]]:
    """Each answer of the clip by a name that no other has, newest first; one of them is shown."""
    names = distinct_names([one.labeler for one in given])
    twice = {name for name, number in Counter(names[one.labeler.id] for one in given).items() if number > 1}
    return [
        {"id": one.id, "name": f"{name}, answer {one.id}" if (name := names[one.labeler.id]) in twice else name}
        for one in given
    ]


def _cues(measured: CueMeasurement | None) -> dict[str, Any]:
    if measured is None:
        return {"cues": [], "measured": False}
    return {"cues": [_cue(cue) for cue in measured.cues], "measured": True}


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "name": cue.name,
        "start_s": cue.start_s,
        "end_s": cue.end_s,
        "strength": cue.strength,
        "joints": list(cue.joints),
    }
