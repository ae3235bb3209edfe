"""What labelers, measurements, runs and other reviewers say about a clip.

In blind mode all of it comes after the reviewer's own answer, in assisted mode runs and other reviewers do.
"""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.numbers_in_requests import quoted, row_id
from app.queries.calibrated_scores import score_of_answer
from app.queries.clip_answers import answers_of_clip
from app.queries.hidden_answers import keep_told
from app.queries.score_words import Score, score_in_words
from app.review.modes import mode_of_reviewer
from app.routes.guard import MalformedError, RefusedError, RouteContext, clip_in_address, private
from core.errors import NotFoundError, TrainingError
from core.pose.cues import CATALOG
from core.pose.cues.catalog import cue_title
from core.types.clips import Clip
from core.types.cues import Cue, CueMeasurement
from core.types.decisions import Reviewer, ReviewMode, Seen
from core.types.pseudo_labels import PseudoLabel
from core.types.runs import Run
from db import clips as clip_rows
from db import cues as cue_rows
from db import (
    curated_sets,
    decisions,
    practice_answers,
    pseudo_labels,
    repeat_judgments,
    reviewers,
    runs,
)
from training.runs.timelines import read_timeline


def rationale(context: RouteContext, request: Request, reviewer: Reviewer, body: bytes) -> Response:  # noqa: ARG001
    """Pseudo-label, claims, cues and transcript; the query `pseudo_label` asks for another answer than the one that counts.

    In blind mode, and always for the reliability sample, it is refused until this reviewer's blind answer is saved; on a
    practice clip, until that of practice is.
    """
    written = request.query_params.get("pseudo_label")
    asked = row_id(written)
    if written is not None and asked is None:
        raise MalformedError(f"A pseudo-label has a number, not {quoted(written)}.")
    with context.database.read() as connection:
        found = clip_rows.get(connection, clip_in_address(request))
        blind = decisions.blind_row(connection, found.id, reviewer.id)
        standing = decisions.standing(connection, found.id, reviewer.id) if blind is None else None
        mode = mode_of_reviewer(
            connection, context.workspace.settings, found, reviewer.id, blind=blind, standing=standing
        )
        practiced = practice_answers.view(connection, found.id, reviewer.id)
        closed = mode is ReviewMode.BLIND and blind is None if practiced is None else practiced.answer is None
        if closed:
            raise RefusedError("The rationale is shown after your own answer is saved.")
        if repeat_judgments.is_due(connection, found.id, reviewer.id, context.workspace.settings.review):
            raise RefusedError(
                "This clip has come back to you; the rationale is shown after your second answer is saved."
            )
        given = pseudo_labels.of_clip(connection, found.id)
        answer = next((one for one in given if asked is None or one.id == asked), None)
        if asked is not None and answer is None:
            raise NotFoundError(f"The pseudo-label {asked} is not of {found.name}.")
        answers = answers_of_clip(connection, found.id, given)
        measured = cue_rows.of_clip(connection, found.id)
        # Other people's answers and the run's come only after this reviewer's own.
        told = decisions.has_answered(connection, found.id, reviewer.id)
        run = runs.selected(connection) if told else None
        history = _history(connection, found.id) if told else []
        gold = _gold(connection, found) if told else None
        said = _run_says(connection, run, found) if run else None
    model = _model(context, run, found)
    shown = {
        Seen.RATIONALE: answer is not None or measured is not None,
        Seen.ANSWERS: gold is not None or any(row["who"] != reviewer.name for row in history),
        Seen.RUN: said is not None or model["model"] is not None,
    }
    keep_told(context.database, reviewer, {seen: [found.id] for seen, given_out in shown.items() if given_out})
    return private(
        JSONResponse(
            {
                "pseudo_label": None
                if answer is None
                else _pseudo_label(answer, score_of_answer(context.database, answer)),
                "answers": [asdict(one) for one in answers.listed],
                "beside": answers.beside(None if answer is None else answer.id),
                "transcript": found.transcript,
                "history": history,
                "run": said,
                "gold": gold,
                **model,
                **_cues(measured),
            }
        )
    )


def _pseudo_label(stored: PseudoLabel, score: Score) -> dict[str, Any]:
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
        "first_sure": score_in_words(answer.first_confidence),
        "first_reasoning": answer.first_reasoning,
        "label": answer.label,
        "confidence": answer.confidence,
        "sure": score.words,
        "share": score.share,
        "calibrated": score.calibrated,
        "reasoning": answer.reasoning,
        "leak": answer.leak,
        "exclusion_reason": answer.exclusion_reason,
        "review_reason": answer.review_reason,
        "claims": [
            {**asdict(claim), "cue_title": cue_title(claim.cue)}
            for claim in sorted(answer.claims, key=lambda claim: (claim.start_s, claim.end_s))
        ],
    }


def _history(connection: Any, clip_id: int) -> list[dict[str, Any]]:
    """The decisions on the clip with reviewer, time and note, oldest first."""
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


def _model(context: RouteContext, run: Run | None, found: Clip) -> dict[str, Any]:
    """The selected run's timeline of the clip, or the reason why it cannot be read."""
    try:
        timeline = None if run is None else read_timeline(context.workspace.runs_dir / str(run.id), found.id)
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


def _gold(connection: Any, clip: Clip) -> dict[str, Any] | None:
    """The clip's gold label, and the person's label that counts in its place where the two differ."""
    if clip.gold_label is None:
        return None
    counting = clip_rows.labels(connection, [clip.id]).get(clip.id)
    replaced_by = counting.label if counting is not None and counting.conflict else None
    return {"label": clip.gold_label, "replaced_by": replaced_by}


def _run_says(connection: Any, run: Run, clip: Clip) -> dict[str, Any] | None:
    """The run's label for the clip, None where it gave none.

    `held_out`: the model that gave it did not train on the clip; `person_seen`: it trained on a clip of its subject. A
    fold's model knows nobody who is held out; the final model, asked about the other clips, may know the person.
    """
    predicted = runs.predictions_of(connection, run.id, [clip.id])
    if not predicted:
        return None
    made = predicted[0]
    out_of_fold = made.fold >= 0
    return {
        "id": made.run_id,
        "label": made.label,
        "confidence": round(max(made.probabilities), 4),
        "held_out": out_of_fold or not curated_sets.holds(connection, run.curated_set_id, clip_id=clip.id),
        "person_seen": not out_of_fold
        and curated_sets.holds(connection, run.curated_set_id, subject_id=clip.subject_id),
    }


def _cues(measured: CueMeasurement | None) -> dict[str, Any]:
    if measured is None:
        return {"cues": [], "measured": False, "not_measurable": ""}
    return {
        "cues": [_cue(cue) for cue in measured.cues],
        "measured": True,
        "not_measurable": measured.not_measurable,
    }


def _cue(cue: Cue) -> dict[str, Any]:
    known = CATALOG.get(cue.name)  # measured by an older version, perhaps, which had other cues
    return {
        "name": cue.name,
        "title": cue_title(cue.name),
        "family": known.family if known else None,
        "start_s": cue.start_s,
        "end_s": cue.end_s,
        "strength": cue.strength,
        "joints": list(cue.joints),
    }
