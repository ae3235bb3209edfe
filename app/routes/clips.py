"""What the Review screen reads of queues and clips, and the fence around the rationale."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.review.modes import mode_of, step_of
from app.routes.guard import Desk, MalformedError, RefusedError, private
from app.routes.media import video_file
from app.routes.tracks import CHUNK_FRAMES, keypoint_frames
from core.records import Clip, Cue, CueMeasurement, Decision, FeatureKind, PseudoLabel, Reviewer, ReviewMode
from db import clips as clip_rows
from db import cues as cue_rows
from db import decisions, features, pseudo_labels, queues
from db.engine import Database

QUEUE_LIMIT = 100


def queue(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """The clips of one queue in its order, each with its reason, and how many there are in all."""
    kind = request.query_params.get("kind", "")
    if kind not in set(queues.Queue):
        raise MalformedError(f"There is no queue called {kind!r}.")
    chosen = queues.Queue(kind)
    with desk.database.read() as connection:
        items = queues.items(connection, chosen, reviewer.id, limit=QUEUE_LIMIT)
        total = queues.size(connection, chosen, reviewer.id)
    blind = desk.workspace.settings.review.mode is ReviewMode.BLIND
    return private(
        JSONResponse(
            {
                "kind": kind,
                "total": total,
                "more": total > len(items),
                "items": [
                    {"clip_id": item.clip_id, "reason": _reason(chosen, item.reason, blind=blind)} for item in items
                ],
                "undoable": _undoable(desk.database, reviewer),
            }
        )
    )


def clip(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """One clip without any answer to it but this reviewer's own: no gold label, no pseudo-label, no cue, nobody else's."""
    with desk.database.read() as connection:
        found = clip_rows.get(connection, request.path_params["clip_id"])
        blind = decisions.blind_row(connection, found.id, reviewer.id)
        standing = decisions.standing(connection, found.id, reviewer.id)
        kinds = features.of_clip(connection, found.id)
    mode = mode_of(desk.workspace.settings, found)
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
                "audit": found.audit,
                "mode": mode,
                "step": step_of(mode, blind, standing),
                "rationale_open": mode is ReviewMode.ASSISTED or blind is not None,
                "blind": None if blind is None else {"label": blind.label, "sureness": blind.sureness},
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
            }
        )
    )


def rationale(desk: Desk, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """Pseudo-label, claims, cues and transcript, once this reviewer may see them.

    Blind mode, and the audit slice whatever the mode: only after this reviewer's own blind answer has committed.
    """
    with desk.database.read() as connection:
        found = clip_rows.get(connection, request.path_params["clip_id"])
        blind = decisions.blind_row(connection, found.id, reviewer.id)
        if mode_of(desk.workspace.settings, found) is ReviewMode.BLIND and blind is None:
            raise RefusedError("The rationale is shown after your own answer is saved.")
        answer = pseudo_labels.latest(connection, found.id)
        measured = cue_rows.of_clip(connection, found.id)
    return private(
        JSONResponse(
            {
                "pseudo_label": None if answer is None else _pseudo_label(answer),
                "transcript": found.transcript,
                **_cues(measured),
            }
        )
    )


def _undoable(database: Database, reviewer: Reviewer) -> list[dict[str, Any]]:
    """This reviewer's last decisions, newest first, as undo names them; the screen keeps the list from there."""
    with database.read() as connection:
        rows = decisions.last_undoable(connection, reviewer.id)
        names = {found.id: found.name for found in clip_rows.many(connection, {row.clip_id for row in rows})}
    return [
        {"id": row.id, "clip_id": row.clip_id, "clip_name": names[row.clip_id], "kind": row.kind, "label": row.label}
        for row in rows
    ]


def decision_json(row: Decision) -> dict[str, Any]:
    """A row of the log as its own reviewer sees it."""
    return {
        "id": row.id,
        "clip_id": row.clip_id,
        "kind": row.kind,
        "label": row.label,
        "sureness": row.sureness,
        "blind_label": row.blind_label,
        "note": row.note,
        "claim_verdicts": {str(claim_id): verdict for claim_id, verdict in row.claim_verdicts.items()},
        "created_at": row.created_at.isoformat(),
    }


def _reason(kind: queues.Queue, reason: str, *, blind: bool) -> str:
    """Why a clip is in the queue, without giving an answer away to somebody who has yet to judge."""
    if blind and kind is queues.Queue.MISTAKES:
        return "The current run, which never trained on this clip, disagrees with its label."
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
        "held_back": answer.held_back,
        "doubt": answer.doubt,
        "claims": [asdict(claim) for claim in sorted(answer.claims, key=lambda claim: (claim.start_s, claim.end_s))],
    }


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
