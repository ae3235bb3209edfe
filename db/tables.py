"""All tables. Triggers and views are defined in the migrations.

`clip_states`, `counters` and `label_successors` are maintained by triggers only;
decisions, verdicts, assignments, practice, pseudo-labels, calls, consents, curated sets and changes of labels are append-only.
A label that was written is read through db.labels_today.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.steady_time import STEADY_TIME


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A timezone-aware UTC datetime, also on SQLite, which stores no time zone."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else value.replace(tzinfo=UTC)


def now_utc() -> datetime:
    """The current time, timezone-aware UTC, which never goes back."""
    return STEADY_TIME.now()


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _created_at() -> sa.Column[datetime]:
    return sa.Column("created_at", UtcDateTime, nullable=False, default=now_utc)


def _clip_id(**options: Any) -> sa.Column[int]:
    return sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), nullable=False, **options)


def _owner() -> tuple[sa.Column[Any], ...]:
    """The run that a row belongs to, as `core.run_owner.RunOwner`."""
    return (
        sa.Column("owner_host", sa.Text, nullable=False),
        sa.Column("owner_pid", sa.Integer, nullable=False),
        sa.Column("owner_started_at_s", sa.Float),  # of the process, seconds since 1970, as process ids are reused
        sa.Column("owner_run", sa.Text, nullable=False),
        sa.Column("owner_mark", sa.Text),  # of the process, by no clock
    )


_LEAKY = sa.text("leak <> ''")
_UNDER_WAY = sa.text("outcome IS NULL")

subjects = sa.Table(
    "subjects",
    metadata,
    _key(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)

clips = sa.Table(
    "clips",
    metadata,
    _key(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("subject_id", sa.Integer, sa.ForeignKey("subjects.id"), nullable=False, index=True),
    sa.Column("split", sa.Text, nullable=False),
    sa.Column("video_path", sa.Text),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("duration_s", sa.Float, nullable=False),
    sa.Column("frame_count", sa.Integer, nullable=False),
    sa.Column("frame_rate_numerator", sa.Integer, nullable=False),
    sa.Column("frame_rate_denominator", sa.Integer, nullable=False),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    sa.Column("transcript", sa.Text),
    sa.Column("reliability_sample", sa.Boolean, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("simulated_truth", sa.Text),
    _created_at(),
    sa.Index("ix_clips_split_id", "split", "id"),
    sa.Index("ix_clips_reliability_sample", "reliability_sample", "id"),
)

gold_labels = sa.Table(
    "gold_labels",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("label", sa.Text, nullable=False),
)

features = sa.Table(
    "features",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("producer", sa.Text, nullable=False),
    sa.Column("producer_version", sa.Text, nullable=False),
    sa.Column("settings_digest", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    _created_at(),
    sa.Index("ix_features_kind", "kind", "producer", "producer_version", "settings_digest"),
)

cue_measurements = sa.Table(
    "cue_measurements",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("producer", sa.Text, nullable=False),
    sa.Column("producer_version", sa.Text, nullable=False),
    sa.Column("settings_digest", sa.Text, nullable=False),
    sa.Column("measurement", sa.JSON, nullable=False),
    _created_at(),
)

clip_cues = sa.Table(  # the names in `cue_measurements.measurement`, to find clips by
    "clip_cues",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("cue", sa.Text, primary_key=True),
    sa.Index("ix_clip_cues_cue", "cue", "clip_id"),
)

picked_persons = sa.Table(  # a withdrawn choice has NULL coordinates; features made after it must be rebuilt
    "picked_persons",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("time_s", sa.Float),
    sa.Column("x_px", sa.Float),
    sa.Column("y_px", sa.Float),
    sa.Column("picked_at", UtcDateTime, nullable=False),
)

transcripts = sa.Table(  # the text itself is a column of `clips`
    "transcripts",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("stored_at", UtcDateTime, nullable=False),
)

transcript_segments = sa.Table(
    "transcript_segments",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("transcripts.clip_id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("start_s", sa.Float),
    sa.Column("end_s", sa.Float),
)

annotated_cues = sa.Table(
    "annotated_cues",
    metadata,
    _key(),
    _clip_id(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("cue", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("class_id", sa.Integer),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Index("ix_annotated_cues_clip_id_start_s", "clip_id", "start_s", "id"),
    sa.Index("ix_annotated_cues_source", "source"),
)

protocol_splits = sa.Table(
    "protocol_splits",
    metadata,
    sa.Column("protocol", sa.Text, primary_key=True),
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("split", sa.Text, nullable=False),
)

labelers = sa.Table(
    "labelers",
    metadata,
    _key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("model_id", sa.Text, nullable=False),
    sa.Column("prompt_version", sa.Text, nullable=False),
    sa.Column("prompt_digest", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.UniqueConstraint("name", "model_id", "prompt_version", "prompt_digest"),
)

labeler_choices = sa.Table(  # which labeler's answers count: the newest row; without a row, the newest of each clip
    "labeler_choices",
    metadata,
    _key(),
    sa.Column("labeler_id", sa.Integer, sa.ForeignKey("labelers.id"), nullable=False),
    sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id")),  # NULL: the first labeler that was used
    _created_at(),
)

label_changes = (
    sa.Table(  # kind: 'seen', 'added', 'title' or 'retired'; a retired name without a successor: back to the queue
        "label_changes",
        metadata,
        _key(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("old_title", sa.Text),
        sa.Column("new_title", sa.Text),
        sa.Column("successor", sa.Text),
        sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id")),
        _created_at(),
    )
)

label_successors = sa.Table(  # what a retired name is read as, kept by a trigger on label_changes; '': nothing
    "label_successors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("successor", sa.Text, nullable=False),
)

pseudo_labels = sa.Table(
    "pseudo_labels",
    metadata,
    _key(),
    _clip_id(),
    sa.Column("labeler_id", sa.Integer, sa.ForeignKey("labelers.id"), nullable=False),
    sa.Column("settings_digest", sa.Text, nullable=False),
    sa.Column("first_label", sa.Text, nullable=False),
    sa.Column("first_confidence", sa.Float, nullable=False),
    sa.Column("first_reasoning", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("reasoning", sa.Text, nullable=False),
    sa.Column("contradicted_claims", sa.Integer, nullable=False),
    sa.Column("input_tokens", sa.Integer, nullable=False),
    sa.Column("output_tokens", sa.Integer, nullable=False),
    sa.Column("cost_usd", sa.Float, nullable=False),
    sa.Column("raw_answer", sa.Text, nullable=False),
    _created_at(),
    sa.Column("leak", sa.Text, server_default="", nullable=False),
    sa.Column("exclusion_reason", sa.Text, server_default="", nullable=False),
    sa.Column("review_reason", sa.Text, server_default="", nullable=False),
    sa.Column("thinking_tokens", sa.Integer, server_default="0", nullable=False),
    sa.UniqueConstraint("clip_id", "labeler_id", "settings_digest"),
    sa.Index("ix_pseudo_labels_labeler_id_clip_id", "labeler_id", "clip_id"),
    sa.Index("ix_pseudo_labels_leaks", "id", sqlite_where=_LEAKY, postgresql_where=_LEAKY),
)

claims = sa.Table(
    "claims",
    metadata,
    _key(),
    sa.Column("pseudo_label_id", sa.Integer, sa.ForeignKey("pseudo_labels.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Column("cue", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("speaks_for", sa.Text, nullable=False),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("kept", sa.Boolean, nullable=False),
    sa.Column("reflection", sa.Text, nullable=False),
    sa.Column("check_result", sa.Text, nullable=False),
    sa.Column("check_note", sa.Text, nullable=False),
    sa.Column("joints", sa.JSON, nullable=False),
    sa.Column("leak", sa.Text, server_default="", nullable=False),
    sa.Index("ix_claims_leaks", "pseudo_label_id", sqlite_where=_LEAKY, postgresql_where=_LEAKY),
)

labeling_failures = sa.Table(
    "labeling_failures",
    metadata,
    _key(),
    _clip_id(index=True),
    sa.Column("labeler_id", sa.Integer, sa.ForeignKey("labelers.id"), nullable=False),
    sa.Column("settings_digest", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    _created_at(),
)

model_calls = sa.Table(  # each request to a model's server, answered or failed, so that none is paid twice
    "model_calls",
    metadata,
    _key(),
    _clip_id(),
    sa.Column("labeler", sa.Text, nullable=False),
    sa.Column("model_id", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("request_digest", sa.Text, nullable=False),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    sa.Column("input_tokens", sa.Integer, nullable=False),
    sa.Column("output_tokens", sa.Integer, nullable=False),
    sa.Column("thinking_tokens", sa.Integer, nullable=False),
    sa.Column("cost_usd", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    _created_at(),
    sa.Index("ix_model_calls_request_digest_answered", "request_digest", "answered", "id"),
    sa.Index("ix_model_calls_model_id", "model_id", "answered", "id"),
    sa.Index("ix_model_calls_clip_id", "clip_id", "id"),
)

labeling_claims = sa.Table(  # the run that is labeling a clip; `work` names labeler, prompt and settings
    "labeling_claims",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("work", sa.Text, primary_key=True),
    *_owner(),
    sa.Column("claimed_at", UtcDateTime, nullable=False),
)

sent_requests = sa.Table(  # written before a request is sent; outcome NULL: under way, or its process is gone
    "sent_requests",
    metadata,
    _key(),
    _clip_id(),
    sa.Column("labeler", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("request_digest", sa.Text, nullable=False),
    sa.Column("worst_usd", sa.Float, nullable=False),
    *_owner(),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.Column("outcome", sa.Text),  # 'received', 'not sent', or 'unanswered': perhaps paid for, and nothing came back
    sa.Index(
        "ix_sent_requests_under_way",
        "request_digest",
        unique=True,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    ),
    sa.Index("ix_sent_requests_labeler", "labeler", "outcome", "id"),
)

provider_uploads = sa.Table(  # videos at a model's server; written before the upload, under a name of our own
    "provider_uploads",
    metadata,
    _key(),
    _clip_id(),
    sa.Column("labeler", sa.Text, nullable=False),
    sa.Column("receiver", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    *_owner(),
    sa.Column("uploaded_at", UtcDateTime, nullable=False),
    sa.Column("deleted_at", UtcDateTime),
    sa.Column("failure", sa.Text, server_default="", nullable=False),  # why the last try to delete it failed
    sa.UniqueConstraint("receiver", "name"),
    sa.Index("ix_provider_uploads_deleted_at", "deleted_at", "id"),
)

prompts = sa.Table(  # all texts with which labelers were prompted, so that versions can be compared
    "prompts",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    _created_at(),
)

sending_consents = sa.Table(
    "sending_consents",
    metadata,
    _key(),
    sa.Column("receiver", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("with_sound", sa.Boolean, nullable=False),
    sa.Column("given_by", sa.Text, nullable=False),
    _created_at(),
)

reviewers = sa.Table(
    "reviewers",
    metadata,
    _key(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    _created_at(),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _key(),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    _clip_id(),
    sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("label", sa.Text),
    sa.Column("rater_confidence", sa.Integer),
    sa.Column("blind_label", sa.Text),
    sa.Column("pseudo_label_id", sa.Integer, sa.ForeignKey("pseudo_labels.id")),
    sa.Column("undoes_id", sa.Integer, sa.ForeignKey("decisions.id"), unique=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("seconds_spent", sa.Float),
    _created_at(),
    sa.Column("seen", sa.Text),  # 'nothing', or what was seen with commas between; NULL: not known
    sa.Column("queue", sa.Text),  # of Review, as the screen tells it; NULL: not known, or the clip was asked for
    sa.Index("ix_decisions_clip_id_reviewer_id", "clip_id", "reviewer_id", "id"),
    sa.Index("ix_decisions_reviewer_id_id", "reviewer_id", "id"),
)

disclosures = sa.Table(  # what has been shown to a reviewer of a clip, from which `decisions.seen` is taken
    "disclosures",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id"), primary_key=True, autoincrement=False),
    sa.Column("shown", sa.Text, primary_key=True),
    sa.Column("first_shown_at", UtcDateTime, nullable=False),
)

clip_leases = (
    sa.Table(  # who has a clip open, so that two reviewers do not judge it by accident; never refuses a decision
        "clip_leases",
        metadata,
        sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
        sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id"), primary_key=True, autoincrement=False),
        sa.Column("until", UtcDateTime, nullable=False, index=True),
    )
)

assignment_batches = sa.Table(  # one press that assigned clips to coders
    "assignment_batches",
    metadata,
    _key(),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("assigned_by", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    sa.Column("drawn_from", sa.Text, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    _created_at(),
)

assignments = sa.Table(
    "assignments",
    metadata,
    _key(),
    sa.Column("batch_id", sa.Integer, sa.ForeignKey("assignment_batches.id"), nullable=False, index=True),
    _clip_id(),
    sa.Column("coder_id", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    sa.Index("ix_assignments_clip_id_coder_id", "clip_id", "coder_id"),
    sa.Index("ix_assignments_coder_id_id", "coder_id", "id"),
)

assignment_withdrawals = sa.Table(  # assignments that were taken back before the clip was judged
    "assignment_withdrawals",
    metadata,
    sa.Column("assignment_id", sa.Integer, sa.ForeignKey("assignments.id"), primary_key=True, autoincrement=False),
    sa.Column("withdrawn_by", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    _created_at(),
)

practice_clips = sa.Table(  # clips with a known answer on which new coders practice
    "practice_clips",
    metadata,
    _key(),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    _clip_id(index=True),
    sa.Column("known_label", sa.Text, nullable=False),
    sa.Column("known_from", sa.Text, nullable=False),
    sa.Column("explanation", sa.Text, nullable=False),
    sa.Column("marked_by", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    _created_at(),
)

practice_withdrawals = sa.Table(
    "practice_withdrawals",
    metadata,
    sa.Column(
        "practice_clip_id", sa.Integer, sa.ForeignKey("practice_clips.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("withdrawn_by", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    _created_at(),
)

practice_answers = sa.Table(  # beside the log of decisions, because they count nowhere
    "practice_answers",
    metadata,
    _key(),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Column("practice_clip_id", sa.Integer, sa.ForeignKey("practice_clips.id"), nullable=False),
    sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False, index=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("rater_confidence", sa.Integer, nullable=False),
    sa.Column("seconds_spent", sa.Float),
    _created_at(),
    sa.UniqueConstraint("practice_clip_id", "reviewer_id"),
)

practice_releases = sa.Table(  # coders whom a lead lets begin although they have not passed
    "practice_releases",
    metadata,
    sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id"), primary_key=True, autoincrement=False),
    sa.Column("released_by", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    _created_at(),
)

bulk_accepts = sa.Table(
    "bulk_accepts",
    metadata,
    _key(),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("reviewers.id"), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    _created_at(),
)

bulk_rows = sa.Table(  # the decisions of a bulk accept, which are undone together
    "bulk_rows",
    metadata,
    sa.Column("bulk_id", sa.Integer, sa.ForeignKey("bulk_accepts.id"), primary_key=True, autoincrement=False),
    sa.Column("decision_id", sa.Integer, sa.ForeignKey("decisions.id"), primary_key=True, autoincrement=False),
)

claim_verdicts = sa.Table(
    "claim_verdicts",
    metadata,
    sa.Column("decision_id", sa.Integer, sa.ForeignKey("decisions.id"), primary_key=True, autoincrement=False),
    sa.Column("claim_id", sa.Integer, sa.ForeignKey("claims.id"), primary_key=True, autoincrement=False),
    sa.Column("verdict", sa.Text, nullable=False),
)

clip_states = sa.Table(
    "clip_states",
    metadata,
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("label", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("conflict", sa.Boolean, nullable=False),
    sa.Column("decision_id", sa.Integer),
    sa.Column("split", sa.Text, nullable=False),
    sa.Column("pseudo_label_id", sa.Integer),  # this and the following columns describe the pseudo-label that counts
    sa.Column("pseudo_confidence", sa.Float),
    sa.Column("pseudo_changed", sa.Boolean),
    sa.Column("pseudo_contradicted", sa.Integer),
    sa.Column("pseudo_needs_review", sa.Boolean),
    sa.Column("disputed", sa.Boolean, server_default=sa.false(), nullable=False),  # as db.judgments says
    sa.Index("ix_clip_states_disputed", "disputed", "clip_id"),
    sa.Index("ix_clip_states_conflict", "conflict", "clip_id"),
    sa.Index("ix_clip_states_needs_review", "state", "pseudo_needs_review", "clip_id"),
    sa.Index("ix_clip_states_state", "state", "clip_id"),
    sa.Index("ix_clip_states_label", "label", "clip_id"),
    sa.Index("ix_clip_states_source", "source", "clip_id"),
    sa.Index("ix_clip_states_split", "split", "state", "clip_id"),
    sa.Index("ix_clip_states_confidence", "state", "pseudo_confidence", "clip_id"),
    sa.Index("ix_clip_states_changed", "state", "pseudo_changed", "clip_id"),
    sa.Index("ix_clip_states_contradicted", "state", "pseudo_contradicted", "clip_id"),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
)

curated_sets = sa.Table(
    "curated_sets",
    metadata,
    _key(),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    _created_at(),
    sa.Column("test_labels", sa.JSON(none_as_null=True)),  # {clip id: [label, source]}; NULL: of before schema 0011
)

curated_rows = sa.Table(
    "curated_rows",
    metadata,
    sa.Column(  # rows are inserted first; the set's own row then closes the set
        "curated_set_id",
        sa.Integer,
        sa.ForeignKey("curated_sets.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("subject_id", sa.Integer, sa.ForeignKey("subjects.id"), nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("soft_labels", sa.JSON(none_as_null=True)),  # [[label, share], ...] if reviewers differ
)

jobs = sa.Table(
    "jobs",
    metadata,
    _key(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer),
    sa.Column("pid_started_at_s", sa.Float),  # start of the process, seconds since 1970, as process ids are reused
    sa.Column("host", sa.Text),
    sa.Column("process_mark", sa.Text),  # start of the process by no clock, where the system has one
    sa.Column("in_terminal", sa.Boolean, server_default=sa.false(), nullable=False),
    sa.Column("cancel_requested", sa.Boolean, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    _created_at(),
    sa.Column("started_at", UtcDateTime),
    sa.Column("heartbeat_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
)

runs = sa.Table(
    "runs",
    metadata,
    _key(),
    sa.Column("curated_set_id", sa.Integer, sa.ForeignKey("curated_sets.id"), nullable=False),
    sa.Column("job_id", sa.Integer, sa.ForeignKey("jobs.id")),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    sa.Column("artifacts_path", sa.Text, nullable=False),
    sa.Column("selected", sa.Boolean, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    _created_at(),
    sa.Column("finished_at", UtcDateTime),
)

predictions = sa.Table(
    "predictions",
    metadata,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    sa.Column("clip_id", sa.Integer, sa.ForeignKey("clips.id"), primary_key=True, autoincrement=False),
    sa.Column("fold", sa.Integer, nullable=False),
    sa.Column("probabilities", sa.JSON, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("label_quality", sa.Float),
    sa.Column("label_issue", sa.Boolean, server_default=sa.false(), nullable=False),
    sa.Index("ix_predictions_run_id_confidence", "run_id", "confidence", "clip_id"),
    sa.Index("ix_predictions_label_issue", "run_id", "label_issue", "label_quality", "clip_id"),
)

current_labels = sa.table(
    "current_labels",  # a view: the labels of clip_states, recomputed from the log
    sa.column("clip_id", sa.Integer),
    sa.column("state", sa.Text),
    sa.column("label", sa.Text),
    sa.column("source", sa.Text),
    sa.column("conflict", sa.Boolean),
    sa.column("decision_id", sa.Integer),
    sa.column("split", sa.Text),
    sa.column("pseudo_label_id", sa.Integer),
    sa.column("pseudo_confidence", sa.Float),
    sa.column("pseudo_changed", sa.Boolean),
    sa.column("pseudo_contradicted", sa.Integer),
    sa.column("pseudo_needs_review", sa.Boolean),
    sa.column("disputed", sa.Boolean),
)

standing_decisions = sa.table(
    "standing_decisions",  # a view: final rows that are not undone
    sa.column("id", sa.Integer),
    sa.column("clip_id", sa.Integer),
    sa.column("reviewer_id", sa.Integer),
    sa.column("kind", sa.Text),
    sa.column("label", sa.Text),
)
