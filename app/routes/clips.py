"""A clip before it is judged: its metadata and its transcript."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.review.modes import mode_of_reviewer
from app.routes.decisions import decision_json
from app.routes.guard import RouteContext, clip_in_address, private
from app.routes.media import video_file
from app.routes.practice import practice_json
from app.routes.tracks import CHUNK_FRAMES, keypoint_frames
from core.types.clips import Clip
from core.types.decisions import Decision, DecisionKind, Reviewer, ReviewMode
from core.types.features import FeatureKind
from core.types.transcript import sentences
from db import clips as clip_rows
from db import (
    decisions,
    features,
    practice_answers,
    repeat_judgments,
    transcripts,
)
from labeling.outcome_masking import mask_outcome_words

HIDDEN = "[…]"


def clip(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """The clip, without labels, pseudo-label or cues, and with no other reviewer's answer."""
    with context.database.read() as connection:
        found = clip_rows.get(connection, clip_in_address(request))
        blind = decisions.blind_row(connection, found.id, reviewer.id)
        standing = decisions.standing(connection, found.id, reviewer.id)
        repeat = repeat_judgments.is_due(connection, found.id, reviewer.id, context.workspace.settings.review)
        second = decisions.repeat_row(connection, found.id, reviewer.id)
        kinds = features.of_clip(connection, found.id)
        practiced = practice_answers.view(connection, found.id, reviewer.id)
        practice = practice_json(context, connection, practiced, reviewer)
        mode = mode_of_reviewer(
            connection, context.workspace.settings, found, reviewer.id, blind=blind, standing=standing
        )
    twice = None if blind is None or second is None else {"first": blind.label, "second": second.label}
    if practiced is not None:
        mode = ReviewMode.BLIND
    if repeat:  # a repeat is judged as if new: the reviewer's first answer is hidden too
        mode, blind, standing = ReviewMode.BLIND, None, None
    answered = practiced is not None and practiced.answer is not None
    # Who accepted a clip in bulk has not looked at it, nor been told its label.
    in_view = standing if blind is not None or mode is ReviewMode.ASSISTED or not _in_bulk(standing) else None
    frames = keypoint_frames(context, found)
    video = _video(context, found, reviewer)
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
                "practice": practice,
                "twice": twice,
                "step": "practiced" if answered else decisions.step_of(mode, blind, standing),
                "rationale_open": mode is ReviewMode.ASSISTED or blind is not None or answered,
                "blind": None
                if blind is None
                or blind.label not in context.workspace.settings.taxonomy  # retired: it is no answer to keep
                else {"label": blind.label, "rater_confidence": blind.rater_confidence},
                "decision": None if in_view is None else decision_json(in_view),
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


def words(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """The transcript sentence by sentence; words about the outcome are masked where the settings say so."""
    with context.database.read() as connection:
        found = clip_rows.get(connection, clip_in_address(request))
        segments = transcripts.of_clip(connection, found.id)
    hidden = context.workspace.settings.perception
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


def _in_bulk(standing: Decision | None) -> bool:
    return standing is not None and standing.kind is DecisionKind.BULK_ACCEPT


def _video(context: RouteContext, found: Clip, reviewer: Reviewer) -> dict[str, Any] | None:
    path = video_file(context.workspace, found)
    if path is None:
        return None
    return {"url": context.tokens.media_url(found.id, "video", reviewer.id), "bytes": path.stat().st_size}
