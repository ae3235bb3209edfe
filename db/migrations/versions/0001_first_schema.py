"""The first schema: all tables, the views of what counts, and the triggers that keep it.

A current judgement is the newest standing final row of a clip, an adjudication before any other;
`skip` and `blind` rows never count.
A clip judged unclear has no label, whatever gold or pseudo-label it carries.
"""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import execute, on_change, refuse, refuse_truncate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Tables whose rows stay as they are, with the keys that a replacing insert could clash on.
_APPEND_ONLY: dict[str, tuple[tuple[str, ...], ...]] = {
    "decisions": (("id",), ("token",), ("undoes_id",)),
    "claim_verdicts": (("decision_id", "claim_id"),),
    "curated_sets": (("id",),),
    "curated_rows": (("curated_set_id", "clip_id"),),
    "pseudo_labels": (("id",), ("clip_id", "labeler_id", "settings_digest")),
    "claims": (("id",),),
}


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "curated_sets",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curated_sets")),
    )
    with op.batch_alter_table("curated_sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_curated_sets_name"), ["name"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_state"), ["state"], unique=False)

    op.create_table(
        "labelers",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Text(), nullable=False),
        sa.Column("prompt_digest", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelers")),
        sa.UniqueConstraint(
            "name",
            "model_id",
            "prompt_version",
            "prompt_digest",
            name=op.f("uq_labelers_name_model_id_prompt_version_prompt_digest"),
        ),
    )
    op.create_table(
        "reviewers",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewers")),
        sa.UniqueConstraint("name", name=op.f("uq_reviewers_name")),
    )
    op.create_table(
        "subjects",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subjects")),
        sa.UniqueConstraint("name", name=op.f("uq_subjects_name")),
    )
    op.create_table(
        "clips",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("video_path", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column("frame_rate_numerator", sa.Integer(), nullable=False),
        sa.Column("frame_rate_denominator", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=True),
        sa.Column("audit", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("simulated_truth", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_clips_subject_id_subjects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clips")),
        sa.UniqueConstraint("digest", name=op.f("uq_clips_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_clips_name")),
    )
    with op.batch_alter_table("clips", schema=None) as batch_op:
        batch_op.create_index("ix_clips_split_id", ["split", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clips_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("curated_set_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("artefacts_path", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["curated_set_id"], ["curated_sets.id"], name=op.f("fk_runs_curated_set_id_curated_sets")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_runs_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_table(
        "clip_states",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("pseudo_label_id", sa.Integer(), nullable=True),
        sa.Column("pseudo_confidence", sa.Float(), nullable=True),
        sa.Column("pseudo_changed", sa.Boolean(), nullable=True),
        sa.Column("pseudo_contradicted", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_clip_states_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_clip_states")),
    )
    with op.batch_alter_table("clip_states", schema=None) as batch_op:
        batch_op.create_index("ix_clip_states_state", ["state", "clip_id"], unique=False)
        batch_op.create_index("ix_clip_states_label", ["label", "clip_id"], unique=False)
        batch_op.create_index("ix_clip_states_source", ["source", "clip_id"], unique=False)
        batch_op.create_index("ix_clip_states_split", ["split", "state", "clip_id"], unique=False)
        batch_op.create_index("ix_clip_states_confidence", ["state", "pseudo_confidence", "clip_id"], unique=False)
        batch_op.create_index("ix_clip_states_changed", ["state", "pseudo_changed", "clip_id"], unique=False)
        batch_op.create_index("ix_clip_states_contradicted", ["state", "pseudo_contradicted", "clip_id"], unique=False)

    op.create_table(
        "cue_measurements",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("producer_version", sa.Text(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("measurement", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_cue_measurements_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_cue_measurements")),
    )
    op.create_table(
        "curated_rows",
        sa.Column("curated_set_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_curated_rows_clip_id_clips")),
        sa.ForeignKeyConstraint(
            ["curated_set_id"],
            ["curated_sets.id"],
            name=op.f("fk_curated_rows_curated_set_id_curated_sets"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_curated_rows_subject_id_subjects")),
        sa.PrimaryKeyConstraint("curated_set_id", "clip_id", name=op.f("pk_curated_rows")),
    )
    op.create_table(
        "features",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("producer_version", sa.Text(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_features_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", "kind", name=op.f("pk_features")),
    )
    with op.batch_alter_table("features", schema=None) as batch_op:
        batch_op.create_index(
            "ix_features_kind", ["kind", "producer", "producer_version", "settings_digest"], unique=False
        )

    op.create_table(
        "gold_labels",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_gold_labels_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_gold_labels")),
    )
    op.create_table(
        "labeling_failures",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("labeler_id", sa.Integer(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_labeling_failures_clip_id_clips")),
        sa.ForeignKeyConstraint(["labeler_id"], ["labelers.id"], name=op.f("fk_labeling_failures_labeler_id_labelers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labeling_failures")),
    )
    with op.batch_alter_table("labeling_failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labeling_failures_clip_id"), ["clip_id"], unique=False)

    op.create_table(
        "predictions",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_predictions_clip_id_clips")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_predictions_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", "clip_id", name=op.f("pk_predictions")),
    )
    with op.batch_alter_table("predictions", schema=None) as batch_op:
        batch_op.create_index("ix_predictions_run_id_confidence", ["run_id", "confidence", "clip_id"], unique=False)

    op.create_table(
        "pseudo_labels",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("labeler_id", sa.Integer(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("first_label", sa.Text(), nullable=False),
        sa.Column("first_confidence", sa.Float(), nullable=False),
        sa.Column("first_reasoning", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.Column("contradicted_claims", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("raw_answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_pseudo_labels_clip_id_clips")),
        sa.ForeignKeyConstraint(["labeler_id"], ["labelers.id"], name=op.f("fk_pseudo_labels_labeler_id_labelers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pseudo_labels")),
        sa.UniqueConstraint(
            "clip_id", "labeler_id", "settings_digest", name=op.f("uq_pseudo_labels_clip_id_labeler_id_settings_digest")
        ),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("pseudo_label_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.Column("cue", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("speaks_for", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("check_result", sa.Text(), nullable=False),
        sa.Column("check_note", sa.Text(), nullable=False),
        sa.Column("joints", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pseudo_label_id"], ["pseudo_labels.id"], name=op.f("fk_claims_pseudo_label_id_pseudo_labels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claims_pseudo_label_id"), ["pseudo_label_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("sureness", sa.Integer(), nullable=True),
        sa.Column("blind_label", sa.Text(), nullable=True),
        sa.Column("pseudo_label_id", sa.Integer(), nullable=True),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seconds_spent", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_decisions_clip_id_clips")),
        sa.ForeignKeyConstraint(
            ["pseudo_label_id"], ["pseudo_labels.id"], name=op.f("fk_decisions_pseudo_label_id_pseudo_labels")
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name=op.f("fk_decisions_reviewer_id_reviewers")),
        sa.ForeignKeyConstraint(["undoes_id"], ["decisions.id"], name=op.f("fk_decisions_undoes_id_decisions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("token", name=op.f("uq_decisions_token")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_decisions_undoes_id")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index("ix_decisions_clip_id_reviewer_id", ["clip_id", "reviewer_id", "id"], unique=False)
        batch_op.create_index("ix_decisions_reviewer_id_id", ["reviewer_id", "id"], unique=False)

    op.create_table(
        "claim_verdicts",
        sa.Column("decision_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("claim_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_verdicts_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_claim_verdicts_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("decision_id", "claim_id", name=op.f("pk_claim_verdicts")),
    )
    _make_views()
    _make_triggers()


def _make_views() -> None:
    execute(
        op.get_bind(),
        [
            """
            CREATE VIEW standing_decisions AS
            SELECT d.id, d.clip_id, d.reviewer_id, d.kind, d.label FROM decisions d
            WHERE d.kind IN ('accept', 'correct', 'unclear', 'adjudicate', 'bulk_accept')
              AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes_id = d.id)
            """,
            """
            CREATE VIEW current_labels AS
            SELECT
                c.id AS clip_id,
                CASE WHEN j.id IS NOT NULL AND j.kind = 'unclear' THEN 'unclear'
                     WHEN j.id IS NOT NULL THEN 'reviewed'
                     WHEN p.id IS NOT NULL THEN 'labelled'
                     ELSE 'imported' END AS state,
                CASE WHEN j.id IS NOT NULL THEN (CASE WHEN j.kind = 'unclear' THEN NULL ELSE j.label END)
                     WHEN g.label IS NOT NULL THEN g.label
                     ELSE p.label END AS label,
                CASE WHEN j.id IS NOT NULL AND j.kind = 'unclear' THEN NULL
                     WHEN j.id IS NOT NULL AND j.kind = 'adjudicate' THEN 'adjudicated'
                     WHEN j.id IS NOT NULL THEN 'human'
                     WHEN g.label IS NOT NULL THEN 'gold'
                     WHEN p.id IS NOT NULL THEN 'pseudo' END AS source,
                CASE WHEN j.label IS NOT NULL AND j.kind <> 'unclear' AND g.label IS NOT NULL AND j.label <> g.label
                     THEN TRUE ELSE FALSE END AS conflict,
                j.id AS decision_id,
                c.split AS split,
                p.id AS pseudo_label_id,
                p.confidence AS pseudo_confidence,
                p.first_label <> p.label AS pseudo_changed,
                p.contradicted_claims AS pseudo_contradicted
            FROM clips c
            LEFT JOIN gold_labels g ON g.clip_id = c.id
            LEFT JOIN pseudo_labels p ON p.id = (SELECT MAX(q.id) FROM pseudo_labels q WHERE q.clip_id = c.id)
            LEFT JOIN decisions j ON j.id = (
                SELECT s.id FROM standing_decisions s WHERE s.clip_id = c.id
                ORDER BY CASE WHEN s.kind = 'adjudicate' THEN 1 ELSE 0 END DESC, s.id DESC LIMIT 1
            )
            """,
        ],
    )


def _make_triggers() -> None:
    bind = op.get_bind()
    dialect = bind.dialect.name
    refresh = """
        UPDATE clip_states
        SET (state, label, source, conflict, decision_id,
             pseudo_label_id, pseudo_confidence, pseudo_changed, pseudo_contradicted) =
            (SELECT v.state, v.label, v.source, v.conflict, v.decision_id,
                    v.pseudo_label_id, v.pseudo_confidence, v.pseudo_changed, v.pseudo_contradicted
             FROM current_labels v WHERE v.clip_id = {row}.clip_id)
        WHERE clip_id = {row}.clip_id;
    """
    statements: list[str] = []
    statements += on_change(
        dialect,
        "clip_gets_a_state",
        "INSERT",
        "clips",
        "INSERT INTO clip_states (clip_id, state, conflict, split) VALUES (NEW.id, 'imported', FALSE, NEW.split);"
        + _count("'split:' || NEW.split", "NEW.split IS NOT NULL", +1),
    )
    for table, events in {
        "gold_labels": ("INSERT", "UPDATE", "DELETE"),
        "pseudo_labels": ("INSERT",),
        "decisions": ("INSERT",),
    }.items():
        for event in events:
            row = "OLD" if event == "DELETE" else "NEW"
            body = refresh.format(row=row)
            if table == "decisions":
                body += _count("'decision:' || NEW.kind", "NEW.kind IS NOT NULL", +1)
            statements += on_change(dialect, f"{table}_{event.lower()}_moves_the_state", event, table, body)
    arrives = _count("'state:' || NEW.state", "NEW.state IS NOT NULL", +1)
    arrives += _count("'label:' || NEW.source || ':' || NEW.label", "NEW.label IS NOT NULL", +1)
    arrives += _count("'conflict'", "NEW.conflict", +1)
    leaves = _count("'state:' || OLD.state", "OLD.state IS NOT NULL", -1)
    leaves += _count("'label:' || OLD.source || ':' || OLD.label", "OLD.label IS NOT NULL", -1)
    leaves += _count("'conflict'", "OLD.conflict", -1)
    statements += on_change(dialect, "clip_state_arrives", "INSERT", "clip_states", arrives)
    statements += on_change(dialect, "clip_state_moves", "UPDATE", "clip_states", leaves + arrives)
    for table, keys in _APPEND_ONLY.items():
        sentence = f"{table} is append-only"
        for event in ("UPDATE", "DELETE"):
            statements += refuse(dialect, f"{table}_refuses_{event.lower()}", event, table, sentence)
        if dialect == "sqlite":
            # INSERT OR REPLACE deletes the row in its way without firing a delete trigger.
            statements += refuse(
                dialect, f"{table}_refuses_replace", "INSERT", table, sentence, when=_taken(table, keys)
            )
        else:
            statements += refuse_truncate(f"{table}_refuses_truncate", table, sentence)
    statements += refuse(
        dialect,
        "curated_rows_refuse_a_closed_set",
        "INSERT",
        "curated_rows",
        "curated_rows is append-only: the set is closed",
        when="EXISTS (SELECT 1 FROM curated_sets s WHERE s.id = NEW.curated_set_id)",
    )
    statements += refuse(
        dialect,
        "clips_refuse_another_split",
        "UPDATE",
        "clips",
        "a clip never changes its split",
        when="NEW.split <> OLD.split",
    )
    statements += refuse(
        dialect,
        "test_split_gets_no_pseudo_label",
        "INSERT",
        "pseudo_labels",
        "a clip of the test split gets no pseudo-label",
        when="EXISTS (SELECT 1 FROM clips c WHERE c.id = NEW.clip_id AND c.split = 'test')",
    )
    execute(bind, statements)


def _taken(table: str, keys: tuple[tuple[str, ...], ...]) -> str:
    """Whether a row with one of the new row's keys is there already."""
    same = " OR ".join("(" + " AND ".join(f"t.{column} = NEW.{column}" for column in key) + ")" for key in keys)
    return f"EXISTS (SELECT 1 FROM {table} t WHERE {same})"


def _count(name: str, when: str, step: int) -> str:
    """One statement that moves a counter by `step` where `when` holds for the row."""
    return f"""
        INSERT INTO counters (name, n) SELECT {name}, {step} WHERE {when}
        ON CONFLICT (name) DO UPDATE SET n = counters.n + {step};
    """
